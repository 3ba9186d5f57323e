//! All jobs and queues of a sandbox, and what the calls of the API do to them.
//!
//! Every call says what time it is. Whatever time has done since the last call is settled first,
//! in the order in which it fell due.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::act::{ActError, SignerAct};
use super::call_rate::{Admitted, CallRate};
use super::change_queue::{Change, ChangeQueue, Polled};
use super::content::JobContent;
use super::course::{Course, SignerTraits};
use super::job_id::JobId;
use super::modes::QueueModes;
use super::outcome::{CancelError, NoSuchJob, PollResponse};
use super::record::{Job, JobView, QueueKey};
use super::status::{JobState, SignerState};

/// With more queues than this, those that nothing is known of but their name are forgotten: a client
/// may poll under a new name every time.
const REMEMBERED_QUEUES: usize = 1000;

/// What a sandbox is set up to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// How long to stay away from an empty queue.
    pub(crate) poll_wait: SignedDuration,
    /// Whether calls per second are limited.
    pub(crate) limits_rate: bool,
    /// Whether completed jobs go to the archive.
    pub(crate) archives: bool,
    /// Whether signers have digital mailboxes, until it is said of one.
    pub(crate) mailboxes: bool,
    /// How queues behave.
    pub(crate) modes: QueueModes,
    /// The number of the first job.
    pub(crate) first_job: JobId,
}

/// What came of letting a group sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupSigned {
    /// These signers have signed.
    By(Vec<usize>),
    /// The job had ended before.
    Finished(JobState),
}

/// A job about to be made.
pub(crate) struct NewJob {
    pub(crate) organization: String,
    pub(crate) queue: Option<String>,
    pub(crate) signers: Vec<SignerTraits>,
    /// What the register says of signers when the job is created.
    pub(crate) found: Vec<(usize, SignerAct)>,
    pub(crate) activation: Option<Timestamp>,
    pub(crate) period: Duration,
    pub(crate) content: JobContent,
}

#[derive(Debug)]
pub(crate) struct Ledger {
    terms: Terms,
    pub(super) jobs: BTreeMap<JobId, Job>,
    last_id: i64,
    pub(super) queues: HashMap<QueueKey, ChangeQueue>,
    pub(super) rates: HashMap<String, CallRate>,
    /// How closed jobs ended, without their documents; of many the newest.
    pub(super) ended: BTreeMap<JobId, JobView>,
    /// When a job has to be looked at next.
    agenda: BTreeSet<(Timestamp, JobId)>,
}

impl Ledger {
    pub(crate) fn new(terms: Terms) -> Self {
        Self {
            terms,
            jobs: BTreeMap::new(),
            last_id: terms.first_job.0.saturating_sub(1),
            queues: HashMap::new(),
            rates: HashMap::new(),
            ended: BTreeMap::new(),
            agenda: BTreeSet::new(),
        }
    }

    /// Forgets everything. Job numbers go on, so that none ever means two jobs.
    pub(crate) fn reset(&mut self) {
        let last_id = self.last_id;
        *self = Self::new(self.terms);
        self.last_id = last_id;
    }

    /// Counts a call of `organization`.
    pub(crate) fn admit(&mut self, now: Timestamp, organization: &str) -> Admitted {
        if !self.terms.limits_rate {
            return Admitted::Yes;
        }
        self.rates
            .entry(organization.to_owned())
            .or_default()
            .admit(now)
    }

