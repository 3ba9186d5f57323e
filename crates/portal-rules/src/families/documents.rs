//! What the manifest says of the documents.

use std::collections::HashMap;

use super::{severities, source};
use crate::place::{DocumentPart, Place};
use crate::text::exceeds;
use crate::{Code, Needs, Rule};

/// The most documents of a job.
const MOST_DOCUMENTS: usize = 20;
/// Characters in a document's name.
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 4..=100;
/// The most characters in a document's type.
const MIME_LENGTH: usize = 100;
/// The types that the service's own clients send.
pub(super) const PDF: &str = "application/pdf";
pub(super) const PLAIN_TEXT: &str = "text/plain";

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
    summary: "A document's name in the package is 4 to 100 characters, unique, without path, and \
              none that the package needs for itself.",
    severities: severities::ERROR,
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
            }
            let first = *names.entry(name).or_insert(index);
            if first != index {
                found.error(
                    place,
                    format!("The document has the same name as documents[{first}]."),
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
            } else if mime == PLAIN_TEXT {
                found.warning(
                    place,
                    "The document is plain text, which the service may refuse.",
                );
            } else if mime != PDF {
                found.warning(
                    place,
                    "The document's type is none that the service is known to take.",
                );
            }
        }
    },
};

/// The first thing wrong with a name by itself.
fn name_problem(name: &str) -> Option<&'static str> {
    // The service decodes names as it does URLs, so that %2F becomes a path as well.
    let lower = name.to_ascii_lowercase();
    let has_path = ["/", "\\", "%2f", "%5c"]
        .iter()
        .any(|separator| lower.contains(separator));
    if !NAME_LENGTH.contains(&name.chars().count()) {
        Some("The document's name is not 4 to 100 characters.")
    } else if has_path {
        Some("The document's name has a path in it.")
    } else if matches!(lower.as_str(), "meta-inf" | "manifest.xml") {
        Some("The document has a name that the package needs for itself.")
    } else {
        None
    }
}
