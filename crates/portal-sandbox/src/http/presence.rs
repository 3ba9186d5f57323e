//! Whether the client of a call is still there.
//!
//! A call runs on its own task to its end, also when its client hangs up: the service has no
//! other way, and code that creates twice is found by the first create's row in the journal.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Travels with a request. Clones share what they know.
#[derive(Debug, Clone, Default)]
pub(super) struct Presence {
    gone: Arc<AtomicBool>,
}

impl Presence {
    /// Whether the connection ended before the response was ready for it.
    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    /// For the connection's side: dropped before [`Waiting::done`], the client is gone.
    pub(super) fn waiting(&self) -> Waiting {
        Waiting {
            presence: self.clone(),
            done: false,
        }
    }
}

/// The connection waits for the response.
#[derive(Debug)]
pub(super) struct Waiting {
    presence: Presence,
    done: bool,
}

impl Waiting {
    /// The response has come.
    pub(super) fn done(mut self) {
        self.done = true;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.done {
            self.presence.gone.store(true, Ordering::Release);
        }
    }
}
