//! Results of a check.

use std::fmt;

use crate::Code;
use crate::place::Place;

/// How severe a violation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Severity {
    /// Nothing is wrong; the sender may want to know.
    Info,
    /// The service takes the job, but it may not do what the sender wants.
    Warning,
    /// The service refuses the job, or the job can never be signed.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// A violation of one rule at one place.
///
/// No field holds a personal number, an e-mail address, a telephone number, a title or a description,
/// so violations can be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Violation {
    /// Code of the rule.
    pub code: Code,
    /// Severity, after the overrides of the [profile](crate::SenderProfile).
    pub severity: Severity,
    /// Place in the job: names of the schema separated by dots, with indexes from 0 in lists, such as
    /// `signers[1].notifications`.
    pub path: String,
    /// What is wrong, in a sentence.
    pub problem: String,
    /// How to fix it, in a sentence.
    pub help: &'static str,
    /// Where the rule comes from.
    pub source: &'static str,
    /// The path in a form that sorts in document order.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) place: Place,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            severity,
            path,
            problem,
            help,
            source,
            ..
        } = self;
        write!(
            f,
            "{severity}[{code}] {path}: {problem}\n  help: {help}\n  source: {source}"
        )
    }
}

/// Every violation of a job, in document order.
///
/// The order depends on the job alone: the request's fields come first, then the manifest's in the
/// order of the schema. Violations at the same place are ordered by code.
///
/// A report can be the error of a function. Its [`Display`](fmt::Display) lists all violations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[must_use = "a report says whether the job may be sent"]
pub struct Report {
    violations: Vec<Violation>,
}

impl Report {
    pub(crate) fn new(mut violations: Vec<Violation>) -> Self {
        violations
            .sort_by(|a, b| (a.place, a.code, &a.problem).cmp(&(b.place, b.code, &b.problem)));
        Self { violations }
    }

    /// Returns all violations.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Returns the violations of a severity and above.
    pub fn at_least(&self, severity: Severity) -> impl Iterator<Item = &Violation> {
        self.violations
            .iter()
            .filter(move |violation| violation.severity >= severity)
    }

    /// Returns the errors, which keep the job from being sent.
    pub fn errors(&self) -> impl Iterator<Item = &Violation> {
        self.at_least(Severity::Error)
    }

    /// Returns the violations of one rule.
    pub fn of(&self, code: Code) -> impl Iterator<Item = &Violation> {
        self.violations
            .iter()
            .filter(move |violation| violation.code == code)
    }

    /// Returns whether there are errors, so that the job must not be sent.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// Returns whether there are no violations of any severity.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.violations.is_empty()
    }

    fn count(&self, severity: Severity) -> usize {
        self.violations
            .iter()
            .filter(|violation| violation.severity == severity)
            .count()
    }
}

impl<'a> IntoIterator for &'a Report {
    type Item = &'a Violation;
    type IntoIter = std::slice::Iter<'a, Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.violations.iter()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for violation in &self.violations {
            writeln!(f, "{violation}")?;
        }
        let [errors, warnings, infos] = [Severity::Error, Severity::Warning, Severity::Info]
            .map(|severity| self.count(severity));
        write!(f, "errors: {errors}, warnings: {warnings}, infos: {infos}")
    }
}

impl std::error::Error for Report {}
