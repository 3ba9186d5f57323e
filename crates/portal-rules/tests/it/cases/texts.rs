//! Cases about titles, and about texts in general.

use portal_model::{Description, Href, NonsensitiveTitle, SignatureJobReference, Title};
use portal_rules::Code::*;
use portal_rules::PrivacyPlace;
use portal_rules::Severity::{Error, Info, Warning};

use super::{Case, broken, kept};
use crate::sample::{Job, number};

pub(super) fn cases() -> Vec<Case> {
    titles()
        .into_iter()
        .chain(texts())
        .chain(appearances())
        .collect()
}

fn titles() -> Vec<Case> {
    let (title, nonsensitive) = ((Error, "title"), (Error, "nonsensitive-title"));
    let (document, description) = ((Error, "documents[1].title"), (Error, "description"));
    vec![
        kept(TitleLength, "1", Job::private, |job| {
            job.content().title = Title::unchecked("L");
        }),
        kept(TitleLength, "80", Job::private, |job| {
            job.content().title = Title::unchecked("ø".repeat(80));
        }),
        broken(TitleLength, "empty", title, Job::private, |job| {
            job.content().title = Title::unchecked("");
        }),
        broken(TitleLength, "81", title, Job::private, |job| {
            job.content().title = Title::unchecked("L".repeat(81));
        }),
        broken(
            TitleLength,
            "old form",
            (Error, "document.title"),
            Job::legacy,
            |job| {
                job.legacy_document().title = Title::unchecked("");
            },
        ),
        kept(NonsensitiveTitleLength, "none", Job::private, |job| {
            job.content().nonsensitive_title = None;
        }),
        kept(NonsensitiveTitleLength, "80", Job::private, |job| {
            job.content().nonsensitive_title = Some(NonsensitiveTitle::unchecked("ø".repeat(80)));
        }),
        broken(
            NonsensitiveTitleLength,
            "empty",
            nonsensitive,
            Job::private,
            |job| {
                job.content().nonsensitive_title = Some(NonsensitiveTitle::unchecked(""));
            },
        ),
        broken(
            NonsensitiveTitleLength,
            "81",
            nonsensitive,
            Job::private,
            |job| {
                job.content().nonsensitive_title =
                    Some(NonsensitiveTitle::unchecked("n".repeat(81)));
            },
        ),
        broken(
            NonsensitiveTitleLength,
            "old form",
            (Error, "document.nonsensitive-title"),
            Job::legacy,
            |job| {
                let title = NonsensitiveTitle::unchecked("");
                job.legacy_document().nonsensitive_title = Some(title);
            },
        ),
        kept(DocumentTitleLength, "80", Job::private, |job| {
            job.document(1).title = Title::unchecked("ø".repeat(80));
        }),
        broken(
            DocumentTitleLength,
            "empty",
            document,
            Job::private,
            |job| {
                job.document(1).title = Title::unchecked("");
            },
        ),
        broken(DocumentTitleLength, "81", document, Job::private, |job| {
            job.document(1).title = Title::unchecked("d".repeat(81));
        }),
        kept(DescriptionLength, "none", Job::private, |job| {
            job.content().description = None;
        }),
        kept(DescriptionLength, "empty", Job::private, |job| {
            job.content().description = Some(Description::unchecked(""));
        }),
        kept(DescriptionLength, "220", Job::private, |job| {
            job.content().description = Some(Description::unchecked("ø".repeat(220)));
        }),
        broken(DescriptionLength, "221", description, Job::private, |job| {
            job.content().description = Some(Description::unchecked("d".repeat(221)));
        }),
        broken(
            DescriptionLength,
            "old form",
            (Error, "document.description"),
            Job::legacy,
            |job| {
                let description = Description::unchecked("d".repeat(221));
                job.legacy_document().description = Some(description);
            },
        ),
    ]
}

