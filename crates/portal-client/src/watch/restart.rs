//! What is stored of a queue for the next process, and what a start makes of it.
//!
//! Before a poll it is noted that the watch runs, and at the end of polling that it has stopped in order. What was
//! handed out between the two is known to nobody after a kill: the next process finds the first note.

use std::io;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portal_transport::{BoxFuture, Clock};

use super::event::{WaitReason, WatchEvent};
use super::job::RETURNED_AFTER;
use super::shared::{Queue, Shared, Wait, later_instant, lock};
use crate::poll_time::later;
use crate::{PermittedPoll, QueueKey, Shutdown};

/// How long a storage of poll times may take, and how long once the watch is stopped.
const STORAGE: Duration = Duration::from_secs(5);
const STORAGE_WHEN_STOPPED: Duration = Duration::from_secs(1);

/// How much older than a poll the note of it may be.
const NOTED_WITHIN: Duration = Duration::from_mins(1);

/// The longest wait of an earlier process that is believed.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// What a watch has stored of a queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noted {
    at: Instant,
    permitted: Instant,
    shutdown: Shutdown,
}

impl Shared {
    /// Takes what an earlier process has stored, and says when the first poll is permitted.
    pub(super) async fn start(&self, index: usize, queue: &Queue, safe_wait: Duration) -> Wait {
        let reason = WaitReason::Kept;
        let at = |due| Wait {
            due,
            reason,
            service_time: None,
        };
        let Some(times) = &self.settings.times else {
            return at(self.now());
        };
        let load = times.load(self.key(queue));
        let wait = match self.in_time(load, Duration::ZERO).await {
            Ok(Some(stored)) => {
                let now = self.clock().now();
                let unseen = unseen_for(&stored, now);
                let until = unseen.map(|left| later_instant(self.now(), left));
                lock(&self.ledger).started(index, until);
                stored.wait(now)
            }
            Ok(None) => return at(self.now()),
            Err(error) => {
                self.storage_failed(index, queue, &error);
                safe_wait
            }
        };
        let due = later_instant(self.now(), wait.min(LONGEST_WAIT));
        let queue = &queue.sender;
        self.emit(
            index,
            WatchEvent::Waiting {
                queue,
                wait,
                reason,
            },
        );
        at(due)
    }

    /// Notes that a queue is polled now, unless a note that is hardly older says so.
    pub(super) async fn note_poll(&self, index: usize, queue: &Queue) {
        let now = self.now();
        let says_so = |noted: Noted| {
            noted.shutdown == Shutdown::Unclean
                && now.saturating_duration_since(noted.at) < NOTED_WITHIN
        };
        if !lock(&queue.noted).is_some_and(says_so) {
            self.note(index, queue, now, now, Shutdown::Unclean).await;
        }
    }

    /// Notes when the next poll is permitted.
    pub(super) async fn note_response(
        &self,
        index: usize,
        queue: &Queue,
        received: Instant,
        permitted: Instant,
    ) {
        self.note(index, queue, received, permitted, Shutdown::Unclean)
            .await;
    }

    /// Notes that polling has stopped in order, with what the next process has to reckon with.
    pub(super) async fn note_end(&self, index: usize, queue: &Queue) {
        // A queue that was not polled is as the last process left it.
        let Some(noted) = *lock(&queue.noted) else {
            return;
        };
        let unseen = lock(&self.ledger).unseen_until(index);
        let shutdown = unseen.map_or(Shutdown::Clean, |until| {
            Shutdown::UnseenUntil(self.shown_at(until))
        });
        self.note(index, queue, self.now(), noted.permitted, shutdown)
            .await;
    }

    /// Notes what has been settled since polling stopped.
    pub(super) async fn note_settled(&self) {
        for (index, queue) in self.queues.iter().enumerate() {
            let noted = *lock(&queue.noted);
            if noted.is_some_and(|noted| matches!(noted.shutdown, Shutdown::UnseenUntil(_))) {
                self.note_end(index, queue).await;
            }
        }
    }

    async fn note(
        &self,
        index: usize,
        queue: &Queue,
        at: Instant,
        permitted: Instant,
        shutdown: Shutdown,
    ) {
        let Some(times) = &self.settings.times else {
            return;
        };
        *lock(&queue.noted) = Some(Noted {
            at,
            permitted,
            shutdown,
        });
        let time = PermittedPoll::new(self.shown_at(permitted), self.shown_at(at));
        let save = times.save(self.key(queue), time.with_shutdown(shutdown));
        if let Err(error) = self.in_time(save, STORAGE_WHEN_STOPPED).await {
            self.storage_failed(index, queue, &error);
        }
    }

    fn key<'a>(&'a self, queue: &'a Queue) -> QueueKey<'a> {
        QueueKey::new(self.client.environment(), &queue.sender)
    }

    /// What a storage says in time. A stop waits so long for it.
    async fn in_time<T>(
        &self,
        work: BoxFuture<'_, io::Result<T>>,
        when_stopped: Duration,
    ) -> io::Result<T> {
        let stopped = async {
            self.stop.stopped().await;
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

    fn storage_failed(&self, index: usize, queue: &Queue, error: &io::Error) {
        let queue = &queue.sender;
        self.emit(index, WatchEvent::PollTimesFailed { queue, error });
    }
}

/// For how long from now on changes may be out that an earlier process was handed; none when there are none. Where
/// that time has passed they have returned, but may still be on the queue.
fn unseen_for(stored: &PermittedPoll, now: Timestamp) -> Option<Duration> {
    let until = match stored.shutdown {
        Shutdown::Clean => return None,
        Shutdown::UnseenUntil(until) => until,
        Shutdown::Unclean => later(stored.noted_at, NOTED_WITHIN + RETURNED_AFTER),
    };
    let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    Some(left.min(RETURNED_AFTER))
}
