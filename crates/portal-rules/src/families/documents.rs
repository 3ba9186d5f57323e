//! What the manifest says of the documents.

use std::collections::HashMap;

use portal_model::MediaType;
use portal_model::document_name::{self, NameProblem, comparison_key};
use portal_model::text_length::scalar_values;

use super::{severities, source};
use crate::place::{DocumentPart, Place};
use crate::text::{exceeds, forbidden_in_xml};
use crate::{Code, Needs, Rule};

/// The most documents of a job.
const MOST_DOCUMENTS: usize = 20;
/// Characters in a document's name.
pub(super) const NAME_LENGTH: std::ops::RangeInclusive<usize> = 4..=100;
/// The most characters in a document's type.
pub(super) const MIME_LENGTH: usize = 100;

pub(crate) static COUNT: Rule = Rule {
    code: Code::DocumentsCount,
    summary: "A job has 1 to 20 documents.",
    severities: severities::ERROR,
    help: "Name 1 to 20 documents; join some of them if there are more.",
    source: source::SCHEMA,
    needs: Needs::Manifest,
    check: |job, found| {
        let count = job.document_count();
        if !(1..=MOST_DOCUMENTS).contains(&count) {
            found.error(
                Place::Documents,
                format!("The job has {count} documents; the service takes 1 to {MOST_DOCUMENTS}."),
            );
        }
    },
};

pub(crate) static NAME: Rule = Rule {
    code: Code::DocumentsName,
    summary: "A document's name in the package is 4 to 100 characters, without path, a file's name \
              everywhere, none that the package uses itself, and the same as no other without \
              regard to letter case and normal form. A warning for characters other than the \
              letters A to Z, digits, dot, underscore and hyphen.",
    severities: severities::ERROR_OR_WARNING,
    help: "Choose a plain, unique file name such as contract.pdf.",
    source: source::BOTH,
    needs: Needs::Manifest,
    check: |job, found| {
        let mut names = HashMap::new();
        for (index, document) in job.documents().enumerate() {
            let name = document.href.reveal();
            let place = document.place(DocumentPart::Href);
            if let Some(problem) = name_problem(name) {
                found.error(place, problem);
            } else if !name.bytes().all(is_portable) && forbidden_in_xml(name).is_none() {
                found.warning(
                    place,
                    "The document's name has characters that verifiers of signatures read \
                     differently, and that the package builder refuses.",
                );
            }
            let first = *names.entry(comparison_key(name)).or_insert(index);
            if first != index {
                found.error(
                    place,
                    format!(
                        "The document has the same name as documents[{first}] for some file \
                         systems."
                    ),
                );
            }
        }
    },
};

pub(crate) static MIME: Rule = Rule {
    code: Code::DocumentsMime,
    summary: "A document's type is 1 to 100 characters, and is application/pdf: other types give a \
              warning, as the documentation is at odds with itself about text/plain.",
    severities: severities::ERROR_OR_WARNING,
    help: "Make the document a PDF and write application/pdf.",
    source: source::BOTH,
    needs: Needs::Manifest,
    check: |job, found| {
        for document in job.documents() {
            let mime = document.mime.as_str();
            let place = document.place(DocumentPart::Mime);
            if mime.is_empty() || exceeds(mime, MIME_LENGTH) {
                found.error(place, "The document's type is not 1 to 100 characters.");
                continue;
            }
            match MediaType::of(mime) {
                Some(MediaType::Pdf) if mime == MediaType::Pdf.as_str() => {}
                Some(MediaType::Pdf) => found.warning(
                    place,
                    "The document's type is PDF, but not in the spelling that the service's own \
                     clients send.",
                ),
                Some(MediaType::PlainText) => found.warning(
                    place,
                    "The document is plain text, which the service may refuse.",
                ),
                _ => found.warning(
                    place,
                    "The document's type is none that the service is known to take.",
                ),
            }
        }
    },
};

/// The first thing wrong with a name by itself.
fn name_problem(name: &str) -> Option<&'static str> {
    if !NAME_LENGTH.contains(&scalar_values(name)) {
        return Some("The document's name is not 4 to 100 characters.");
    }
    Some(match document_name::problem(name)? {
        NameProblem::Path => "The document's name has a path in it.",
        NameProblem::LeadingDot => "The document's name begins with a dot.",
        NameProblem::TrailingDotOrSpace => "The document's name ends with a dot or a space.",
        // Most control characters have a rule for themselves.
        NameProblem::Control { .. } if forbidden_in_xml(name).is_some() => return None,
        NameProblem::Control { .. } | NameProblem::Invisible { .. } => {
            "The document's name has a character that nobody sees."
        }
        NameProblem::Device => "The document has a name that Windows takes for a device.",
        NameProblem::Reserved => "The document has a name that the package uses itself.",
        _ => "The document's name is no file name on all systems.",
    })
}

/// Whether a byte of a name is one that needs no escape anywhere.
fn is_portable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}