    /// Lets the time up to `now` do its work.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        while let Some(&(due, id)) = self.agenda.first() {
            if due > now {
                return;
            }
            self.agenda.pop_first();
            let Some(job) = self.jobs.get_mut(&id) else {
                continue;
            };
            if job.course.settle(due) {
                self.changed(id);
            }
            self.purge_if_due(due, id);
            self.plan(due, id);
        }
    }

    pub(crate) fn create(&mut self, now: Timestamp, new: NewJob) -> JobId {
        self.settle(now);
        self.last_id += 1;
        let id = JobId(self.last_id);
        let queue = (new.organization.clone(), new.queue);
        let mut course = Course::new(&new.signers, now, new.activation, new.period);
        let found = course.act_together(now, &new.found) == Ok(true);
        self.jobs.insert(
            id,
            Job {
                organization: new.organization,
                queue,
                created: now,
                first_activation: course.activated(),
                course,
                content: Arc::new(new.content),
                has_documents: true,
                mailboxes: vec![self.terms.mailboxes; new.signers.len()],
                closed: false,
                archives: self.terms.archives,
            },
        );
        if found {
            self.changed(id);
        }
        self.plan(now, id);
        self.settle(now);
        id
    }

    pub(crate) fn poll(
        &mut self,
        now: Timestamp,
        organization: &str,
        queue: Option<&str>,
    ) -> PollResponse {
        self.settle(now);
        let key = (organization.to_owned(), queue.map(ToOwned::to_owned));
        if self.queues.len() >= REMEMBERED_QUEUES && !self.queues.contains_key(&key) {
            self.queues.retain(|_, queue| !queue.is_idle(now));
        }
        let queue = self.queues.entry(key).or_default();
        let (polled, next) = queue.poll(now, self.terms.poll_wait, self.terms.modes);
        let Change { job: id, course } = match polled {
            Polled::TooEarly => return PollResponse::TooEarly { next },
            Polled::Empty => return PollResponse::Empty { next },
            Polled::Change(change) => change,
        };
        match self.jobs.get(&id) {
            Some(job) => PollResponse::Change {
                next,
                job: Box::new(job.view_at(id, &course)),
            },
            // A job goes only after its last change was confirmed, so none is left in the queue.
            None => PollResponse::Empty { next },
        }
    }

    /// Lets the change of the job that was handed out last return at once.
    pub(crate) fn give_again(&mut self, now: Timestamp, id: JobId) {
        let key = self.jobs.get(&id).map(|job| &job.queue);
        if let Some(queue) = key.and_then(|key| self.queues.get_mut(key)) {
            queue.give_again(now, id);
        }
    }

    /// Confirms what was handed out of the job. When that was the job's end, the job is closed.
    pub(crate) fn confirm(
        &mut self,
        now: Timestamp,
        organization: &str,
        id: JobId,
    ) -> Result<(), NoSuchJob> {
        self.settle(now);
        let job = self.open_job(organization, id).ok_or(NoSuchJob)?;
        let key = job.queue.clone();
        let queue = self.queues.get_mut(&key);
        let settled = queue.and_then(|queue| queue.confirm(now, id));
        if settled.is_some_and(JobState::is_finished) {
            self.close(id);
        }
        Ok(())
    }

    pub(crate) fn cancel(
        &mut self,
        now: Timestamp,
        organization: &str,
        id: JobId,
    ) -> Result<(), CancelError> {
        self.settle(now);
        let job = self
            .open_job(organization, id)
            .ok_or(CancelError::NoSuchJob)?;
        if !job.course.cancel(now) {
            return Err(CancelError::Finished(job.course.state()));
        }
        self.changed(id);
        self.plan(now, id);
        Ok(())
    }

    /// Signers of any organisation's job do something, all at once.
    pub(crate) fn act(
        &mut self,
        now: Timestamp,
        id: JobId,
        acts: &[(usize, SignerAct)],
    ) -> Result<(), ActError> {
        self.settle(now);
        let job = self
            .jobs
            .get_mut(&id)
            .filter(|job| !job.closed)
            .ok_or(ActError::NoSuchJob { job: id.0 })?;
        if job.course.act_together(now, acts)? {
            self.changed(id);
            self.plan(now, id);
            self.settle(now);
        }
        Ok(())
    }

    /// Lets everybody sign whose turn it is, one after another.
    pub(crate) fn sign_group(
        &mut self,
        now: Timestamp,
        id: JobId,
    ) -> Result<GroupSigned, ActError> {
        let job = self
            .view(now, id)
            .ok_or(ActError::NoSuchJob { job: id.0 })?;
        if job.state.is_finished() {
            return Ok(GroupSigned::Finished(job.state));
        }
        let waiting = |&index: &usize| job.signers[index].state == SignerState::Waiting;
        let signers: Vec<_> = job.current_group.iter().copied().filter(waiting).collect();
        for &signer in &signers {
            self.act(now, id, &[(signer, SignerAct::Sign)])?;
        }
        Ok(GroupSigned::By(signers))
    }

    /// Says whether a signer of any organisation's job has a digital mailbox.
    pub(crate) fn set_mailbox(
        &mut self,
        now: Timestamp,
        id: JobId,
        signer: usize,
        has_one: bool,
    ) -> Result<(), ActError> {
        self.settle(now);
        let job = self.jobs.get_mut(&id).filter(|job| !job.closed);
        let mailboxes = &mut job.ok_or(ActError::NoSuchJob { job: id.0 })?.mailboxes;
        let count = mailboxes.len();
        let mailbox = mailboxes.get_mut(signer);
        let mailbox = mailbox.ok_or(ActError::NoSuchSigner {
            index: signer,
            count,
        })?;
        *mailbox = has_one;
        Ok(())
    }

    /// The job as its owner may see it.
    pub(crate) fn owned(
        &mut self,
        now: Timestamp,
        organization: &str,
        id: JobId,
    ) -> Result<JobView, NoSuchJob> {
        self.settle(now);
        self.open_job(organization, id)
            .map(|job| job.view(id))
            .ok_or(NoSuchJob)
    }

    /// The job as its owner may fetch documents of it: one that is open, or archived.
    pub(crate) fn readable(
        &mut self,
        now: Timestamp,
        organization: &str,
        id: JobId,
    ) -> Result<JobView, NoSuchJob> {
        self.settle(now);
        let job = self.jobs.get(&id);
        job.filter(|job| job.organization == organization)
            .filter(|job| !job.closed || job.is_archived())
            .map(|job| job.view(id))
            .ok_or(NoSuchJob)
    }

    /// The archived job as its owner may see it.
    pub(crate) fn archived(
        &mut self,
        now: Timestamp,
        organization: &str,
        id: JobId,
    ) -> Result<JobView, NoSuchJob> {
        self.settle(now);
        let job = self.jobs.get(&id);
        job.filter(|job| job.organization == organization && job.is_archived())
            .map(|job| job.view(id))
            .ok_or(NoSuchJob)
    }

    /// Any job that is not closed.
    pub(crate) fn view(&mut self, now: Timestamp, id: JobId) -> Option<JobView> {
        self.settle(now);
        let job = self.jobs.get(&id).filter(|job| !job.closed)?;
        Some(job.view(id))
    }

    /// The newest job that is not closed.
    pub(crate) fn last_open(&mut self, now: Timestamp) -> Option<JobId> {
        self.settle(now);
        let mut open = self.jobs.iter().rev().filter(|(_, job)| !job.closed);
        open.next().map(|(&id, _)| id)
    }

    /// Every job that is not closed, oldest first.
    pub(crate) fn open_jobs(&mut self, now: Timestamp) -> Vec<JobId> {
        self.settle(now);
        let open = self.jobs.iter().filter(|(_, job)| !job.closed);
        open.map(|(&id, _)| id).collect()
    }

    /// How many jobs, appointments and changes it holds, closed jobs included and archived ones not.
    #[cfg(test)]
    pub(super) fn held(&mut self, now: Timestamp) -> usize {
        self.settle(now);
        let changes: usize = self.queues.values().map(ChangeQueue::held).sum();
        let jobs = self.jobs.values().filter(|job| !job.is_archived());
        jobs.count() + self.agenda.len() + changes
    }

    fn open_job(&mut self, organization: &str, id: JobId) -> Option<&mut Job> {
        self.jobs
            .get_mut(&id)
            .filter(|job| job.organization == organization && !job.closed)
    }

    fn changed(&mut self, id: JobId) {
        if let Some(job) = self.jobs.get(&id).filter(|job| !job.closed) {
            self.queues.entry(job.queue.clone()).or_default().push(
                Change {
                    job: id,
                    course: job.course.clone(),
                },
                self.terms.modes,
            );
        }
    }

    fn plan(&mut self, now: Timestamp, id: JobId) {
        let Some(job) = self.jobs.get(&id) else {
            return;
        };
        let due = match job.course.next_turn(now) {
            Some(_) => Some(job.course.deadline()),
            None => job.purge_time(),
        };
        if let Some(due) = due {
            self.agenda.insert((due, id));
        }
    }
}
