//! Cases about the documents and their files.

use portal_model::{Href, Mime};
use portal_rules::Code::*;
use portal_rules::DocumentFacts;
use portal_rules::Severity::{Error, Info, Warning};

use super::{Case, broken, kept};
use crate::sample::{Job, pdf, pdf_with};

pub(super) fn cases() -> Vec<Case> {
    listed().into_iter().chain(names()).chain(files()).collect()
}

fn listed() -> Vec<Case> {
    vec![
        kept(DocumentsCount, "one", Job::private, |job| {
            job.set_documents(1);
        }),
        kept(DocumentsCount, "twenty", Job::private, |job| {
            job.set_documents(20);
        }),
        kept(DocumentsCount, "old form", Job::legacy, |_| {}),
        broken(
            DocumentsCount,
            "none",
            (Error, "documents"),
            Job::private,
            |job| {
                job.set_documents(0);
            },
        ),
        broken(
            DocumentsCount,
            "21",
            (Error, "documents"),
            Job::private,
            |job| {
                job.set_documents(21);
            },
        ),
        kept(DocumentsMime, "PDF", Job::private, |_| {}),
        kept(DocumentsMime, "PDF, old form", Job::legacy, |_| {}),
        broken(
            DocumentsMime,
            "empty",
            (Error, "documents[0].mime"),
            Job::private,
            |job| {
                job.document(0).mime = Mime::unchecked("");
            },
        ),
        broken(
            DocumentsMime,
            "101",
            (Error, "documents[1].mime"),
            Job::private,
            |job| {
                job.document(1).mime = Mime::unchecked("x".repeat(101));
            },
        ),
        broken(
            DocumentsMime,
            "text",
            (Warning, "documents[0].mime"),
            Job::private,
            |job| {
                job.document(0).mime = Mime::new("text/plain").unwrap();
                job.set_file(0, b"Words.");
            },
        ),
        broken(
            DocumentsMime,
            "100",
            (Warning, "documents[0].mime"),
            Job::private,
            |job| {
                job.document(0).mime = Mime::new("ø".repeat(100)).unwrap();
            },
        ),
        broken(
            DocumentsMime,
            "old form",
            (Warning, "document.mime"),
            Job::legacy,
            |job| {
                job.legacy_document().mime = Mime::new("image/png").unwrap();
            },
        ),
        kept(UncheckedDocuments, "files", Job::private, |_| {}),
        broken(
            UncheckedDocuments,
            "no files",
            (Info, "documents"),
            Job::private,
            |job| {
                job.manifest_only = true;
                job.profile = job.profile.clone().silence(UncheckedRequest);
            },
        ),
    ]
}

fn names() -> Vec<Case> {
    let href = (Error, "documents[0].href");
    vec![
        kept(DocumentsName, "plain", Job::private, |_| {}),
        kept(DocumentsName, "4", Job::private, |job| {
            job.set_href(0, "æ.md");
        }),
        kept(DocumentsName, "100", Job::private, |job| {
            job.set_href(0, &"ø".repeat(100));
        }),
        kept(DocumentsName, "other percent", Job::private, |job| {
            job.set_href(0, "50%.pdf");
        }),
        broken(DocumentsName, "3", href, Job::private, |job| {
            job.set_href(0, "pdf");
        }),
        broken(DocumentsName, "101", href, Job::private, |job| {
            job.set_href(0, &"ø".repeat(101));
        }),
        broken(DocumentsName, "path", href, Job::private, |job| {
            job.set_href(0, "a/b.pdf");
        }),
        broken(DocumentsName, "backslash", href, Job::private, |job| {
            job.set_href(0, "a\\b.pdf");
        }),
        broken(DocumentsName, "%2F", href, Job::private, |job| {
            job.set_href(0, "a%2Fb.pdf");
        }),
        broken(DocumentsName, "%5c", href, Job::private, |job| {
            job.set_href(0, "a%5cb.pdf");
        }),
        broken(DocumentsName, "META-INF", href, Job::private, |job| {
            job.set_href(0, "META-INF");
        }),
        broken(DocumentsName, "in META-INF", href, Job::private, |job| {
            job.set_href(0, "META-INF/signatures.xml");
        }),
        broken(DocumentsName, "manifest.xml", href, Job::private, |job| {
            job.set_href(0, "Manifest.xml");
        }),
        broken(
            DocumentsName,
            "twice",
            (Error, "documents[1].href"),
            Job::private,
            |job| {
                job.set_href(1, "first.pdf");
            },
        ),
        broken(
            DocumentsName,
            "old form",
            (Error, "document.href"),
            Job::legacy,
            |job| {
                job.legacy_document().href = Href::unchecked("a/b");
            },
        ),
    ]
}

