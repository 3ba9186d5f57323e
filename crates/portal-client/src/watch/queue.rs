//! The life of one queue: wait for its time, poll, take what comes.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;
use jiff::Timestamp;
use portal_transport::{BoxFuture, Clock, ErrorKind, TlsFailure};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;

use super::changes::{Item, PendingChange};
use super::event::{StoppedClock, WaitReason, WatchEvent};
use super::ledger::{Arrival, LEASE, Place};
use super::poll_times::{PermittedPoll, QueueKey};
use super::shared::{Queue, Shared, Turn, Wait, later_instant, lock};
use crate::client::PollResponse;
use crate::endpoints::status_change::after_empty_queue;
use crate::error::Error;
use crate::service_date::Date;
use crate::{NextPoll, Polled, StatusChange};

/// `Date` has whole seconds: the service's clock may show up to so much more.
const DATE_RESOLUTION: Duration = Duration::from_secs(1);

/// What is added to the wait after an empty queue: twice by how much two bad clocks differ after ten minutes.
const MARGIN: Duration = Duration::from_millis(250);

/// What is added after a poll that came too early though its time was known, and at the most after many.
const LEAST_EXTRA: Duration = Duration::from_secs(1);
const MOST_EXTRA: Duration = Duration::from_secs(64);

/// The least wait after an empty queue, whatever the service says, and after a poll that came too early or was
/// of no use.
const LEAST_WAIT: Duration = Duration::from_millis(100);
const LEAST_WAIT_WHEN_USELESS: Duration = Duration::from_secs(1);

/// How long a storage of poll times may take, and how long once the watch is stopped.
const STORAGE: Duration = Duration::from_secs(5);
const STORAGE_WHEN_STOPPED: Duration = Duration::from_secs(1);

/// A queue that nobody polled for so long has nothing out.
const NOTHING_OUT_AFTER: Duration = Duration::from_secs(2 * LEASE.as_secs());

/// Polls a queue until the watch is stopped.
///
/// # Errors
/// The first permanent error.
pub(super) async fn run(
    shared: Arc<Shared>,
    index: usize,
    out: UnboundedSender<Item>,
) -> Result<(), Error> {
    let Some(queue) = shared.queues.get(index) else {
        return Ok(());
    };
    let mut life = Life {
        shared: &shared,
        index,
        queue,
        out,
        confirmations: JoinSet::new(),
        failures: 0,
        knows_the_time: false,
        extra: Duration::ZERO,
        last_date: None,
        is_last: false,
    };
    let mut wait = life.first().await;
    while !life.is_last {
        let turn = tokio::select! {
            turn = shared.turn(index, queue, wait) => turn,
            ended = ended(&mut life.confirmations) => {
                ended?;
                continue;
            }
        };
        let Some(turn) = turn else { break };
        let response = shared.client.poll(&queue.sender).await;
        let received = response.received;
        let permitted = life.take(response, turn)?;
        wait = life.wait(&permitted, received);
        life.keep(received, permitted.at).await;
    }
    // They end by themselves: when they are done, or the watch is stopped.
    while let Some(ended) = life.confirmations.join_next().await {
        ended.map_err(cut_short)?;
    }
    Ok(())
}

/// The end of a confirmation, which is an error only when it panicked; pending while there is none.
async fn ended(confirmations: &mut JoinSet<()>) -> Result<(), Error> {
    match confirmations.join_next().await {
        Some(ended) => ended.map_err(cut_short),
        None => pending().await,
    }
}

pub(super) fn cut_short(cut_short: tokio::task::JoinError) -> Error {
    Error::PollingStopped {
        source: io::Error::from(cut_short),
    }
}

/// When the queue may be polled next, and how much later it will be.
struct Permitted {
    at: Instant,
    reason: WaitReason,
    jitter: Duration,
    /// The least wait since the response, where polls are wanted less often than permitted.
    interval: Duration,
}

