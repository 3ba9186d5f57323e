//! The loop of one sink.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use portal_client::{BoxFuture, Clock};

use super::job::{JobStep, STORE_WAIT, Step};
use super::queue::JobQueue;
use super::status::Stop;
use super::{DeliveryGate, Settings, SinkSlot};
use crate::outbox::Head;
use crate::{Outbox, Sink, StoreError};

/// How often the whole outbox is looked at, for what another process has put there.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Looking takes at most this part of the time.
const LOOK_SHARE: u32 = 20;

pub(super) struct SinkLoop<'a, G: ?Sized> {
    step: JobStep<'a, G>,
    queue: JobQueue,
    /// Until when the receiver wants nothing.
    paused_until: Option<Instant>,
    /// When the whole outbox is looked at; none while that is going on.
    look_at: Option<Instant>,
    /// Whether it was looked at since the loop began.
    has_looked: bool,
    steps_in_flight: usize,
}

/// What has ended.
enum Done {
    Step(i64, Step),
    Look(Instant, Result<Looked, StoreError>),
}

/// What a look at the outbox has found.
struct Looked {
    heads: Vec<Head>,
    /// Until when the receiver wants nothing, as an earlier process has noted.
    pause: Option<Timestamp>,
    /// Whether the receiver wants nothing more; none when that was not looked for.
    is_gone: Option<bool>,
}

impl<'a, G: DeliveryGate + ?Sized> SinkLoop<'a, G> {
    pub(super) fn new(
        outbox: &'a Outbox,
        slot: &'a SinkSlot,
        settings: &'a Settings,
        gate: &'a G,
    ) -> Self {
        Self {
            step: JobStep {
                outbox,
                slot,
                settings,
                gate,
            },
            queue: JobQueue::default(),
            paused_until: None,
            look_at: Some(settings.clock.instant()),
            has_looked: false,
            steps_in_flight: 0,
        }
    }

    /// Delivers until the gate is closed.
    pub(super) async fn run(mut self) {
        let JobStep {
            slot,
            settings,
            gate,
            ..
        } = self.step;
        let clock = &settings.clock;
        let _inbox = slot.status.open_inbox();
        let mut in_flight: FuturesUnordered<BoxFuture<'a, Done>> = FuturesUnordered::new();
        while gate.is_open() {
            if let Some(look) = self.due_look() {
                in_flight.push(look);
            }
            for job in slot.status.take_inbox() {
                self.queue.notify(job, clock.instant());
            }
            while let Some(step) = self.due_step() {
                in_flight.push(step);
            }
            tokio::select! {
                Some(done) = in_flight.next(), if !in_flight.is_empty() => self.after(done),
                () = slot.status.woken() => {}
                () = clock.sleep(self.wait()) => {}
            }
        }
    }

