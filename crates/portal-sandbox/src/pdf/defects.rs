//! Signed documents that are broken on request, for those who test their checks.

use std::fmt::Write as _;

use memchr::memmem;
use schemars::JsonSchema;

use super::PdfError;
use super::signed::BANNER;

/// What is wrong with a signed document.
///
/// In JSON the names are in kebab case, such as `"byte-changed"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DocumentDefect {
    /// A byte of the front page was changed after sealing: the signature does not hold.
    ByteChanged,
    /// An update was appended after sealing: the signature holds and does not cover the whole file.
    AppendedUpdate,
    /// The signature document of the last signer is missing among the attachments.
    WrongSignerCount,
    /// The first attached signature document is another one than can be downloaded.
    AttachmentExchanged,
    /// The seal is by another certificate than that of all other documents of the sandbox.
    OtherSeal,
}

/// Changes a letter of the front page.
pub(super) fn change_byte(pdf: &mut [u8]) -> Result<(), PdfError> {
    let at = memmem::find(pdf, BANNER.as_bytes()).ok_or(PdfError::NoRoom)?;
    pdf[at] ^= 0x20;
    Ok(())
}

/// Appends an update that replaces an object of the document, a stream, by another one.
pub(super) fn append_update(
    pdf: &mut Vec<u8>,
    root: (u32, u16),
    size: u32,
    replaced: (u32, u16),
) -> Result<(), PdfError> {
    let previous = memmem::rfind(pdf, b"startxref").ok_or(PdfError::NoRoom)?;
    let previous: String = pdf[previous + b"startxref".len()..]
        .iter()
        .map(|&byte| char::from(byte))
        .skip_while(|letter| letter.is_whitespace())
        .take_while(char::is_ascii_digit)
        .collect();
    let mut update = String::from("\n");
    let at = pdf.len() + update.len();
    let content = "Q";
    let (number, generation) = replaced;
    // Writing to a String can't fail.
    let _ = write!(
        update,
        "{number} {generation} obj\n<</Length {}>>stream\n{content}\nendstream\nendobj\n",
        content.len()
    );
    let table = pdf.len() + update.len();
    let _ = write!(
        update,
        "xref\n{number} 1\n{at:010} {generation:05} n \n\
         trailer\n<</Size {size}/Root {} {} R/Prev {previous}>>\nstartxref\n{table}\n%%EOF\n",
        root.0, root.1
    );
    pdf.extend_from_slice(update.as_bytes());
    Ok(())
}
