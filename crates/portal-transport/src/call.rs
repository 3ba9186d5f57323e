//! One call under its time limits, whatever HTTP library carries it.
//!
//! A call is watched at three places: around the future that waits for the head, around the
//! making of a connection (which may run on another task), and around both bodies. They share a
//! [`Call`].

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use crate::failure::Carried;
use crate::observe::Observed;
use crate::{Body, ErrorKind, TimeoutKind, Timeouts, TransportError};

/// Allows for a server that is slower to check a certificate than the line is to carry it.
const SHORTEST_HOLD_BACK: Duration = Duration::from_millis(50);
const LONGEST_HOLD_BACK: Duration = Duration::from_millis(500);
/// A body of up to this size goes out in one go, after which the library reads.
const WRITTEN_AT_ONCE: u64 = 4096;

tokio::task_local! {
    /// The call on whose behalf the HTTP library is being polled, for the connector below it.
    static CURRENT: Arc<Call>;
}

/// What is known about a call under way.
#[derive(Debug)]
pub(crate) struct Call {
    timeouts: Timeouts,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// Since when the phase has lasted, or the last progress in it.
    since: Instant,
    /// The library has asked for the request's body, so its head may be on the way.
    body_asked_for: bool,
    /// For how long to wait before the body goes out.
    hold_back: Option<Duration>,
    /// Who waits for the head, and has to look at the time limit again.
    waiter: Option<Waker>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// A connection is being made, under the connector's own limit.
    Connecting,
    /// The request's body is going out.
    Sending,
    /// All is sent, or there is nothing to send.
    Waiting,
}

impl Call {
    pub(crate) fn new(timeouts: Timeouts) -> Arc<Self> {
        let started = Instant::now();
        Arc::new(Self {
            timeouts,
            started,
            state: Mutex::new(State {
                phase: Phase::Waiting,
                since: started,
                body_asked_for: false,
                hold_back: None,
                waiter: None,
            }),
        })
    }

    /// The call whose future is being polled on this thread.
    pub(crate) fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    pub(crate) fn connect_limit(&self) -> Duration {
        self.timeouts.connect()
    }

    pub(crate) fn connecting(&self) {
        self.state().enter(Phase::Connecting);
    }

    /// The connection stands. In TLS 1.3 the server may still refuse the client's certificate:
    /// then `unconfirmed` is how long connecting took, which is at least as long as a refusal
    /// takes to arrive.
    pub(crate) fn connected(&self, unconfirmed: Option<Duration>) {
        let mut state = self.state();
        state.hold_back = unconfirmed.map(|took| {
            let took = took.clamp(SHORTEST_HOLD_BACK, LONGEST_HOLD_BACK);
            took.min(self.timeouts.stall() / 2)
        });
        // The request may meanwhile have taken another connection that became free.
        if state.phase == Phase::Connecting {
            state.enter(Phase::Waiting);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something of the request may be on the way, as far as the body tells. Without a
    /// body there is no telling.
    pub(crate) fn may_have_been_sent(&self, has_body: bool) -> bool {
        !has_body || self.state().body_asked_for
    }

    /// When the wait for the head ends, and by which limit.
    fn head_deadline(&self) -> (Instant, TimeoutKind) {
        let state = self.state();
        let phase = match state.phase {
            // The connector has a limit of its own. This one is behind it, for the request that
            // went to another connection while a new one was being made.
            Phase::Connecting => (
                state.since + self.timeouts.connect() + self.timeouts.answer_head(),
                TimeoutKind::AnswerHead,
            ),
            Phase::Sending => (state.since + self.timeouts.stall(), TimeoutKind::Upload),
            Phase::Waiting => (
                state.since + self.timeouts.answer_head(),
                TimeoutKind::AnswerHead,
            ),
        };
        self.sooner_of_whole(phase)
    }

    fn sooner_of_whole(&self, phase: (Instant, TimeoutKind)) -> (Instant, TimeoutKind) {
        match self.timeouts.whole_call() {
            Some(limit) if self.started + limit < phase.0 => {
                (self.started + limit, TimeoutKind::WholeCall)
            }
            _ => phase,
        }
    }

    fn whole_call_is_over(&self) -> bool {
        let whole = self.timeouts.whole_call();
        whole.is_some_and(|limit| self.started.elapsed() >= limit)
    }

    /// Runs `send` until the head is there or a limit runs out.
    pub(crate) async fn until_head<T>(
        self: &Arc<Self>,
        has_body: bool,
        send: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        let mut send = pin!(CURRENT.scope(Arc::clone(self), send));
        let mut timer = pin!(tokio::time::sleep_until(self.head_deadline().0));
        poll_fn(|cx| {
            if let Poll::Ready(outcome) = send.as_mut().poll(cx) {
                return Poll::Ready(outcome);
            }
            // What was just polled, or the task that sends the body, may have moved the limit in
            // either direction.
            self.state().waiter = Some(cx.waker().clone());
            let (deadline, which) = self.head_deadline();
            if timer.as_ref().get_ref().deadline() != deadline {
                timer.as_mut().reset(deadline);
            }
            timer.as_mut().poll(cx).map(|()| {
                Err(TransportError::new(
                    ErrorKind::Timeout(which),
                    self.may_have_been_sent(has_body),
                ))
            })
        })
        .await
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.since = Instant::now();
        if self.phase != phase {
            self.phase = phase;
            // The limit may have come nearer; progress within a phase only moves it away.
            if let Some(waiter) = self.waiter.take() {
                waiter.wake();
            }
        }
    }
}

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
            TimeoutKind::WholeCall
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
            let stall = Instant::now() + this.call.timeouts.stall();
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
