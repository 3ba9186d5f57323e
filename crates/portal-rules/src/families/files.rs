//! What the documents' files are.

use super::documents::PLAIN_TEXT;
use super::{severities, source};
use crate::pdf::{Body, Format};
use crate::place::{DocumentPart, Place};
use crate::{Code, DocumentFacts, Needs, Rule};

/// The most bytes of all documents together: 10 MiB.
const MOST_BYTES: u64 = 10 * 1024 * 1024;

pub(crate) static MISSING: Rule = Rule {
    code: Code::DocumentsMissing,
    summary: "Every document in the manifest has a file, and every file is in the manifest.",
    severities: severities::ERROR,
    help: "Give one file for each document, in the order of the manifest.",
    source: source::DOCUMENTATION,
    needs: Needs::Files,
    check: |job, found| {
        let (count, files) = (job.document_count(), job.files.unwrap_or_default().len());
        if count != files {
            found.error(
                Place::Documents,
                format!("The manifest names {count} documents; the number of files is {files}."),
            );
        }
    },
};

pub(crate) static SIZE: Rule = Rule {
    code: Code::DocumentsSize,
    summary: "All documents together are at most 10,485,760 bytes (10 MiB).",
    severities: severities::ERROR,
    help: "Make the documents smaller, for instance their pictures, or make several jobs.",
    source: source::DOCUMENTATION,
    needs: Needs::Files,
    check: |job, found| {
        let lengths = job
            .files
            .unwrap_or_default()
            .iter()
            .map(DocumentFacts::length);
        let total = lengths.fold(0, u64::saturating_add);
        if total > MOST_BYTES {
            found.error(
                Place::Documents,
                format!(
                    "The documents are {total} bytes together; the service takes at most {MOST_BYTES}."
                ),
            );
        }
    },
};

pub(crate) static EMPTY: Rule = Rule {
    code: Code::DocumentsEmpty,
    summary: "No document is an empty file.",
    severities: severities::ERROR,
    help: "Give the right file; this one may not have been written to the end.",
    source: source::PURPOSE,
    needs: Needs::Files,
    check: |job, found| {
        for (document, file) in job.files() {
            if file.length() == 0 {
                found.error(document.place(DocumentPart::File), "The file is empty.");
            }
        }
    },
};

pub(crate) static PDF: Rule = Rule {
    code: Code::DocumentsPdf,
    summary: "A document that is not declared as text begins as a PDF of version 1.1 to 1.7, is \
              not encrypted, and has its end. A warning if the end leads nowhere.",
    severities: severities::ERROR_OR_WARNING,
    help: "Save the document anew as PDF 1.7 or PDF/A, without password, and read the whole file.",
    source: source::DOCUMENTATION,
    needs: Needs::Files,
    check: |job, found| {
        for (document, file) in job.files() {
            if file.length() == 0 || document.mime.as_str() == PLAIN_TEXT {
                continue;
            }
            let place = document.place(DocumentPart::File);
            let (version, body) = match file.format() {
                Format::Pdf { version, body } => (version, body),
                Format::Other => {
                    found.error(place, "The file does not begin as a PDF.");
                    continue;
                }
                Format::Unseen => continue,
            };
            if !matches!(version, (1, 1..=7)) {
                let (major, minor) = version;
                found.error(
                    place,
                    format!("The file is PDF {major}.{minor}; the service takes 1.1 to 1.7."),
                );
            }
            match body {
                Body::Encrypted => found.error(place, "The file is encrypted."),
                Body::Truncated => {
                    found.error(place, "The file has no end marker; it is not whole.");
                }
                Body::Astray => found.warning(
                    place,
                    "The end of the file does not lead to its contents; it may be damaged.",
                ),
                Body::Open | Body::Unseen => {}
            }
        }
    },
};