struct Life<'a> {
    shared: &'a Arc<Shared>,
    index: usize,
    queue: &'a Queue,
    out: UnboundedSender<Item>,
    /// Those of changes that have returned. They end with the life of the queue.
    confirmations: JoinSet<()>,
    /// How many polls failed in a row.
    failures: u32,
    /// Whether the service has told when to poll, so that a poll that is early all the same shows that the clocks
    /// which date its responses and which keep its queues differ.
    knows_the_time: bool,
    /// What is added to waits because of such polls.
    extra: Duration,
    /// The last `Date`, and when it came.
    last_date: Option<(Timestamp, Instant)>,
    /// The queue was empty, and that is what the watch was to run for.
    is_last: bool,
}

impl Life<'_> {
    /// When the first poll is permitted: at the time that was kept.
    async fn first(&self) -> Wait {
        let now = self.shared.now();
        let at = |due| Wait {
            due,
            reason: WaitReason::Kept,
            service_time: None,
        };
        let Some(times) = &self.shared.settings.times else {
            return at(now);
        };
        let wait = match self.stored(times.load(self.key()), Duration::ZERO).await {
            Ok(Some(kept)) => {
                let now = self.shared.clock().now();
                let since = Duration::try_from(now.duration_since(kept.noted_at));
                if since.is_ok_and(|since| since > NOTHING_OUT_AFTER) {
                    lock(&self.shared.ledger).nothing_is_out(self.index);
                }
                kept.wait(now)
            }
            Ok(None) => return at(now),
            Err(error) => {
                self.storage_failed(&error);
                self.safe_wait()
            }
        };
        let due = later_instant(self.shared.now(), wait.min(Duration::from_hours(24)));
        let (queue, reason) = (&self.queue.sender, WaitReason::Kept);
        self.emit(WatchEvent::Waiting {
            queue,
            wait,
            reason,
        });
        at(due)
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
        let saved = times.save(self.key(), time);
        if let Err(error) = self.stored(saved, STORAGE_WHEN_STOPPED).await {
            self.storage_failed(&error);
        }
    }

    /// What a storage says in time. A stop waits so long for it.
    async fn stored<T>(
        &self,
        work: BoxFuture<'_, io::Result<T>>,
        when_stopped: Duration,
    ) -> io::Result<T> {
        let stopped = async {
            self.shared.stop.stopped().await;
            tokio::time::sleep(when_stopped).await;
        };
        tokio::select! {
            biased;
            done = work => return done,
            () = tokio::time::sleep(STORAGE) => {}
            () = stopped => {}
        }
        let text = "the storage of poll times took too long";
        Err(io::Error::new(io::ErrorKind::TimedOut, text))
    }

    fn storage_failed(&self, error: &io::Error) {
        let queue = &self.queue.sender;
        self.emit(WatchEvent::PollTimesFailed { queue, error });
    }

    /// Takes a response: the change that came, and when to poll next. The queue's turn ends with it.
    fn take(&mut self, response: PollResponse, turn: Turn) -> Result<Permitted, Error> {
        if response.date == Date::Implausible {
            let queue = &self.queue.sender;
            self.emit(WatchEvent::ImplausibleDate { queue });
        }
        let timing = Timing::of(&response);
        self.look_at_the_clock(&timing, &response.outcome);
        match response.outcome {
            Ok(polled) => Ok(self.succeeded(polled, &timing, turn)),
            Err(Error::TooEarly { next_poll }) => Ok(self.too_early(&next_poll, &timing)),
            Err(Error::RateBlocked { until }) => Ok(Permitted {
                at: self.shared.blocked(self.index, until),
                reason: WaitReason::RateBlock,
                jitter: Duration::ZERO,
                interval: Duration::ZERO,
            }),
            Err(error) if is_permanent(&error) => Err(error),
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
        // Another process may have been the reason, or the clocks have been set since.
        self.extra = self.extra * 255 / 256;
        self.warn_of(&polled.next_poll);
        let found = polled.change.is_some();
        let mut permitted = self.permitted(timing, &polled.next_poll, found);
        let least = match polled.change {
            Some(change) => self.arrive(change, turn, timing.received),
            None => {
                drop(turn);
                self.found_empty(timing.sent);
                permitted.interval = self.shared.settings.interval;
                self.is_last = self.shared.settings.until_empty;
                LEAST_WAIT
            }
        };
        permitted.at = permitted.at.max(later_instant(timing.received, least));
        let queue = &self.queue.sender;
        let wait = permitted.due(timing.received);
        let wait = wait.saturating_duration_since(self.shared.now());
        self.emit(WatchEvent::Polled { queue, found, wait });
        permitted
    }

    fn too_early(&mut self, next_poll: &NextPoll, timing: &Timing) -> Permitted {
        if std::mem::replace(&mut self.knows_the_time, true) {
            self.extra = (self.extra * 2).clamp(LEAST_EXTRA, MOST_EXTRA);
        }
        self.warn_of(next_poll);
        let mut permitted = self.permitted(timing, next_poll, false);
        // This computer's clock may have been the reason where the service's is unknown.
        let least = match timing.date {
            Some(_) => LEAST_WAIT_WHEN_USELESS,
            None => self.safe_wait(),
        };
        permitted.at = permitted.at.max(later_instant(timing.received, least));
        let queue = &self.queue.sender;
        let wait = permitted.due(timing.received);
        let wait = wait.saturating_duration_since(self.shared.now());
        self.emit(WatchEvent::PolledTooEarly { queue, wait });
        permitted
    }

    fn failed(&mut self, error: &Error, timing: &Timing) -> Permitted {
        self.lost(error, timing.received);
        self.failures = self.failures.saturating_add(1);
        let mut wait = self.shared.back_off(self.failures);
        let mut reason = WaitReason::Backoff;
        if may_have_counted(error) && wait < self.safe_wait() {
            // The service may have responded that the queue is empty.
            (wait, reason) = (self.safe_wait(), WaitReason::LostResponse);
        }
        self.emit(WatchEvent::Outage {
            queue: &self.queue.sender,
            error,
            failures: self.failures,
            wait,
        });
        Permitted {
            at: later_instant(timing.received, wait),
            reason,
            jitter: self.shared.jitter(Duration::ZERO),
            interval: Duration::ZERO,
        }
    }

    /// Takes note of a change that may have been in a response that was lost, or can't be read.
    fn lost(&self, error: &Error, now: Instant) {
        let mut ledger = lock(&self.shared.ledger);
        match error.response() {
            Some(response) if response.status().is_success() => {
                ledger.unreadable(self.index, &response.reveal_message(), now);
            }
            _ if may_have_handed_out(error) => ledger.lost_response(self.index, now),
            _ => {}
        }
    }

    /// Takes a change, and gives the least wait until the next poll.
    fn arrive(&mut self, change: StatusChange, turn: Turn, received: Instant) -> Duration {
        let id = change.id().clone();
        let Turn { permit, alone } = turn;
        let out = self.out.clone();
        let arrival = {
            let mut ledger = lock(&self.shared.ledger);
            ledger.arrive(self.index, change, Place { permit, out }, received)
        };
        match arrival {
            Arrival::ToHandle(given) => self.shared.give(given),
            Arrival::Held => {}
            Arrival::Left => self.emit(WatchEvent::DeferredAfterEarlier { id: &id }),
            Arrival::InFlight => {
                self.emit(WatchEvent::AlreadyInFlight { id: &id });
                // It is handed out over and over: there is no hurry.
                return LEAST_WAIT_WHEN_USELESS;
            }
            Arrival::ToConfirm(ticket, change) => {
                let shared = Arc::clone(self.shared);
                let pending = PendingChange {
                    shared: Arc::clone(&shared),
                    ticket,
                    change,
                };
                // Before the next poll, which may bring what keeps it unconfirmed.
                let no_poll = alone.downgrade();
                self.confirmations
                    .spawn(async move { shared.confirm_again(pending, Some(no_poll)).await });
            }
        }
        Duration::ZERO
    }

    /// Takes into account that the queue was empty, and confirms what had to wait for that, one after another.
    fn found_empty(&mut self, sent: Instant) {
        let deferred = lock(&self.shared.ledger).found_empty(self.index, sent);
        if deferred.is_empty() {
            return;
        }
        let shared = Arc::clone(self.shared);
        self.confirmations.spawn(async move {
            for (ticket, change) in deferred {
                if shared.stop.is_stopped() {
                    break;
                }
                let pending = PendingChange {
                    shared: Arc::clone(&shared),
                    ticket,
                    change,
                };
                shared.confirm_again(pending, None).await;
            }
        });
    }

    /// When the service permits the next poll: as long after a response as by its own clock after its `Date`.
    ///
    /// After a change it is at once when that time may have passed. After an empty queue it has passed for
    /// certain, unless the service's clocks differ.
    fn permitted(&self, timing: &Timing, next: &NextPoll, found: bool) -> Permitted {
        let on_the_way = timing.received.saturating_duration_since(timing.sent);
        let possibly = timing
            .date
            .map_or(Duration::ZERO, |_| DATE_RESOLUTION + on_the_way);
        let (wait, margin) = match next.wait() {
            wait if found && wait <= possibly => (Duration::ZERO, None),
            // No wait after an empty queue: the two clocks can't show the same.
            Duration::ZERO if !found && timing.date.is_none() => (self.safe_wait(), None),
            wait => {
                let wait = wait + MARGIN + self.extra;
                (wait, Some(possibly + MARGIN + self.extra))
            }
        };
        let jitter = match margin {
            _ if found => Duration::ZERO,
            margin => self.shared.jitter(margin.unwrap_or_default()),
        };
        Permitted {
            at: later_instant(timing.received, wait),
            reason: WaitReason::Permitted,
            jitter,
            interval: Duration::ZERO,
        }
    }

    /// The wait for the next poll.
    fn wait(&self, permitted: &Permitted, received: Instant) -> Wait {
        let due = permitted.due(received);
        let by_interval = permitted.interval > Duration::ZERO
            && due > later_instant(permitted.at, permitted.jitter);
        let reason = if by_interval {
            WaitReason::Interval
        } else {
            permitted.reason
        };
        let queue = &self.queue.sender;
        let wait = due.saturating_duration_since(self.shared.now());
        if !self.is_last {
            self.emit(WatchEvent::Waiting {
                queue,
                wait,
                reason,
            });
        }
        Wait {
            due,
            reason,
            service_time: self.last_date.filter(|(_, at)| *at == received),
        }
    }

    /// Says so when the service's clock stands still.
    fn look_at_the_clock(&mut self, timing: &Timing, outcome: &Result<Polled, Error>) {
        let now = timing.date.map(|date| (date, timing.received));
        let last = std::mem::replace(&mut self.last_date, now);
        let (Some((last, then)), Some((date, received))) = (last, now) else {
            return;
        };
        let passed = received.saturating_duration_since(then);
        let too_early = matches!(outcome, Err(Error::TooEarly { .. }));
        if too_early && date == last && passed > 2 * DATE_RESOLUTION {
            let (queue, clock) = (&self.queue.sender, StoppedClock::Service);
            self.emit(WatchEvent::TimeStandsStill { queue, clock });
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

/// What a response tells about time.
struct Timing {
    sent: Instant,
    received: Instant,
    /// The service's time, where it told.
    date: Option<Timestamp>,
}

impl Timing {
    fn of(response: &PollResponse) -> Self {
        Self {
            sent: response.sent,
            received: response.received,
            date: match response.date {
                Date::Stated(date) => Some(date),
                Date::Missing | Date::Implausible => None,
            },
        }
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

/// Whether a change may have been in a response that was lost.
fn may_have_handed_out(error: &Error) -> bool {
    match error {
        Error::Unexpected { source } => source.status().is_server_error(),
        error => may_have_counted(error),
    }
}

/// Whether the cause has to be fixed by somebody, so that polling on is of no use.
fn is_permanent(error: &Error) -> bool {
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
            ) || source
                .tls_failure()
                .is_some_and(|failure| *failure != TlsFailure::Handshake)
        }
        _ => false,
    }
}
