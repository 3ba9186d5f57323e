//! The signed document: a front page that tells who signed, then the documents' own pages.

use std::collections::HashSet;

use jiff::Timestamp;
use lopdf::{Document, Object, ObjectId};

use super::page::{PAGE_HEIGHT, PAGE_WIDTH, Style, Text};
use super::{Attachment, DocumentDefect, PdfError, attachments, budget, defects, footer, sealing};
use crate::certificates::DocumentSigning;

/// What the front page says of one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignatureLine {
    /// The signer, identified as the job asks for.
    pub(crate) signer: String,
    /// When it was given.
    pub(crate) when: Timestamp,
}

/// What a signed document is made of.
#[derive(Debug)]
pub(crate) struct SignedDocument<'a> {
    pub(crate) title: &'a str,
    pub(crate) job: String,
    pub(crate) sender: &'a str,
    pub(crate) signatures: Vec<SignatureLine>,
    pub(crate) documents: Vec<Original<'a>>,
    /// The signers' signature documents.
    pub(crate) attachments: Vec<Attachment>,
    /// What is to be wrong with it.
    pub(crate) defect: Option<DocumentDefect>,
}

/// A document as it was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Original<'a> {
    pub(crate) title: &'a str,
    pub(crate) is_text: bool,
    pub(crate) bytes: &'a [u8],
}

/// More bytes than a front page and a signature take.
const ROOM: usize = 16 * 1024;

/// The first line of every front page.
pub(crate) const BANNER: &str = "SANDBOX - NO LEGAL EFFECT";

impl SignedDocument<'_> {
    /// Writes the PDF, signed with the sandbox's certificate. The same input gives the same bytes.
    pub(crate) fn to_pdf(&self, signing: &DocumentSigning) -> Result<Vec<u8>, PdfError> {
        let mut document = Document::with_version("1.7");
        let parent = document.new_object_id();
        let mut pages = self.front_page().write_to(&mut document, parent)?;
        for original in &self.documents {
            let added = if original.is_text {
                plain_text(original).write_to(&mut document, parent)
            } else {
                append(&mut document, parent, original.bytes)
            };
            pages.extend(match added {
                Ok(added) => added,
                // A reader that can't follow a document must not keep the others from the sender.
                Err(_) => unreadable(original.title).write_to(&mut document, parent)?,
            });
        }
        footer::add(&mut document, &pages, &self.footer())?;
        super::set_pages(&mut document, parent, pages);
        attachments::attach(&mut document, &self.attachments)?;
        document.prune_objects();
        document.renumber_objects();
        sealing::leave_room(&mut document, signing, self.last_signed())?;
        let last_drawn = last_drawn(&document)?;
        let root = document.trailer.get(b"Root")?.as_reference()?;
        let size = document.max_id + 1;
        let originals = self.documents.iter().map(|original| original.bytes.len());
        // Once and for all, as a rule: growing would copy megabytes.
        let mut pdf = Vec::with_capacity(originals.sum::<usize>() + ROOM);
        document.save_to(&mut pdf)?;
        sealing::seal(&mut pdf, signing)?;
        match self.defect {
            Some(DocumentDefect::ByteChanged) => defects::change_byte(&mut pdf)?,
            Some(DocumentDefect::AppendedUpdate) => {
                defects::append_update(&mut pdf, root, size, last_drawn)?;
            }
            _ => {}
        }
        Ok(pdf)
    }

    /// When the document became what it is; the sandbox signs it whenever it is asked for.
    fn last_signed(&self) -> Timestamp {
        let times = self.signatures.iter().map(|signature| signature.when);
        times.max().unwrap_or_default()
    }

    /// What stands at the foot of every page.
    fn footer(&self) -> String {
        let signers: Vec<_> = self
            .signatures
            .iter()
            .map(|line| format!("{} ({})", line.signer, line.when))
            .collect();
        format!("{BANNER}. Signed by {}", signers.join("; "))
    }

    fn front_page(&self) -> Text {
        let mut text = Text::default();
        text.add(Style::Banner, BANNER);
        text.space(6);
        text.add(
            Style::Body,
            "Made by a test stand-in for the signature service. Nobody has signed anything.",
        );
        text.add(
            Style::Body,
            "This file has a digital signature by a certificate of the sandbox, which nobody trusts.",
        );
        text.space(16);
        text.add(Style::Heading, self.title);
        text.add(Style::Body, &format!("Job {}", self.job));
        text.add(Style::Body, &format!("Sender {}", self.sender));
        text.space(12);
        text.add(Style::Strong, "Signed by");
        for line in &self.signatures {
            text.space(4);
            text.add(Style::Body, &line.signer);
            text.add(Style::Body, &format!("Signed at {}", line.when));
        }
        text.space(12);
        text.add(Style::Strong, "Documents");
        for (index, original) in self.documents.iter().enumerate() {
            text.add(Style::Body, &format!("{}. {}", index + 1, original.title));
        }
        text
    }
}

