//! One request under its time limits, whatever HTTP library carries it.
//!
//! A request is watched at three places: around the future that waits for the head, around the
//! making of a connection (which may run on another task), and around both bodies. They share an
//! [`InFlight`].

mod incoming;
mod outgoing;
mod upload;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker, ready};
use std::time::Duration;

use tokio::time::Instant;

pub(crate) use incoming::Incoming;
pub(crate) use outgoing::Outgoing;
pub(crate) use upload::{Line, Uploads};

use crate::{ErrorKind, TimeoutKind, Timeouts, TransportError};
use upload::Upload;

/// Allows for a server that is slower to check a certificate than the line is to carry it.
const SHORTEST_HOLD_BACK: Duration = Duration::from_millis(50);
const LONGEST_HOLD_BACK: Duration = Duration::from_millis(500);

tokio::task_local! {
    /// The request on whose behalf the HTTP library is being polled, for the connector below it.
    static CURRENT: Arc<InFlight>;
}

/// What is known about a request under way.
#[derive(Debug)]
pub(crate) struct InFlight {
    timeouts: Timeouts,
    started: Instant,
    has_body: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// Since when the phase has lasted, or the last progress in it.
    since: Instant,
    /// Since when all that was handed over should have been carried, if it should.
    carried_since: Option<Instant>,
    /// What has been handed over of the request's body.
    upload: Upload,
    /// The library has asked for the request's body, so its head may be on the way.
    body_asked_for: bool,
    /// The library has all of the request's body.
    body_handed_over: bool,
    /// A connection was made for this request, and stood before the body was asked for.
    on_new_connection: bool,
    /// For how long to wait before the body goes out.
    hold_back: Option<Duration>,
    /// When the whole response has to be there.
    response_deadline: Option<Instant>,
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

impl InFlight {
    pub(crate) fn new(timeouts: Timeouts, line: &Line, has_body: bool) -> Arc<Self> {
        let started = Instant::now();
        Arc::new(Self {
            timeouts,
            started,
            has_body,
            state: Mutex::new(State {
                phase: Phase::Waiting,
                since: started,
                carried_since: None,
                upload: Upload::new(line, timeouts.slowest_upload()),
                body_asked_for: false,
                body_handed_over: false,
                on_new_connection: false,
                hold_back: None,
                response_deadline: None,
                waiter: None,
            }),
        })
    }

    /// The request whose future is being polled on this thread.
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
            state.on_new_connection = true;
            state.enter(Phase::Waiting);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something of the request may be on the way, as far as the body tells. Without a
    /// body there is no telling.
    pub(crate) fn may_have_been_sent(&self) -> bool {
        !self.has_body || self.state().body_asked_for
    }

    /// Whether the service can have the whole request. It can't while this side still has some of
    /// the body; and what a connection carried before this request says nothing about it.
    pub(crate) fn may_be_whole(&self) -> bool {
        let state = self.state();
        !self.has_body || state.body_handed_over || !state.on_new_connection
    }

    /// What the wait for the head waits for next.
    fn next_of_head(&self) -> Next {
        let mut state = self.state();
        let phase = state.phase;
        let next = match (phase, state.carried_since()) {
            // The connector has a limit of its own. This one is behind it, for the request that
            // went to another connection while a new one was being made.
            (Phase::Connecting, _) => self.head(later(state.since, self.timeouts.connect())),
            (_, Err(time)) => Next::Look(time),
            (Phase::Sending, Ok(since)) => {
                Next::End(later(since, self.timeouts.stall()), TimeoutKind::Upload)
            }
            (Phase::Waiting, Ok(since)) => self.head(since),
        };
        drop(state);
        let total = self
            .timeouts
            .total()
            .map(|limit| later(self.started, limit));
        match total {
            Some(total) if total < next.time() => Next::End(total, TimeoutKind::Total),
            _ => next,
        }
    }

    /// The limit on the head of a response to a request whose last byte went at `from`.
    fn head(&self, from: Instant) -> Next {
        let head = later(from, self.timeouts.response_head());
        let whole = self.timeouts.response().map(|limit| later(from, limit));
        match whole {
            Some(whole) if whole < head => Next::End(whole, TimeoutKind::Response),
            _ => Next::End(head, TimeoutKind::ResponseHead),
        }
    }

