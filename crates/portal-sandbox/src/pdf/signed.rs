//! The signed document: a front page that tells who signed, then the documents' own pages.

use std::collections::HashSet;

use lopdf::{Document, Object, ObjectId};

use super::page::{PAGE_HEIGHT, PAGE_WIDTH, Style, Text};

/// What the front page says of one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignatureLine {
    /// The signer, identified as the job asks for.
    pub(crate) signer: String,
    /// When it was given, in UTC.
    pub(crate) when: String,
}

/// What a signed document is made of.
#[derive(Debug)]
pub(crate) struct SignedDocument<'a> {
    pub(crate) title: &'a str,
    pub(crate) job: String,
    pub(crate) sender: &'a str,
    pub(crate) signatures: Vec<SignatureLine>,
    /// Titles and bytes.
    pub(crate) documents: Vec<(&'a str, &'a [u8])>,
}

/// The first line of every front page.
pub(crate) const BANNER: &str = "SANDBOX - NO LEGAL EFFECT";

impl SignedDocument<'_> {
    /// Writes the PDF. The same input gives the same bytes.
    pub(crate) fn to_pdf(&self) -> lopdf::Result<Vec<u8>> {
        let mut document = Document::with_version("1.7");
        let parent = document.new_object_id();
        let mut pages = self.front_page().write_to(&mut document, parent)?;
        for &(title, bytes) in &self.documents {
            let added = append(&mut document, parent, bytes);
            pages.extend(match added {
                Ok(added) => added,
                // A reader that can't follow a document must not keep the others from the sender.
                Err(_) => unreadable(title).write_to(&mut document, parent)?,
            });
        }
        super::set_pages(&mut document, parent, pages);
        document.prune_objects();
        document.renumber_objects();
        let mut bytes = Vec::new();
        document.save_to(&mut bytes)?;
        Ok(bytes)
    }

    fn front_page(&self) -> Text {
        let mut text = Text::default();
        text.add(Style::Banner, BANNER);
        text.space(6);
        text.add(
            Style::Body,
            "Made by a test stand-in for the signature service. Nobody has signed anything.",
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
        for (index, (title, _)) in self.documents.iter().enumerate() {
            text.add(Style::Body, &format!("{}. {title}", index + 1));
        }
        text
    }
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

/// Attributes that a page may take from its ancestors.
const INHERITED: [&[u8]; 4] = [b"Resources", b"MediaBox", b"CropBox", b"Rotate"];

/// Copies all pages of a PDF into `document` and gives their numbers.
fn append(document: &mut Document, parent: ObjectId, bytes: &[u8]) -> lopdf::Result<Vec<ObjectId>> {
    let mut source = Document::load_mem(bytes)?;
    if source.is_encrypted() {
        return Err(lopdf::Error::Unimplemented(
            "pages of an encrypted document",
        ));
    }
    // What a page inherits goes into the page itself before it loses its ancestors.
    for page in source.get_pages().into_values() {
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
