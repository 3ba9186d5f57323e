//! What the documents' files are.

use std::fmt;

use portal_model::MediaType;

use super::{severities, source};
use crate::job::{Document, Job};
use crate::pdf::{Body, End, Format};
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
    summary: "A document that is not declared as text is a PDF of version 1.1 to 1.7 and is not \
              encrypted. The later of header and catalog gives the version.",
    severities: severities::ERROR,
    help: "Save the document again as PDF 1.7 or PDF/A, without password.",
    source: source::DOCUMENTATION,
    needs: Needs::Files,
    check: |job, found| {
        for (document, file) in pdfs(job) {
            let place = document.place(DocumentPart::File);
            let frame = match file.format() {
                Format::Pdf(frame) => frame,
                Format::Other => {
                    found.error(place, "The file is no PDF: it has no PDF header.");
                    continue;
                }
                Format::Unseen => continue,
            };
            if !matches!(frame.version, (1, 1..=7)) {
                let (major, minor) = frame.version;
                found.error(
                    place,
                    format!("The file is PDF {major}.{minor}; the service takes 1.1 to 1.7."),
                );
            }
            if frame.body == Body::Encrypted {
                found.error(place, "The file is encrypted.");
            }
        }
    },
};

pub(crate) static PDF_BYTES: Rule = Rule {
    code: Code::DocumentsPdfBytes,
    summary: "A PDF begins with its header and ends with its end marker, and the line before the \
              marker leads to its cross-reference table.",
    severities: severities::WARNING,
    help: "Check that the whole file was read and nothing was added; saving it again as PDF \
           repairs it.",
    source: "ISO 32000-1; readers tolerate such files, the service may not",
    needs: Needs::Files,
    check: |job, found| {
        for (document, file) in pdfs(job) {
            let Format::Pdf(frame) = file.format() else {
                continue;
            };
            let place = document.place(DocumentPart::File);
            if frame.leading > 0 {
                let bytes = Bytes(frame.leading);
                found.warning(place, format!("The PDF header comes only after {bytes}."));
            }
            match frame.end {
                End::Followed { bytes } => {
                    let bytes = Bytes(bytes);
                    found.warning(
                        place,
                        format!("The PDF's end marker is followed by {bytes}."),
                    );
                }
                End::Unfinished => found.warning(
                    place,
                    "An update of the PDF begins after the last end marker and has none itself; \
                     the file may be cut off.",
                ),
                End::Missing { searched } if searched == file.length() => {
                    found.warning(place, "The PDF has no end marker; the file may be cut off.");
                }
                End::Missing { searched } => {
                    let bytes = Bytes(searched);
                    found.warning(
                        place,
                        format!(
                            "The PDF has no end marker in its last {bytes}; the file may be cut \
                             off, or padded."
                        ),
                    );
                }
                End::Marked | End::Unseen => {}
            }
            if frame.body == Body::Astray && matches!(frame.end, End::Marked | End::Followed { .. })
            {
                found.warning(
                    place,
                    "The end of the PDF does not lead to its cross-reference table; the file may \
                     be damaged.",
                );
            }
        }
    },
};

/// The documents that must be PDFs, with their files. An empty file has a rule for itself.
fn pdfs<'a>(job: &Job<'a>) -> impl Iterator<Item = (Document<'a>, &'a DocumentFacts)> {
    job.files().filter(|(document, file)| {
        let is_text = MediaType::of(document.mime.as_str()) == Some(MediaType::PlainText);
        file.length() > 0 && !is_text
    })
}

/// A number of bytes, with the word.
struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 byte"),
            count => write!(f, "{count} bytes"),
        }
    }
}
