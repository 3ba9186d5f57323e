//! PDF documents: samples to sign, and what signing gives.

mod page;
mod sample;
mod signed;
#[cfg(test)]
mod tests;

use lopdf::xref::XrefType;
use lopdf::{Document, Object, ObjectId, dictionary};

pub use sample::sample_pdf;
pub(crate) use signed::{SignatureLine, SignedDocument};

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
