//! Jobs by construction without errors.

use std::ops::RangeInclusive;

use jiff::SignedDuration;
use portal_model::{
    AuthenticationLevel, Availability, AvailableSeconds, Bounded, DateTime, Description, Href,
    IdentifierInSignedDocuments, LegacyPortalDocument, ManifestContent, ManifestDocuments,
    ManifestSender, Mime, NonsensitiveTitle, Notifications, NotificationsUsingLookup,
    OrganizationNumber, PersonalIdentificationNumber, PortalDocument, PortalSignatureJobManifest,
    PortalSignatureJobRequest, PortalSigner, SignatureJobReference, SignatureType,
    SignerIdentification, SignerOrder, SigningOnBehalfOf, Title,
};
use portal_rules::{DocumentFacts, EnvironmentKind, Sector, SenderProfile};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::sample::{Job, contacts, now, number, pdf};

const TYPES: [SignatureType; 2] = [
    SignatureType::AdvancedElectronicSignature,
    SignatureType::AuthenticatedElectronicSignature,
];
pub(crate) const IDENTIFIERS: [IdentifierInSignedDocuments; 3] = [
    IdentifierInSignedDocuments::PersonalIdentificationNumberAndName,
    IdentifierInSignedDocuments::DateOfBirthAndName,
    IdentifierInSignedDocuments::Name,
];

/// What is drawn for a signer; what it becomes depends on the sender.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    by_number: bool,
    looked_up: bool,
    contact: u8,
    order: Option<i32>,
    pub(crate) signature_type: Option<SignatureType>,
    pub(crate) on_behalf_of: Option<SigningOnBehalfOf>,
}

pub(crate) fn draw() -> BoxedStrategy<Draw> {
    let on_behalf_of = select(vec![SigningOnBehalfOf::Oneself, SigningOnBehalfOf::Other]);
    (
        any::<bool>(),
        any::<bool>(),
        0..3_u8,
        option::of(0..=9),
        option::of(select(TYPES.to_vec())),
        option::of(on_behalf_of),
    )
        .prop_map(
            |(by_number, looked_up, contact, order, signature_type, on_behalf_of)| Draw {
                by_number,
                looked_up,
                contact,
                order,
                signature_type,
                on_behalf_of,
            },
        )
        .boxed()
}

/// A signer with which nothing is wrong for this sender; each serial gives another person.
pub(crate) fn signer(
    draw: &Draw,
    serial: u32,
    profile: &SenderProfile,
    plain: bool,
) -> PortalSigner {
    let number = || {
        let date = match profile.environment {
            EnvironmentKind::Production => "010190",
            EnvironmentKind::Test => "418190",
        };
        PersonalIdentificationNumber::new(number(date, serial * 3))
            .unwrap()
            .into()
    };
    let identification = if draw.by_number {
        number()
    } else {
        SignerIdentification::IdentifiedByContactInformation
    };
    let may_look_up = draw.by_number
        && profile.sector != Sector::Private
        && draw.on_behalf_of != Some(SigningOnBehalfOf::Other);
    let notify = if draw.looked_up && may_look_up {
        set!(NotificationsUsingLookup::EMAIL_ONLY; sms: draw.contact == 0).into()
    } else {
        let both = contacts(serial);
        match draw.contact {
            0 => both,
            1 => Notifications::email(both.email_address().unwrap().clone()),
            _ => Notifications::sms(both.mobile_number().unwrap().clone()),
        }
        .into()
    };
    let signature_type = draw.signature_type.filter(|kind| match profile.sector {
        Sector::Private => *kind == SignatureType::AdvancedElectronicSignature,
        Sector::Public => plain || *kind == SignatureType::AuthenticatedElectronicSignature,
        Sector::Unknown => true,
    });
    set!(PortalSigner::new(identification, notify); order: draw.order.map(|order| SignerOrder::new(order).unwrap()), signature_type: signature_type, on_behalf_of: draw.on_behalf_of)
}

pub(crate) fn profile() -> impl Strategy<Value = SenderProfile> {
    let sectors = select(vec![Sector::Public, Sector::Private, Sector::Unknown]);
    let environments = select(vec![EnvironmentKind::Production, EnvironmentKind::Test]);
    (sectors, environments)
        .prop_map(|(sector, environment)| SenderProfile::new(sector, environment))
}

