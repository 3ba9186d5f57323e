//! What signers do, by the names that stand in paths.

use crate::job::SandboxJob;
use crate::service::{ActError, SignerAct};

/// Lets a signer do what is named so; `None` when nothing is.
pub(super) fn let_act(job: &SandboxJob, signer: usize, name: &str) -> Option<Result<(), ActError>> {
    let act = match name {
        "have-mailbox" => return Some(job.set_digital_mailbox(signer, true)),
        "lack-mailbox" => return Some(job.set_digital_mailbox(signer, false)),
        "sign" => SignerAct::Sign,
        "reject" => SignerAct::Reject,
        "enter-wrong-code" => SignerAct::EnterWrongCode,
        "block" => SignerAct::Block,
        "reserve" => SignerAct::Reserve,
        "miss-contact-information" => SignerAct::MissContactInformation,
        "lack-name" => SignerAct::LackName,
        _ => return None,
    };
    Some(job.act(signer, act))
}
