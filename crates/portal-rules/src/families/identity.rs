//! Who the signers are.

use std::collections::HashMap;

use portal_model::SigningOnBehalfOf;

use super::{severities, source};
use crate::personal_number::{PersonalNumberError, validate};
use crate::place::{Place, SignerPart};
use crate::{Code, EnvironmentKind, Needs, Rule, Sector, contact};

pub(crate) static DUPLICATE: Rule = Rule {
    code: Code::SignersDuplicate,
    summary: "No two signers have the same personal number; two with the same contact are suspicious.",
    severities: severities::ERROR_OR_WARNING,
    help: "Name each signer once, with the contact information of that person.",
    source: source::PURPOSE,
    needs: Needs::Manifest,
    check: |job, found| {
        let mut numbers = HashMap::new();
        let mut contacts = HashMap::new();
        for (index, signer) in job.signers() {
            if let Some(number) = signer.personal_number() {
                let first = *numbers.entry(number.reveal()).or_insert(index);
                if first != index {
                    found.error(
                        Place::Signer(index, SignerPart::PersonalNumber),
                        format!("The signer has the same personal number as signers[{first}]."),
                    );
                }
            }
            let Some(notifications) = signer.notifications() else {
                continue;
            };
            let email = notifications
                .email_address()
                .map(|email| contact::comparable_email(email.reveal()))
                .filter(|email| !email.is_empty());
            let mobile = notifications
                .mobile_number()
                .and_then(|number| contact::comparable_mobile(number.reveal()));
            let first = [email, mobile]
                .into_iter()
                .flatten()
                .map(|contact| *contacts.entry(contact).or_insert(index))
                .min();
            if let Some(first) = first.filter(|first| *first != index) {
                found.warning(
                    Place::Signer(index, SignerPart::Notifications),
                    format!("The signer has a contact that signers[{first}] has too."),
                );
            }
        }
    },
};

pub(crate) static FORMAT: Rule = Rule {
    code: Code::SignerPinFormat,
    summary: "A personal number is 11 digits.",
    severities: severities::ERROR,
    help: "Write the 11 digits without spaces.",
    source: source::SCHEMA,
    needs: Needs::Manifest,
    check: |job, found| {
        for (index, signer) in job.signers() {
            let number = signer.personal_number();
            if number
                .is_some_and(|number| validate(number.reveal()) == Err(PersonalNumberError::Format))
            {
                found.error(
                    Place::Signer(index, SignerPart::PersonalNumber),
                    "The personal number is not exactly 11 digits.",
                );
            }
        }
    },
};

pub(crate) static CHECKSUM: Rule = Rule {
    code: Code::SignerPinChecksum,
    summary: "A personal number has the form of a national identity number, a D-number or a \
              synthetic number, and its check digits hold. In test environments, where made-up \
              numbers are common, a warning; everywhere a warning for one that holds only by the \
              rule for numbers from 2032.",
    severities: severities::ERROR_OR_WARNING,
    help: "Look the number up again; a digit is likely to be wrong.",
    source: "the tax administration's description of personal numbers",
    needs: Needs::Manifest,
    check: |job, found| {
        for (index, signer) in job.signers() {
            let Some(number) = signer.personal_number() else {
                continue;
            };
            let problem = match validate(number.reveal()) {
                Err(PersonalNumberError::Date) => {
                    "The personal number does not begin with a date in any legal form."
                }
                Err(PersonalNumberError::CheckDigits { .. }) => {
                    "The check digits of the personal number do not hold."
                }
                Ok(form) if form.from_2032 => {
                    found.warning(
                        Place::Signer(index, SignerPart::PersonalNumber),
                        "The check digits of the personal number hold only by the rule for numbers \
                         from 2032.",
                    );
                    continue;
                }
                Ok(_) | Err(PersonalNumberError::Format) => continue,
            };
            let place = Place::Signer(index, SignerPart::PersonalNumber);
            match job.profile.environment {
                EnvironmentKind::Production => found.error(place, problem),
                EnvironmentKind::Test => found.warning(place, problem),
            }
        }
    },
};

pub(crate) static ENVIRONMENT: Rule = Rule {
    code: Code::SignerPinEnvironment,
    summary: "Synthetic numbers do not belong in production, nor the numbers of real people in a \
              test environment, which gives a warning.",
    severities: severities::ERROR_OR_WARNING,
    help: "Use numbers of real people in production, and synthetic ones everywhere else.",
    source: source::PURPOSE,
    needs: Needs::Manifest,
    check: |job, found| {
        for (index, signer) in job.signers() {
            let Some(number) = signer.personal_number() else {
                continue;
            };
            let Ok(form) = validate(number.reveal()) else {
                continue;
            };
            let place = Place::Signer(index, SignerPart::PersonalNumber);
            match (job.profile.environment, form.synthetic) {
                (EnvironmentKind::Production, true) => {
                    found.error(
                        place,
                        "The personal number is synthetic; nobody can sign with it.",
                    );
                }
                (EnvironmentKind::Test, false) => {
                    found.warning(place, "The personal number may be that of a real person.");
                }
                _ => {}
            }
        }
    },
};

pub(crate) static RECOMMENDED: Rule = Rule {
    code: Code::SignerIdentityRecommended,
    summary: "A public sender should address a signer who signs on behalf of self by personal \
              number, rather than by e-mail address or mobile number only.",
    severities: severities::INFO,
    help: "Give the signer's personal number if the sender knows it.",
    source: source::DOCUMENTATION,
    needs: Needs::Sector,
    check: |job, found| {
        for (index, signer) in job.signers() {
            if job.profile.sector == Sector::Public
                && signer.personal_number().is_none()
                && signer.notifications().is_some()
                && signer.on_behalf_of != Some(SigningOnBehalfOf::Other)
            {
                found.info(
                    Place::Signer(index, SignerPart::ContactIdentity),
                    "The signer is addressed by contact information only.",
                );
            }
        }
    },
};
