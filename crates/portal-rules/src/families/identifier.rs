//! How signers are named in the signed documents.

use portal_model::{IdentifierInSignedDocuments, SignatureType};

use super::{severities, source};
use crate::job::Job;
use crate::place::Place;
use crate::{Code, Needs, Rule, Sector};

pub(crate) static SECTOR: Rule = Rule {
    code: Code::IdentifierSector,
    summary: "For private senders, signed documents show the personal number or the date of birth \
              with the name.",
    severities: severities::ERROR,
    help: "Ask for date of birth and name, or leave the identifier out.",
    source: source::DOCUMENTATION,
    needs: Needs::Sector,
    check: |job, found| {
        if job.profile.sector == Sector::Private
            && identifier(job) == Some(IdentifierInSignedDocuments::Name)
        {
            found.error(
                Place::IdentifierInSignedDocuments,
                "A private sender can't have signers shown by name alone.",
            );
        }
    },
};

pub(crate) static SIGNATURE_TYPE: Rule = Rule {
    code: Code::IdentifierSignatureType,
    summary: "For public senders, signed documents can leave the personal number out only with \
              authenticated signatures.",
    severities: severities::ERROR,
    help: "Ask for authenticated signatures of all signers, or show the personal number.",
    source: source::DOCUMENTATION,
    needs: Needs::Sector,
    check: |job, found| {
        // Without a type, a public sender gets authenticated signatures.
        let advanced = |job: &Job<'_>| {
            let advanced = Some(SignatureType::AdvancedElectronicSignature);
            job.signers()
                .any(|(_, signer)| signer.signature_type == advanced)
        };
        if job.profile.sector == Sector::Public && hides_number(job) && advanced(job) {
            found.error(
                Place::IdentifierInSignedDocuments,
                "A signer has an advanced signature, which always shows the personal number to a \
                 public sender.",
            );
        }
    },
};

pub(crate) static ADDRESSING: Rule = Rule {
    code: Code::IdentifierAddressing,
    summary: "Signed documents can show the personal number only if every signer is addressed by it.",
    severities: severities::ERROR,
    help: "Ask for date of birth and name, or address every signer by personal number.",
    source: source::DOCUMENTATION,
    needs: Needs::Manifest,
    check: |job, found| {
        let by_contact = job
            .signers()
            .filter(|(_, signer)| signer.personal_number().is_none());
        if identifier(job) == Some(IdentifierInSignedDocuments::PersonalIdentificationNumberAndName)
            && let Some((index, _)) = by_contact.min_by_key(|(index, _)| *index)
        {
            found.error(
                Place::IdentifierInSignedDocuments,
                format!(
                    "The personal number is to be shown, but signers[{index}] is addressed by \
                     contact information."
                ),
            );
        }
    },
};

fn identifier(job: &Job<'_>) -> Option<IdentifierInSignedDocuments> {
    job.manifest.identifier_in_signed_documents
}

fn hides_number(job: &Job<'_>) -> bool {
    use IdentifierInSignedDocuments::{DateOfBirthAndName, Name};
    matches!(identifier(job), Some(DateOfBirthAndName | Name))
}
