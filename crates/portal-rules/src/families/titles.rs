//! How long titles and descriptions are. Lengths are in Unicode characters, as the schema counts.

use super::{severities, source};
use crate::job::Placed;
use crate::place::DocumentPart;
use crate::rule::Found;
use crate::text::exceeds;
use crate::{Code, Needs, Rule};

/// The most characters of a title.
pub(super) const TITLE_LENGTH: usize = 80;
/// The most characters of a description.
pub(super) const DESCRIPTION_LENGTH: usize = 220;

pub(crate) static TITLE: Rule = Rule {
    code: Code::TitleLength,
    summary: "The job's title is 1 to 80 characters.",
    severities: severities::ERROR,
    help: "Write a title of at most 80 characters.",
    source: source::SCHEMA,
    needs: Needs::Manifest,
    check: |job, found| check_title(job.title(), found),
};

pub(crate) static NONSENSITIVE_TITLE: Rule = Rule {
    code: Code::NonsensitiveTitleLength,
    summary: "The non-sensitive title, if there is one, is 1 to 80 characters.",
    severities: severities::ERROR,
    help: "Write a title of at most 80 characters, or leave it out.",
    source: source::SCHEMA,
    needs: Needs::Manifest,
    check: |job, found| {
        if let Some(title) = job.nonsensitive_title() {
            check_title(title, found);
        }
    },
};

pub(crate) static DOCUMENT_TITLE: Rule = Rule {
    code: Code::DocumentTitleLength,
    summary: "Each document's title is 1 to 80 characters.",
    severities: severities::ERROR,
    help: "Write a title of at most 80 characters.",
    source: source::SCHEMA,
    needs: Needs::Manifest,
    check: |job, found| {
        for document in job.documents() {
            if let Some(title) = document.title {
                let place = document.place(DocumentPart::Title);
                check_title(
                    Placed {
                        place,
                        text: title.reveal(),
                    },
                    found,
                );
            }
        }
    },
};

pub(crate) static DESCRIPTION: Rule = Rule {
    code: Code::DescriptionLength,
    summary: "The description is at most 220 characters.",
    severities: severities::ERROR,
    help: "Shorten the description to 220 characters; spaces and line breaks count.",
    source: source::SCHEMA,
    needs: Needs::Manifest,
    check: |job, found| {
        if let Some(Placed { place, text }) = job.description()
            && exceeds(text, DESCRIPTION_LENGTH)
        {
            let count = text.chars().count();
            found.error(
                place,
                format!(
                    "The description is {count} characters; the service takes at most {DESCRIPTION_LENGTH}."
                ),
            );
        }
    },
};

fn check_title(title: Placed<'_>, found: &mut Found<'_>) {
    if title.text.is_empty() {
        found.error(title.place, "The title is empty.");
    } else if exceeds(title.text, TITLE_LENGTH) {
        let count = title.text.chars().count();
        found.error(
            title.place,
            format!("The title is {count} characters; the service takes 1 to {TITLE_LENGTH}."),
        );
    }
}
