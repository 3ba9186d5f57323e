//! The course of one job: its order groups, what its signers do, how it ends.
//!
//! No documents, no names, no HTTP: only statuses and times, so that the rules can be tested by
//! themselves. Source of the rules: the service's schema (`order`, `availability`, the signer
//! statuses) and its documentation of the portal flow.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::act::{ActError, SignerAct};
use super::status::{JobState, SignerState};

/// What the course needs to know of a signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SignerTraits {
    /// Lower goes first.
    pub(crate) order: i32,
    /// Addressed by contact information, and so let in by a security code.
    pub(crate) by_contact: bool,
    /// Notified through the contact register.
    pub(crate) by_lookup: bool,
    /// Asked for an advanced signature, which holds no name from the lookup service.
    pub(crate) advanced: bool,
    /// Identified in signed documents by the name alone, which the service looks up.
    pub(crate) by_name: bool,
    /// Signs on behalf of OTHER, and so gets nothing in a digital mailbox.
    pub(crate) for_other: bool,
}

/// A signer's place in the course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignerCourse {
    pub(crate) traits: SignerTraits,
    pub(crate) state: SignerState,
    pub(crate) since: Timestamp,
    pub(crate) wrong_codes: u32,
}

/// Wrong codes after which a signer is blocked. The service doesn't publish its number; the schema
/// says "too many times".
pub(crate) const WRONG_CODES: u32 = 3;

/// What time will do to a job next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The first group may sign from here.
    Activates(Timestamp),
    /// The current group's period ends here.
    Expires(Timestamp),
}

/// Small, and copied for every change of the job: no documents, no names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Course {
    signers: Vec<SignerCourse>,
    /// The order of the group whose turn it is, and when it was or will be activated.
    current: i32,
    activated: Timestamp,
    period: SignedDuration,
    finished: Option<Timestamp>,
}

impl Course {
    /// Begins a job at `created`. `activation` in the past means at once; every group has `period`
    /// to sign, counted from its own activation.
    pub(crate) fn new(
        signers: &[SignerTraits],
        created: Timestamp,
        activation: Option<Timestamp>,
        period: Duration,
    ) -> Self {
        let signers: Vec<_> = signers
            .iter()
            .map(|&traits| SignerCourse {
                traits,
                state: SignerState::Waiting,
                since: created,
                wrong_codes: 0,
            })
            .collect();
        let current = signers.iter().map(|s| s.traits.order).min().unwrap_or(0);
        Self {
            // A job without signers can't be made through the API; it would have nothing to wait for.
            finished: signers.is_empty().then_some(created),
            signers,
            current,
            activated: activation.map_or(created, |at| at.max(created)),
            period: SignedDuration::try_from(period).unwrap_or(SignedDuration::MAX),
        }
    }

    pub(crate) fn signers(&self) -> &[SignerCourse] {
        &self.signers
    }

    pub(crate) fn state(&self) -> JobState {
        if self.finished.is_none() {
            JobState::InProgress
        } else if self.all_signed() {
            JobState::CompletedSuccessfully
        } else {
            JobState::Failed
        }
    }

    pub(crate) fn all_signed(&self) -> bool {
        self.signers.iter().all(|s| s.state == SignerState::Signed)
    }

    /// When the job ended, if it has.
    pub(crate) fn finished(&self) -> Option<Timestamp> {
        self.finished
    }

    /// The indices of the signers whose turn it is, signed or not; empty once the job has ended.
    pub(crate) fn current_group(&self) -> Vec<usize> {
        if self.finished.is_some() {
            return Vec::new();
        }
        (0..self.signers.len())
            .filter(|&i| self.signers[i].traits.order == self.current)
            .collect()
    }

    /// When the current group was or will be activated.
    pub(crate) fn activated(&self) -> Timestamp {
        self.activated
    }

    /// How long each group has to sign.
    pub(crate) fn period(&self) -> SignedDuration {
        self.period
    }

    /// The end of the current group's period.
    pub(crate) fn deadline(&self) -> Timestamp {
        self.activated
            .checked_add(self.period)
            .unwrap_or(Timestamp::MAX)
    }

    /// What time will do next, if anything.
    pub(crate) fn next_turn(&self, now: Timestamp) -> Option<Turn> {
        if self.finished.is_some() {
            None
        } else if now < self.activated {
            Some(Turn::Activates(self.activated))
        } else {
            Some(Turn::Expires(self.deadline()))
        }
    }

