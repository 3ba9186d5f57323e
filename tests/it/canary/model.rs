//! The documents of the model and their parts.

use portal_model::document_name::NameProblem;
use portal_model::{
    AuthenticationLevel, Availability, AvailableSeconds, Bounded, DateTime, DateTimeError,
    Description, EmailAddress, EnvironmentKind, ErrorDocument, FacetError, Href,
    IdentifierInSignedDocuments, LegacyPortalDocument, ManifestContent, ManifestDocuments,
    ManifestSender, MediaType, Mime, MobileNumber, NonsensitiveTitle, Notifications,
    NotificationsUsingLookup, OrganizationNumber, PersonalIdentificationNumber, PortalDocument,
    PortalSignatureJobManifest, PortalSignatureJobRequest, PortalSignatureJobResponse,
    PortalSignatureJobStatus, PortalSignatureJobStatusChangeResponse, PortalSigner, Signature,
    SignatureIdentifier, SignatureJobId, SignatureJobReference, SignatureStatus, SignatureType,
    Signatures, SignerIdentification, SignerIdentifier, SignerNotify, SignerOrder, SignerStatus,
    SigningOnBehalfOf, Title, UnknownEnvironmentKind, UnknownMediaType, Url, XmlDocument,
};

use super::shown::Shown;
use super::{ADDRESS, CONTENT, FILE, MESSAGE, MOBILE, NUMBER, QUEUE, REFERENCE, TITLE};

fn number() -> PersonalIdentificationNumber {
    NUMBER.parse().unwrap()
}

fn both() -> Notifications {
    Notifications::email_and_sms(ADDRESS.parse().unwrap(), MOBILE.parse().unwrap())
}

fn url() -> Url {
    "https://api.example.com/api/1".parse().unwrap()
}

/// A manifest with a canary in every text.
pub(super) fn manifest() -> PortalSignatureJobManifest {
    let signers = Bounded::of([
        PortalSigner::by_personal_number(number(), both()),
        PortalSigner::by_contact_information(both()),
    ]);
    let (href, title): (Href, Title) = (FILE.parse().unwrap(), TITLE.parse().unwrap());
    let mime: Mime = "application/pdf".parse().unwrap();
    let documents = Bounded::of([PortalDocument::new(href, mime, title.clone())]);
    let content = ManifestDocuments::new(title, documents)
        .with_nonsensitive_title(TITLE.parse().unwrap())
        .with_description(MESSAGE.parse().unwrap());
    let sender = ManifestSender::new("123456789".parse().unwrap());
    PortalSignatureJobManifest::new(signers, sender, content.into())
}

pub(super) fn request() -> PortalSignatureJobRequest {
    PortalSignatureJobRequest::new()
        .with_reference(REFERENCE.parse().unwrap())
        .with_polling_queue(QUEUE)
}

fn status_change() -> PortalSignatureJobStatusChangeResponse {
    let since = "2017-01-23T12:51:43+01:00".parse().unwrap();
    let status = SignatureStatus::new(SignerStatus::SIGNED, since);
    let signatures = Bounded::of([
        Signature::new(status.clone(), number().into()),
        Signature::new(status, both().into()),
    ]);
    PortalSignatureJobStatusChangeResponse::new(
        SignatureJobId::new(1),
        PortalSignatureJobStatus::InProgress,
        url(),
        Signatures::new(signatures),
    )
    .with_reference(REFERENCE.parse().unwrap())
}

/// Shows values and reads them from JSON: by `debug`, or by `both` where there is a `Display`.
macro_rules! all {
    ($shown:ident, $how:ident: $($type:ident $value:expr,)*) => {
        $(
            let value: $type = $value;
            let path = concat!("portal_model::", stringify!($type));
            $shown.$how(path, &value).json(path, &value);
        )*
    };
}

pub(super) fn show(shown: &mut Shown) {
    documents(shown);
    values(shown);
    errors(shown);
}

fn documents(shown: &mut Shown) {
    let manifest = manifest();
    let ManifestContent::Documents(content) = manifest.content.clone() else {
        panic!("documents");
    };
    let legacy = LegacyPortalDocument::new(
        FILE.parse().unwrap(),
        "application/pdf".parse().unwrap(),
        TITLE.parse().unwrap(),
    )
    .with_nonsensitive_title(TITLE.parse().unwrap())
    .with_description(MESSAGE.parse().unwrap());
    let change = status_change();
    let signer = manifest.signers[0].clone();
    all!(shown, debug:
        ManifestContent legacy.clone().into(),
        LegacyPortalDocument legacy,
        PortalDocument content.documents[0].clone(),
        ManifestDocuments content,
        ManifestContent manifest.content.clone(),
        SignerIdentification signer.identification.clone(),
        SignerNotify signer.notify.clone(),
        PortalSigner signer,
        ManifestSender manifest.sender.clone(),
        PortalSignatureJobManifest manifest.clone(),
        PortalSignatureJobRequest request(),
        PortalSignatureJobResponse PortalSignatureJobResponse::new(SignatureJobId::new(1), url())
            .with_reference(REFERENCE.parse().unwrap()),
        Signature change.signatures.signature[0].clone(),
        Signature change.signatures.signature[1].clone(),
        SignatureStatus change.signatures.signature[0].status.clone(),
        SignatureIdentifier SignatureIdentifier::from(both()),
        SignatureIdentifier SignatureIdentifier::from(number()),
        Signatures change.signatures.clone(),
        PortalSignatureJobStatusChangeResponse change,
        Notifications both(),
        NotificationsUsingLookup NotificationsUsingLookup::EMAIL_AND_SMS,
        Availability Availability::new()
            .with_activation_time("2016-02-10T12:00:00+01:00".parse().unwrap()),
    );
    let titles: Bounded<Title, 1, 2> = Bounded::of([TITLE.parse().unwrap()]);
    shown
        .debug("portal_model::Bounded", &titles)
        .json("portal_model::Bounded", &titles);
    let document = ErrorDocument::new("CODE".into(), MESSAGE.into(), "CLIENT".into());
    shown
        .debug("portal_model::ErrorDocument", &document)
        .json("portal_model::ErrorDocument", &document);
}

