//! PDF documents: samples to sign, and what signing gives.

mod attachments;
mod budget;
mod cms;
mod defects;
mod dictionary_names;
mod footer;
mod page;
mod sample;
mod sealing;
mod signed;
#[cfg(test)]
mod tests;

use lopdf::xref::XrefType;
use lopdf::{Document, Object, ObjectId, dictionary};

pub(crate) use attachments::Attachment;
pub use defects::DocumentDefect;
pub use sample::sample_pdf;
pub(crate) use signed::{Original, SignatureLine, SignedDocument};

/// Why a signed document can't be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PdfError {
    #[error("the pages can't be put together")]
    Pages(#[from] lopdf::Error),
    #[error("the document can't be written")]
    Write(#[from] std::io::Error),
    #[error("the signature can't be written")]
    Signature(#[from] ::cms::cert::x509::der::Error),
    #[error("the key does not sign")]
    Key,
    #[error("there is no certificate to sign with, or not its issuer's")]
    NoSeal,
    #[error("the document has no room for its signature")]
    NoRoom,
}

/// Makes `kids` the pages of the document, and has it written in the form that every reader since
/// the first knows.
fn set_pages(document: &mut Document, pages: ObjectId, kids: Vec<ObjectId>) {
    let count = i64::try_from(kids.len()).unwrap_or(i64::MAX);
    let kids: Vec<Object> = kids.into_iter().map(Object::Reference).collect();
    document.set_object(
        pages,
        dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count },
    );
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    document.reference_table.cross_reference_type = XrefType::CrossReferenceTable;
}
