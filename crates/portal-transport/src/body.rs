//! The body of a request or a response: streamed, with its size where that is known.

mod blocking_reader;

use std::fmt;
use std::io::Read;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::TryStreamExt;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{BodyExt, StreamBody};

use crate::error::BoxError;
use crate::{ErrorKind, RequestBodyProblem, TransportError};

type BoxBody = Pin<Box<dyn HttpBody<Data = Bytes, Error = TransportError> + Send>>;

/// A streaming body whose size may be known.
///
/// ```
/// use portal_transport::Body;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let body = Body::from("<xml/>");
/// assert_eq!(body.size(), Some(6));
/// assert_eq!(body.collect(1024).await?, "<xml/>");
/// # Ok::<(), portal_transport::TransportError>(())
/// # }).unwrap();
/// ```
pub struct Body {
    inner: Inner,
    size: Option<u64>,
    done: u64,
    /// Bytes still to come, where that is known.
    remaining: Option<u64>,
    /// The size was given by the caller and is held against what comes. The HTTP library has done
    /// that for a response's.
    check_size: bool,
    progress: Option<Box<ProgressCallback>>,
    again: Option<Replayer>,
}

/// Makes the same body once more, for another attempt.
pub(crate) type Replayer = Arc<dyn Fn() -> Body + Send + Sync>;
type ProgressCallback = dyn FnMut(Progress) + Send + Sync;

/// How far a body has got, for progress callbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that have passed so far.
    pub done: u64,
    /// Size of the body in bytes, if it is known.
    pub total: Option<u64>,
}

/// What passes at a time from a body that is held in memory: small enough that progress shows.
const PIECE: usize = 64 * 1024;

enum Inner {
    Bytes(Bytes),
    // The lock is never taken: it makes a stream that is only `Send` shareable, and all reading
    // goes through `&mut`.
    Stream(Mutex<BoxBody>),
}

impl Body {
    /// Creates a body without bytes.
    #[must_use]
    pub fn empty() -> Self {
        Self::from(Bytes::new())
    }

    /// Creates a body of what `reader` reads, which must be `size` bytes.
    ///
    /// The reader runs on a thread for blocking work, a few pieces of 64 KiB ahead of the network
    /// and no more, so a file of any size is sent in little memory. A reader that fails, or has
    /// another length, breaks the request off. A read that blocks keeps its thread until it
    /// returns, also when the request has been dropped in the meantime.
    pub fn from_reader(reader: impl Read + Send + 'static, size: u64) -> Self {
        Self::from_stream(blocking_reader::pieces(reader, size), Some(size))
    }