    /// When the response's body has to be there, or its next piece, and by which limit.
    fn body_deadline(&self) -> (Instant, TimeoutKind) {
        let stall = later(Instant::now(), self.timeouts.stall());
        let body = match self.state().response_deadline {
            Some(whole) if whole < stall => (whole, TimeoutKind::Response),
            _ => (stall, TimeoutKind::Download),
        };
        let total = self
            .timeouts
            .total()
            .map(|limit| later(self.started, limit));
        match total {
            Some(total) if total < body.0 => (total, TimeoutKind::Total),
            _ => body,
        }
    }

    /// The limit that has run out on what a body may take as a whole, however well it moves.
    fn overdue(&self) -> Option<TimeoutKind> {
        let total = self.timeouts.total();
        if total.is_some_and(|limit| self.started.elapsed() >= limit) {
            return Some(TimeoutKind::Total);
        }
        let response = self.state().response_deadline;
        let over = response.is_some_and(|deadline| Instant::now() >= deadline);
        over.then_some(TimeoutKind::Response)
    }

    /// The head of the response is there.
    fn head_is_there(&self) {
        let mut state = self.state();
        // A response shows that the request has arrived, if the line was quicker than assumed.
        let last_byte = state.carried_since().unwrap_or_else(|_| Instant::now());
        state.upload.end();
        let limit = self.timeouts.response();
        state.response_deadline = limit.map(|limit| later(last_byte, limit));
    }

    /// Runs `send` until the head is there or a limit runs out.
    pub(crate) async fn until_head<T>(
        self: &Arc<Self>,
        send: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        let mut send = pin!(CURRENT.scope(Arc::clone(self), send));
        let mut timer = pin!(tokio::time::sleep_until(self.next_of_head().time()));
        poll_fn(|cx| {
            if let Poll::Ready(outcome) = send.as_mut().poll(cx) {
                self.head_is_there();
                return Poll::Ready(outcome);
            }
            // What was just polled, or the task that sends the body, may have moved the limit in
            // either direction.
            self.state().waiter = Some(cx.waker().clone());
            loop {
                let next = self.next_of_head();
                if timer.as_ref().get_ref().deadline() != next.time() {
                    timer.as_mut().reset(next.time());
                }
                ready!(timer.as_mut().poll(cx));
                if let Next::End(_, which) = next {
                    let kind = ErrorKind::Timeout(which);
                    let error = TransportError::new(kind, self.may_have_been_sent());
                    return Poll::Ready(Err(error));
                }
            }
        })
        .await
    }
}

/// What comes next if nothing moves.
#[derive(Clone, Copy)]
enum Next {
    /// Another look, when what was handed over should have been carried.
    Look(Instant),
    /// The end of a limit.
    End(Instant, TimeoutKind),
}

impl Next {
    fn time(self) -> Instant {
        match self {
            Self::Look(time) | Self::End(time, _) => time,
        }
    }
}

/// `duration` after `time`; limits that no clock can hold are years away.
fn later(time: Instant, duration: Duration) -> Instant {
    const YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
    time.checked_add(duration).unwrap_or_else(|| time + YEARS)
}

impl State {
    /// Since when a line of the slowest speed has carried what was handed over (while there is
    /// more to come, what the library has in its buffers), or when to look again.
    fn carried_since(&mut self) -> Result<Instant, Instant> {
        if let Some(since) = self.carried_since {
            return Ok(since);
        }
        let left = match self.phase {
            Phase::Sending => self.upload.time_for_buffered(),
            Phase::Connecting | Phase::Waiting => self.upload.time_for_all(),
        };
        let now = Instant::now();
        if left.is_zero() {
            // When exactly is not known, if there was anything to carry.
            let since = if self.upload.is_empty() {
                self.since
            } else {
                now
            };
            self.carried_since = Some(since);
            return Ok(since);
        }
        Err(later(now, left))
    }

    fn enter(&mut self, phase: Phase) {
        self.since = Instant::now();
        self.carried_since = None;
        if self.phase != phase {
            self.phase = phase;
            // The limit may have come nearer; progress within a phase only moves it away.
            if let Some(waiter) = self.waiter.take() {
                waiter.wake();
            }
        }
    }
}
