//! The life of one queue: wait for its time, poll, take what comes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;
use portal_transport::{Clock, ErrorKind, TlsFailure};

use super::event::WatchEvent;
use super::ledger::Arrival;
use super::poll_times::{PermittedPoll, QueueKey};
use super::shared::{Queue, Shared, Turn, lock};
use crate::client::PollResponse;
use crate::endpoints::status_change::after_empty_queue;
use crate::error::Error;
use crate::service_date::Date;
use crate::{NextPoll, Polled, StatusChange};

/// The least wait after an empty queue, whatever the service says, and after a poll that came too early or was
/// of no use.
const LEAST_WAIT: Duration = Duration::from_millis(100);
const LEAST_WAIT_WHEN_USELESS: Duration = Duration::from_secs(1);

/// Polls a queue until the watch is stopped.
///
/// # Errors
/// The first permanent error.
pub(super) async fn run(shared: Arc<Shared>, index: usize) -> Result<(), Error> {
    let Some(queue) = shared.queues.get(index) else {
        return Ok(());
    };
    let mut life = Life {
        shared: &shared,
        index,
        queue,
        failures: 0,
        knows_the_time: false,
    };
    let mut due = life.first().await;
    while let Some(turn) = shared.turn(queue, due).await {
        let response = shared.client.poll(&queue.sender).await;
        let received = response.received;
        let permitted = life.take(response, turn)?;
        life.keep(received, permitted.at).await;
        if permitted.is_last {
            break;
        }
        due = permitted.due(received);
    }
    Ok(())
}

/// When the queue may be polled next, and how much later it will be.
struct Permitted {
    at: Instant,
    jitter: Duration,
    /// The least wait since the response, where polls are wanted less often than permitted.
    interval: Duration,
    /// The queue was empty, and that is what the watch was to run for.
    is_last: bool,
}

struct Life<'a> {
    shared: &'a Arc<Shared>,
    index: usize,
    queue: &'a Queue,
    /// How many polls failed in a row.
    failures: u32,
    /// Whether the service has told when to poll, so that a poll that is early all the same shows how far
    /// its clocks are apart.
    knows_the_time: bool,
}

