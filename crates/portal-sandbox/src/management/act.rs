//! What signers do, by the names that stand in paths.

use crate::service::SignerAct;

/// The act of a name, if there is one.
pub(super) fn named(name: &str) -> Option<SignerAct> {
    Some(match name {
        "sign" => SignerAct::Sign,
        "reject" => SignerAct::Reject,
        "enter-wrong-code" => SignerAct::EnterWrongCode,
        "block" => SignerAct::Block,
        "reserve" => SignerAct::Reserve,
        "miss-contact-information" => SignerAct::MissContactInformation,
        "lack-name" => SignerAct::LackName,
        _ => return None,
    })
}
