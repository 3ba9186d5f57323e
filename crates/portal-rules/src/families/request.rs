//! What goes beside the manifest: the reference and the queue.

use super::{severities, source};
use crate::job::Placed;
use crate::place::Place;
use crate::text::exceeds;
use crate::{Code, Needs, Rule};

/// The most characters of a reference.
pub(super) const REFERENCE_LENGTH_LIMIT: usize = 50;
/// The most characters of a queue's name.
const QUEUE_LENGTH: usize = 100;

pub(crate) static REFERENCE_LENGTH: Rule = Rule {
    code: Code::ReferenceLength,
    summary: "The reference is at most 50 characters.",
    severities: severities::ERROR,
    help: "Choose a shorter reference.",
    source: source::SCHEMA,
    needs: Needs::Request,
    check: |job, found| {
        if let Some(Placed { place, text }) = job.reference()
            && exceeds(text, REFERENCE_LENGTH_LIMIT)
        {
            let count = text.chars().count();
            found.error(
                place,
                format!(
                    "The reference is {count} characters; the service takes at most \
                     {REFERENCE_LENGTH_LIMIT}."
                ),
            );
        }
    },
};

pub(crate) static REFERENCE_MISSING: Rule = Rule {
    code: Code::ReferenceMissing,
    summary: "Without a reference, a job can't be found again when the response to its creation \
              is lost.",
    severities: severities::WARNING,
    help: "Give each job a unique reference, such as a random one, and store it first.",
    source: source::PRACTICE,
    needs: Needs::Request,
    check: |job, found| {
        if job
            .reference()
            .is_none_or(|reference| reference.text.trim().is_empty())
        {
            found.warning(Place::Reference, "The job has no reference.");
        }
    },
};

pub(crate) static QUEUE_NAME: Rule = Rule {
    code: Code::QueueName,
    summary: "A queue's name is 1 to 100 characters, without space at its ends.",
    severities: severities::WARNING,
    help: "Choose a plain name, or leave it out for the default queue.",
    source: source::PRACTICE,
    needs: Needs::Request,
    check: |job, found| {
        let Some(Placed { place, text }) = job.queue() else {
            return;
        };
        let trimmed = text.trim();
        if trimmed.is_empty() {
            found.warning(place, "The queue's name is blank.");
        } else if trimmed != text {
            found.warning(place, "The queue's name has space at an end.");
        } else if exceeds(text, QUEUE_LENGTH) {
            found.warning(
                place,
                format!("The queue's name is more than {QUEUE_LENGTH} characters."),
            );
        }
    },
};
