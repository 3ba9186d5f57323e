//! A look over everything that a ledger holds: for pages that show it, and for what comes next.

use jiff::Timestamp;

use super::course::Turn;
use super::event::UpcomingEvent;
use super::job_id::JobId;
use super::ledger::Ledger;
use super::record::JobView;
use super::status::JobState;

/// How many open jobs stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct JobCounts {
    pub(crate) in_progress: usize,
    pub(crate) completed: usize,
    pub(crate) failed: usize,
}

impl JobCounts {
    pub(crate) fn all(self) -> usize {
        self.in_progress + self.completed + self.failed
    }
}

/// One queue as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueueView {
    pub(crate) organization: String,
    /// `None` for the default queue.
    pub(crate) name: Option<String>,
    /// Changes that wait to be handed out, the next one first, with the state that each tells.
    pub(crate) ready: Vec<(JobId, JobState)>,
    /// Jobs with a change that was handed out and not confirmed, with the time it returns.
    pub(crate) leased: Vec<(JobId, Timestamp)>,
    /// When it may be polled; `None` before the first poll.
    pub(crate) next_poll: Option<Timestamp>,
}

impl Ledger {
    /// The next thing that time will do, after `now`.
    pub(crate) fn next_event(&mut self, now: Timestamp) -> Option<(Timestamp, UpcomingEvent)> {
        self.next_of(now, |_| true)
    }

    /// The next thing that time will do to a job or one of its changes, after `now`.
    pub(crate) fn next_job_event(&mut self, now: Timestamp) -> Option<(Timestamp, UpcomingEvent)> {
        let of_job = |event| {
            !matches!(
                event,
                UpcomingEvent::PollPermitted | UpcomingEvent::BlockEnds
            )
        };
        self.next_of(now, of_job)
    }

    fn next_of(
        &mut self,
        now: Timestamp,
        wanted: impl Fn(UpcomingEvent) -> bool,
    ) -> Option<(Timestamp, UpcomingEvent)> {
        self.settle(now);
        let turns = self.jobs.iter().filter_map(|(&id, job)| {
            Some(match job.course.next_turn(now) {
                Some(Turn::Activates(at)) => (at, UpcomingEvent::JobActivates(id)),
                Some(Turn::Expires(at)) => (at, UpcomingEvent::JobExpires(id)),
                None => (job.purge_time()?, UpcomingEvent::DocumentsPurged(id)),
            })
        });
        let queues = self.queues.values().flat_map(|queue| {
            let permitted = queue
                .next_poll()
                .map(|at| (at, UpcomingEvent::PollPermitted));
            let leases = queue
                .leased()
                .map(|(id, at)| (at, UpcomingEvent::ChangeReturns(id)));
            permitted.into_iter().chain(leases)
        });
        let blocks = self.rates.values().filter_map(|rate| {
            let until = rate.blocked_until(now)?;
            Some((until, UpcomingEvent::BlockEnds))
        });
        turns
            .chain(queues)
            .chain(blocks)
            .filter(|&(at, event)| at > now && wanted(event))
            .min()
    }

    /// The newest `count` open jobs before the one numbered `before`, newest first.
    pub(crate) fn newest_jobs(
        &mut self,
        now: Timestamp,
        before: Option<JobId>,
        count: usize,
    ) -> Vec<JobView> {
        self.settle(now);
        let end = before.unwrap_or(JobId(i64::MAX));
        let open = self.jobs.range(..end).rev().filter(|(_, job)| !job.closed);
        open.take(count).map(|(&id, job)| job.view(id)).collect()
    }

    /// The newest `count` closed jobs, newest first.
    pub(crate) fn newest_ended(&self, count: usize) -> Vec<JobView> {
        self.ended.values().rev().take(count).cloned().collect()
    }

    pub(crate) fn counts(&mut self, now: Timestamp) -> JobCounts {
        self.settle(now);
        let mut counts = JobCounts::default();
        for job in self.jobs.values().filter(|job| !job.closed) {
            match job.course.state() {
                JobState::InProgress => counts.in_progress += 1,
                JobState::CompletedSuccessfully => counts.completed += 1,
                JobState::Failed => counts.failed += 1,
            }
        }
        counts
    }

    /// Every queue that was polled or has had a change, by organisation and name.
    pub(crate) fn queue_views(&mut self, now: Timestamp) -> Vec<QueueView> {
        self.settle(now);
        let mut views: Vec<_> = self
            .queues
            .iter_mut()
            .map(|((organization, name), queue)| {
                queue.take_back(now);
                QueueView {
                    organization: organization.clone(),
                    name: name.clone(),
                    ready: queue.ready().collect(),
                    leased: queue.leased().collect(),
                    next_poll: queue.next_poll(),
                }
            })
            .collect();
        views.sort_by(|a, b| (&a.organization, &a.name).cmp(&(&b.organization, &b.name)));
        views
    }
}

#[cfg(test)]
mod tests;
