//! A PDF signature over the whole document: room is left for it, and filled once the rest is
//! written.
//!
//! Source: ISO 32000-1, 12.8 and 12.7.4.5; ETSI EN 319 142-1 for the entries of the dictionary.

use std::io::Write as _;
use std::ops::Range;

use aws_lc_rs::digest;
use jiff::Timestamp;
use lopdf::{Dictionary, Document, Object, StringFormat, dictionary};
use memchr::memmem::rfind;

use super::signed::BANNER;
use super::{PdfError, cms};
use crate::certificates::DocumentSigning;

/// Stands for a number of the byte range until it is known; as wide as any that can come.
const UNKNOWN: i64 = 9_999_999_999;
/// Invisible and locked, and printed, as a signature without an appearance has it.
const FLAGS: i64 = 0b1000_0100;

/// Adds a signature field to the first page, with room for a signature that gives `at` as its time.
/// Its dictionary becomes the last object of the document: nothing may be added or renumbered later.
pub(super) fn leave_room(
    document: &mut Document,
    signing: &DocumentSigning,
    at: Timestamp,
) -> Result<(), PdfError> {
    let length = cms::length(signing)?;
    let page = document
        .page_iter()
        .next()
        .ok_or(lopdf::Error::PageNumberNotFound(1))?;
    let (field, signature) = (document.new_object_id(), document.new_object_id());
    let text = |text: &str| Object::string_literal(text);
    document.set_object(
        field,
        dictionary! {
            "Type" => "Annot",
            "Subtype" => "Widget",
            "FT" => "Sig",
            "T" => text("Sandbox"),
            "F" => FLAGS,
            "Rect" => vec![0.into(), 0.into(), 0.into(), 0.into()],
            "P" => page,
            "V" => signature,
        },
    );
    document.set_object(
        signature,
        dictionary! {
            "Type" => "Sig",
            "Filter" => "Adobe.PPKLite",
            "SubFilter" => "ETSI.CAdES.detached",
            "Name" => text(BANNER),
            "Reason" => text("Made by a test stand-in"),
            "M" => text(&at.strftime("D:%Y%m%d%H%M%SZ").to_string()),
            "Reference" => vec![certification().into()],
            "ByteRange" => vec![0.into(), UNKNOWN.into(), UNKNOWN.into(), UNKNOWN.into()],
            "Contents" => Object::String(vec![0; length], StringFormat::Hexadecimal),
        },
    );
    let page = document.get_object_mut(page)?.as_dict_mut()?;
    page.set("Annots", vec![field.into()]);
    // A certification: the only signature, after which nothing may be changed.
    let permissions = dictionary! { "DocMDP" => signature };
    document.catalog_mut()?.set("Perms", permissions);
    let form = dictionary! { "Fields" => vec![field.into()], "SigFlags" => 3 };
    document.catalog_mut()?.set("AcroForm", form);
    Ok(())
}

/// What the signature certifies: level 1, no changes. Source: ISO 32000-1, 12.8.2.2.
fn certification() -> Dictionary {
    dictionary! {
        "Type" => "SigRef",
        "TransformMethod" => "DocMDP",
        "TransformParams" => dictionary! { "Type" => "TransformParams", "P" => 1, "V" => Object::Name(b"1.2".to_vec()) },
    }
}

/// Signs the written document in the room that was left.
pub(super) fn seal(pdf: &mut [u8], signing: &DocumentSigning) -> Result<(), PdfError> {
    let contents = between(pdf, b"/Contents<", b">").ok_or(PdfError::NoRoom)?;
    let range = between(pdf, b"/ByteRange[", b"]").ok_or(PdfError::NoRoom)?;
    // All but the signature and its brackets.
    let (before, after) = (contents.start - 1, contents.end + 1);
    let text = format!("0 {before} {after} {}", pdf.len() - after);
    write_over(pdf, range, text.as_bytes())?;

    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(&pdf[..before]);
    hash.update(&pdf[after..]);
    let signature = cms::signature(signing, hash.finish().as_ref())?;
    let mut hex = Vec::with_capacity(2 * signature.len());
    for byte in signature {
        // Writing to a Vec can't fail.
        let _ = write!(hex, "{byte:02x}");
    }
    write_over(pdf, contents, &hex)
}

/// What stands between the last of these texts and the next of those.
fn between(pdf: &[u8], start: &[u8], end: &[u8]) -> Option<Range<usize>> {
    // From the end: what comes before belongs to the sender's documents.
    let start = rfind(pdf, start)? + start.len();
    let length = memchr::memmem::find(&pdf[start..], end)?;
    Some(start..start + length)
}

/// Puts the text in the room, with blanks behind it.
fn write_over(pdf: &mut [u8], room: Range<usize>, text: &[u8]) -> Result<(), PdfError> {
    let room = &mut pdf[room];
    if text.len() > room.len() {
        return Err(PdfError::NoRoom);
    }
    let (to, rest) = room.split_at_mut(text.len());
    to.copy_from_slice(text);
    rest.fill(b' ');
    Ok(())
}