/// The stream that draws the last part of the front page.
fn last_drawn(document: &Document) -> lopdf::Result<ObjectId> {
    let page = document.page_iter().next();
    let page = page.ok_or(lopdf::Error::PageNumberNotFound(1))?;
    let contents = document
        .get_dictionary(page)?
        .get(b"Contents")?
        .as_array()?;
    let last = contents.last().ok_or(lopdf::Error::PageNumberNotFound(1))?;
    last.as_reference()
}

fn plain_text(original: &Original<'_>) -> Text {
    let mut text = Text::default();
    text.add(Style::Heading, original.title);
    text.space(8);
    for line in String::from_utf8_lossy(original.bytes).lines() {
        text.add(Style::Body, line);
    }
    text
}

fn unreadable(title: &str) -> Text {
    let mut text = Text::default();
    text.add(Style::Heading, title);
    text.add(
        Style::Body,
        "The sandbox could not read the pages of this document and leaves them out.",
    );
    text
}

/// Takes signature fields off a page: the signatures of a document that was signed before hold for
/// its own file, and in another one a reader would find them broken.
fn leave_out_signatures(document: &mut Document, page: ObjectId) -> lopdf::Result<()> {
    let annotations = document.get_dictionary(page)?.get(b"Annots");
    let Ok(annotations) = annotations.and_then(|list| document.dereference(list)) else {
        return Ok(());
    };
    let Ok(annotations) = annotations.1.as_array() else {
        return Ok(());
    };
    let is_signature = |annotation: &Object| {
        let field = document.dereference(annotation).ok()?.1.as_dict().ok()?;
        let parent = || document.dereference(field.get(b"Parent").ok()?).ok();
        let kind = field.get(b"FT").or_else(|missing| {
            let parent = parent().ok_or(missing)?;
            parent.1.as_dict()?.get(b"FT")
        });
        Some(kind.ok()?.as_name().ok()? == b"Sig")
    };
    let mut others = annotations.clone();
    others.retain(|annotation| is_signature(annotation) != Some(true));
    if others.len() < annotations.len() {
        let page = document.get_object_mut(page)?.as_dict_mut()?;
        page.set("Annots", others);
    }
    Ok(())
}

/// Attributes that a page may take from its ancestors.
const INHERITED: [&[u8]; 4] = [b"Resources", b"MediaBox", b"CropBox", b"Rotate"];

/// Copies all pages of a PDF into `document` and gives their numbers.
fn append(document: &mut Document, parent: ObjectId, bytes: &[u8]) -> lopdf::Result<Vec<ObjectId>> {
    let mut source = budget::load(bytes)?;
    if source.is_encrypted() {
        return Err(lopdf::Error::Unimplemented(
            "pages of an encrypted document",
        ));
    }
    // What a page inherits goes into the page itself before it loses its ancestors.
    for page in source.get_pages().into_values() {
        leave_out_signatures(&mut source, page)?;
        for key in INHERITED {
            if source.get_dictionary(page)?.has(key) {
                continue;
            }
            let inherited = inherited(&source, page, key)?.or_else(|| default_of(key));
            if let Some(value) = inherited {
                source.get_object_mut(page)?.as_dict_mut()?.set(key, value);
            }
        }
    }
    source.renumber_objects_with(document.max_id + 1);
    let pages: Vec<ObjectId> = source.get_pages().into_values().collect();
    if pages.is_empty() {
        return Err(lopdf::Error::PageNumberNotFound(1));
    }
    for &page in &pages {
        let page = source.get_object_mut(page)?.as_dict_mut()?;
        page.set("Parent", parent);
    }
    document.max_id = document.max_id.max(source.max_id);
    document.objects.extend(source.objects);
    Ok(pages)
}

fn inherited(source: &Document, page: ObjectId, key: &[u8]) -> lopdf::Result<Option<Object>> {
    let mut seen = HashSet::new();
    let mut at = page;
    while seen.insert(at) {
        let node = source.get_dictionary(at)?;
        if let Ok(value) = node.get(key) {
            return Ok(Some(value.clone()));
        }
        match node.get(b"Parent").and_then(Object::as_reference) {
            Ok(parent) => at = parent,
            Err(_) => break,
        }
    }
    Ok(None)
}

fn default_of(key: &[u8]) -> Option<Object> {
    (key == b"MediaBox")
        .then(|| vec![0.into(), 0.into(), PAGE_WIDTH.into(), PAGE_HEIGHT.into()].into())
}