    /// Lets the time up to `now` do its work; `true` when the job has changed.
    pub(crate) fn settle(&mut self, now: Timestamp) -> bool {
        let deadline = self.deadline();
        if self.finished.is_some() || now < deadline {
            return false;
        }
        self.end(deadline, SignerState::Expired);
        true
    }

    /// Ends the job by the sender's wish; `false` when it had ended already.
    pub(crate) fn cancel(&mut self, now: Timestamp) -> bool {
        if self.finished.is_some() {
            return false;
        }
        self.end(now, SignerState::Cancelled);
        true
    }

    /// A signer does something at `now`. `Ok(true)` when the job's status changed by it.
    #[cfg(test)]
    pub(crate) fn act(
        &mut self,
        now: Timestamp,
        index: usize,
        act: SignerAct,
    ) -> Result<bool, ActError> {
        self.act_together(now, &[(index, act)])
    }

    /// Several signers do something at once, or none of them does when one can't. `Ok(true)` when
    /// the job's status changed by it.
    pub(crate) fn act_together(
        &mut self,
        now: Timestamp,
        acts: &[(usize, SignerAct)],
    ) -> Result<bool, ActError> {
        for &(index, act) in acts {
            self.permit(now, index, act)?;
        }
        let (mut signed, mut ended) = (false, false);
        for &(index, act) in acts {
            let signer = &mut self.signers[index];
            let state = match act {
                SignerAct::Sign => SignerState::Signed,
                SignerAct::EnterWrongCode => {
                    signer.wrong_codes += 1;
                    if signer.wrong_codes < WRONG_CODES {
                        continue;
                    }
                    SignerState::Blocked
                }
                SignerAct::Reject => SignerState::Rejected,
                SignerAct::Block => SignerState::Blocked,
                SignerAct::Reserve => SignerState::Reserved,
                SignerAct::MissContactInformation => SignerState::ContactInformationMissing,
                SignerAct::LackName => SignerState::SignersNameNotAvailable,
            };
            signed |= state == SignerState::Signed;
            ended |= state != SignerState::Signed;
            self.mark(index, state, now);
        }
        if ended {
            self.finish(now);
        } else if signed {
            self.pass_on(now);
        }
        Ok(signed || ended)
    }

    /// Whether this can happen to the signer now.
    fn permit(&self, now: Timestamp, index: usize, act: SignerAct) -> Result<(), ActError> {
        let count = self.signers.len();
        let signer = self
            .signers
            .get(index)
            .ok_or(ActError::NoSuchSigner { index, count })?;
        if self.finished.is_some() || signer.state != SignerState::Waiting {
            return Err(ActError::NotWaiting {
                index,
                state: signer.state,
            });
        }
        if !act.comes_at_any_time() {
            if signer.traits.order != self.current {
                return Err(ActError::NotTheirTurn { index });
            }
            if now < self.activated {
                return Err(ActError::NotYetActive {
                    index,
                    activation: self.activated,
                });
            }
        }
        match act.unmet_need(&signer.traits) {
            Some(needs) => Err(ActError::Impossible { index, act, needs }),
            None => Ok(()),
        }
    }

    /// Gives the turn to the next group when the current one is through.
    fn pass_on(&mut self, now: Timestamp) {
        let current = self.current;
        let waiting = |s: &&SignerCourse| s.state == SignerState::Waiting;
        if self
            .signers
            .iter()
            .filter(waiting)
            .any(|s| s.traits.order == current)
        {
            return;
        }
        match self
            .signers
            .iter()
            .filter(waiting)
            .map(|s| s.traits.order)
            .min()
        {
            Some(next) => {
                self.current = next;
                self.activated = now;
            }
            None => self.finished = Some(now),
        }
    }

    /// Ends the job for a reason that lies with no signer: it falls on those whose turn it is.
    fn end(&mut self, at: Timestamp, state: SignerState) {
        for index in self.current_group() {
            if self.signers[index].state == SignerState::Waiting {
                self.mark(index, state, at);
            }
        }
        self.finish(at);
    }

    fn finish(&mut self, at: Timestamp) {
        for index in 0..self.signers.len() {
            if self.signers[index].state == SignerState::Waiting {
                self.mark(index, SignerState::NotApplicable, at);
            }
        }
        self.finished = Some(at);
    }

    fn mark(&mut self, index: usize, state: SignerState, at: Timestamp) {
        self.signers[index].state = state;
        self.signers[index].since = at;
    }
}

#[cfg(test)]
mod tests;
