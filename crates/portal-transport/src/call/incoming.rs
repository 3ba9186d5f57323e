//! The answer's body.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use super::{Call, later};
use crate::observe::Observed;
use crate::{ErrorKind, TimeoutKind, TransportError};

/// The answer's body on its way in, under the stall limit and the whole call's.
pub(crate) struct Incoming<B> {
    body: B,
    call: Arc<Call>,
    observed: Observed,
    timer: Option<Pin<Box<Sleep>>>,
    ended: bool,
}

impl<B> Incoming<B> {
    pub(crate) fn new(body: B, call: Arc<Call>, observed: Observed) -> Self {
        Self {
            body,
            call,
            observed,
            timer: None,
            ended: false,
        }
    }

    fn ran_out(&mut self) -> TransportError {
        let which = if self.call.whole_call_is_over() {
            TimeoutKind::Total
        } else {
            TimeoutKind::Download
        };
        self.failed(TransportError::after_sending(ErrorKind::Timeout(which)))
    }

    fn failed(&mut self, error: TransportError) -> TransportError {
        self.ended = true;
        self.observed.failed(&error);
        error
    }
}

impl<B> HttpBody for Incoming<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        if this.call.whole_call_is_over() {
            // Checked here too: a body that keeps coming never gets to wait for the timer.
            return Poll::Ready(Some(Err(this.ran_out())));
        }
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            // The limit is on the wait for the network, not on how slowly the caller reads.
            this.timer = None;
            return Poll::Ready(frame.map(|frame| match frame {
                Ok(frame) => {
                    this.observed.piece(frame.data_ref().map_or(0, Bytes::len));
                    Ok(frame)
                }
                Err(cause) => {
                    let error = TransportError::after_sending(ErrorKind::BodyBrokenOff);
                    Err(this.failed(error.with_source(cause)))
                }
            }));
        }
        let timer = this.timer.get_or_insert_with(|| {
            let stall = later(Instant::now(), this.call.timeouts.stall());
            let (deadline, _) = this.call.sooner_of_whole((stall, TimeoutKind::Download));
            Box::pin(tokio::time::sleep_until(deadline))
        });
        timer.as_mut().poll(cx).map(|()| Some(Err(this.ran_out())))
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
