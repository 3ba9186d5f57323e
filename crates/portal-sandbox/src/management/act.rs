//! What signers do, by the names that stand in paths.

use crate::job::SandboxJob;
use crate::service::{ActError, SignerAct};

/// Every act with its name, the usual ones first.
pub(crate) const ACTS: [(&str, SignerAct); 7] = [
    ("sign", SignerAct::Sign),
    ("reject", SignerAct::Reject),
    ("enter-wrong-code", SignerAct::EnterWrongCode),
    ("block", SignerAct::Block),
    ("reserve", SignerAct::Reserve),
    (
        "miss-contact-information",
        SignerAct::MissContactInformation,
    ),
    ("lack-name", SignerAct::LackName),
];

/// Every name that a call may have, of acts and of mailboxes.
pub(super) const NAMES: [&str; 9] = [
    "sign",
    "reject",
    "enter-wrong-code",
    "block",
    "reserve",
    "miss-contact-information",
    "lack-name",
    "have-mailbox",
    "lack-mailbox",
];

/// Lets a signer do what is named so; `None` when nothing is.
pub(crate) fn let_act(job: &SandboxJob, signer: usize, name: &str) -> Option<Result<(), ActError>> {
    let mailbox = match name {
        "have-mailbox" => Some(true),
        "lack-mailbox" => Some(false),
        _ => None,
    };
    if let Some(has_one) = mailbox {
        return Some(job.set_digital_mailbox(signer, has_one));
    }
    let (_, act) = ACTS.iter().find(|(own, _)| *own == name)?;
    Some(job.act(signer, *act))
}
