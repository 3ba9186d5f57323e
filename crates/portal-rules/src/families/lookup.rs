//! Looking signers up in the register of contact information.

use portal_model::{PortalSigner, SignerNotify, SigningOnBehalfOf};

use super::{severities, source};
use crate::job::Job;
use crate::place::{Place, SignerPart};
use crate::{Code, Needs, Rule, Sector};

pub(crate) static SECTOR: Rule = Rule {
    code: Code::SignerLookupSector,
    summary: "Only public senders may have signers looked up.",
    severities: severities::ERROR,
    help: "Give the signer's e-mail address or mobile number instead.",
    source: source::BOTH,
    needs: Needs::Sector,
    check: |job, found| {
        for (index, _) in looked_up(job).filter(|_| job.profile.sector == Sector::Private) {
            found.error(
                place(index),
                "A private sender can't have signers looked up.",
            );
        }
    },
};

pub(crate) static ON_BEHALF_OF: Rule = Rule {
    code: Code::SignerLookupOnBehalfOf,
    summary: "A signer who signs on behalf of another can't be looked up.",
    severities: severities::ERROR,
    help: "Give the e-mail address or mobile number that the signer uses in that role.",
    source: source::BOTH,
    needs: Needs::Manifest,
    check: |job, found| {
        for (index, signer) in looked_up(job) {
            if signer.on_behalf_of == Some(SigningOnBehalfOf::Other) {
                found.error(
                    place(index),
                    "The signer signs on behalf of another, but is looked up as a private person.",
                );
            }
        }
    },
};

pub(crate) static IDENTITY: Rule = Rule {
    code: Code::SignerLookupIdentity,
    summary: "Only a signer addressed by personal number can be looked up.",
    severities: severities::ERROR,
    help: "Give the signer's personal number, or an e-mail address or mobile number.",
    source: source::DOCUMENTATION,
    needs: Needs::Manifest,
    check: |job, found| {
        for (index, signer) in looked_up(job) {
            if signer.personal_number().is_none() {
                found.error(
                    place(index),
                    "The signer is to be looked up, but there is no personal number to look up.",
                );
            }
        }
    },
};

pub(crate) static RECOMMENDED: Rule = Rule {
    code: Code::SignerLookupRecommended,
    summary: "A public sender should have a signer who is addressed by personal number and signs \
              on own behalf looked up, rather than give contact information.",
    severities: severities::WARNING,
    help: "Have the signer looked up; the register also knows who has opted out.",
    source: source::DOCUMENTATION,
    needs: Needs::Sector,
    check: |job, found| {
        for (index, signer) in job.signers() {
            if job.profile.sector == Sector::Public
                && signer.personal_number().is_some()
                && signer.notifications().is_some()
                && signer.on_behalf_of != Some(SigningOnBehalfOf::Other)
            {
                found.warning(
                    Place::Signer(index, SignerPart::Notifications),
                    "The sender gives contact information, though the register could be asked.",
                );
            }
        }
    },
};

fn looked_up<'a>(job: &Job<'a>) -> impl Iterator<Item = (usize, &'a PortalSigner)> + use<'a> {
    job.signers()
        .filter(|(_, signer)| matches!(signer.notify, SignerNotify::UsingLookup(_)))
}

fn place(index: usize) -> Place {
    Place::Signer(index, SignerPart::Lookup)
}