fn values(shown: &mut Shown) {
    all!(shown, debug:
        Title TITLE.parse().unwrap(),
        NonsensitiveTitle TITLE.parse().unwrap(),
        Description MESSAGE.parse().unwrap(),
        EmailAddress ADDRESS.parse().unwrap(),
        MobileNumber MOBILE.parse().unwrap(),
        Href FILE.parse().unwrap(),
        SignatureJobReference REFERENCE.parse().unwrap(),
        SignerIdentifier NUMBER.parse().unwrap(),
        PersonalIdentificationNumber number(),
    );
    all!(shown, both:
        AuthenticationLevel AuthenticationLevel::Level4,
        AvailableSeconds AvailableSeconds::new(1).unwrap(),
        DateTime "2016-02-10T12:00:00+01:00".parse().unwrap(),
        EnvironmentKind EnvironmentKind::Test,
        IdentifierInSignedDocuments IdentifierInSignedDocuments::Name,
        MediaType MediaType::Pdf,
        Mime "application/pdf".parse().unwrap(),
        OrganizationNumber "123456789".parse().unwrap(),
        PortalSignatureJobStatus PortalSignatureJobStatus::Failed,
        SignatureJobId SignatureJobId::new(1),
        SignatureType SignatureType::AdvancedElectronicSignature,
        SignerOrder SignerOrder::new(1).unwrap(),
        SignerStatus SignerStatus::SIGNED,
        SigningOnBehalfOf SigningOnBehalfOf::Oneself,
        Url url(),
    );
}

fn errors(shown: &mut Shown) {
    shown.no_text(&["portal_model::document_name::NameProblem"]);
    let problem = portal_model::document_name::problem("con.pdf").unwrap();
    shown.error::<NameProblem>("portal_model::document_name::NameProblem", &problem);
    let broken: [FacetError; 4] = [
        Title::new(TITLE.repeat(9)).unwrap_err(),
        PersonalIdentificationNumber::new(format!("{NUMBER}0")).unwrap_err(),
        OrganizationNumber::new(NUMBER).unwrap_err(),
        NUMBER.parse::<SignatureType>().unwrap_err(),
    ];
    for error in &broken {
        shown.error("portal_model::FacetError", error);
    }
    let times: [DateTimeError; 2] = [
        NUMBER.parse::<DateTime>().unwrap_err(),
        ADDRESS.parse::<DateTime>().unwrap_err(),
    ];
    for error in &times {
        shown.error("portal_model::DateTimeError", error);
    }
    let kind: UnknownEnvironmentKind = NUMBER.parse::<EnvironmentKind>().unwrap_err();
    shown.error("portal_model::UnknownEnvironmentKind", &kind);
    let media: UnknownMediaType = ADDRESS.parse::<MediaType>().unwrap_err();
    shown.error("portal_model::UnknownMediaType", &media);
    xml(shown);
}

/// Every text of documents is put where another should be.
fn xml(shown: &mut Shown) {
    let documents = [
        manifest().to_xml().unwrap(),
        request().to_xml().unwrap(),
        status_change().to_xml().unwrap(),
    ];
    let cuts: [(&str, String); 9] = [
        (
            "<personal-identification-number>",
            format!("<personal-identification-number>{TITLE}"),
        ),
        (
            "<organization-number>",
            format!("<organization-number>{NUMBER}"),
        ),
        ("since=\"", format!("since=\"{ADDRESS}")),
        ("<signers>", format!("{TITLE}<signers>")),
        ("<signature-job-id>", format!("<signature-job-id>{ADDRESS}")),
        ("<status ", format!("<status {}", "x=\"canary\" ")),
        ("</title>", format!("{TITLE}&canary;</title>")),
        (
            "</reference>",
            format!("{}</reference>", REFERENCE.repeat(9)),
        ),
        (
            "<confirmation-url>",
            format!("<confirmation-url>{CONTENT}<"),
        ),
    ];
    let mut failed = 0;
    for document in documents {
        for (from, to) in &cuts {
            let changed = document.replacen(from, to, 1);
            let bytes = changed.as_bytes();
            if let Err(error) = PortalSignatureJobManifest::from_xml(bytes) {
                failed += 1;
                shown.error("portal_model::XmlError", &error);
                shown.error("portal_model::XmlProblem", error.problem());
                shown.both("portal_model::Position", &error.position().unwrap());
            }
            match PortalSignatureJobStatusChangeResponse::from_response(bytes) {
                Ok(parsed) => {
                    shown.debug("portal_model::Parsed", &parsed);
                    for notice in &parsed.notices {
                        shown.both("portal_model::ParseNotice", notice);
                        shown.both("portal_model::ParseNoticeKind", &notice.kind);
                    }
                }
                Err(error) => {
                    shown.error("portal_model::XmlError", &error);
                }
            }
        }
    }
    assert!(failed > 10, "{failed}");
    shown
        .exempt(
            "portal_model::FoundElement",
            "names of elements are shown on purpose: a reader has to know which",
        )
        .no_text(&["portal_model::IllFormed"]);
}
