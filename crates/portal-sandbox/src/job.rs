//! A job seen from the signers' side: look at it, and let its signers act.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::messages::{self, SignerMessage};
use crate::service::{
    ActError, GroupSigned, JobId, JobState, JobView, SignerAct, SignerCourse, SignerState,
};
use crate::shared::Shared;

/// A job in a sandbox. Signers are counted from 0, in the manifest's order.
///
/// The handle stays good while the job is open; once the job has ended and was confirmed, every
/// call gives [`ActError::NoSuchJob`].
#[derive(Clone)]
pub struct SandboxJob {
    id: JobId,
    shared: Arc<Shared>,
}

/// Where one signer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignerStanding {
    /// The signer's place in the order; lower goes first.
    pub order: i32,
    /// The status.
    pub state: SignerState,
    /// Since when.
    pub since: Timestamp,
    /// Whether the signer has a digital mailbox.
    pub digital_mailbox: bool,
}

impl SandboxJob {
    pub(crate) fn new(id: JobId, shared: Arc<Shared>) -> Self {
        Self { id, shared }
    }

    /// Returns the job's number.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.id
    }

    /// Returns where the job stands.
    ///
    /// # Errors
    /// [`ActError::NoSuchJob`] when it is not there, or no longer.
    pub fn state(&self) -> Result<JobState, ActError> {
        self.view().map(|job| job.state)
    }

    /// Returns the sender's reference, if the job has one.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    pub fn reference(&self) -> Result<Option<String>, ActError> {
        let job = self.view()?;
        let reference = job.content.reference.as_ref();
        Ok(reference.map(|reference| reference.reveal().to_owned()))
    }

    /// Returns where each signer stands.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    pub fn signers(&self) -> Result<Vec<SignerStanding>, ActError> {
        let job = self.view()?;
        let signers = job.signers.iter().zip(&job.mailboxes);
        let standing = |(signer, &digital_mailbox): (&SignerCourse, &bool)| SignerStanding {
            order: signer.traits.order,
            state: signer.state,
            since: signer.since,
            digital_mailbox,
        };
        Ok(signers.map(standing).collect())
    }

    /// Returns the signers whose turn it is and who are still waiting. Empty once the job has ended.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    pub fn waiting_in_turn(&self) -> Result<Vec<usize>, ActError> {
        let job = self.view()?;
        let waiting = |&index: &usize| job.signers[index].state == SignerState::Waiting;
        Ok(job.current_group.iter().copied().filter(waiting).collect())
    }

    /// Returns when the current group was or will be activated; of an ended job, the last one that was.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    pub fn activation(&self) -> Result<Timestamp, ActError> {
        self.view().map(|job| job.activated)
    }

    /// Returns when the current group's period ends; of an ended job, when it would have.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    pub fn deadline(&self) -> Result<Timestamp, ActError> {
        self.view().map(|job| job.deadline)
    }

    /// Returns when the job ended, if it has.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    pub fn finished(&self) -> Result<Option<Timestamp>, ActError> {
        self.view().map(|job| job.finished)
    }

    /// Returns the id under which the archive has the job's signed document. `None` unless it is
    /// archived.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    pub fn archive_id(&self) -> Result<Option<String>, ActError> {
        let job = self.view()?;
        Ok(job.is_archived.then(|| self.id.archive_id()))
    }

    /// Returns from when the sender may delete the documents: 24 hours after the last signature, 7 days
    /// where a signer has no digital mailbox. `None` unless every signer has signed.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    pub fn deletable_from(&self) -> Result<Option<Timestamp>, ActError> {
        self.view().map(|job| job.deletable_from)
    }

    /// Sets whether a signer has a digital mailbox. Signed documents are forwarded there, and until
    /// then the sender can't delete them.
    ///
    /// # Errors
    /// [`ActError::NoSuchJob`] or [`ActError::NoSuchSigner`].
    pub fn set_digital_mailbox(&self, signer: usize, has_one: bool) -> Result<(), ActError> {
        let now = self.shared.clock.now();
        let set = self
            .shared
            .ledger()
            .set_mailbox(now, self.id, signer, has_one);
        self.shared.change_signal.send();
        set
    }

    /// Returns the messages by e-mail and SMS that the service would have sent to the signers up to
    /// now, and those that are due if nothing happens before, by time. Groups whose turn has not
    /// come have none yet.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    pub fn messages(&self) -> Result<Vec<SignerMessage>, ActError> {
        let Shared {
            clock,
            links,
            page_url,
            ..
        } = &*self.shared;
        let job = self.view()?;
        Ok(messages::of_job(
            &job,
            clock.now(),
            links,
            page_url.as_deref(),
        ))
    }

    /// Lets a signer do something, or something happen to a signer.
    ///
    /// # Errors
    /// [`ActError`], which says why it is not possible now, or never for this signer.
    pub fn act(&self, signer: usize, act: SignerAct) -> Result<(), ActError> {
        let now = self.shared.clock.now();
        let acted = self.shared.ledger().act(now, self.id, &[(signer, act)]);
        self.shared.change_signal.send();
        acted
    }

    /// Lets several signers do something at once, which makes one change of the job: such as two
    /// who are found reserved in the same lookup.
    ///
    /// # Errors
    /// [`ActError`] when one of them can't; then none has.
    pub fn act_together(&self, acts: &[(usize, SignerAct)]) -> Result<(), ActError> {
        let now = self.shared.clock.now();
        let acted = self.shared.ledger().act(now, self.id, acts);
        self.shared.change_signal.send();
        acted
    }

    /// Lets a signer sign.
    ///
    /// # Errors
    /// As [`act`](Self::act).
    pub fn sign(&self, signer: usize) -> Result<(), ActError> {
        self.act(signer, SignerAct::Sign)
    }

    /// Lets everybody sign whose turn it is, and returns who did. The next group is then in turn.
    ///
    /// # Errors
    /// As [`act`](Self::act); those before the one who could not sign have signed.
    pub fn sign_current_group(&self) -> Result<Vec<usize>, ActError> {
        match self.sign_group()? {
            GroupSigned::By(signers) => Ok(signers),
            GroupSigned::Finished(_) => Ok(Vec::new()),
        }
    }

    pub(crate) fn sign_group(&self) -> Result<GroupSigned, ActError> {
        let now = self.shared.clock.now();
        let signed = self.shared.ledger().sign_group(now, self.id);
        self.shared.change_signal.send();
        signed
    }

    /// Lets a signer refuse, which ends the job.
    ///
    /// # Errors
    /// As [`act`](Self::act).
    pub fn reject(&self, signer: usize) -> Result<(), ActError> {
        self.act(signer, SignerAct::Reject)
    }

    /// Lets a signer enter a wrong security code. The third blocks the signer and ends the job.
    ///
    /// # Errors
    /// As [`act`](Self::act).
    pub fn enter_wrong_code(&self, signer: usize) -> Result<(), ActError> {
        self.act(signer, SignerAct::EnterWrongCode)
    }

    /// Blocks a signer at once, as after too many wrong codes.
    ///
    /// # Errors
    /// As [`act`](Self::act).
    pub fn block(&self, signer: usize) -> Result<(), ActError> {
        self.act(signer, SignerAct::Block)
    }

    pub(crate) fn view(&self) -> Result<JobView, ActError> {
        let now = self.shared.clock.now();
        let view = self.shared.ledger().view(now, self.id);
        view.ok_or(ActError::NoSuchJob { job: self.id.0 })
    }
}

impl fmt::Debug for SandboxJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SandboxJob").field(&self.id.0).finish()
    }
}
