//! One rich value of each document, as a sender or the service would make it.

use portal_model::{
    Availability, AvailableSeconds, Bounded, ErrorDocument, IdentifierInSignedDocuments,
    LegacyPortalDocument, ManifestContent, ManifestDocuments, ManifestSender, Notifications,
    NotificationsUsingLookup, PersonalIdentificationNumber, PortalDocument,
    PortalSignatureJobManifest, PortalSignatureJobRequest, PortalSignatureJobResponse,
    PortalSignatureJobStatus, PortalSignatureJobStatusChangeResponse, PortalSigner, Signature,
    SignatureJobId, SignatureStatus, Signatures, SignerOrder, SignerStatus, Url,
};

type Made<T> = Result<T, Box<dyn std::error::Error>>;

fn number(digits: &str) -> PersonalIdentificationNumber {
    digits.parse().unwrap()
}

/// The documentation's example of a manifest: four signers in three turns, two documents.
pub(crate) fn manifest() -> PortalSignatureJobManifest {
    fn make() -> Made<PortalSignatureJobManifest> {
        let both =
            Notifications::email_and_sms("signer1@example.com".parse()?, "00000000".parse()?);
        let email = Notifications::email("signer2@example.com".parse()?);
        let signers = Bounded::of([
            PortalSigner::by_personal_number(number("12345678910"), both)
                .with_order(SignerOrder::new(1)?),
            PortalSigner::by_personal_number(number("10987654321"), email)
                .with_order(SignerOrder::new(2)?),
            PortalSigner::by_personal_number(
                number("01013300001"),
                NotificationsUsingLookup::EMAIL_AND_SMS,
            )
            .with_order(SignerOrder::new(2)?),
            PortalSigner::by_personal_number(
                number("02038412546"),
                NotificationsUsingLookup::EMAIL_ONLY,
            )
            .with_order(SignerOrder::new(3)?),
        ]);
        let documents = Bounded::of([
            PortalDocument::new(
                "document.pdf".parse()?,
                "application/pdf".parse()?,
                "First".parse()?,
            ),
            PortalDocument::new(
                "document2.pdf".parse()?,
                "application/pdf".parse()?,
                "Second".parse()?,
            ),
        ]);
        let content = ManifestDocuments::new("Job title".parse()?, documents)
            .with_nonsensitive_title("A document to sign".parse()?)
            .with_description("Please sign\nby Friday & no later".parse()?);
        let availability = Availability::new()
            .with_activation_time("2016-02-10T12:00:00+01:00".parse()?)
            .with_available_seconds(AvailableSeconds::new(864_000)?);
        let sender = ManifestSender::new("123456789".parse()?);
        Ok(
            PortalSignatureJobManifest::new(signers, sender, content.into())
                .with_availability(availability)
                .with_identifier_in_signed_documents(
                    IdentifierInSignedDocuments::PersonalIdentificationNumberAndName,
                ),
        )
    }
    make().unwrap()
}

/// The same job in the old form, with one document and a signer known by contact information.
pub(crate) fn legacy_manifest() -> PortalSignatureJobManifest {
    fn make() -> Made<PortalSignatureJobManifest> {
        let signer = PortalSigner::by_contact_information(Notifications::sms("00000000".parse()?));
        let document = LegacyPortalDocument::new(
            "document.pdf".parse()?,
            "application/pdf".parse()?,
            "Title".parse()?,
        )
        .with_nonsensitive_title("Nonsensitive title".parse()?)
        .with_description("Message".parse()?);
        Ok(PortalSignatureJobManifest::new(
            signer.into(),
            ManifestSender::new("123456789".parse()?),
            ManifestContent::Document(document),
        ))
    }
    make().unwrap()
}

pub(crate) fn request() -> PortalSignatureJobRequest {
    PortalSignatureJobRequest::new()
        .with_reference("123-ABC".parse().unwrap())
        .with_polling_queue("custom-queue")
}

pub(crate) fn url(path: &str) -> Url {
    let base = "https://api.example.com/api/123456789/portal/signature-jobs/1/";
    Url::new(format!("{base}{path}")).unwrap()
}

pub(crate) fn response() -> PortalSignatureJobResponse {
    PortalSignatureJobResponse::new(SignatureJobId::new(1), url("cancel"))
        .with_reference("123-ABC".parse().unwrap())
}

pub(crate) fn status_change() -> PortalSignatureJobStatusChangeResponse {
    let since = |text: &str| text.parse().unwrap();
    let signed = Signature::new(
        SignatureStatus::new(SignerStatus::SIGNED, since("2017-01-23T12:51:43+01:00")),
        number("12345678910").into(),
    )
    .with_xades_url(url("xades/1"));
    let waiting = Signature::new(
        SignatureStatus::new(SignerStatus::WAITING, since("2017-01-23T11:51:43.25Z")),
        Notifications::email("signer2@example.com".parse().unwrap()).into(),
    );
    let signatures = Signatures::new(Bounded::of([signed, waiting])).with_pades_url(url("pades"));
    PortalSignatureJobStatusChangeResponse::new(
        SignatureJobId::new(1),
        PortalSignatureJobStatus::InProgress,
        url("complete"),
        signatures,
    )
    .with_reference("123-ABC".parse().unwrap())
    .with_cancellation_url(url("cancel"))
    .with_delete_documents_url(url("delete"))
}

pub(crate) fn error() -> ErrorDocument {
    ErrorDocument::new(
        "SCHEMA_VALIDATION_ERROR".to_owned(),
        "The request is not valid:\n<title> is too long".to_owned(),
        "CLIENT".to_owned(),
    )
}
