//! The response's body.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Sleep;

use super::InFlight;
use crate::observe::Observed;
use crate::{Body, ErrorKind, TimeoutKind, TransportError};

/// The response's body on its way in, under the limits on its next piece and on the whole.
pub(crate) struct Incoming<B> {
    body: B,
    request: Arc<InFlight>,
    observed: Observed,
    /// Runs while a piece is waited for, with the limit that it stands for.
    timer: Option<(Pin<Box<Sleep>>, TimeoutKind)>,
    ended: bool,
    /// An encoding that was not asked for.
    encoding: Option<String>,
}

impl<B> Incoming<B> {
    pub(crate) fn new(body: B, request: Arc<InFlight>, observed: Observed) -> Self {
        Self {
            body,
            request,
            observed,
            timer: None,
            ended: false,
            encoding: None,
        }
    }

    /// The same body, which names its encoding in place of its first piece.
    pub(crate) fn refused(mut self, encoding: String) -> Self {
        self.encoding = Some(encoding);
        self
    }

    fn ran_out(&mut self, which: TimeoutKind) -> TransportError {
        self.failed(TransportError::may_have_arrived(ErrorKind::Timeout(which)))
    }

    fn failed(&mut self, error: TransportError) -> TransportError {
        self.ended = true;
        self.observed.failed(&error);
        error
    }
}

impl<B> Incoming<B>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    pub(crate) fn into_body(self, size: Option<u64>) -> Body {
        Body::of_response(self, size)
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
        if let Some(encoding) = this.encoding.take() {
            let kind = ErrorKind::CompressedResponse { encoding };
            let error = this.failed(TransportError::may_have_arrived(kind));
            return Poll::Ready(Some(Err(error)));
        }
        // Checked here too: a body that keeps coming never gets to wait for the timer.
        if let Some(which) = this.request.overdue() {
            return Poll::Ready(Some(Err(this.ran_out(which))));
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
                    let error = TransportError::may_have_arrived(ErrorKind::BodyBrokenOff);
                    Err(this.failed(error.with_source(cause)))
                }
            }));
        }
        let (timer, which) = this.timer.get_or_insert_with(|| {
            let (deadline, which) = this.request.body_deadline();
            (Box::pin(tokio::time::sleep_until(deadline)), which)
        });
        let which = *which;
        let ran_out = timer.as_mut().poll(cx);
        ran_out.map(|()| Some(Err(this.ran_out(which))))
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