    /// Creates a body of the pieces of `stream`; with a `size`, they must add up to it.
    pub fn from_stream<S, E>(stream: S, size: Option<u64>) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let frames = stream
            .map_ok(Frame::data)
            .map_err(|cause| unreadable(cause.into()));
        Self {
            check_size: true,
            ..Self::of_response(StreamBody::new(frames), size)
        }
    }

    /// A body from below, whose errors are this crate's already.
    pub(crate) fn of_response(
        body: impl HttpBody<Data = Bytes, Error = TransportError> + Send + 'static,
        size: Option<u64>,
    ) -> Self {
        Self {
            inner: Inner::Stream(Mutex::new(Box::pin(body))),
            size,
            done: 0,
            remaining: size,
            check_size: false,
            progress: None,
            again: None,
        }
    }

    /// Returns the size of the whole body in bytes, if it is known.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Returns whether the body is known to have no bytes left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_end_stream()
    }

    /// Calls `report` after every piece with the progress so far, in either direction.
    ///
    /// The callback runs on the task that moves the body and must not block.
    ///
    /// ```
    /// use portal_transport::Body;
    ///
    /// let body = Body::from("<xml/>").with_progress(|progress| {
    ///     println!("{} of {:?} bytes", progress.done, progress.total);
    /// });
    /// ```
    #[must_use]
    pub fn with_progress(mut self, report: impl FnMut(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Box::new(report));
        self
    }

    /// Creates a body that can be replayed when a request is retried: `make` is called now and for
    /// each further attempt, and must give the same bytes each time.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use portal_transport::Body;
    ///
    /// let document: Arc<[u8]> = Arc::from(*b"%PDF-1.7");
    /// let body = Body::replayable(move || {
    ///     Body::from_reader(std::io::Cursor::new(Arc::clone(&document)), 8)
    /// });
    /// assert!(body.try_clone().is_some());
    /// ```
    pub fn replayable(make: impl Fn() -> Self + Send + Sync + 'static) -> Self {
        Self::repeat(Arc::new(make))
    }

    fn repeat(make: Replayer) -> Self {
        let body = make();
        Self {
            again: Some(make),
            ..body
        }
    }

    /// Returns the same body from its beginning, without a progress callback.
    ///
    /// Returns `None` if it is neither held in memory nor [replayable](Self::replayable), or some of
    /// it has been read.
    #[must_use]
    pub fn try_clone(&self) -> Option<Self> {
        self.replayer().map(|make| make())
    }

    /// What makes this body once more, if anything does.
    pub(crate) fn replayer(&self) -> Option<Replayer> {
        if self.done > 0 {
            return None;
        }
        match (&self.again, &self.inner) {
            (Some(again), _) => {
                let again = Arc::clone(again);
                Some(Arc::new(move || Self::repeat(Arc::clone(&again))))
            }
            (None, Inner::Bytes(bytes)) => {
                let bytes = bytes.clone();
                Some(Arc::new(move || Self::from(bytes.clone())))
            }
            (None, Inner::Stream(_)) => None,
        }
    }

    /// Returns the next piece, or `None` at the end.
    ///
    /// # Errors
    /// If the body broke off, took too long, or is compressed although that was not asked for.
    pub async fn next_piece(&mut self) -> Result<Option<Bytes>, TransportError> {
        while let Some(frame) = self.frame().await {
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// Returns the pieces as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, TransportError>> + Send {
        self.into_data_stream()
    }

    /// Reads the whole body, if it has at most `limit` bytes.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] if there are more, before the first byte where the size is known;
    /// otherwise as for [`next_piece`](Self::next_piece).
    pub async fn collect(mut self, limit: u64) -> Result<Bytes, TransportError> {
        let too_large = || TransportError::may_have_arrived(ErrorKind::TooLarge { limit });
        if self.size.is_some_and(|size| size > limit) {
            return Err(too_large());
        }
        let mut whole = BytesMut::new();
        while let Some(piece) = self.next_piece().await? {
            if (whole.len() as u64).saturating_add(piece.len() as u64) > limit {
                return Err(too_large());
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }

    /// Takes note of a frame that passes, and holds the caller's own streams to their size.
    fn account(
        &mut self,
        frame: Option<Result<Frame<Bytes>, TransportError>>,
    ) -> Option<Result<Frame<Bytes>, TransportError>> {
        let length = match &frame {
            Some(Ok(frame)) => frame.data_ref().map_or(0, |data| data.len() as u64),
            Some(Err(_)) => return frame,
            None => 0,
        };
        if let Some(remaining) = &mut self.remaining {
            let surplus = length > *remaining;
            let shortage = frame.is_none() && *remaining > 0;
            *remaining = remaining.saturating_sub(length);
            if self.check_size && (surplus || shortage) {
                *remaining = 0;
                let kind = ErrorKind::RequestBody(RequestBodyProblem::OtherLength);
                return Some(Err(TransportError::may_have_arrived(kind)));
            }
        }
        self.done += length;
        if let Some(report) = self.progress.as_mut().filter(|_| length > 0) {
            report(Progress {
                done: self.done,
                total: self.size,
            });
        }
        frame
    }
}

fn unreadable(cause: BoxError) -> TransportError {
    TransportError::may_have_arrived(ErrorKind::RequestBody(RequestBodyProblem::Unreadable))
        .with_source(cause)
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let this = self.get_mut();
        let frame = match &mut this.inner {
            Inner::Bytes(bytes) if bytes.is_empty() => None,
            Inner::Bytes(bytes) => {
                let piece = bytes.split_to(bytes.len().min(PIECE));
                Some(Ok(Frame::data(piece)))
            }
            Inner::Stream(stream) => {
                let stream = stream.get_mut().unwrap_or_else(PoisonError::into_inner);
                ready!(stream.as_mut().poll_frame(cx))
            }
        };
        Poll::Ready(this.account(frame))
    }

    fn is_end_stream(&self) -> bool {
        self.remaining == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.remaining
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        let size = Some(bytes.len() as u64);
        Self {
            inner: Inner::Bytes(bytes),
            size,
            done: 0,
            remaining: size,
            check_size: false,
            progress: None,
            again: None,
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Bytes::from(bytes))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::from(Bytes::from(text))
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::from(Bytes::from_static(text.as_bytes()))
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Documents and personal data travel in bodies: the size is all that is shown.
        f.debug_struct("Body").field("size", &self.size).finish()
    }
}

#[cfg(test)]
mod tests;
