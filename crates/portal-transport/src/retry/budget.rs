//! How many further attempts all requests together may make.

use std::sync::{Mutex, PoisonError};

/// The most that can be saved up.
const MOST: f64 = 10.0;
/// What each request adds.
const PER_REQUEST: f64 = 0.2;

/// A balance of further attempts.
#[derive(Debug)]
pub(super) struct Budget(Mutex<f64>);

impl Default for Budget {
    fn default() -> Self {
        Self(Mutex::new(MOST))
    }
}

impl Budget {
    /// Adds what a request is worth.
    pub(super) fn deposit(&self) {
        self.add(PER_REQUEST);
    }

    fn add(&self, amount: f64) {
        let mut balance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *balance = (*balance + amount).min(MOST);
    }

    /// Takes one attempt out, if there is one.
    pub(super) fn withdraw(&self) -> Option<Withdrawal<'_>> {
        let mut balance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *balance < 1.0 {
            return None;
        }
        *balance -= 1.0;
        Some(Withdrawal {
            budget: self,
            spent: false,
        })
    }
}

/// One attempt, put back unless it is spent: the request may be dropped while it waits.
pub(super) struct Withdrawal<'a> {
    budget: &'a Budget,
    spent: bool,
}

impl Withdrawal<'_> {
    pub(super) fn spend(mut self) {
        self.spent = true;
    }
}

impl Drop for Withdrawal<'_> {
    fn drop(&mut self) {
        if !self.spent {
            self.budget.add(1.0);
        }
    }
}
