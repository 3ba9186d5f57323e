//! How signers are notified.

use portal_model::document_name::is_invisible;
use portal_model::{EmailAddress, MobileNumber, PortalSigner};

use super::{severities, source};
use crate::contact::{is_email, is_mobile, usual_mobile};
use crate::place::{Place, SignerPart};
use crate::text::{first_invisible, is_blank};
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
            if signer.notifications().is_some() && Contacts::of(signer).are_blank() {
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
    summary: "An e-mail address has a local part and a domain, and nothing before or after them.",
    severities: severities::WARNING,
    help: "Write an address such as name@example.com, or leave it out.",
    source: source::PRACTICE,
    needs: Needs::Manifest,
    check: |job, found| {
        for (index, signer) in job.signers() {
            let contacts = Contacts::of(signer);
            let problem = match contacts.email {
                Some(email) if is_blank(email) => {
                    if contacts.are_blank() {
                        continue;
                    }
                    "The e-mail address is blank."
                }
                Some(email) if is_email(email) => continue,
                Some(email) if has_scheme(email) => "The e-mail address begins with mailto:.",
                Some(email) if first_invisible(email).is_some() => {
                    "The e-mail address has a character that nobody sees."
                }
                Some(_) => {
                    "This is no e-mail address: it needs a local part without stray dots, an @ and \
                     a domain."
                }
                None => continue,
            };
            found.warning(Place::Signer(index, SignerPart::Email), problem);
        }
    },
};

pub(crate) static MOBILE: Rule = Rule {
    code: Code::SignerMobileFormat,
    summary: "A Norwegian mobile number is 8 digits and begins with 4 or 9; any other is written \
              with + and country code (E.164). Words instead of a number are an error, other \
              spellings and numbers a warning.",
    severities: severities::ERROR_OR_WARNING,
    help: "Write 8 digits, or + and country code, without spaces; leave out what is no number.",
    source: source::PRACTICE,
    needs: Needs::Manifest,
    check: |job, found| {
        for (index, signer) in job.signers() {
            let contacts = Contacts::of(signer);
            let place = Place::Signer(index, SignerPart::Mobile);
            let Some(number) = contacts.mobile else {
                continue;
            };
            if is_blank(number) {
                if !contacts.are_blank() {
                    found.warning(place, "The mobile number is blank.");
                }
            } else if number.contains(is_letter) {
                found.error(place, "The mobile number has letters in it.");
            } else if !number.contains(char::is_numeric) {
                found.error(place, "The mobile number has no digits.");
            } else if !is_mobile(number) {
                match usual_mobile(number) {
                    Some(usual) => found.warning(
                        place,
                        format!(
                            "The mobile number is not in its usual spelling, {}.",
                            masked(&usual)
                        ),
                    ),
                    None => found.warning(
                        place,
                        "This is no mobile number in the Norwegian or the international form.",
                    ),
                }
            }
        }
    },
};

/// Whether a character is a letter that is seen; some fillers that are not count as letters.
fn is_letter(character: char) -> bool {
    character.is_alphabetic() && !is_invisible(character)
}

/// Whether an address begins with the scheme of a link.
fn has_scheme(address: &str) -> bool {
    const SCHEME: &str = "mailto:";
    let start = address.trim_start().get(..SCHEME.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
}

/// The form of a number without the number. Only the country code of Norway is shown.
fn masked(usual: &str) -> String {
    let (prefix, rest) = match usual.strip_prefix("+47") {
        Some(national) => ("+47", national),
        None => ("+", usual.strip_prefix('+').unwrap_or(usual)),
    };
    format!("{prefix}{}", "x".repeat(rest.len()))
}

/// The contacts of a signer, blank or not.
struct Contacts<'a> {
    email: Option<&'a str>,
    mobile: Option<&'a str>,
}

impl<'a> Contacts<'a> {
    fn of(signer: &'a PortalSigner) -> Self {
        let by = signer.notifications();
        Self {
            email: by
                .and_then(|by| by.email_address())
                .map(EmailAddress::reveal),
            mobile: by
                .and_then(|by| by.mobile_number())
                .map(MobileNumber::reveal),
        }
    }

    /// Whether none of them holds anything.
    fn are_blank(&self) -> bool {
        [self.email, self.mobile]
            .into_iter()
            .flatten()
            .all(is_blank)
    }
}
