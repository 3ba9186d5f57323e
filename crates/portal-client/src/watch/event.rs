//! What a watch reports: what happens, and when each queue is polled next.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use portal_transport::{Clock, SharedClock};

use super::shared::{Shared, lock};
use crate::check::{DAYS_OF_WARNING, days_left};
use crate::error::Error;
use crate::{ChangeId, PollTimeWarning, Sender};

/// Something that happened in a watch, for metrics and alarms.
///
/// The same is emitted to `tracing`, with the job's number but without the queue's name, the organisation's
/// number and the texts of a handler's errors, any of which may be personal.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum WatchEvent<'a> {
    /// A poll succeeded. (debug)
    #[non_exhaustive]
    Polled {
        /// The queue.
        queue: &'a Sender,
        /// Whether there was a change.
        found: bool,
        /// How long until the next poll of the queue: zero after a change as a rule.
        wait: Duration,
    },
    /// The queue waits for its next poll; after every response and every failure. (debug)
    #[non_exhaustive]
    Waiting {
        /// The queue.
        queue: &'a Sender,
        /// How long at the least: zero after a change as a rule.
        wait: Duration,
        /// Why it is not polled earlier.
        reason: WaitReason,
    },
    /// A clock stands still, and with it the wait for the next poll: that of a stand-in, as a rule, which somebody
    /// has to set ahead. Emitted once for each time. (warn)
    #[non_exhaustive]
    TimeStandsStill {
        /// The queue.
        queue: &'a Sender,
        /// Which clock.
        clock: StoppedClock,
    },
    /// The client's certificate ends within 30 days, or has ended. Emitted once a day, until it is
    /// [replaced](crate::PortalClient::replace_certificate). (warn)
    #[non_exhaustive]
    CertificateExpires {
        /// The last second of its validity.
        not_after: Timestamp,
        /// Whole days left; negative when it has ended.
        days_left: i64,
    },
    /// The service found a poll too early; the watch waits for the new time. (info)
    #[non_exhaustive]
    PolledTooEarly {
        /// The queue.
        queue: &'a Sender,
        /// How long until the next poll of the queue.
        wait: Duration,
    },
    /// The service blocks the organisation for calling too often; no queue is polled meanwhile. (warn)
    #[non_exhaustive]
    RateBlocked {
        /// How long.
        wait: Duration,
    },
    /// A poll failed for a transient reason. (warn)
    #[non_exhaustive]
    Outage {
        /// The queue.
        queue: &'a Sender,
        /// What went wrong.
        error: &'a Error,
        /// How many polls of the queue failed in a row.
        failures: u32,
        /// How long until the next attempt.
        wait: Duration,
    },
    /// A poll succeeded after some that failed. (info)
    #[non_exhaustive]
    Recovered {
        /// The queue.
        queue: &'a Sender,
        /// How many had failed.
        failures: u32,
    },
    /// The response had no usable permitted poll time. (warn)
    #[non_exhaustive]
    ImplausiblePollTime {
        /// The queue.
        queue: &'a Sender,
        /// What was odd.
        warning: PollTimeWarning,
    },
    /// The `Date` of a response is implausible; this computer's clock was used instead. (warn)
    #[non_exhaustive]
    ImplausibleDate {
        /// The queue.
        queue: &'a Sender,
    },
    /// The permitted poll time could not be loaded or saved, or not within five seconds
    /// ([`TimedOut`](io::ErrorKind::TimedOut)). (warn)
    #[non_exhaustive]
    PollTimesFailed {
        /// The queue.
        queue: &'a Sender,
        /// What the storage says.
        error: &'a io::Error,
    },
    /// A change was redelivered that is in flight, since it took more than ten minutes, or is handled and can't be
    /// confirmed yet. It is not given out twice. (info)
    #[non_exhaustive]
    AlreadyInFlight {
        /// The change.
        id: &'a ChangeId,
    },
    /// A change was left to be redelivered, since an earlier one of its job was. (info)
    #[non_exhaustive]
    DeferredAfterEarlier {
        /// The change.
        id: &'a ChangeId,
    },
    /// A handler failed; the change is redelivered. (warn)
    #[non_exhaustive]
    HandlerFailed {
        /// The change.
        id: &'a ChangeId,
        /// The handler's error.
        error: &'a (dyn StdError + Send + Sync + 'static),
    },
    /// A handler panicked; the change is redelivered. (error)
    #[non_exhaustive]
    HandlerPanicked {
        /// The change.
        id: &'a ChangeId,
    },
    /// A job was confirmed. (debug)
    #[non_exhaustive]
    Confirmed {
        /// The change.
        id: &'a ChangeId,
        /// How many changes of the job were settled.
        changes: usize,
    },
    /// A confirmation failed. (warn)
    #[non_exhaustive]
    ConfirmationFailed {
        /// The change.
        id: &'a ChangeId,
        /// What went wrong.
        error: &'a Error,
        /// How long until the next attempt; none when it was given up, so that the change is redelivered.
        wait: Option<Duration>,
    },
}

