//! What was called, for tests to assert on.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::Method;
use jiff::Timestamp;

/// One call that the sandbox answered. It holds no personal data: neither bodies nor the query,
/// whose queue name is free text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalEntry {
    /// When the call was answered, by the sandbox's clock.
    pub at: Timestamp,
    /// The method, such as `POST`.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// The status it was answered with.
    pub status: u16,
}

/// How many calls a journal remembers: enough for any test, and no burden for a sandbox that runs
/// for weeks.
pub(crate) const REMEMBERED: usize = 100_000;

#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: Mutex<VecDeque<JournalEntry>>,
}

impl Journal {
    pub(crate) fn add(&self, entry: JournalEntry) {
        let mut entries = self.lock();
        if entries.len() == REMEMBERED {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    pub(crate) fn entries(&self) -> Vec<JournalEntry> {
        self.lock().iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<JournalEntry>> {
        // Entries are pushed whole, so a poisoned lock holds nothing half-made.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
