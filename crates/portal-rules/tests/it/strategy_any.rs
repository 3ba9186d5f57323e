//! Jobs of anything at all.

use jiff::Timestamp;
use portal_model::{
    Availability, AvailableSeconds, Bounded, DateTime, Description, EmailAddress, Href,
    LegacyPortalDocument, ManifestContent, ManifestDocuments, ManifestSender, Mime, MobileNumber,
    NonsensitiveTitle, Notifications, NotificationsUsingLookup, OrganizationNumber,
    PersonalIdentificationNumber, PortalDocument, PortalSignatureJobManifest,
    PortalSignatureJobRequest, PortalSigner, SignatureJobReference, SignerIdentification,
    SignerNotify, SignerOrder, Title,
};
use portal_rules::DocumentFacts;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::sample::{Job, now};
use crate::strategy::{IDENTIFIERS, draw, letters, profile, valid_job};

fn digit() -> impl Strategy<Value = char> {
    (b'0'..=b'9').prop_map(char::from)
}

/// Texts that are often near a limit, or nearly of a format.
fn text() -> BoxedStrategy<String> {
    prop_oneof![
        vec(any::<char>(), 0..20).prop_map(String::from_iter),
        vec(digit(), 8..=12).prop_map(String::from_iter),
        letters(78..=82),
        letters(48..=52),
        letters(218..=222),
        vec(select(vec!["a", ".", "@", "-", "é"]), 1..=9).prop_map(|parts| parts.concat()),
        vec(select(vec!["a", "/", "%2f", "\\", "."]), 2..=6).prop_map(|parts| parts.concat()),
        Just(String::new()),
        Just("\u{0}\u{FFFF}".to_owned()),
    ]
    .boxed()
}

fn any_signer() -> BoxedStrategy<PortalSigner> {
    let identification = prop_oneof![
        text().prop_map(|text| PersonalIdentificationNumber::unchecked(text).into()),
        Just(SignerIdentification::IdentifiedByContactInformation),
    ];
    let notify = prop_oneof![
        any::<bool>().prop_map(|sms| SignerNotify::from(
            set!(NotificationsUsingLookup::EMAIL_ONLY; sms: sms)
        )),
        (text(), option::of(text())).prop_map(|(email, sms)| {
            let email = EmailAddress::unchecked(email);
            match sms.map(MobileNumber::unchecked) {
                Some(sms) => Notifications::email_and_sms(email, sms),
                None => Notifications::email(email),
            }
            .into()
        }),
        text().prop_map(|sms| Notifications::sms(MobileNumber::unchecked(sms)).into()),
    ];
    (draw(), option::of(any::<i32>()), identification, notify)
        .prop_map(|(draw, order, identification, notify)| set!(PortalSigner::new(identification, notify); order: order.map(SignerOrder::unchecked), signature_type: draw.signature_type, on_behalf_of: draw.on_behalf_of))
        .boxed()
}

fn any_content() -> BoxedStrategy<ManifestContent> {
    let document = (text(), text(), text()).prop_map(|(href, mime, title)| {
        PortalDocument::new(
            Href::unchecked(href),
            Mime::unchecked(mime),
            Title::unchecked(title),
        )
    });
    let texts = (text(), option::of(text()), option::of(text()));
    (texts, vec(document, 0..25), any::<bool>())
        .prop_map(|((title, nonsensitive, description), documents, legacy)| {
            let title = Title::unchecked(title);
            let nonsensitive_title = nonsensitive.map(NonsensitiveTitle::unchecked);
            let description = description.map(Description::unchecked);
            match documents.first() {
                Some(PortalDocument { href, mime, .. }) if legacy => set!(LegacyPortalDocument::new(href.clone(), mime.clone(), title); nonsensitive_title: nonsensitive_title, description: description)
                .into(),
                _ => {
                    let documents = Bounded::unchecked(documents);
                    set!(ManifestDocuments::new(title, documents); nonsensitive_title: nonsensitive_title, description: description)
                    .into()
                }
            }
        })
        .boxed()
}

/// Jobs of any values that the types can hold.
pub(crate) fn any_job() -> BoxedStrategy<Job> {
    let seconds = prop_oneof![any::<i64>(), Just(0), 7_775_990..7_776_010_i64];
    let manifest = (
        vec(any_signer(), 0..14),
        text(),
        any_content(),
        option::of((option::of(any::<i32>()), option::of(seconds))),
        option::of(select(IDENTIFIERS.to_vec())),
    );
    let request = (option::of(text()), option::of(text()));
    let files = vec((any::<u64>(), vec(any::<u8>(), 0..20)), 0..25);
    (profile(), manifest, request, files, any::<bool>())
        .prop_map(
            |(profile, manifest, (reference, queue), files, manifest_only)| {
                let (signers, organization, content, availability, identifier) = manifest;
                Job {
                    manifest: set!(PortalSignatureJobManifest::new(Bounded::unchecked(signers), ManifestSender::new(OrganizationNumber::unchecked(organization)), content); required_authentication: None, availability: availability.map(|(activation, seconds)| set!(Availability::new(); activation_time: activation.map(|seconds| {
                                DateTime::utc(Timestamp::from_second(seconds.into()).unwrap())
                                    .unwrap()
                            }), available_seconds: seconds.map(AvailableSeconds::unchecked))), identifier_in_signed_documents: identifier),
                    request: set!(PortalSignatureJobRequest::new(); reference: reference.map(SignatureJobReference::unchecked), polling_queue: queue),
                    files: files
                        .into_iter()
                        .map(|(length, bytes)| DocumentFacts::from_ends(length, &bytes, &bytes))
                        .collect(),
                    profile,
                    now: now(),
                    manifest_only,
                }
            },
        )
        .boxed()
}

/// Jobs without errors in which some fields are replaced by those of any job, so that errors are few.
pub(crate) fn nearly_valid_job() -> BoxedStrategy<Job> {
    (valid_job(), any_job(), 0..8_u8)
        .prop_map(|(mut job, other, field)| {
            match field {
                0 => job.request = other.request,
                1 => job.manifest.sender = other.manifest.sender,
                2 => job.manifest.availability = other.manifest.availability,
                3 => job.manifest.signers = other.manifest.signers,
                4 => job.files = other.files,
                5 => {
                    if let Some(signer) = other.manifest.signers.first() {
                        job.manifest.signers[0].notify = signer.notify.clone();
                    }
                }
                6 => {
                    if let Some(signer) = other.manifest.signers.first() {
                        job.manifest.signers[0].order = signer.order;
                    }
                }
                _ => mix_content(&mut job.manifest.content, other.manifest.content),
            }
            job
        })
        .boxed()
}

fn mix_content(content: &mut ManifestContent, other: ManifestContent) {
    match (content, other) {
        (ManifestContent::Documents(content), ManifestContent::Documents(other)) => {
            content.title = other.title;
            content.nonsensitive_title = other.nonsensitive_title;
            if let Some(document) = other.documents.first() {
                content.documents[0].title = document.title.clone();
            }
        }
        (ManifestContent::Document(content), ManifestContent::Document(other)) => {
            content.href = other.href;
            content.description = other.description;
        }
        (content, other) => *content = other,
    }
}