/// Why a queue is not polled earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitReason {
    /// The service permits the next poll at this time.
    Permitted,
    /// An earlier process kept the time, or the storage of poll times failed.
    Kept,
    /// [`poll_every`](crate::Watch::poll_every) asks for it.
    Interval,
    /// The last poll failed.
    Backoff,
    /// The last poll may have reached the service, which may have found the queue empty.
    LostResponse,
    /// The service blocks the organisation for exceeding the rate limit.
    RateBlock,
}

/// Which clock stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoppedClock {
    /// The clock of the client, as its [`Clock`](crate::Clock) shows it.
    Client,
    /// The clock of the service, as the `Date` of its responses shows it.
    Service,
}

impl WatchEvent<'_> {
    /// Returns a short name that says which event it is and holds nothing from outside, such as
    /// `handler_failed`: a label for metrics. It stays the same in later versions.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Polled { .. } => "polled",
            Self::Waiting { .. } => "waiting",
            Self::TimeStandsStill { .. } => "time_stands_still",
            Self::CertificateExpires { .. } => "certificate_expires",
            Self::PolledTooEarly { .. } => "polled_too_early",
            Self::RateBlocked { .. } => "rate_blocked",
            Self::Outage { .. } => "outage",
            Self::Recovered { .. } => "recovered",
            Self::ImplausiblePollTime { .. } => "implausible_poll_time",
            Self::ImplausibleDate { .. } => "implausible_date",
            Self::PollTimesFailed { .. } => "poll_times_failed",
            Self::AlreadyInFlight { .. } => "already_in_flight",
            Self::DeferredAfterEarlier { .. } => "deferred_after_earlier",
            Self::HandlerFailed { .. } => "handler_failed",
            Self::HandlerPanicked { .. } => "handler_panicked",
            Self::Confirmed { .. } => "confirmed",
            Self::ConfirmationFailed { .. } => "confirmation_failed",
        }
    }

    /// Emits it to `tracing`; `queue` is the queue's position among those watched.
    pub(super) fn trace(self, queue: usize) {
        match self {
            Self::Polled { found, wait, .. } => {
                tracing::debug!(queue, found, ?wait, "polled");
            }
            Self::Waiting { wait, reason, .. } => {
                tracing::debug!(queue, ?wait, ?reason, "waits for the next poll");
            }
            Self::TimeStandsStill { clock, .. } => {
                tracing::warn!(queue, ?clock, "time stands still: set the clock ahead");
            }
            Self::CertificateExpires {
                not_after,
                days_left,
            } => tracing::warn!(%not_after, days_left, "the certificate ends soon: renew it"),
            Self::PolledTooEarly { wait, .. } => tracing::info!(queue, ?wait, "polled too early"),
            Self::RateBlocked { wait } => {
                tracing::warn!(?wait, "the service blocks calls for going too fast");
            }
            Self::Outage {
                error,
                failures,
                wait,
                ..
            } => tracing::warn!(queue, %error, failures, ?wait, "a poll failed"),
            Self::Recovered { failures, .. } => {
                tracing::info!(queue, failures, "polls succeed again");
            }
            Self::ImplausiblePollTime { warning, .. } => {
                tracing::warn!(queue, %warning, "odd permitted poll time");
            }
            Self::ImplausibleDate { .. } => {
                tracing::warn!(
                    queue,
                    "the date of a response is implausible and was ignored"
                );
            }
            Self::PollTimesFailed { error, .. } => {
                tracing::warn!(queue, kind = ?error.kind(), "the permitted poll time was not kept");
            }
            Self::AlreadyInFlight { id } => {
                tracing::info!(queue, change = %id, "redelivered while in flight");
            }
            Self::DeferredAfterEarlier { id } => {
                tracing::info!(queue, change = %id, "left to be redelivered after an earlier change");
            }
            Self::HandlerFailed { id, .. } => {
                tracing::warn!(queue, change = %id, "the handler failed; the change is redelivered");
            }
            Self::HandlerPanicked { id } => {
                tracing::error!(queue, change = %id, "the handler panicked; the change is redelivered");
            }
            Self::Confirmed { id, changes } => {
                tracing::debug!(queue, change = %id, changes, "confirmed");
            }
            Self::ConfirmationFailed { id, error, wait } => {
                tracing::warn!(queue, change = %id, %error, ?wait, "a confirmation failed");
            }
        }
    }
}

