//! What every connection of a sandbox, and its Rust API, work on.

use std::sync::{Mutex, MutexGuard, PoisonError};

use portal_asice::{KeySigner, Verifier};
use portal_rules::Environment;

use crate::clock::SandboxClock;
use crate::http::AnswerStyle;
use crate::journal::Journal;
use crate::organization::Register;
use crate::service::Ledger;

pub(crate) struct Shared {
    pub(crate) clock: SandboxClock,
    pub(crate) register: Register,
    pub(crate) journal: Journal,
    pub(crate) answer_style: AnswerStyle,
    pub(crate) environment: Environment,
    pub(crate) root_url: String,
    /// Signs the signature documents, with the certificate of the server.
    pub(crate) signer: KeySigner,
    /// Verifies packages.
    pub(crate) verifier: Verifier,
    pub(crate) ledger: Mutex<Ledger>,
}

impl Shared {
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // No call on the ledger panics half-way with its lists at odds: what they hold is looked up
        // anew each time, and a missing entry is an ordinary case.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
