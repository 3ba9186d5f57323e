//! What signing gives: the signed PDF of a job, and a signature document per signer.

use std::ops::Range;

use aws_lc_rs::digest;
use jiff::SignedDuration;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portal_asice::{SignedFile, signatures_xml};
use portal_model::{IdentifierInSignedDocuments, SignatureIdentifier};

use crate::certificates::{DocumentSigning, MakingError, Person};
use crate::pdf::{Attachment, DocumentDefect, Original, PdfError, SignatureLine, SignedDocument};
use crate::service::{JobView, SignerState};

const PLAIN_TEXT: &str = "text/plain";

/// Why a signed document can't be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PadesError {
    #[error(transparent)]
    Pdf(#[from] PdfError),
    #[error(transparent)]
    Signature(#[from] MakingError),
}

/// The signed document of a job, with all signatures so far; broken if asked for.
pub(crate) fn pades(
    signing: &DocumentSigning,
    sender: &str,
    job: &JobView,
    defect: Option<DocumentDefect>,
) -> Result<Vec<u8>, PadesError> {
    let signers = job.signers.iter().zip(&job.content.signers).enumerate();
    let signed = signers.filter(|(_, (course, _))| course.state == SignerState::Signed);
    let mut signatures = Vec::new();
    let mut attachments = Vec::new();
    for (index, (course, content)) in signed {
        signatures.push(SignatureLine {
            signer: identified(
                index,
                &content.identifier,
                job.content.identifier_in_signed_documents,
            ),
            when: course.since,
        });
        let exchanged = defect == Some(DocumentDefect::AttachmentExchanged);
        let attached = if exchanged && attachments.is_empty() {
            xades(signing, &signed_later(job, index), index)?
        } else {
            xades(signing, job, index)?
        };
        attachments.extend(attached.map(|xml| Attachment {
            name: format!("xades-{}.xml", index + 1),
            xml: xml.into_bytes(),
        }));
    }
    if defect == Some(DocumentDefect::WrongSignerCount) {
        attachments.pop();
    }
    let other;
    let signing = if defect == Some(DocumentDefect::OtherSeal) {
        other = signing.with_other_seal()?;
        &other
    } else {
        signing
    };
    let documents = &job.content.documents;
    let pdf = SignedDocument {
        title: job.content.title.reveal(),
        job: job.id.to_string(),
        sender,
        signatures,
        documents: documents
            .iter()
            .map(|document| Original {
                title: document.title.reveal(),
                is_text: document.mime == PLAIN_TEXT,
                bytes: &document.bytes,
            })
            .collect(),
        attachments,
        defect,
    };
    Ok(pdf.to_pdf(signing)?)
}

/// The job as if a signer had signed a second later.
fn signed_later(job: &JobView, index: usize) -> JobView {
    let mut later = job.clone();
    if let Some(signer) = later.signers.get_mut(index) {
        let since = signer.since.checked_add(SignedDuration::from_secs(1));
        signer.since = since.unwrap_or(signer.since);
    }
    later
}

/// The signature document of one signer over all documents of the job; `None` when that signer has
/// not signed, or the documents are gone.
///
/// Its signing time is when the signer signed. Its certificate names the signer as the job asks for,
/// and is issued by the sandbox on its own key: where a signature is by somebody's e-ID, the
/// certificate is what a reader takes the name from.
pub(crate) fn xades(
    signing: &DocumentSigning,
    job: &JobView,
    index: usize,
) -> Result<Option<String>, MakingError> {
    let signed = job
        .signers
        .get(index)
        .filter(|course| course.state == SignerState::Signed && job.has_documents);
    let (Some(course), Some(content)) = (signed, job.content.signers.get(index)) else {
        return Ok(None);
    };
    let documents = &job.content.documents;
    let names: Vec<_> = documents
        .iter()
        .map(|document| reference_name(&document.name))
        .collect();
    let files: Vec<_> = documents
        .iter()
        .zip(&names)
        .map(|(document, name)| SignedFile {
            name,
            mime: &document.mime,
            sha256: sha256(&document.bytes),
        })
        .collect();
    let how = job.content.identifier_in_signed_documents;
    let person = Person {
        name: &identified(index, &content.identifier, how),
        number: personal_number(&content.identifier)
            .filter(|_| how == IdentifierInSignedDocuments::PersonalIdentificationNumberAndName),
    };
    let signer = signing.person(&person)?;
    Ok(Some(signatures_xml(&signer, &files, course.since)?))
}

/// What a reference keeps as it is: all that portal-asice writes without escaping for URIs, and what
/// RFC 3986 calls unreserved.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The name by which a signature refers to a document, escaped as a URI.
fn reference_name(name: &str) -> String {
    utf8_percent_encode(name, KEPT).to_string()
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    digest
}

/// How a signer is named in the signed document. Nobody in a sandbox has a name, so it makes one.
fn identified(
    index: usize,
    identifier: &SignatureIdentifier,
    how: IdentifierInSignedDocuments,
) -> String {
    let name = format!("Sandbox signer {}", index + 1);
    match (how, personal_number(identifier)) {
        (IdentifierInSignedDocuments::Name, _) => name,
        (IdentifierInSignedDocuments::PersonalIdentificationNumberAndName, Some(number)) => {
            format!("{name}, {number}")
        }
        (_, Some(number)) => match date_of_birth(number) {
            Some(date) => format!("{name}, born {date}"),
            None => format!("{name}, date of birth unknown"),
        },
        (_, None) => format!("{name}, date of birth unknown"),
    }
}

fn personal_number(identifier: &SignatureIdentifier) -> Option<&str> {
    match identifier {
        SignatureIdentifier::PersonalIdentificationNumber(number) => Some(number.reveal()),
        _ => None,
    }
}

/// The date of birth that a personal number begins with, as day, month and year without century.
///
/// Source: the national registry's forms: a D-number has 40 added to the day, a synthetic number 40
/// or 80 to the month.
fn date_of_birth(number: &str) -> Option<String> {
    let part = |range: Range<usize>| number.get(range)?.parse::<u32>().ok();
    let (day, month, year) = (part(0..2)?, part(2..4)?, part(4..6)?);
    let (day, month) = (day % 40, month % 40);
    let is_date = (1..=31).contains(&day) && (1..=12).contains(&month);
    is_date.then(|| format!("{day:02}.{month:02}.{year:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_documents_are_escaped_in_references() {
        for (name, reference) in [
            ("agreement.pdf", "agreement.pdf"),
            ("0000_a-b~c.txt", "0000_a-b~c.txt"),
            ("a b+c.pdf", "a%20b%2Bc.pdf"),
            ("blåbær.pdf", "bl%C3%A5b%C3%A6r.pdf"),
            ("<&\">.pdf", "%3C%26%22%3E.pdf"),
        ] {
            assert_eq!(reference_name(name), reference);
        }
    }

    #[test]
    fn dates_of_birth_of_every_form_of_number() {
        for (number, date) in [
            ("01013300001", "01.01.33"),
            ("42038412546", "02.03.84"),
            ("02838412546", "02.03.84"),
            ("02438412546", "02.03.84"),
        ] {
            assert_eq!(date_of_birth(number).as_deref(), Some(date));
        }
        // The documentation's samples are not all numbers that anybody could have.
        for number in ["12345678910", "00000000000", "32010112345", "?"] {
            assert_eq!(date_of_birth(number), None);
        }
    }
}