/// When each queue of a watch is polled next, and why then.
///
/// Clones look at the same watch.
#[derive(Clone)]
pub struct StatusHandle {
    clock: SharedClock,
    queues: Arc<Mutex<Vec<QueueWait>>>,
}

/// A queue, and until when it waits.
struct QueueWait {
    queue: Sender,
    wait: Option<(Instant, WaitReason)>,
}

/// When a queue is polled next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueStatus {
    /// The queue.
    pub queue: Sender,
    /// How long until the next poll, at the least: zero when it is due. It may still wait for a change that is in
    /// flight, or for somebody to ask for the next change. None before the watch begins.
    pub wait: Option<Duration>,
    /// Why it is not polled earlier; none before the watch begins.
    pub reason: Option<WaitReason>,
}

impl StatusHandle {
    pub(super) fn new(clock: SharedClock) -> Self {
        Self {
            clock,
            queues: Arc::default(),
        }
    }

    /// Returns the status of each queue, in the order in which they were added.
    #[must_use]
    pub fn queues(&self) -> Vec<QueueStatus> {
        let now = self.clock.instant();
        let queues = lock(&self.queues);
        let status = |QueueWait { queue, wait }: &QueueWait| QueueStatus {
            queue: queue.clone(),
            wait: wait.map(|(due, _)| due.saturating_duration_since(now)),
            reason: wait.map(|(_, reason)| reason),
        };
        queues.iter().map(status).collect()
    }

    pub(super) fn begin(&self, queues: &[Sender]) {
        let queues = queues.iter().cloned();
        let wait = None;
        *lock(&self.queues) = queues.map(|queue| QueueWait { queue, wait }).collect();
    }

    pub(super) fn set(&self, queue: usize, due: Instant, reason: WaitReason) {
        if let Some(queue) = lock(&self.queues).get_mut(queue) {
            queue.wait = Some((due, reason));
        }
    }
}

impl fmt::Debug for StatusHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StatusHandle").field(&self.queues()).finish()
    }
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The warning of a certificate that ends soon, once a day: when it was given last.
#[derive(Default)]
pub(super) struct Expiry(Option<Timestamp>);

impl Expiry {
    /// Emits the warning from 30 days before the end, a day after the last one at the earliest. The first queue
    /// speaks for all.
    pub(super) fn look(&mut self, shared: &Shared, queue: usize) {
        let now = shared.clock().now();
        let is_due = self.0.is_none_or(|last| now.duration_since(last) >= DAY);
        if queue > 0 || !is_due {
            return;
        }
        let Some(not_after) = shared.client.certificate_ends() else {
            return;
        };
        let days_left = days_left(now, not_after);
        if days_left < DAYS_OF_WARNING {
            self.0 = Some(now);
            let event = WatchEvent::CertificateExpires {
                not_after,
                days_left,
            };
            shared.emit(queue, event);
        }
    }
}