    /// A look at the whole outbox, if it is time for one.
    fn due_look(&mut self) -> Option<BoxFuture<'a, Done>> {
        let JobStep {
            outbox,
            slot,
            settings,
            ..
        } = self.step;
        let began = settings.clock.instant();
        self.look_at.filter(|look_at| *look_at <= began)?;
        self.look_at = None;
        let has_looked = self.has_looked;
        // Another process may have resumed what the store says to be stopped.
        let looks_for_gone = !has_looked || slot.status.stopped() == Stop::Stored;
        Some(Box::pin(async move {
            let looked = look(outbox, &*slot.sink, has_looked, looks_for_gone).await;
            Done::Look(began, looked)
        }))
    }

    /// A step for the job that is due first, if one may go out.
    fn due_step(&mut self) -> Option<BoxFuture<'a, Done>> {
        let JobStep { slot, settings, .. } = self.step;
        let now = settings.clock.instant();
        if self.paused_until.is_some_and(|until| until <= now) {
            self.paused_until = None;
            slot.status.set_waiting(None);
        }
        if self.is_held_up() {
            return None;
        }
        let (job, next) = self.queue.take_due(now)?;
        self.steps_in_flight += 1;
        let step = self.step;
        Some(Box::pin(async move {
            Done::Step(job, step.run(job, next).await)
        }))
    }

    /// Nothing goes out before the first look, which says whether the receiver wants nothing yet.
    fn is_held_up(&self) -> bool {
        let JobStep { slot, settings, .. } = self.step;
        if !self.has_looked {
            return true;
        }
        let full = self.steps_in_flight >= settings.max_in_flight.get();
        full || self.paused_until.is_some() || slot.status.stopped() != Stop::No
    }

    /// How long there is nothing to do unless something ends or comes.
    fn wait(&mut self) -> Duration {
        let next = match self.paused_until {
            Some(until) => Some(until),
            None if self.is_held_up() => None,
            None => self.queue.next_due(),
        };
        let next = [next, self.look_at].into_iter().flatten().min();
        let now = self.step.settings.clock.instant();
        next.map_or(LOOK_EVERY, |next| next.saturating_duration_since(now))
    }

    fn after(&mut self, done: Done) {
        let now = self.step.settings.clock.instant();
        match done {
            Done::Look(began, looked) => self.after_look(began, now, looked),
            Done::Step(job, step) => {
                self.steps_in_flight -= 1;
                match step {
                    Step::Finished => self.queue.done(job, now, None),
                    Step::At(due, next) => self.queue.done(job, now, Some((due, next))),
                    Step::AllAt(due, until, next) => {
                        self.queue.done(job, now, Some((due, next)));
                        self.pause(until);
                    }
                    Step::Gone(next) => self.queue.done(job, now, Some((now, next))),
                }
            }
        }
    }

    fn pause(&mut self, until: Timestamp) {
        self.paused_until = self.paused_until.max(Some(self.step.at(until)));
        self.step.slot.status.set_waiting(Some(until));
    }

    fn after_look(&mut self, began: Instant, now: Instant, looked: Result<Looked, StoreError>) {
        let slot = self.step.slot;
        slot.status.store_worked(looked.is_ok());
        let wait = match looked {
            Ok(looked) => {
                self.has_looked = true;
                for head in looked.heads {
                    self.queue.found(head, now);
                }
                match looked.is_gone {
                    Some(true) if slot.status.stopped() != Stop::Stored => {
                        let sink = slot.sink.name();
                        tracing::error!(%sink, "the receiver wanted no more events; delivery to it is stopped until it is resumed");
                        slot.status.stop(Stop::Stored);
                    }
                    Some(false) if slot.status.stopped() == Stop::Stored => {
                        slot.status.resume();
                    }
                    _ => {}
                }
                let clock = &self.step.settings.clock;
                if let Some(until) = looked.pause.filter(|until| *until > clock.now()) {
                    self.pause(until);
                }
                let took = now.saturating_duration_since(began);
                LOOK_EVERY.max(took.saturating_mul(LOOK_SHARE))
            }
            Err(error) => {
                let sink = slot.sink.name();
                tracing::warn!(%sink, error = %error, "the outbox can't be listed; retrying");
                STORE_WAIT
            }
        };
        self.look_at = Some(now.checked_add(wait).unwrap_or(now));
    }
}

async fn look(
    outbox: &Outbox,
    sink: &dyn Sink,
    has_looked: bool,
    looks_for_gone: bool,
) -> Result<Looked, StoreError> {
    let (address, sink) = (sink.address(), sink.name());
    let is_gone = if looks_for_gone {
        Some(outbox.is_gone(sink, address.as_deref()).await?)
    } else {
        None
    };
    let (heads, pause) = if has_looked {
        (outbox.heads(sink).await?, None)
    } else {
        let pause = outbox.pause(sink).await?;
        (outbox.heads_at_start(sink).await?, pause)
    };
    Ok(Looked {
        heads,
        pause,
        is_gone,
    })
}