fn files() -> Vec<Case> {
    let file = (Error, "documents[1]");
    vec![
        kept(DocumentsMissing, "both", Job::private, |_| {}),
        broken(
            DocumentsMissing,
            "one of two",
            (Error, "documents"),
            Job::private,
            |job| {
                job.files.truncate(1);
            },
        ),
        broken(
            DocumentsMissing,
            "three of two",
            (Error, "documents"),
            Job::private,
            |job| {
                job.files.push(DocumentFacts::from_bytes(&pdf("1.4")));
            },
        ),
        kept(DocumentsSize, "10 MiB", Job::private, |job| {
            job.files[0] = DocumentFacts::from_ends(10_485_760 - job.files[1].length(), b"", b"");
        }),
        broken(
            DocumentsSize,
            "a byte more",
            (Error, "documents"),
            Job::private,
            |job| {
                let length = 10_485_761 - job.files[1].length();
                job.files[0] = DocumentFacts::from_ends(length, b"%PDF-1.7\n", b"");
            },
        ),
        kept(DocumentsEmpty, "not empty", Job::private, |_| {}),
        broken(DocumentsEmpty, "empty", file, Job::private, |job| {
            job.set_file(1, b"");
        }),
        kept(DocumentsPdf, "1.1", Job::private, |job| {
            job.set_file(1, &pdf("1.1"));
        }),
        kept(DocumentsPdf, "plain text", Job::private, |job| {
            job.document(1).mime = Mime::new("text/plain").unwrap();
            job.set_file(1, b"Words.");
        }),
        kept(DocumentsPdf, "middle not at hand", Job::private, |job| {
            job.files[1] = DocumentFacts::from_ends(9000, &pdf("1.7"), b"startxref 4000\n%%EOF");
        }),
        broken(DocumentsPdf, "text", file, Job::private, |job| {
            job.set_file(1, b"Words.");
        }),
        broken(DocumentsPdf, "1.0", file, Job::private, |job| {
            job.set_file(1, &pdf("1.0"));
        }),
        broken(DocumentsPdf, "1.8", file, Job::private, |job| {
            job.set_file(1, &pdf("1.8"));
        }),
        broken(DocumentsPdf, "2.0", file, Job::private, |job| {
            job.set_file(1, &pdf("2.0"));
        }),
        broken(DocumentsPdf, "encrypted", file, Job::private, |job| {
            job.set_file(1, &pdf_with("1.7", "/Encrypt 5 0 R "));
        }),
        broken(DocumentsPdf, "truncated", file, Job::private, |job| {
            let whole = pdf("1.7");
            job.set_file(1, &whole[..whole.len() - 10]);
        }),
        broken(
            DocumentsPdf,
            "astray",
            (Warning, "documents[1]"),
            Job::private,
            |job| {
                job.set_file(1, b"%PDF-1.7\nstartxref\n3\n%%EOF");
            },
        ),
        broken(
            DocumentsPdf,
            "old form",
            (Error, "document"),
            Job::legacy,
            |job| {
                job.set_file(0, b"Words.");
            },
        ),
    ]
}
