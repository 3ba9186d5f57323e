//! For each rule, jobs that keep it and jobs that break it.
//!
//! Every case begins from a job without any violation and changes what it names. A job that breaks a
//! rule must get exactly that one violation, so these tables also show that rules do not overlap.

use std::collections::BTreeSet;

use portal_rules::{Code, Severity, rules};

use crate::sample::Job;

mod contacts;
mod documents;
mod sending;
mod signers;
mod texts;

/// What a case expects of one rule.
#[derive(Clone, Copy)]
pub(crate) enum Expect {
    Kept,
    Broken(Severity, &'static str),
}

pub(crate) struct Case {
    pub(crate) code: Code,
    pub(crate) name: &'static str,
    pub(crate) start: fn() -> Job,
    pub(crate) change: fn(&mut Job),
    pub(crate) expect: Expect,
}

impl Case {
    pub(crate) fn job(&self) -> Job {
        let mut job = (self.start)();
        (self.change)(&mut job);
        job
    }
}

/// A case that keeps the rule; others may be broken.
pub(crate) const fn kept(
    code: Code,
    name: &'static str,
    start: fn() -> Job,
    change: fn(&mut Job),
) -> Case {
    Case {
        code,
        name,
        start,
        change,
        expect: Expect::Kept,
    }
}

/// A case that breaks the rule, and no other.
pub(crate) const fn broken(
    code: Code,
    name: &'static str,
    (severity, path): (Severity, &'static str),
    start: fn() -> Job,
    change: fn(&mut Job),
) -> Case {
    Case {
        code,
        name,
        start,
        change,
        expect: Expect::Broken(severity, path),
    }
}

pub(crate) fn all() -> impl Iterator<Item = Case> {
    let addressing = signers::cases().into_iter().chain(contacts::cases());
    addressing
        .chain(documents::cases())
        .chain(texts::cases())
        .chain(sending::cases())
}

#[test]
fn the_jobs_to_begin_from_are_without_violations() {
    for job in [Job::private(), Job::public(), Job::legacy()] {
        assert_eq!(job.report().violations(), []);
    }
}

#[test]
fn every_case_gets_what_it_expects() {
    for case in all() {
        let report = case.job().report();
        match case.expect {
            Expect::Kept => {
                let found = report.of(case.code).next();
                assert!(found.is_none(), "{}, {}: {report}", case.code, case.name);
            }
            Expect::Broken(severity, path) => {
                let [violation] = report.violations() else {
                    panic!(
                        "{}, {}: not exactly one violation: {report}",
                        case.code, case.name
                    );
                };
                assert_eq!(violation.code, case.code, "{}: {report}", case.name);
                assert_eq!(violation.severity, severity, "{}, {}", case.code, case.name);
                assert_eq!(violation.path, path, "{}, {}", case.code, case.name);
                let rule = case.code.rule();
                assert_eq!((violation.help, violation.source), (rule.help, rule.source));
            }
        }
    }
}

#[test]
fn every_rule_has_a_case_that_keeps_it_and_one_for_each_severity() {
    let mut kept = BTreeSet::new();
    let mut broken = BTreeSet::new();
    for case in all() {
        match case.expect {
            Expect::Kept => _ = kept.insert(case.code),
            Expect::Broken(severity, _) => _ = broken.insert((case.code, severity)),
        }
    }
    for rule in rules() {
        assert!(
            kept.contains(&rule.code),
            "{} has no case that keeps it",
            rule.code
        );
        for severity in rule.severities {
            let case = (rule.code, *severity);
            assert!(
                broken.remove(&case),
                "{} has no case that gives {severity}",
                rule.code
            );
        }
    }
    assert!(
        broken.is_empty(),
        "severities that no rule declares: {broken:?}"
    );
}
