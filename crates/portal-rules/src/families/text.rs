//! What may not stand in a text.

use portal_model::{EmailAddress, MobileNumber, PersonalIdentificationNumber};

use super::{severities, source};
use crate::job::{Job, Placed};
use crate::place::{DocumentPart, Place, SignerPart};
use crate::text::{PersonalNumberTrace, forbidden_in_xml, personal_number_trace};
use crate::{Code, Needs, Rule};

pub(crate) static PERSONAL_NUMBER: Rule = Rule {
    code: Code::PrivacyPersonalNumber,
    summary: "No personal number stands in the reference, the queue's name, the non-sensitive \
              title or a document's name: they are shown in e-mails and logs. A warning for eleven \
              digits that are no legal number.",
    severities: severities::ERROR_OR_WARNING,
    help: "Take the personal number out; use a case number or a random reference.",
    source: source::DOCUMENTATION,
    needs: Needs::Manifest,
    check: |job, found| {
        let names = job.documents().map(|document| Placed {
            place: document.place(DocumentPart::Href),
            text: document.href.reveal(),
        });
        let texts = [job.reference(), job.queue(), job.nonsensitive_title()];
        for Placed { place, text } in texts.into_iter().flatten().chain(names) {
            match personal_number_trace(text) {
                None => {}
                Some(PersonalNumberTrace::LegalNumber) => {
                    found.error(place, "The text holds a personal number.");
                }
                Some(PersonalNumberTrace::ElevenDigits) => {
                    found.warning(
                        place,
                        "The text holds eleven digits, as a personal number has.",
                    );
                }
            }
        }
    },
};

pub(crate) static XML_CHARACTERS: Rule = Rule {
    code: Code::XmlCharacters,
    summary: "No text holds a character that XML 1.0 forbids, such as most control characters.",
    severities: severities::ERROR,
    help: "Remove the character; it often comes from pasted text.",
    source: "XML 1.0",
    needs: Needs::Manifest,
    check: |job, found| {
        for Placed { place, text } in texts(job) {
            if let Some(character) = forbidden_in_xml(text) {
                let code_point = u32::from(character);
                found.error(
                    place,
                    format!("The text holds the character U+{code_point:04X}, which XML forbids."),
                );
            }
        }
    },
};

/// Every text of the job.
fn texts<'a>(job: &Job<'a>) -> impl Iterator<Item = Placed<'a>> {
    let own = [
        job.reference(),
        job.queue(),
        Some(Placed {
            place: Place::OrganizationNumber,
            text: job.manifest.sender.organization_number.as_str(),
        }),
        Some(job.title()),
        job.nonsensitive_title(),
        job.description(),
    ];
    own.into_iter()
        .flatten()
        .chain(signer_texts(job))
        .chain(document_texts(job))
}

fn signer_texts<'a>(job: &Job<'a>) -> impl Iterator<Item = Placed<'a>> + use<'a> {
    job.signers().flat_map(|(index, signer)| {
        let contacts = signer.notifications();
        let email = contacts.and_then(|contacts| contacts.email_address());
        let mobile = contacts.and_then(|contacts| contacts.mobile_number());
        let number = signer
            .personal_number()
            .map(PersonalIdentificationNumber::reveal);
        [
            (SignerPart::PersonalNumber, number),
            (SignerPart::Email, email.map(EmailAddress::reveal)),
            (SignerPart::Mobile, mobile.map(MobileNumber::reveal)),
        ]
        .into_iter()
        .filter_map(move |(part, text)| {
            Some(Placed {
                place: Place::Signer(index, part),
                text: text?,
            })
        })
    })
}

fn document_texts<'a>(job: &Job<'a>) -> impl Iterator<Item = Placed<'a>> + use<'a> {
    job.documents().flat_map(|document| {
        [
            (DocumentPart::Href, Some(document.href.reveal())),
            (DocumentPart::Mime, Some(document.mime.as_str())),
            (
                DocumentPart::Title,
                document.title.map(portal_model::Title::reveal),
            ),
        ]
        .into_iter()
        .filter_map(move |(part, text)| {
            Some(Placed {
                place: document.place(part),
                text: text?,
            })
        })
    })
}
