//! Files attached to the document: the signers' signature documents.
//!
//! Source: ISO 32000-1, 7.11.4 and 7.9.6 (name trees).

use std::collections::HashSet;
use std::fmt;

use serde::Serialize;

use super::PadesReport;
use crate::certificate::Fingerprint;
use crate::finding::{DocumentFinding, FindingCode, Place, counted};
use crate::pdf::{Dictionary, File, Id, Object, Problem};

/// How deep the list of attachments may be.
const MAX_DEPTH: usize = 16;

/// Facts about an attached file.
///
/// Its name is not shown, logged or serialised: it may be that of a person.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AttachmentFacts {
    #[serde(skip)]
    pub(crate) name: String,
    /// Its length.
    pub bytes: u64,
    /// The SHA-256 of its content.
    pub fingerprint: Fingerprint,
    /// Whether it is XML, as signature documents are.
    pub is_xml: bool,
}

impl AttachmentFacts {
    /// Its name in the PDF: perhaps personal data. Empty after deserialising.
    #[must_use]
    pub fn reveal_name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for AttachmentFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttachmentFacts")
            .field("bytes", &self.bytes)
            .field("fingerprint", &self.fingerprint)
            .field("is_xml", &self.is_xml)
            .finish_non_exhaustive()
    }
}

/// Reads all attachments of a document.
pub(super) fn read(file: &File<'_>, report: &mut PadesReport) -> Result<(), Problem> {
    let catalog = file.catalog()?;
    let names = file.get(&catalog, b"Names")?;
    let Some(names) = names.dictionary() else {
        return Ok(());
    };
    let root = file.get(names, b"EmbeddedFiles")?;
    let Some(root) = root.dictionary() else {
        return Ok(());
    };
    let mut seen = HashSet::new();
    node(file, root, &mut seen, 0, report)
}

fn node(
    file: &File<'_>,
    tree: &Dictionary,
    seen: &mut HashSet<Id>,
    depth: usize,
    report: &mut PadesReport,
) -> Result<(), Problem> {
    if depth >= MAX_DEPTH {
        return Err(Problem::TooMuch);
    }
    let pairs = file.get(tree, b"Names")?;
    for pair in pairs.array().unwrap_or_default().chunks_exact(2) {
        let number = counted(report.attachments.len());
        match attachment(file, &pair[0], &pair[1])? {
            Some(facts) => report.attachments.push(facts),
            None => report.findings.push(DocumentFinding::new(
                FindingCode::AttachmentUnreadable,
                Place::Attachment(number),
                "The attachment can't be read.",
            )),
        }
    }
    let kids = file.get(tree, b"Kids")?;
    for kid in kids.array().unwrap_or_default() {
        let Some(id) = kid.reference().filter(|id| seen.insert(*id)) else {
            return Err(Problem::at(0, "the list of attachments is no tree"));
        };
        if let Some(kid) = file.load(id)?.object.dictionary() {
            node(file, kid, seen, depth + 1, report)?;
        }
    }
    Ok(())
}

fn attachment(
    file: &File<'_>,
    name: &Object,
    specification: &Object,
) -> Result<Option<AttachmentFacts>, Problem> {
    let specification = file.resolve(specification)?;
    let Some(specification) = specification.dictionary() else {
        return Ok(None);
    };
    let streams = file.get(specification, b"EF")?;
    let Some(streams) = streams.dictionary() else {
        return Ok(None);
    };
    let stream = streams.get(b"UF").or_else(|| streams.get(b"F"));
    let content = match stream.map(|stream| file.content(stream)) {
        Some(Ok(content)) => content,
        None | Some(Err(Problem::Malformed { .. })) => None,
        Some(Err(other)) => return Err(other),
    };
    let Some(content) = content else {
        return Ok(None);
    };
    let start = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&content);
    Ok(Some(AttachmentFacts {
        name: text(&file.resolve(name)?),
        bytes: u64::try_from(content.len()).unwrap_or(u64::MAX),
        fingerprint: Fingerprint::of(&content),
        is_xml: start.trim_ascii_start().first() == Some(&b'<'),
    }))
}

/// A text string: UTF-16 with a mark, or bytes that are taken for Latin-1.
fn text(object: &Object) -> String {
    match object.text().unwrap_or_default() {
        [0xfe, 0xff, rest @ ..] => {
            let units = rest.chunks_exact(2);
            let units: Vec<u16> = units
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16_lossy(&units)
        }
        bytes => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}
