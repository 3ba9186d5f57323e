//! Cases about the documents and their files.

use portal_model::{Href, Mime};
use portal_rules::Code::{self, *};
use portal_rules::DocumentFacts;
use portal_rules::Severity::{Error, Info, Warning};

use super::{Case, broken, kept};
use crate::sample::{Job, pdf, pdf_with, pdf_with_catalog};

pub(super) fn cases() -> Vec<Case> {
    let manifest = listed().into_iter().chain(names());
    manifest.chain(files()).chain(bytes()).collect()
}

fn listed() -> Vec<Case> {
    let mime = (Warning, "documents[0].mime");
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
            "text, with charset",
            mime,
            Job::private,
            |job| {
                job.document(0).mime = Mime::new("TEXT/PLAIN; charset=utf-8").unwrap();
                job.set_file(0, b"Words.");
            },
        ),
        broken(
            DocumentsMime,
            "PDF in capitals",
            mime,
            Job::private,
            |job| {
                job.document(0).mime = Mime::new("Application/PDF").unwrap();
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
    let other = (Warning, "documents[0].href");
    vec![
        kept(DocumentsName, "plain", Job::private, |_| {}),
        kept(DocumentsName, "4", Job::private, |job| {
            job.set_href(0, "a.md");
        }),
        kept(DocumentsName, "100", Job::private, |job| {
            job.set_href(0, &"x".repeat(100));
        }),
        broken(
            DocumentsName,
            "4, not portable",
            other,
            Job::private,
            |job| {
                job.set_href(0, "æ.md");
            },
        ),
        broken(
            DocumentsName,
            "100, not portable",
            other,
            Job::private,
            |job| {
                job.set_href(0, &"ø".repeat(100));
            },
        ),
        broken(DocumentsName, "other percent", other, Job::private, |job| {
            job.set_href(0, "50%.pdf");
        }),
        broken(DocumentsName, "space", other, Job::private, |job| {
            job.set_href(0, "lease 1.pdf");
        }),
        broken(DocumentsName, "device", href, Job::private, |job| {
            job.set_href(0, "CON.pdf");
        }),
        broken(DocumentsName, "leading dot", href, Job::private, |job| {
            job.set_href(0, ".lease.pdf");
        }),
        broken(DocumentsName, "trailing dot", href, Job::private, |job| {
            job.set_href(0, "lease.");
        }),
        broken(DocumentsName, "right to left", href, Job::private, |job| {
            job.set_href(0, "lease\u{202E}fdp.exe");
        }),
        broken(DocumentsName, "control", href, Job::private, |job| {
            job.set_href(0, "lease\u{85}.pdf");
        }),
        broken(DocumentsName, "tab", href, Job::private, |job| {
            job.set_href(0, "lease\t.pdf");
        }),
        broken(
            DocumentsName,
            "in capitals",
            (Error, "documents[1].href"),
            Job::private,
            |job| job.set_href(1, "FIRST.pdf"),
        ),
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
        kept(DocumentsPdf, "middle not available", Job::private, |job| {
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
        kept(DocumentsPdf, "cut off", Job::private, |job| {
            let whole = pdf("1.7");
            job.set_file(1, &whole[..whole.len() - 10]);
        }),
        kept(
            DocumentsPdf,
            "later version in the catalog",
            Job::private,
            |job| {
                job.set_file(1, &pdf_with_catalog("1.0", "/Version /1.4 "));
            },
        ),
        broken(
            DocumentsPdf,
            "2.0 in the catalog",
            file,
            Job::private,
            |job| {
                job.set_file(1, &pdf_with_catalog("1.7", "/Version /2.0 "));
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

fn bytes() -> Vec<Case> {
    const CODE: Code = DocumentsPdfBytes;
    let file = (Warning, "documents[1]");
    vec![
        kept(CODE, "nothing around it", Job::private, |_| {}),
        kept(CODE, "white space after it", Job::private, |job| {
            job.set_file(1, &[&pdf("1.7")[..], b"\r\n\r\n"].concat());
        }),
        kept(CODE, "no PDF", Job::private, |job| {
            job.set_file(1, b"Words.");
        }),
        broken(CODE, "line end before", file, Job::private, |job| {
            job.set_file(1, &[b"\n", &pdf("1.7")[..]].concat());
        }),
        broken(CODE, "byte order mark before", file, Job::private, |job| {
            job.set_file(1, &[b"\xEF\xBB\xBF", &pdf("1.7")[..]].concat());
        }),
        broken(CODE, "zeros after", file, Job::private, |job| {
            job.set_file(1, &[&pdf("1.7")[..], &[0; 2040]].concat());
        }),
        broken(CODE, "words after", file, Job::private, |job| {
            let words = b"\nDette vedlegget er et objekt fra arkivet\n";
            job.set_file(1, &[&pdf("1.7")[..], words].concat());
        }),
        broken(CODE, "no end marker", file, Job::private, |job| {
            let whole = pdf("1.7");
            job.set_file(1, &whole[..whole.len() - 6]);
        }),
        broken(CODE, "cut off", file, Job::private, |job| {
            let whole = pdf("1.7");
            job.set_file(1, &whole[..whole.len() / 2]);
        }),
        broken(CODE, "padded beyond measure", file, Job::private, |job| {
            job.set_file(1, &[&pdf("1.7")[..], &[b' '; 300_000]].concat());
        }),
        broken(CODE, "cut off in an update", file, Job::private, |job| {
            job.set_file(1, &[&pdf("1.7")[..], b"2 0 obj\n<<"].concat());
        }),
        broken(CODE, "end that leads nowhere", file, Job::private, |job| {
            job.set_file(1, b"%PDF-1.7\nstartxref\n3\n%%EOF");
        }),
    ]
}
