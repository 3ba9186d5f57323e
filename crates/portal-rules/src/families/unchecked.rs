//! What could not be checked, because too little is known.

use super::{severities, source};
use crate::job::Job;
use crate::place::Place;
use crate::rule::{Found, rules};
use crate::{Code, Needs, Rule};

pub(crate) static SECTOR: Rule = Rule {
    code: Code::UncheckedSector,
    summary: "Rules that differ between public and private senders are checked only if the sector \
              is stated.",
    severities: severities::INFO,
    help: "State whether the sender is public or private.",
    source: source::PRACTICE,
    needs: Needs::Manifest,
    check: |job, found| {
        list(
            job,
            found,
            Needs::Sector,
            Place::Sender,
            "The sender's sector is not stated",
        );
    },
};

pub(crate) static DOCUMENTS: Rule = Rule {
    code: Code::UncheckedDocuments,
    summary: "Rules about the documents' files are checked only if the files are known.",
    severities: severities::INFO,
    help: "Give the files along with the manifest.",
    source: source::PRACTICE,
    needs: Needs::Manifest,
    check: |job, found| {
        list(
            job,
            found,
            Needs::Files,
            Place::Documents,
            "The files are not known",
        );
    },
};

pub(crate) static REQUEST: Rule = Rule {
    code: Code::UncheckedRequest,
    summary: "Rules about the reference and the queue are checked only if the request is known.",
    severities: severities::INFO,
    help: "Give the request along with the manifest.",
    source: source::PRACTICE,
    needs: Needs::Manifest,
    check: |job, found| {
        list(
            job,
            found,
            Needs::Request,
            Place::Request,
            "The request is not known",
        );
    },
};

/// Names the rules that need what is missing.
fn list(job: &Job<'_>, found: &mut Found<'_>, needs: Needs, place: Place, problem: &str) {
    if !job.has(needs) {
        let unchecked: Vec<&str> = rules()
            .filter(|rule| rule.needs == needs)
            .map(|rule| rule.code.as_str())
            .collect();
        found.info(
            place,
            format!(
                "{problem}, so these rules were not checked: {}.",
                unchecked.join(", ")
            ),
        );
    }
}
