//! What a ledger holds of one job.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::content::JobContent;
use super::course::{Course, SignerCourse};
use super::job_id::JobId;
use super::status::{JobState, SignerState};

/// How long the documents of a finished job are kept. Source: the service's documentation.
const KEPT: SignedDuration = SignedDuration::from_hours(40 * 24);
/// How long after the last signature documents can't be deleted. Source: the documentation.
const DELETABLE_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// The same when they can't be forwarded to every signer's mailbox. Source: the documentation, "up to
/// 7 days".
const DELETABLE_WITHOUT_MAILBOX: SignedDuration = SignedDuration::from_hours(7 * 24);
/// An organisation's queue; the default one has no name.
pub(super) type QueueKey = (String, Option<String>);

#[derive(Debug)]
pub(super) struct Job {
    pub(super) organization: String,
    pub(super) queue: QueueKey,
    pub(super) created: Timestamp,
    /// When the first group was or will be activated.
    pub(super) first_activation: Timestamp,
    pub(super) course: Course,
    pub(super) content: Arc<JobContent>,
    pub(super) has_documents: bool,
    /// Which signers have a digital mailbox, that signed documents are forwarded to.
    pub(super) mailboxes: Vec<bool>,
    /// Confirmed after it ended: unavailable, except that its documents can still be deleted, and
    /// fetched when they are archived.
    pub(super) closed: bool,
    /// Whether its documents go to the archive once every signer has signed.
    pub(super) archives: bool,
}

impl Job {
    /// The job as it stands.
    pub(super) fn view(&self, id: JobId) -> JobView {
        self.view_at(id, &self.course)
    }

    /// The job as it stood at a point of its course; its documents are those that are left now.
    pub(super) fn view_at(&self, id: JobId, course: &Course) -> JobView {
        JobView {
            id,
            organization: self.organization.clone(),
            queue: self.queue.1.clone(),
            created: self.created,
            first_activation: self.first_activation,
            period: course.period(),
            state: course.state(),
            signers: course.signers().to_vec(),
            current_group: course.current_group(),
            activated: course.activated(),
            deadline: course.deadline(),
            finished: course.finished(),
            has_documents: self.has_documents,
            mailboxes: self.mailboxes.clone(),
            is_archived: self.is_archived(),
            deletable_from: self.deletable_from(),
            content: Arc::clone(&self.content),
        }
    }

    /// From when the documents may be deleted; `None` unless every signer has signed.
    pub(super) fn deletable_from(&self) -> Option<Timestamp> {
        let last = self
            .course
            .finished()
            .filter(|_| self.course.all_signed())?;
        let after = if self.waits_for_mailbox() {
            DELETABLE_WITHOUT_MAILBOX
        } else {
            DELETABLE_AFTER
        };
        Some(last.checked_add(after).unwrap_or(Timestamp::MAX))
    }

    /// Whether a signer who signs for themselves has no digital mailbox. Those who sign on behalf of
    /// OTHER get nothing in a mailbox in any case.
    fn waits_for_mailbox(&self) -> bool {
        let mut signers = self.course.signers().iter().zip(&self.mailboxes);
        signers.any(|(signer, &has_one)| !signer.traits.for_other && !has_one)
    }

    /// Whether its documents are in the archive: from the last signature until they are deleted.
    pub(super) fn is_archived(&self) -> bool {
        self.archives
            && self.has_documents
            && self.course.state() == JobState::CompletedSuccessfully
    }

    /// When the documents go, once the job has ended and while there are any. Archived ones stay.
    pub(super) fn purge_time(&self) -> Option<Timestamp> {
        if self.is_archived() {
            return None;
        }
        let finished = self.course.finished().filter(|_| self.has_documents)?;
        Some(finished.checked_add(KEPT).unwrap_or(Timestamp::MAX))
    }
}

/// A job as it stands, for responses and documents.
#[derive(Debug, Clone)]
pub(crate) struct JobView {
    pub(crate) id: JobId,
    pub(crate) organization: String,
    /// The queue that its changes go to; `None` for the default one.
    pub(crate) queue: Option<String>,
    pub(crate) created: Timestamp,
    /// When the first group was or will be activated.
    pub(crate) first_activation: Timestamp,
    /// How long each group has to sign.
    pub(crate) period: SignedDuration,
    pub(crate) state: JobState,
    pub(crate) signers: Vec<SignerCourse>,
    pub(crate) current_group: Vec<usize>,
    pub(crate) activated: Timestamp,
    pub(crate) deadline: Timestamp,
    pub(crate) finished: Option<Timestamp>,
    pub(crate) has_documents: bool,
    /// Which signers have a digital mailbox.
    pub(crate) mailboxes: Vec<bool>,
    /// Whether the documents are in the archive.
    pub(crate) is_archived: bool,
    /// From when its owner may delete the documents, if ever.
    pub(crate) deletable_from: Option<Timestamp>,
    pub(crate) content: Arc<JobContent>,
}

impl JobView {
    /// Whether any signer has signed and the documents are still there.
    pub(crate) fn has_signed_documents(&self) -> bool {
        self.has_documents && self.signers.iter().any(|s| s.state == SignerState::Signed)
    }
}
