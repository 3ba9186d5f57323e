//! The rules, a file for each kind. Each file holds the rules' data and, next to it, their checks.

pub(crate) mod availability;
pub(crate) mod contact;
pub(crate) mod documents;
pub(crate) mod files;
pub(crate) mod identifier;
pub(crate) mod identity;
pub(crate) mod lookup;
pub(crate) mod order;
pub(crate) mod request;
pub(crate) mod sender;
pub(crate) mod signature;
pub(crate) mod text;
pub(crate) mod titles;
pub(crate) mod unchecked;

/// Where rules come from.
mod source {
    pub(super) const SCHEMA: &str = "the service's schema";
    pub(super) const DOCUMENTATION: &str = "the service's documentation";
    pub(super) const BOTH: &str = "the service's schema and documentation";
    pub(super) const PRACTICE: &str = "good practice; the service does not demand it";
    pub(super) const PURPOSE: &str = "no written rule; such a job can't be signed as meant";
}

/// The severities of most rules.
mod severities {
    use crate::Severity::{self, Error, Info, Warning};

    pub(super) const ERROR: &[Severity] = &[Error];
    pub(super) const WARNING: &[Severity] = &[Warning];
    pub(super) const ERROR_OR_WARNING: &[Severity] = &[Error, Warning];
    pub(super) const INFO: &[Severity] = &[Info];
    pub(super) const ALL: &[Severity] = &[Error, Warning, Info];
}
