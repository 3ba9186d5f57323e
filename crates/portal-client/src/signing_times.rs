//! On which thread a package is signed: one for blocking work, until the key has proven to be fast.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use portal_asice::PackageSigner;
use tokio::runtime::{Handle, RuntimeFlavor};

/// The longest signature that may keep an async runtime from its other work. A key of 2048 bits in
/// memory takes half a millisecond; going to another thread and back takes a tenth.
const FAST: Duration = Duration::from_millis(2);

/// How many signatures in a row were fast before the next is made in place.
const FAST_IN_A_ROW: u32 = 3;

/// What is known of how long a key takes, and how many jobs are being created with it. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct SigningTimes(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    fast_in_a_row: AtomicU32,
    creating: AtomicUsize,
}

/// A job is being created until this is dropped.
#[derive(Debug)]
pub(crate) struct Creating(SigningTimes);

impl SigningTimes {
    /// Notes that a job is being created.
    pub(crate) fn creating(&self) -> Creating {
        self.0.creating.fetch_add(1, Ordering::Relaxed);
        Creating(self.clone())
    }

    /// Notes how long a signature took.
    pub(crate) fn took(&self, time: Duration) {
        let fast = &self.0.fast_in_a_row;
        if time > FAST {
            fast.store(0, Ordering::Relaxed);
        } else if fast.load(Ordering::Relaxed) < FAST_IN_A_ROW {
            fast.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns whether the next signature may be made on the thread that asks.
    ///
    /// A runtime of one thread signs in place only for a single job at a time: several jobs are signed
    /// faster on several threads.
    pub(crate) fn in_place(&self, signer: &dyn PackageSigner) -> bool {
        let fast = self.0.fast_in_a_row.load(Ordering::Relaxed) >= FAST_IN_A_ROW;
        let several = self.0.creating.load(Ordering::Relaxed) > 1;
        let one_thread = || {
            let runtime = Handle::try_current().map(|runtime| runtime.runtime_flavor());
            matches!(runtime, Ok(RuntimeFlavor::CurrentThread))
        };
        signer.only_computes() && fast && !(several && one_thread())
    }
}

impl Drop for Creating {
    fn drop(&mut self) {
        self.0.0.creating.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
