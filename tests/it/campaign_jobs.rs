//! What the campaigns that kill processes have in common: kinds of jobs, sizes, and whose confirmation it is.

use std::time::Duration;

use http::Method;

/// The lease of a change, and a bit.
pub(crate) const LEASE: Duration = Duration::from_secs(601);

/// A kind of job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    OneSigner,
    /// One after the other, so that there are two changes.
    TwoSigners,
    /// The only signer refuses: there is nothing to store.
    Refused,
}

impl Kind {
    /// What the campaign makes of its job of this number.
    pub(crate) fn of(number: usize) -> Self {
        match number % 10 {
            0 | 5 => Self::TwoSigners,
            7 => Self::Refused,
            _ => Self::OneSigner,
        }
    }

    /// How often somebody acts in it.
    pub(crate) fn acts(self) -> usize {
        if self == Self::TwoSigners { 2 } else { 1 }
    }
}

/// The job that a request confirms, if it does.
pub(crate) fn confirmed_job(method: &Method, path: &str) -> Option<i64> {
    let before = path
        .strip_suffix("/complete")
        .filter(|_| method == Method::POST)?;
    before.rsplit('/').next()?.parse().ok()
}

/// A size of a campaign: the short form by default.
pub(crate) fn from_environment(name: &str, default: usize) -> usize {
    let given = std::env::var(name).ok();
    given
        .and_then(|given| given.parse().ok())
        .unwrap_or(default)
}
