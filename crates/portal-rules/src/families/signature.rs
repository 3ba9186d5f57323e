//! What kind of signature, and how signers prove who they are.

use portal_model::{AuthenticationLevel, SignatureType};

use super::{severities, source};
use crate::place::{Place, SignerPart};
use crate::{Code, Needs, Rule, Sector};

pub(crate) static TYPE_SECTOR: Rule = Rule {
    code: Code::SignatureTypeSector,
    summary: "Private senders get advanced signatures only.",
    severities: severities::ERROR,
    help: "Leave the signature type out, or ask for an advanced signature.",
    source: source::DOCUMENTATION,
    needs: Needs::Sector,
    check: |job, found| {
        for (index, signer) in job.signers() {
            if job.profile.sector == Sector::Private
                && signer.signature_type == Some(SignatureType::AuthenticatedElectronicSignature)
            {
                found.error(
                    Place::Signer(index, SignerPart::SignatureType),
                    "A private sender can't ask for an authenticated signature.",
                );
            }
        }
    },
};

pub(crate) static TYPE_DOCUMENTS: Rule = Rule {
    code: Code::SignatureTypeDocuments,
    summary: "Several documents can't be signed with an advanced signature for a public sender.",
    severities: severities::ERROR,
    help: "Ask for an authenticated signature, or make a job for each document.",
    source: source::DOCUMENTATION,
    needs: Needs::Sector,
    check: |job, found| {
        if job.profile.sector != Sector::Public || job.document_count() < 2 {
            return;
        }
        for (index, signer) in job.signers() {
            if signer.signature_type == Some(SignatureType::AdvancedElectronicSignature) {
                found.error(
                    Place::Signer(index, SignerPart::SignatureType),
                    "A public sender can't get several documents signed with an advanced signature.",
                );
            }
        }
    },
};

pub(crate) static AUTHENTICATION_SECTOR: Rule = Rule {
    code: Code::AuthenticationSector,
    summary: "Private senders get authentication level 4 only.",
    severities: severities::ERROR,
    help: "Leave the authentication level out, or ask for level 4.",
    source: source::DOCUMENTATION,
    needs: Needs::Sector,
    check: |job, found| {
        if job.profile.sector == Sector::Private
            && job.manifest.required_authentication == Some(AuthenticationLevel::Level3)
        {
            found.error(
                Place::RequiredAuthentication,
                "A private sender can't ask for authentication level 3.",
            );
        }
    },
};
