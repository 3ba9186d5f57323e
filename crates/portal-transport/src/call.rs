//! One call under its time limits, whatever HTTP library carries it.
//!
//! A call is watched at three places: around the future that waits for the head, around the
//! making of a connection (which may run on another task), and around both bodies. They share a
//! [`Call`].

mod incoming;
mod outgoing;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::time::Instant;

pub(crate) use incoming::Incoming;
pub(crate) use outgoing::Outgoing;

use crate::{ErrorKind, TimeoutKind, Timeouts, TransportError};

/// Allows for a server that is slower to check a certificate than the line is to carry it.
const SHORTEST_HOLD_BACK: Duration = Duration::from_millis(50);
const LONGEST_HOLD_BACK: Duration = Duration::from_millis(500);

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
                later(
                    later(state.since, self.timeouts.connect()),
                    self.timeouts.response_head(),
                ),
                TimeoutKind::ResponseHead,
            ),
            Phase::Sending => (
                later(state.since, self.timeouts.stall()),
                TimeoutKind::Upload,
            ),
            Phase::Waiting => (
                later(state.since, self.timeouts.response_head()),
                TimeoutKind::ResponseHead,
            ),
        };
        self.sooner_of_whole(phase)
    }

    fn sooner_of_whole(&self, phase: (Instant, TimeoutKind)) -> (Instant, TimeoutKind) {
        let whole = self.timeouts.total();
        match whole.map(|limit| later(self.started, limit)) {
            Some(whole) if whole < phase.0 => (whole, TimeoutKind::Total),
            _ => phase,
        }
    }

    fn whole_call_is_over(&self) -> bool {
        let whole = self.timeouts.total();
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

/// `duration` after `time`; limits that no clock can hold are years away.
fn later(time: Instant, duration: Duration) -> Instant {
    const YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
    time.checked_add(duration).unwrap_or_else(|| time + YEARS)
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
