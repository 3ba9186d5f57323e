//! What a signer can do to a job, and why it may not be possible.

use std::fmt;

use jiff::Timestamp;

use super::course::SignerTraits;
use super::status::SignerState;

/// Something that a signer does, or that happens to a signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignerAct {
    /// Signs. When the last of a group has signed, the next group's period begins.
    Sign,
    /// Refuses, which ends the job.
    Reject,
    /// Enters a wrong security code. The third blocks the signer and ends the job. Only for
    /// signers addressed by contact information.
    EnterWrongCode,
    /// Is blocked at once, as after too many wrong codes. Only for signers addressed by contact
    /// information.
    Block,
    /// Is found to have opted out of digital communication. Only with lookup in the register, at any
    /// time from the job's creation on.
    Reserve,
    /// Is found without contact information. Only with lookup in the register, at any time from the
    /// job's creation on.
    MissContactInformation,
    /// Is found without a name. Only for authenticated signatures in jobs that ask for the NAME in
    /// signed documents.
    LackName,
}

impl SignerAct {
    /// What the act needs of a signer that this one lacks.
    pub(crate) fn unmet_need(self, signer: &SignerTraits) -> Option<Need> {
        let (met, need) = match self {
            Self::Sign | Self::Reject => return None,
            Self::EnterWrongCode | Self::Block => (signer.by_contact, Need::ContactInformation),
            Self::Reserve | Self::MissContactInformation => (signer.by_lookup, Need::Lookup),
            Self::LackName if signer.advanced => (false, Need::AuthenticatedSignature),
            Self::LackName => (signer.by_name, Need::Name),
        };
        (!met).then_some(need)
    }

    /// Whether it can happen before the signer's turn and before the job's activation.
    pub(crate) fn comes_at_any_time(self) -> bool {
        matches!(self, Self::Reserve | Self::MissContactInformation)
    }
}

impl fmt::Display for SignerAct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sign => "sign",
            Self::Reject => "reject",
            Self::EnterWrongCode => "enter a wrong code",
            Self::Block => "be blocked",
            Self::Reserve => "be reserved",
            Self::MissContactInformation => "miss contact information",
            Self::LackName => "lack a name",
        })
    }
}

/// What an act asks of the signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Need {
    /// The signer is addressed by contact information.
    ContactInformation,
    /// The signer is notified by lookup in the contact register.
    Lookup,
    /// The signer gives an authenticated signature.
    AuthenticatedSignature,
    /// The job asks for the NAME in signed documents.
    Name,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContactInformation => "a signer addressed by e-mail address or mobile number",
            Self::Lookup => "a signer notified by lookup in the contact register",
            Self::AuthenticatedSignature => "a signer who gives an authenticated signature",
            Self::Name => "a job whose identifier-in-signed-documents is NAME",
        })
    }
}

/// Why a signer could not do what was asked. Signers are counted from 0, in the manifest's order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActError {
    /// The sandbox holds no such job, or no longer.
    #[error("no job {job} in this sandbox: it was never made, or it ended and was confirmed")]
    #[non_exhaustive]
    NoSuchJob {
        /// The job asked for.
        job: i64,
    },
    /// The job has fewer signers.
    #[error("no signer {index} in this job: it has {count}, counted from 0")]
    #[non_exhaustive]
    NoSuchSigner {
        /// The signer asked for.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// The signer is through, or the job is.
    #[error("signer {index} is {state}, not WAITING: nothing more can happen to this signer")]
    #[non_exhaustive]
    NotWaiting {
        /// The signer.
        index: usize,
        /// Where the signer stands.
        state: SignerState,
    },
    /// Signers with a lower order have yet to sign.
    #[error("it is not yet signer {index}'s turn: signers with a lower order come first")]
    #[non_exhaustive]
    NotTheirTurn {
        /// The signer.
        index: usize,
    },
    /// The job's activation time has not come.
    #[error("signer {index} can't see the job before {activation}: advance the sandbox's clock")]
    #[non_exhaustive]
    NotYetActive {
        /// The signer.
        index: usize,
        /// When the job becomes available.
        activation: Timestamp,
    },
    /// This can't happen to a signer of this kind.
    #[error("signer {index} can't {act}: that takes {needs}")]
    #[non_exhaustive]
    Impossible {
        /// The signer.
        index: usize,
        /// What was asked.
        act: SignerAct,
        /// What it takes.
        needs: Need,
    },
}
