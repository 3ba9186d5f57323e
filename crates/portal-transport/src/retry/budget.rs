//! How many further attempts all calls together may make.

use std::sync::{Mutex, PoisonError};

/// The most that can be saved up.
const MOST: f64 = 10.0;
/// What each call adds.
const PER_CALL: f64 = 0.2;

/// A balance of further attempts.
#[derive(Debug)]
pub(super) struct Budget(Mutex<f64>);

impl Default for Budget {
    fn default() -> Self {
        Self(Mutex::new(MOST))
    }
}

impl Budget {
    /// Adds what a call is worth.
    pub(super) fn deposit(&self) {
        let mut balance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *balance = (*balance + PER_CALL).min(MOST);
    }

    /// Takes one attempt out, if there is one.
    pub(super) fn withdraw(&self) -> bool {
        let mut balance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = *balance >= 1.0;
        if enough {
            *balance -= 1.0;
        }
        enough
    }
}