fn availability() -> BoxedStrategy<Option<Availability>> {
    let activation =
        option::of((-40_000_000_i64..40_000_000).prop_map(|seconds| {
            DateTime::utc(now() + SignedDuration::from_secs(seconds)).unwrap()
        }));
    let seconds = option::of((1..=7_776_000_i64).prop_map(|s| AvailableSeconds::new(s).unwrap()));
    option::of(
        (activation, seconds).prop_map(|(activation_time, available_seconds)| set!(Availability::new(); activation_time: activation_time, available_seconds: available_seconds)),
    )
    .boxed()
}

/// A text of `count` letters. One letter many times over is quick to draw.
pub(crate) fn letters(count: RangeInclusive<usize>) -> impl Strategy<Value = String> {
    let letter = select(vec![
        "a", "Z", "-", "'", "ø", "\u{E5}", "日", "😀", "\u{FFFD}",
    ]);
    (letter, count).prop_map(|(letter, count)| letter.repeat(count))
}

fn content() -> BoxedStrategy<ManifestContent> {
    let texts = (
        letters(1..=80),
        option::of(letters(1..=80)),
        option::of(letters(0..=220)),
    );
    let documents = prop_oneof![
        1 => Just(None),
        4 => (letters(1..=80), 1..=20_usize).prop_map(|(title, count)| Some(vec![title; count])),
    ];
    (texts, documents)
        .prop_map(|((title, nonsensitive, description), documents)| {
            let title = Title::new(title).unwrap();
            let nonsensitive_title = nonsensitive.map(|text| NonsensitiveTitle::new(text).unwrap());
            let description = description.map(|text| Description::new(text).unwrap());
            let mime = Mime::new("application/pdf").unwrap();
            let Some(titles) = documents else {
                let href = Href::new("only.pdf").unwrap();
                return set!(LegacyPortalDocument::new(href, mime, title); nonsensitive_title: nonsensitive_title, description: description)
                .into();
            };
            let documents = titles
                .into_iter()
                .enumerate()
                .map(|(index, title)| PortalDocument::new(Href::new(format!("{index:04}.pdf")).unwrap(), mime.clone(), Title::new(title).unwrap()));
            let documents = Bounded::new(documents.collect()).unwrap();
            set!(ManifestDocuments::new(title, documents); nonsensitive_title: nonsensitive_title, description: description)
            .into()
        })
        .boxed()
}

/// Jobs without errors; they may have warnings.
pub(crate) fn valid_job() -> BoxedStrategy<Job> {
    let manifest = (
        vec(draw(), 1..=10),
        content(),
        option::of(select(vec![
            AuthenticationLevel::Level3,
            AuthenticationLevel::Level4,
        ])),
        availability(),
        option::of(select(IDENTIFIERS.to_vec())),
    );
    let request = (option::of(letters(1..=50)), option::of(letters(1..=100)));
    (profile(), manifest, request)
        .prop_map(|(profile, manifest, (reference, queue))| {
            let (draws, content, authentication, availability, identifier) = manifest;
            let private = profile.sector == Sector::Private;
            let count = match &content {
                ManifestContent::Documents(content) => content.documents.len(),
                ManifestContent::Document(_) => 1,
            };
            let identifier = identifier.filter(|identifier| match identifier {
                IdentifierInSignedDocuments::PersonalIdentificationNumberAndName => {
                    draws.iter().all(|draw| draw.by_number)
                }
                IdentifierInSignedDocuments::Name => !private,
                _ => true,
            });
            let shows_number = identifier != Some(IdentifierInSignedDocuments::Name)
                && identifier != Some(IdentifierInSignedDocuments::DateOfBirthAndName);
            let signers = (0..)
                .zip(&draws)
                .map(|(serial, draw)| signer(draw, serial, &profile, count == 1 && shows_number));
            let manifest = set!(PortalSignatureJobManifest::new(Bounded::new(signers.collect()).unwrap(), ManifestSender::new(OrganizationNumber::new("988015814").unwrap()), content); required_authentication: authentication
                    .filter(|level| !private || *level == AuthenticationLevel::Level4), availability: availability, identifier_in_signed_documents: identifier);
            let request = set!(PortalSignatureJobRequest::new(); reference: reference.map(|text| SignatureJobReference::new(text).unwrap()), polling_queue: queue);
            let files = vec![DocumentFacts::from_bytes(&pdf("1.6")); count];
            Job {
                manifest,
                request,
                files,
                profile,
                now: now(),
                manifest_only: false,
            }
        })
        .boxed()
}
