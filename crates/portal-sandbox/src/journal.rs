//! What was called, for tests to assert on and people to read.

mod entry;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use entry::JournalEntry;
pub(crate) use entry::{Call, Contents};

/// How many calls a journal remembers: enough for any test, and no burden for a sandbox that runs
/// for weeks.
pub(crate) const REMEMBERED: usize = 100_000;
/// How much memory the calls may take without what they said. Only absurdly long paths reach it
/// before [`REMEMBERED`] does.
const LINES_BYTES: usize = 64 * 1024 * 1024;
/// How much memory what the calls said may take: some ten thousand requests and responses.
const CONTENTS_BYTES: usize = 32 * 1024 * 1024;

#[derive(Debug, Default)]
pub(crate) struct Journal {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    entries: VecDeque<JournalEntry>,
    /// The number of the last entry ever added.
    last: u64,
    lines_bytes: usize,
    contents_bytes: usize,
    /// How many entries at the front have already lost their contents.
    emptied: usize,
}

impl Journal {
    /// Adds a call and gives its number.
    pub(crate) fn add(&self, call: Call) -> u64 {
        self.lock().add(call)
    }

    pub(crate) fn entries(&self) -> Vec<JournalEntry> {
        self.lock().entries.iter().cloned().collect()
    }

    /// The last `count` entries before the one numbered `before` that are wanted, newest first.
    pub(crate) fn latest(
        &self,
        before: Option<u64>,
        count: usize,
        wanted: impl Fn(&JournalEntry) -> bool,
    ) -> Vec<JournalEntry> {
        let held = self.lock();
        let older = |entry: &&JournalEntry| before.is_none_or(|before| entry.number < before);
        let entries = held.entries.iter().rev().filter(older);
        entries
            .filter(|entry| wanted(entry))
            .take(count)
            .cloned()
            .collect()
    }

    /// The entry of this number, while it is remembered.
    pub(crate) fn entry(&self, number: u64) -> Option<JournalEntry> {
        let held = self.lock();
        let first = held.entries.front()?.number;
        let index = usize::try_from(number.checked_sub(first)?).ok()?;
        held.entries.get(index).cloned()
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// Forgets all calls. Numbers go on, so that none ever means two calls.
    pub(crate) fn clear(&self) {
        let mut held = self.lock();
        *held = Held {
            last: held.last,
            ..Held::default()
        };
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // A poisoned lock holds no half-made entry; at worst a byte count is off by one call.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn add(&mut self, call: Call) -> u64 {
        self.last += 1;
        let entry = JournalEntry::new(self.last, call);
        self.lines_bytes += entry.line_bytes();
        self.contents_bytes += entry.contents_bytes();
        self.entries.push_back(entry);
        while self.entries.len() > REMEMBERED || self.lines_bytes > LINES_BYTES {
            self.forget_oldest();
        }
        while self.contents_bytes > CONTENTS_BYTES && self.emptied < self.entries.len() {
            let entry = &mut self.entries[self.emptied];
            self.contents_bytes -= entry.contents_bytes();
            entry.forget_contents();
            self.emptied += 1;
        }
        self.last
    }

    fn forget_oldest(&mut self) {
        if let Some(entry) = self.entries.pop_front() {
            self.lines_bytes -= entry.line_bytes();
            self.contents_bytes -= entry.contents_bytes();
            self.emptied = self.emptied.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use jiff::Timestamp;

    use super::*;

    fn call(path: &str, response: &str) -> Call {
        let mut call = Call::new(Timestamp::UNIX_EPOCH, Method::GET, path.to_owned());
        call.status = 200;
        call.contents.response = Some(response.into());
        call
    }

    #[test]
    fn entries_are_numbered_and_found() {
        let journal = Journal::default();
        for path in ["/a", "/b", "/c"] {
            journal.add(call(path, ""));
        }
        assert_eq!(journal.entry(2).unwrap().path, "/b");
        assert_eq!(journal.entry(0), None);
        assert_eq!(journal.entry(4), None);
        let paths = |entries: Vec<JournalEntry>| -> Vec<u64> {
            entries.iter().map(|entry| entry.number).collect()
        };
        assert_eq!(paths(journal.latest(None, 2, |_| true)), [3, 2]);
        assert_eq!(paths(journal.latest(Some(2), 9, |_| true)), [1]);
        assert_eq!(paths(journal.latest(None, 9, |e| e.path == "/a")), [1]);
        journal.clear();
        assert_eq!(journal.entry(2), None);
        assert_eq!(journal.add(call("/d", "")), 4);
        assert_eq!(journal.entry(4).unwrap().path, "/d");
    }

    #[test]
    fn memory_is_bounded_by_count_and_by_bytes() {
        let journal = Journal::default();
        let response = "x".repeat(2000);
        for _ in 0..REMEMBERED + 10 {
            journal.add(call("/path", &response));
        }
        let held = journal.lock();
        assert_eq!(held.entries.len(), REMEMBERED);
        assert!(held.contents_bytes <= CONTENTS_BYTES);
        assert!(held.contents_bytes > CONTENTS_BYTES - 4000);
        assert_eq!(held.entries[0].reveal_response(), None);
        assert!(held.entries[0].is_shortened());
        let last = held.entries.back().unwrap();
        assert_eq!(last.reveal_response(), Some(response.as_str()));
        let lines: usize = held.entries.iter().map(JournalEntry::line_bytes).sum();
        let contents: usize = held.entries.iter().map(JournalEntry::contents_bytes).sum();
        assert_eq!((held.lines_bytes, held.contents_bytes), (lines, contents));
    }

    #[test]
    fn long_paths_are_bounded_by_bytes() {
        let journal = Journal::default();
        let path = "p".repeat(1024 * 1024);
        for _ in 0..100 {
            journal.add(call(&path, ""));
        }
        assert!(journal.len() < 64);
        assert!(journal.lock().lines_bytes <= LINES_BYTES);
    }

    #[test]
    fn what_was_said_is_not_in_debug() {
        let journal = Journal::default();
        journal.add(call("/a", "12345678910"));
        let debug = format!("{:?}", journal.entries());
        assert!(!debug.contains("12345678910"), "{debug}");
    }
}
