//! Small real PDF documents for demonstrations and tests.

use lopdf::Document;

use super::page::{Style, Text};

/// Makes a small PDF (version 1.4) with a title and some paragraphs of text.
///
/// The text is set in Helvetica; letters outside Western European ones become question marks. An
/// empty list of paragraphs gives a page with the title alone.
///
/// ```
/// let pdf = portal_sandbox::sample_pdf("Tenancy agreement", &["The rent is due on the first."]);
/// assert!(pdf.starts_with(b"%PDF-1.4"));
/// ```
#[must_use]
pub fn sample_pdf(title: &str, paragraphs: &[&str]) -> Vec<u8> {
    let mut text = Text::default();
    text.add(Style::Heading, title);
    for paragraph in paragraphs {
        text.space(8);
        text.add(Style::Body, paragraph);
    }
    let mut document = Document::with_version("1.4");
    let mut bytes = Vec::new();
    // Writing plain text to memory meets no condition that fails.
    let written = fill(&mut document, text)
        .and_then(|()| document.save_to(&mut bytes).map_err(lopdf::Error::from));
    debug_assert!(written.is_ok(), "{written:?}");
    bytes
}

fn fill(document: &mut Document, text: Text) -> lopdf::Result<()> {
    let pages = document.new_object_id();
    let kids = text.write_to(document, pages)?;
    super::set_pages(document, pages, kids);
    Ok(())
}
