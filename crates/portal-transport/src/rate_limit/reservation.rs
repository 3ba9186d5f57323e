//! A place in the rate limit that is kept for a request.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::queue::{Queue, Slot};

/// A place in the rate limit, kept for one request by [`Transport::reserve`].
///
/// It goes into the request's extensions; [`RateLimit`](crate::RateLimit) then sends the request
/// without another wait. It counts against the limit until the request is sent, so make the
/// request without delay: at most ten places are kept at a time. Dropped unused (with all its
/// clones), it gives its place to the next in the queue. If the service blocks the organisation in
/// the meantime, the request waits in the queue after all; [`SendBy`](crate::SendBy) limits that.
///
/// [`Transport::reserve`]: crate::Transport::reserve
#[derive(Clone, Default)]
pub struct Reservation(Option<Arc<Mutex<Option<Slot>>>>);

impl Reservation {
    pub(super) fn of(slot: Slot) -> Self {
        Self(Some(Arc::new(Mutex::new(Some(slot)))))
    }

    /// The slot, if it is one of `queue` and none of the clones has used it.
    pub(super) fn take(&self, queue: &Arc<Queue>) -> Option<Slot> {
        let slot = self.0.as_ref()?;
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        slot.take_if(|slot| slot.is_of(queue))
    }

    fn is_held(&self) -> bool {
        self.0.as_ref().is_some_and(|slot| {
            let slot = slot.lock();
            slot.unwrap_or_else(PoisonError::into_inner).is_some()
        })
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation")
            .field("is_held", &self.is_held())
            .finish()
    }
}
