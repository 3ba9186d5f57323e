//! What the handlers of a call report to the journal.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::journal::Contents;
use crate::service::JobId;

/// Travels with a request, and comes back to the journal filled in.
#[derive(Clone, Default)]
pub(super) struct Note(Arc<Mutex<Noted>>);

/// What became known of a call.
#[derive(Default)]
pub(super) struct Noted {
    pub(super) job: Option<JobId>,
    /// The length of the body, once it was read.
    pub(super) length: Option<u64>,
    pub(super) contents: Contents,
    pub(super) remark: Option<String>,
}

impl Note {
    pub(super) fn job(&self, id: JobId) {
        self.lock().job = Some(id);
    }

    pub(super) fn length(&self, length: usize) {
        self.lock().length = u64::try_from(length).ok();
    }

    /// The request document, readable or not.
    pub(super) fn request(&self, xml: &[u8]) {
        self.lock().contents.request = Some(xml.into());
    }

    pub(super) fn manifest(&self, xml: &[u8]) {
        self.lock().contents.manifest = Some(xml.into());
    }

    /// What a reader of the journal has to know of the call.
    pub(super) fn remark(&self, text: String) {
        self.lock().remark = Some(text);
    }

    pub(super) fn take(&self) -> Noted {
        mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        // Each field is written at once.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
