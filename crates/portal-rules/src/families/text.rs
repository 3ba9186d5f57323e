//! What must not stand in a text.

use portal_model::text_length::utf16_units;
use portal_model::{EmailAddress, MobileNumber, PersonalIdentificationNumber};

use super::documents::{MIME_LENGTH, NAME_LENGTH};
use super::request::REFERENCE_LENGTH_LIMIT;
use super::titles::{DESCRIPTION_LENGTH, TITLE_LENGTH};
use super::{severities, source};
use crate::job::{Job, Placed};
use crate::place::{DocumentPart, Place, SignerPart};
use crate::rule::Found;
use crate::text::{
    PersonalNumberTrace, decoded, exceeds_only_in_utf16, first_invisible, forbidden_in_xml,
    is_blank, personal_number_trace,
};
use crate::{Code, Needs, PrivacyPlace, Rule};

pub(crate) static PERSONAL_NUMBER: Rule = Rule {
    code: Code::PrivacyPersonalNumber,
    summary: "No personal number stands in the reference, the queue's name, the non-sensitive \
              title or a document's name: they are shown in e-mails and logs. A warning for eleven \
              digits that are no legal number. Where the profile says on purpose that a place may \
              hold such digits, an info.",
    severities: severities::ALL,
    help: "Take the personal number out; use a case number or a random reference. If the digits \
           are something else, such as an account number, allow them in the sender's profile.",
    source: source::DOCUMENTATION,
    needs: Needs::Manifest,
    check: |job, found| {
        let own = [
            (PrivacyPlace::Reference, job.reference()),
            (PrivacyPlace::QueueName, job.queue()),
            (PrivacyPlace::NonsensitiveTitle, job.nonsensitive_title()),
        ];
        for (kind, text) in own {
            if let Some(Placed { place, text }) = text {
                report_trace(job, found, kind, place, personal_number_trace(text));
            }
        }
        for document in job.documents() {
            let name = document.href.reveal();
            let trace = personal_number_trace(name).max(personal_number_trace(&decoded(name)));
            let place = document.place(DocumentPart::Href);
            report_trace(job, found, PrivacyPlace::DocumentName, place, trace);
        }
    },
};

fn report_trace(
    job: &Job<'_>,
    found: &mut Found<'_>,
    kind: PrivacyPlace,
    place: Place,
    trace: Option<PersonalNumberTrace>,
) {
    let Some(trace) = trace else { return };
    if job.profile.allows_personal_numbers_in(kind) {
        found.info(
            place,
            "The text holds digits that look like a personal number, which the sender's profile \
             allows here.",
        );
        return;
    }
    match trace {
        PersonalNumberTrace::LegalNumber => found.error(place, "The text holds a personal number."),
        PersonalNumberTrace::ElevenDigits => found.warning(
            place,
            "The text holds eleven digits, as a personal number has.",
        ),
    }
}

pub(crate) static UTF16: Rule = Rule {
    code: Code::TextUtf16,
    summary: "A text that is within its limit is so in UTF-16 units too, as validators on Java \
              count: an emoji counts twice there.",
    severities: severities::WARNING,
    help: "Shorten the text, or leave out emoji and other rare characters.",
    source: "the schema counts Unicode characters; the JDK's validator counts UTF-16 units",
    needs: Needs::Manifest,
    check: |job, found| {
        for (Placed { place, text }, limit) in limited_texts(job) {
            if exceeds_only_in_utf16(text, limit) {
                let units = utf16_units(text);
                found.warning(
                    place,
                    format!(
                        "The text is {units} UTF-16 units long; a validator that counts so takes \
                         at most {limit}."
                    ),
                );
            }
        }
    },
};

pub(crate) static INVISIBLE: Rule = Rule {
    code: Code::TextInvisible,
    summary: "No text holds characters that nobody sees, such as zero-width spaces, or that change \
              the direction of the text; and no title is blank.",
    severities: severities::WARNING,
    help: "Write the text again without the character; it often comes from pasted text.",
    source: source::PRACTICE,
    needs: Needs::Manifest,
    check: |job, found| {
        for Placed { place, text } in texts(job) {
            // What nobody sees in a document's name is an error of the name.
            if matches!(place, Place::Document(_, DocumentPart::Href)) {
                continue;
            }
            let is_shown = text.is_empty() || !is_blank(text) || forbidden_in_xml(text).is_some();
            if is_title(place) && !is_shown {
                found.warning(place, "The title is blank.");
            } else if let Some(character) = first_invisible(text) {
                let code_point = u32::from(character);
                found.warning(
                    place,
                    format!("The text holds the character U+{code_point:04X}, which nobody sees."),
                );
            }
        }
    },
};

fn is_title(place: Place) -> bool {
    use DocumentPart::{NonsensitiveTitle, Title};
    matches!(
        place,
        Place::Title | Place::NonsensitiveTitle | Place::Document(_, Title | NonsensitiveTitle)
    )
}

/// Every text of which the schema limits the length, with the limit.
fn limited_texts<'a>(job: &Job<'a>) -> impl Iterator<Item = (Placed<'a>, usize)> {
    texts(job).filter_map(|text| {
        let limit = match text.place {
            Place::Reference => REFERENCE_LENGTH_LIMIT,
            Place::Description | Place::Document(_, DocumentPart::Description) => {
                DESCRIPTION_LENGTH
            }
            Place::Document(_, DocumentPart::Href) => *NAME_LENGTH.end(),
            Place::Document(_, DocumentPart::Mime) => MIME_LENGTH,
            place if is_title(place) => TITLE_LENGTH,
            _ => return None,
        };
        Some((text, limit))
    })
}

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