impl Life<'_> {
    /// When the first poll is permitted: at the time that was kept.
    async fn first(&self) -> Instant {
        let now = self.shared.now();
        let Some(times) = &self.shared.settings.times else {
            return now;
        };
        let wait = match times.load(self.key()).await {
            Ok(Some(kept)) => kept.wait(self.shared.clock.now()),
            Ok(None) => return now,
            Err(error) => {
                let queue = &self.queue.sender;
                let error = &error;
                self.emit(WatchEvent::PollTimesFailed { queue, error });
                self.safe_wait()
            }
        };
        later_instant(self.shared.now(), wait.min(Duration::from_hours(24)))
    }

    fn key(&self) -> QueueKey<'_> {
        QueueKey::new(self.shared.client.environment(), &self.queue.sender)
    }

    /// Keeps the time for the next process.
    async fn keep(&self, received: Instant, permitted: Instant) {
        let Some(times) = &self.shared.settings.times else {
            return;
        };
        let time = PermittedPoll::new(
            self.shared.shown_at(permitted),
            self.shared.shown_at(received),
        );
        if let Err(error) = times.save(self.key(), time).await {
            let queue = &self.queue.sender;
            let error = &error;
            self.emit(WatchEvent::PollTimesFailed { queue, error });
        }
    }

    /// Takes a response: the change that came, and when to poll next. The queue's turn ends with it.
    fn take(&mut self, response: PollResponse, turn: Turn) -> Result<Permitted, Error> {
        if response.date == Date::Implausible {
            let queue = &self.queue.sender;
            self.emit(WatchEvent::ImplausibleDate { queue });
        }
        let timing = Timing::of(&response);
        match response.outcome {
            Ok(polled) => Ok(self.succeeded(polled, &timing, turn)),
            Err(Error::TooEarly { next_poll }) => Ok(self.too_early(&next_poll, &timing)),
            Err(Error::RateBlocked { .. }) => Ok(Permitted {
                at: self.shared.blocked(self.index),
                jitter: Duration::ZERO,
                interval: Duration::ZERO,
                is_last: false,
            }),
            Err(error) if is_lasting(&error) => Err(error),
            Err(error) => Ok(self.failed(&error, &timing)),
        }
    }

    fn succeeded(&mut self, polled: Polled, timing: &Timing, turn: Turn) -> Permitted {
        let queue = &self.queue.sender;
        if self.failures > 0 {
            let failures = std::mem::take(&mut self.failures);
            self.emit(WatchEvent::Recovered { queue, failures });
        }
        self.knows_the_time = true;
        self.shared.forget_some_lag();
        self.warn_of(&polled.next_poll);
        let found = polled.change.is_some();
        let (mut wait, margin) = self.wait(timing, &polled.next_poll, found);
        let mut jitter = Duration::ZERO;
        match polled.change {
            Some(change) => {
                if !self.arrive(change, turn, timing.received) {
                    // What is in flight is handed out over and over: there is no hurry.
                    wait = wait.max(LEAST_WAIT_WHEN_USELESS);
                }
            }
            None => {
                lock(&self.shared.ledger).found_empty(self.index, timing.sent);
                wait = wait.max(LEAST_WAIT);
                jitter = self.shared.jitter(margin);
            }
        }
        let mut permitted = permitted(timing.received, wait, jitter);
        if !found {
            permitted.interval = self.shared.settings.interval;
            permitted.is_last = self.shared.settings.until_empty;
        }
        let due = permitted.due(timing.received);
        let wait = due.saturating_duration_since(self.shared.now());
        self.emit(WatchEvent::Polled { queue, found, wait });
        permitted
    }

    fn too_early(&mut self, next_poll: &NextPoll, timing: &Timing) -> Permitted {
        let queue = &self.queue.sender;
        lock(&self.shared.service_clock).forget();
        if std::mem::replace(&mut self.knows_the_time, true) {
            self.shared.learn_lag();
        }
        self.warn_of(next_poll);
        let (mut wait, margin) = self.wait(timing, next_poll, false);
        wait = wait.max(LEAST_WAIT_WHEN_USELESS);
        if !timing.is_dated() {
            // This computer's clock may have been the reason.
            wait = wait.max(self.safe_wait());
        }
        let permitted = permitted(timing.received, wait, self.shared.jitter(margin));
        let due = permitted.due(timing.received);
        let wait = due.saturating_duration_since(self.shared.now());
        self.emit(WatchEvent::PolledTooEarly { queue, wait });
        permitted
    }

    fn failed(&mut self, error: &Error, timing: &Timing) -> Permitted {
        if may_have_handed_out(error) {
            lock(&self.shared.ledger).lost_response(self.index);
        }
        self.failures = self.failures.saturating_add(1);
        let mut wait = self.shared.back_off(self.failures);
        if may_have_counted(error) {
            // The service may have responded that the queue is empty.
            wait = wait.max(self.safe_wait());
        }
        self.emit(WatchEvent::Outage {
            queue: &self.queue.sender,
            error,
            failures: self.failures,
            wait,
        });
        permitted(timing.received, wait, self.shared.jitter(Duration::ZERO))
    }

    /// Takes a change; `false` when it is there already.
    fn arrive(&self, change: StatusChange, turn: Turn, received: Instant) -> bool {
        let id = change.id().clone();
        let arrival = {
            let mut ledger = lock(&self.shared.ledger);
            ledger.arrive(self.index, change, turn.permit, received)
        };
        drop(turn.alone);
        match arrival {
            Arrival::ToHandle(ticket, change) => self.shared.give(ticket, change),
            Arrival::Held => {}
            Arrival::Left => self.emit(WatchEvent::DeferredAfterEarlier { id: &id }),
            Arrival::InFlight => {
                self.emit(WatchEvent::AlreadyInFlight { id: &id });
                return false;
            }
            Arrival::ToConfirm(ticket, change) => {
                let shared = Arc::clone(self.shared);
                // A failure has been told as an event, and the change comes back.
                tokio::spawn(async move {
                    let _confirmed = shared.confirm(ticket, &change).await;
                    shared.let_go(ticket);
                });
            }
        }
        true
    }

    /// How long to wait from a response's arrival until the time that it permits, and how much of that may
    /// be beyond it, since the service's clock is known only so well.
    ///
    /// After a change that is no time when the permitted one may have passed: the service permits the next
    /// poll at once then. After an empty queue it is until the permitted time has passed for certain.
    fn wait(&self, timing: &Timing, next: &NextPoll, found: bool) -> (Duration, Duration) {
        let (earliest, latest) = match timing.date {
            Date::Stated(date) => {
                let mut clock = lock(&self.shared.service_clock);
                let window = clock.learn(date, timing.sent, timing.received);
                (window.earliest, window.latest)
            }
            // For want of better, the service's clock is taken to show what this computer's does.
            Date::Missing | Date::Implausible => (timing.now, timing.now),
        };
        match next.wait_from(earliest) {
            _ if found && next.permitted_at <= latest => (Duration::ZERO, Duration::ZERO),
            // No wait after an empty queue: the two clocks can't show the same.
            Duration::ZERO if !found && !timing.is_dated() => (self.safe_wait(), Duration::ZERO),
            wait => {
                let lag = self.shared.lag();
                let least = next.wait_from(latest);
                (wait + lag, wait.saturating_sub(least) + lag)
            }
        }
    }

    fn warn_of(&self, next: &NextPoll) {
        if let Some(warning) = next.warning {
            let queue = &self.queue.sender;
            self.emit(WatchEvent::ImplausiblePollTime { queue, warning });
        }
    }

    /// The longest that the service may ask for after an empty queue.
    fn safe_wait(&self) -> Duration {
        after_empty_queue(self.shared.client.environment())
    }

    fn emit(&self, event: WatchEvent<'_>) {
        self.shared.emit(self.index, event);
    }
}

