//! The request's body.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Sleep;

use super::{Call, Phase};
use crate::Body;
use crate::failure::Carried;

/// A body of up to this size goes out in one go, after which the library reads.
const WRITTEN_AT_ONCE: u64 = 4096;

/// The request's body on its way out, reporting its progress to the call.
///
/// On a new connection of TLS 1.3 a body of some size waits just long enough for a refusal of the
/// client's certificate to arrive. Without that wait the line is reset while the body is being
/// written, and what would tell the reason is never read: creating a job with a refused
/// certificate would look like a job that may have been created. (The request's head is on its
/// way meanwhile.)
pub(crate) struct Outgoing {
    body: Body,
    call: Arc<Call>,
    hold_back: Option<Pin<Box<Sleep>>>,
}

impl Outgoing {
    pub(crate) fn new(body: Body, call: Arc<Call>) -> Self {
        Self {
            body,
            call,
            hold_back: None,
        }
    }

    /// Whether to wait with the rest of the body.
    fn is_held_back(&mut self, cx: &mut Context<'_>) -> bool {
        let duration = self.call.state().hold_back.take();
        let is_small = self.body.size().is_some_and(|size| size <= WRITTEN_AT_ONCE);
        if let Some(duration) = duration.filter(|_| !is_small) {
            self.hold_back = Some(Box::pin(tokio::time::sleep(duration)));
        }
        let timer = self.hold_back.as_mut();
        let held_back = timer.is_some_and(|timer| timer.as_mut().poll(cx).is_pending());
        if !held_back {
            self.hold_back = None;
        }
        held_back
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = Carried;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Carried>>> {
        let this = self.get_mut();
        {
            let mut state = this.call.state();
            if !std::mem::replace(&mut state.body_asked_for, true) {
                state.enter(Phase::Sending);
            }
        }
        if this.is_held_back(cx) {
            return Poll::Pending;
        }
        let frame = Pin::new(&mut this.body).poll_frame(cx);
        match &frame {
            Poll::Ready(Some(Ok(_))) if !this.body.is_end_stream() => {
                this.call.state().enter(Phase::Sending);
            }
            Poll::Ready(_) => this.call.state().enter(Phase::Waiting),
            Poll::Pending => {}
        }
        frame.map_err(Carried::new)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
