//! Jobs to create, written down as a sender's own code would.

use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use portal_asice::{DocumentName, DocumentSource, KeySigner, PackageBuilder, PackageDocument};
use portal_certificate::EnterpriseCertificate;
use portal_model::{
    Bounded, EmailAddress, Href, ManifestContent, ManifestDocuments, ManifestSender, MediaType,
    Mime, MobileNumber, Notifications, NotificationsUsingLookup, OrganizationNumber,
    PersonalIdentificationNumber, PortalDocument, PortalSignatureJobManifest,
    PortalSignatureJobRequest, PortalSignatureJobResponse, PortalSignatureJobStatusChangeResponse,
    PortalSigner, SignerIdentification, SignerNotify, SignerOrder, Title, XmlDocument,
};
use portal_sandbox::{Sandbox, SandboxJob, sample_pdf};

use crate::client::{AnyError, Client, Reply};

/// A job that the sandbox takes, until a test changes it.
pub(crate) struct Draft {
    pub(crate) request: PortalSignatureJobRequest,
    pub(crate) manifest: PortalSignatureJobManifest,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// Four signers in a chained order, by personal number and by contact information.
pub(crate) fn four_signers() -> Vec<PortalSigner> {
    vec![
        by_lookup("12345678910", 1),
        by_number("10987654321", 2),
        by_email("signer@example.com", 2),
        by_number("01013300001", 3),
    ]
}

pub(crate) fn by_number(number: &str, order: i32) -> PortalSigner {
    let contact = Notifications::email_and_sms(
        EmailAddress::unchecked("other@example.com"),
        MobileNumber::unchecked("99999999"),
    );
    PortalSigner::new(identified(number), SignerNotify::Notifications(contact))
        .with_order(SignerOrder::unchecked(order))
}

pub(crate) fn by_lookup(number: &str, order: i32) -> PortalSigner {
    let lookup = SignerNotify::UsingLookup(NotificationsUsingLookup::EMAIL_AND_SMS);
    PortalSigner::new(identified(number), lookup).with_order(SignerOrder::unchecked(order))
}

pub(crate) fn by_email(address: &str, order: i32) -> PortalSigner {
    let contact = Notifications::email(EmailAddress::unchecked(address));
    PortalSigner::new(
        SignerIdentification::IdentifiedByContactInformation,
        SignerNotify::Notifications(contact),
    )
    .with_order(SignerOrder::unchecked(order))
}

fn identified(number: &str) -> SignerIdentification {
    SignerIdentification::PersonalIdentificationNumber(PersonalIdentificationNumber::unchecked(
        number,
    ))
}

impl Draft {
    /// Two documents for these signers, from the sandbox's usual sender.
    pub(crate) fn of(signers: Vec<PortalSigner>) -> Self {
        let files = vec![
            (
                "agreement.pdf".to_owned(),
                sample_pdf(
                    "Agreement",
                    &["The rent is due on the first of each month."],
                ),
            ),
            (
                "rules.pdf".to_owned(),
                sample_pdf("House rules", &["No music after eleven."]),
            ),
        ];
        let documents = ["Agreement", "House rules"]
            .iter()
            .zip(&files)
            .map(|(title, (name, _))| {
                PortalDocument::new(
                    Href::unchecked(name),
                    Mime::unchecked("application/pdf"),
                    Title::unchecked(*title),
                )
            })
            .collect();
        let content =
            ManifestDocuments::new(Title::unchecked("Tenancy"), Bounded::unchecked(documents));
        Self {
            request: PortalSignatureJobRequest::default(),
            manifest: PortalSignatureJobManifest::new(
                Bounded::unchecked(signers),
                ManifestSender::new(OrganizationNumber::unchecked("123456789")),
                ManifestContent::Documents(content),
            ),
            files,
        }
    }

    pub(crate) fn four() -> Self {
        Self::of(four_signers())
    }

    pub(crate) fn one() -> Self {
        Self::of(vec![by_lookup("12345678910", 1)])
    }

    pub(crate) fn manifest_xml(&self) -> String {
        self.manifest.to_xml().unwrap()
    }