/// Texts that are not what they seem.
fn appearances() -> Vec<Case> {
    vec![
        kept(
            TextUtf16,
            "80 emoji of the first plane",
            Job::private,
            |job| {
                job.content().title = Title::unchecked("☃".repeat(80));
            },
        ),
        kept(TextUtf16, "40 emoji", Job::private, |job| {
            job.content().title = Title::unchecked("😀".repeat(40));
        }),
        kept(TextUtf16, "too long anyway", Job::private, |job| {
            job.content().title = Title::unchecked("😀".repeat(81));
        }),
        broken(
            TextUtf16,
            "title",
            (Warning, "title"),
            Job::private,
            |job| {
                job.content().title = Title::unchecked("😀".repeat(80));
            },
        ),
        broken(
            TextUtf16,
            "title of the old form",
            (Warning, "document.title"),
            Job::legacy,
            |job| job.legacy_document().title = Title::unchecked("😀".repeat(41)),
        ),
        broken(
            TextUtf16,
            "non-sensitive title",
            (Warning, "nonsensitive-title"),
            Job::private,
            |job| {
                let title = NonsensitiveTitle::unchecked("😀".repeat(41));
                job.content().nonsensitive_title = Some(title);
            },
        ),
        broken(
            TextUtf16,
            "description",
            (Warning, "description"),
            Job::private,
            |job| {
                let description = Description::unchecked("😀".repeat(111));
                job.content().description = Some(description);
            },
        ),
        broken(
            TextUtf16,
            "document title",
            (Warning, "documents[1].title"),
            Job::private,
            |job| job.document(1).title = Title::unchecked("😀".repeat(41)),
        ),
        broken(
            TextUtf16,
            "reference",
            (Warning, "reference"),
            Job::private,
            |job| {
                let reference = SignatureJobReference::unchecked("😀".repeat(26));
                job.request.reference = Some(reference);
            },
        ),
        kept(
            TextInvisible,
            "emoji of several parts",
            Job::private,
            |job| {
                job.content().title = Title::unchecked("👩\u{200D}👧 ❤\u{FE0F}");
            },
        ),
        broken(
            TextInvisible,
            "blank",
            (Warning, "title"),
            Job::private,
            |job| {
                job.content().title = Title::unchecked(" \u{200B}");
            },
        ),
        broken(
            TextInvisible,
            "blank title of a document",
            (Warning, "documents[1].title"),
            Job::private,
            |job| job.document(1).title = Title::unchecked("\t"),
        ),
        broken(
            TextInvisible,
            "zero-width space",
            (Warning, "reference"),
            Job::private,
            |job| {
                let reference = SignatureJobReference::unchecked("case\u{200B}-1");
                job.request.reference = Some(reference);
            },
        ),
        broken(
            TextInvisible,
            "right to left",
            (Warning, "description"),
            Job::private,
            |job| {
                let description = Description::unchecked("\u{202E}Please sign.");
                job.content().description = Some(description);
            },
        ),
    ]
}

