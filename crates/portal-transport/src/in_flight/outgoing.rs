//! The request's body.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Sleep;

use super::upload::PIECE;
use super::{InFlight, Phase};
use crate::failure::Carried;
use crate::{Body, ErrorKind, SendBy, TransportError};

/// A body of up to this size goes out in one go, after which the library reads.
const WRITTEN_AT_ONCE: u64 = 4096;

/// The request's body on its way out, in small pieces, reporting its progress to the request.
///
/// On a new connection of TLS 1.3 a body of some size waits just long enough for a refusal of the
/// client's certificate to arrive. Without that wait the line is reset while the body is being
/// written, and the reason is never read: creating a job with a refused
/// certificate would look like a job that may have been created. (The request's head is on its
/// way meanwhile.)
pub(crate) struct Outgoing {
    body: Body,
    request: Arc<InFlight>,
    send_by: Option<SendBy>,
    start: Start,
    /// What is left of a piece that was too large.
    rest: Bytes,
}

enum Start {
    /// The library has not asked for the body.
    NotAsked,
    HeldBack(Pin<Box<Sleep>>),
    Done,
}

impl Outgoing {
    pub(crate) fn new(body: Body, request: Arc<InFlight>, send_by: Option<SendBy>) -> Self {
        Self {
            body,
            request,
            send_by,
            start: Start::NotAsked,
            rest: Bytes::new(),
        }
    }

    /// Resolves when the body may go out.
    fn poll_start(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        if let Start::NotAsked = self.start {
            // The library has put the head into its buffer and asks for the body before it writes
            // either: this is the last moment at which the request is certainly unsent.
            if self.send_by.as_ref().is_some_and(SendBy::has_passed) {
                return Poll::Ready(Err(TransportError::unsent(ErrorKind::SendDeadline)));
            }
            let mut state = self.request.state();
            state.body_asked_for = true;
            state.upload.begin();
            state.enter(Phase::Sending);
            let is_small = self.body.size().is_some_and(|size| size <= WRITTEN_AT_ONCE);
            let hold_back = state.hold_back.take().filter(|_| !is_small);
            self.start = hold_back.map_or(Start::Done, |duration| {
                Start::HeldBack(Box::pin(tokio::time::sleep(duration)))
            });
        }
        if let Start::HeldBack(timer) = &mut self.start {
            ready!(timer.as_mut().poll(cx));
            self.start = Start::Done;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                end => return Poll::Ready(end),
            }
        }
        let piece = self.rest.split_to(self.rest.len().min(PIECE));
        Poll::Ready(Some(Ok(Frame::data(piece))))
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
        if let Err(error) = ready!(this.poll_start(cx)) {
            return Poll::Ready(Some(Err(Carried::new(error))));
        }
        let frame = ready!(this.poll_piece(cx));
        let mut state = this.request.state();
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, Bytes::len);
            state.upload.add(length);
        }
        match &frame {
            Some(Ok(_)) if !this.is_end_stream() => state.enter(Phase::Sending),
            Some(Err(_)) => state.enter(Phase::Waiting),
            _ => {
                state.body_handed_over = true;
                state.enter(Phase::Waiting);
            }
        }
        drop(state);
        Poll::Ready(frame.map(|frame| frame.map_err(Carried::new)))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        match self.body.size_hint().exact() {
            Some(size) => SizeHint::with_exact(size.saturating_add(rest)),
            None => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http_body_util::BodyExt;
    use tokio::time::Instant;

    use super::*;
    use crate::Timeouts;
    use crate::in_flight::{Line, Uploads};

    const PIECES: usize = 100;
    const TOOK: Duration = Duration::from_millis(200);

    fn request() -> Arc<InFlight> {
        let line = Line {
            uploads: Uploads::default(),
            system_buffers: 0,
        };
        InFlight::new(Timeouts::ordinary(), &line, true)
    }

    fn on_new_connection(unconfirmed: Option<Duration>) -> Arc<InFlight> {
        let request = request();
        request.connecting();
        request.connected(unconfirmed);
        request
    }

    /// How long each piece of a body of `size` bytes is waited for.
    async fn waits(request: &Arc<InFlight>, size: usize) -> Vec<Duration> {
        let body = Body::from(vec![0; size]);
        let mut body = Outgoing::new(body, Arc::clone(request), None);
        let mut waits = Vec::new();
        loop {
            let asked = Instant::now();
            let Some(piece) = body.frame().await else {
                return waits;
            };
            piece.unwrap();
            waits.push(asked.elapsed());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_connection_is_waited_for_once_and_not_at_every_piece() {
        let request = on_new_connection(Some(TOOK));
        let waited = waits(&request, PIECES * PIECE).await;
        assert_eq!(waited.len(), PIECES);
        assert_eq!(waited[0], TOOK);
        assert!(waited[1..].iter().all(Duration::is_zero));
        // Sent again on the same connection, as after a 401.
        let waited = waits(&request, PIECES * PIECE).await;
        assert!(waited.iter().all(Duration::is_zero));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_waits_where_no_refusal_can_be_late() {
        let kept = request();
        let tls_1_2 = on_new_connection(None);
        for request in [kept, tls_1_2] {
            let waited = waits(&request, PIECES * PIECE).await;
            assert!(waited.iter().all(Duration::is_zero));
        }
        let small = on_new_connection(Some(TOOK));
        let waited = waits(&small, WRITTEN_AT_ONCE as usize).await;
        assert!(waited.iter().all(Duration::is_zero));
    }
}