    /// The package, signed at `at`, with this text for its manifest.
    pub(crate) fn package(
        &self,
        manifest: &str,
        identity: &EnterpriseCertificate,
        at: Timestamp,
    ) -> Vec<u8> {
        let signer = KeySigner::new(identity).unwrap();
        let mut builder = PackageBuilder::new(&signer).manifest(manifest);
        for (name, bytes) in &self.files {
            let name = DocumentName::new(name).unwrap();
            let media_type = self.media_type_of(name.reveal());
            let source = DocumentSource::bytes(bytes.clone());
            builder = builder.document(PackageDocument::new(name, media_type, source));
        }
        builder.build(at).unwrap().into_bytes().unwrap()
    }

    /// The media type that the manifest gives; of a file that it does not name, a PDF's.
    fn media_type_of(&self, name: &str) -> MediaType {
        let documents = self.manifest.documents();
        let document = documents.documents.iter().find(|d| d.href.reveal() == name);
        document
            .and_then(|d| MediaType::of(d.mime.as_str()))
            .unwrap_or(MediaType::Pdf)
    }

    /// Sends it as the Java client would.
    pub(crate) async fn send(&self, sandbox: &Sandbox, client: &mut Client) -> Reply {
        self.try_send(sandbox, client).await.unwrap()
    }

    pub(crate) async fn try_send(
        &self,
        sandbox: &Sandbox,
        client: &mut Client,
    ) -> Result<Reply, AnyError> {
        let identity = sandbox.sender_certificate();
        let now = sandbox.clock().now();
        let package = self.package(&self.manifest_xml(), identity, now);
        let (content_type, chunks) = java(&self.request.to_xml().unwrap(), &package);
        client.try_create("123456789", &content_type, chunks).await
    }

    /// Sends it, and gives the job that it became.
    pub(crate) async fn create(&self, sandbox: &Sandbox, client: &mut Client) -> SandboxJob {
        let reply = self.send(sandbox, client).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let response = PortalSignatureJobResponse::from_response(&reply.body).unwrap();
        sandbox.job(response.value.signature_job_id)
    }
}

/// The body as the Java client writes it: no length, nothing but the type on each part.
pub(crate) fn java(request: &str, package: &[u8]) -> (String, Vec<Bytes>) {
    let boundary = "httpclient_boundary_0f6b1a5e-7f6f-4d35-a1a3-8c3c1d9b7c11";
    let mut body = format!(
        "--{boundary}\r\nContent-Type: application/xml\r\n\r\n{request}\r\n\
         --{boundary}\r\nContent-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(package);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let chunks = body.chunks(1000).map(Bytes::copy_from_slice).collect();
    let content_type = format!("multipart/mixed; charset=ISO-8859-1; boundary={boundary}");
    (content_type, chunks)
}

/// The body as the C# client writes it: with a length, and a disposition on each part.
pub(crate) fn csharp(request: &str, package: &[u8]) -> (String, Vec<Bytes>) {
    let boundary = "6f1ed002-ab5f-4f6e-8f0c-3b1b1e1a2f3d";
    let mut body = format!(
        "--{boundary}\r\nContent-Type: application/xml\r\n\
         Content-Disposition: attachment\r\n\r\n{request}\r\n\
         --{boundary}\r\nContent-Type: application/octet-stream\r\n\
         Content-Disposition: attachment\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(package);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let content_type = format!("multipart/mixed; boundary={boundary}");
    (content_type, vec![Bytes::from(body)])
}

/// The body as the PHP client writes it: with the length of each part.
pub(crate) fn php(request: &str, package: &[u8]) -> (String, Vec<Bytes>) {
    let boundary = "Boundary_1_da39a3ee5e6b4b0d3255bfef95601890afd80709";
    let mut body = format!(
        "--{boundary}\r\nContent-Type: application/xml\r\nContent-Length: {}\r\n\r\n{request}\r\n\
         --{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
        request.len(),
        package.len()
    )
    .into_bytes();
    body.extend_from_slice(package);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let content_type = format!("multipart/mixed; boundary={boundary}");
    (content_type, vec![Bytes::from(body)])
}

/// Reads the response to a poll that found a change.
pub(crate) fn change(reply: &Reply) -> PortalSignatureJobStatusChangeResponse {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/xml"));
    let response = PortalSignatureJobStatusChangeResponse::from_response(&reply.body).unwrap();
    assert_eq!(response.notices.len(), 0, "{:?}", response.notices);
    response.value
}
