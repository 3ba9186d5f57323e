//! Every text that the rules can say, as a reader gets it.

use std::fmt::Write;

use portal_rules::Code;

use crate::cases::{Expect, all};
use crate::sample::Job;

#[test]
fn texts_of_all_rules() {
    let mut texts = String::new();
    for code in Code::ALL {
        for case in all().filter(|case| case.code == *code) {
            if let Expect::Broken(..) = case.expect {
                let report = case.job().report();
                writeln!(texts, "# {}\n{}\n", case.name, report.violations()[0]).unwrap();
            }
        }
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn sentences_are_sentences() {
    let is_sentence = |text: &str| text.starts_with(char::is_uppercase) && text.ends_with('.');
    for case in all() {
        for violation in &case.job().report() {
            assert!(is_sentence(&violation.problem), "{violation}");
            assert!(is_sentence(violation.help), "{violation}");
            assert!(!violation.source.is_empty());
        }
    }
    for rule in portal_rules::rules() {
        assert!(is_sentence(rule.summary), "{}", rule.code);
    }
}

/// The report on a job in which much is wrong.
#[test]
fn a_whole_report() {
    insta::assert_snapshot!(broken_job().report());
}

#[cfg(feature = "serde")]
#[test]
fn a_whole_report_as_json() {
    let json = serde_json::to_string_pretty(&broken_job().report()).unwrap();
    insta::assert_snapshot!(json);
}

fn broken_job() -> Job {
    let mut job = Job::private();
    job.request.reference = None;
    job.set_orders(&[1, 4, 12]);
    job.set_number(0, "12345678910");
    job.set_contact(2, Some("nobody"), None);
    job.set_availability(None, Some(8_000_000));
    job.set_href(0, "../first.pdf");
    job.set_file(1, b"Words.");
    job
}