impl Permitted {
    fn due(&self, received: Instant) -> Instant {
        let permitted = later_instant(self.at, self.jitter);
        permitted.max(later_instant(received, self.interval))
    }
}

/// An instant and a duration later; a century where the sum has no place on the clock.
fn later_instant(instant: Instant, duration: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_hours(24 * 365 * 100);
    let sum = instant.checked_add(duration);
    sum.or_else(|| instant.checked_add(CENTURY))
        .unwrap_or(instant)
}

/// What a response tells about time.
struct Timing {
    sent: Instant,
    received: Instant,
    now: jiff::Timestamp,
    date: Date,
}

impl Timing {
    fn of(response: &PollResponse) -> Self {
        Self {
            sent: response.sent,
            received: response.received,
            now: response.now,
            date: response.date,
        }
    }
}

impl Timing {
    /// Whether the response told the service's time.
    fn is_dated(&self) -> bool {
        matches!(self.date, Date::Stated(_))
    }
}

fn permitted(received: Instant, wait: Duration, jitter: Duration) -> Permitted {
    Permitted {
        at: later_instant(received, wait),
        jitter,
        interval: Duration::ZERO,
        is_last: false,
    }
}

/// Whether the service may have counted a poll that failed.
fn may_have_counted(error: &Error) -> bool {
    match error {
        Error::Transport { source, .. } => source.request_may_have_reached_service(),
        Error::Unexpected { source } => {
            let gateway = [StatusCode::BAD_GATEWAY, StatusCode::GATEWAY_TIMEOUT];
            gateway.contains(&source.status())
        }
        _ => false,
    }
}

/// Whether a change may have been in a response that was lost, or could not be read.
fn may_have_handed_out(error: &Error) -> bool {
    match error {
        Error::Unexpected { source } => {
            source.status().is_success() || source.status().is_server_error()
        }
        error => may_have_counted(error),
    }
}

/// Whether the cause has to be fixed by somebody, so that polling on is of no use.
fn is_lasting(error: &Error) -> bool {
    match error {
        Error::NoSender
        | Error::RequestUrl { .. }
        | Error::Request { .. }
        | Error::NotAuthorized { .. }
        | Error::BrokerNotAuthorized { .. } => true,
        Error::Transport { source, .. } => {
            matches!(
                source.kind(),
                ErrorKind::ForeignUrl { .. } | ErrorKind::Request
            ) || (matches!(source.kind(), ErrorKind::Token { .. }) && source.kind().is_permanent())
                || source
                    .tls_failure()
                    .is_some_and(|failure| *failure != TlsFailure::Handshake)
        }
        _ => false,
    }
}
