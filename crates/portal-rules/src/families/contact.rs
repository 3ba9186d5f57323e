//! How signers are notified.

use portal_model::{EmailAddress, MobileNumber};

use super::{severities, source};
use crate::contact::{is_email, is_mobile};
use crate::place::{Place, SignerPart};
use crate::{Code, Needs, Rule};

pub(crate) static REQUIRED: Rule = Rule {
    code: Code::SignerContactRequired,
    summary: "Every signer has an e-mail address or a mobile number, or is looked up.",
    severities: severities::ERROR,
    help: "Give an e-mail address or a mobile number.",
    source: source::BOTH,
    needs: Needs::Manifest,
    check: |job, found| {
        for (index, signer) in job.signers() {
            let Some(notifications) = signer.notifications() else {
                continue;
            };
            let email = notifications.email_address().map(EmailAddress::reveal);
            let mobile = notifications.mobile_number().map(MobileNumber::reveal);
            if [email, mobile].into_iter().flatten().all(is_blank) {
                found.error(
                    Place::Signer(index, SignerPart::Notifications),
                    "The signer has neither an e-mail address nor a mobile number.",
                );
            }
        }
    },
};

pub(crate) static EMAIL: Rule = Rule {
    code: Code::SignerEmailFormat,
    summary: "An e-mail address has a local part and a domain.",
    severities: severities::WARNING,
    help: "Write an address such as name@example.com.",
    source: source::PRACTICE,
    needs: Needs::Manifest,
    check: |job, found| {
        for (index, signer) in job.signers() {
            let address = signer.notifications().and_then(|by| by.email_address());
            if address.is_some_and(|address| is_wrong(address.reveal(), is_email)) {
                found.warning(
                    Place::Signer(index, SignerPart::Email),
                    "This is no e-mail address: it needs a local part, an @ and a domain.",
                );
            }
        }
    },
};

pub(crate) static MOBILE: Rule = Rule {
    code: Code::SignerMobileFormat,
    summary: "A Norwegian mobile number is 8 digits and begins with 4 or 9; any other is written \
              with + and country code (E.164).",
    severities: severities::WARNING,
    help: "Write 8 digits, or + and country code, without spaces.",
    source: source::PRACTICE,
    needs: Needs::Manifest,
    check: |job, found| {
        for (index, signer) in job.signers() {
            let number = signer.notifications().and_then(|by| by.mobile_number());
            if number.is_some_and(|number| is_wrong(number.reveal(), is_mobile)) {
                found.warning(
                    Place::Signer(index, SignerPart::Mobile),
                    "This is no mobile number in the Norwegian or the international form.",
                );
            }
        }
    },
};

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Whether a contact is there but of no use. One that is blank counts as not there.
fn is_wrong(contact: &str, is_right: fn(&str) -> bool) -> bool {
    !is_blank(contact) && !is_right(contact)
}