fn texts() -> Vec<Case> {
    vec![
        kept(PrivacyPersonalNumber, "none", Job::private, |_| {}),
        kept(PrivacyPersonalNumber, "12 digits", Job::private, |job| {
            job.request.reference = Some(SignatureJobReference::unchecked("case 123456789012"));
        }),
        kept(
            PrivacyPersonalNumber,
            "where it is allowed",
            Job::private,
            |job| {
                let number = number("010190", 0);
                job.content().title = Title::unchecked(format!("Lease of {number}"));
                job.content().description = Some(Description::unchecked(number));
            },
        ),
        broken(
            PrivacyPersonalNumber,
            "reference",
            (Error, "reference"),
            Job::private,
            |job| {
                let text = format!("case-{}", number("010190", 0));
                job.request.reference = Some(SignatureJobReference::unchecked(text));
            },
        ),
        broken(
            PrivacyPersonalNumber,
            "parted",
            (Error, "reference"),
            Job::private,
            |job| {
                let text = number("010190", 0);
                let text = format!("{} {}", &text[..6], &text[6..]);
                job.request.reference = Some(SignatureJobReference::unchecked(text));
            },
        ),
        broken(
            PrivacyPersonalNumber,
            "queue",
            (Error, "polling-queue"),
            Job::private,
            |job| {
                job.request.polling_queue = Some(number("410190", 0));
            },
        ),
        broken(
            PrivacyPersonalNumber,
            "non-sensitive title",
            (Error, "nonsensitive-title"),
            Job::private,
            |job| {
                let title = format!("Lease ({})", number("018190", 0));
                job.content().nonsensitive_title = Some(NonsensitiveTitle::unchecked(title));
            },
        ),
        broken(
            PrivacyPersonalNumber,
            "document name",
            (Error, "documents[1].href"),
            Job::private,
            |job| job.set_href(1, &format!("{}.pdf", number("010190", 0))),
        ),
        broken(
            PrivacyPersonalNumber,
            "11 digits",
            (Warning, "documents[0].href"),
            Job::private,
            |job| job.set_href(0, "12345678910.pdf"),
        ),
        broken(
            PrivacyPersonalNumber,
            "underscore in a document name",
            (Error, "documents[1].href"),
            Job::private,
            |job| {
                let text = number("010190", 0);
                job.set_href(1, &format!("{}_{}.pdf", &text[..6], &text[6..]));
            },
        ),
        broken(
            PrivacyPersonalNumber,
            "allowed in the reference",
            (Info, "reference"),
            Job::private,
            |job| {
                let profile = job.profile.clone().silence(PrivacyPersonalNumber);
                job.profile = profile.allow_personal_numbers_in(PrivacyPlace::Reference);
                let text = SignatureJobReference::unchecked(number("010190", 0));
                job.request.reference = Some(text);
            },
        ),
        broken(
            PrivacyPersonalNumber,
            "allowed elsewhere",
            (Error, "polling-queue"),
            Job::private,
            |job| {
                let profile = job.profile.clone();
                job.profile = profile.allow_personal_numbers_in(PrivacyPlace::Reference);
                job.request.polling_queue = Some(number("010190", 0));
            },
        ),
        kept(XmlCharacters, "tab and line breaks", Job::private, |job| {
            job.content().description = Some(Description::unchecked("One\ttwo\r\nthree"));
        }),
        broken(
            XmlCharacters,
            "reference",
            (Error, "reference"),
            Job::private,
            |job| {
                job.request.reference = Some(SignatureJobReference::unchecked("case\0"));
            },
        ),
        broken(
            XmlCharacters,
            "queue",
            (Error, "polling-queue"),
            Job::private,
            |job| {
                job.request.polling_queue = Some("queue\u{1F}a".to_owned());
            },
        ),
        broken(
            XmlCharacters,
            "title",
            (Error, "title"),
            Job::private,
            |job| {
                job.content().title = Title::unchecked("Lease\u{FFFE}");
            },
        ),
        broken(
            XmlCharacters,
            "non-sensitive",
            (Error, "nonsensitive-title"),
            Job::private,
            |job| {
                job.content().nonsensitive_title = Some(NonsensitiveTitle::unchecked("\u{B}"));
            },
        ),
        broken(
            XmlCharacters,
            "description",
            (Error, "description"),
            Job::private,
            |job| {
                job.content().description = Some(Description::unchecked("\u{FFFF}"));
            },
        ),
        broken(
            XmlCharacters,
            "name",
            (Error, "documents[0].href"),
            Job::private,
            |job| {
                job.set_href(0, "lease\u{8}.pdf");
            },
        ),
        broken(
            XmlCharacters,
            "document title",
            (Error, "documents[1].title"),
            Job::private,
            |job| {
                job.document(1).title = Title::unchecked("\u{C}");
            },
        ),
        broken(
            XmlCharacters,
            "old form",
            (Error, "document.href"),
            Job::legacy,
            |job| {
                job.legacy_document().href = Href::unchecked("lease\u{1}.pdf");
            },
        ),
    ]
}
