//! What becomes of jobs that have ended: their closing, and the end of their documents.

use std::sync::Arc;

use jiff::Timestamp;

use super::job_id::JobId;
use super::ledger::Ledger;
use super::outcome::DeleteError;
use super::record::{Job, JobView};
use super::status::JobState;

/// Of so many closed jobs it is known how they ended.
const REMEMBERED_ENDS: usize = 1000;

impl Ledger {
    /// A job that was closed, as it ended.
    pub(crate) fn ended(&self, id: JobId) -> Option<JobView> {
        self.ended.get(&id).cloned()
    }

    /// All closed jobs that are known, as they ended.
    pub(crate) fn all_ended(&self) -> impl Iterator<Item = &JobView> {
        self.ended.values()
    }

    /// Deletes the documents of a completed job, whether or not it is closed.
    pub(crate) fn delete_documents(
        &mut self,
        now: Timestamp,
        organization: &str,
        id: JobId,
    ) -> Result<(), DeleteError> {
        self.settle(now);
        let job = self
            .jobs
            .get_mut(&id)
            .filter(|job| job.organization == organization && job.has_documents)
            .ok_or(DeleteError::NoSuchJob)?;
        let earliest = job.deletable_from().ok_or(DeleteError::NotAllSigned)?;
        if now < earliest {
            return Err(DeleteError::TooSoon { earliest });
        }
        self.purge(id);
        Ok(())
    }

    /// Closes a job. What is left of it serves the deletion of its documents, and the archive.
    pub(super) fn close(&mut self, id: JobId) {
        let Some(job) = self.jobs.get_mut(&id) else {
            return;
        };
        job.closed = true;
        let mut ended = job.view(id);
        ended.content = Arc::new(ended.content.without_documents());
        self.ended.insert(id, ended);
        while self.ended.len() > REMEMBERED_ENDS {
            self.ended.pop_first();
        }
        let completed = job.course.state() == JobState::CompletedSuccessfully;
        if !completed || !job.has_documents {
            self.jobs.remove(&id);
        } else if !job.archives {
            // Nobody can fetch them any more, so they need not take memory.
            job.content = Arc::new(job.content.without_documents());
        }
    }

    pub(super) fn purge_if_due(&mut self, now: Timestamp, id: JobId) {
        let due = self.jobs.get(&id).and_then(Job::purge_time);
        if due.is_some_and(|due| due <= now) {
            self.purge(id);
        }
    }

    /// Drops the documents, and the whole job when nothing is left to tell of it.
    fn purge(&mut self, id: JobId) {
        let Some(job) = self.jobs.get_mut(&id) else {
            return;
        };
        job.has_documents = false;
        if job.closed {
            self.jobs.remove(&id);
        } else {
            job.content = Arc::new(job.content.without_documents());
        }
    }
}
