//! The body of a create call that needs nothing but to be sent: for a first try by curl.

use std::error::Error;

use jiff::Timestamp;
use portal_asice::{DocumentName, DocumentSource, KeySigner, PackageBuilder, PackageDocument};
use portal_certificate::EnterpriseCertificate;
use portal_model::{
    Bounded, EmailAddress, Href, ManifestContent, ManifestDocuments, ManifestSender, Mime,
    Notifications, OrganizationNumber, PersonalIdentificationNumber, PortalDocument,
    PortalSignatureJobManifest, PortalSignatureJobRequest, PortalSigner, SignatureJobReference,
    SignerIdentification, SignerNotify, Title, XmlDocument,
};

use crate::pdf::sample_pdf;

/// The boundary of the message.
pub(super) const BOUNDARY: &str = "sandbox";
const NAME: &str = "agreement.pdf";
/// The documentation's own sample number and an address of no one.
const SIGNER: &str = "01013300001";
const ADDRESS: &str = "signer@example.com";

/// The message, signed at `at` by the sandbox's sender.
pub(super) fn message(
    sender: &EnterpriseCertificate,
    organization: &OrganizationNumber,
    at: Timestamp,
) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut request = PortalSignatureJobRequest::new();
    request.reference = Some(SignatureJobReference::unchecked("sample"));
    let signer = KeySigner::new(sender)?;
    let document = PackageDocument::pdf(
        DocumentName::new(NAME)?,
        DocumentSource::bytes(sample_pdf(
            "Sample agreement",
            &["Nobody agrees to anything."],
        )),
    );
    let package = PackageBuilder::new(&signer)
        .manifest(manifest(organization).to_xml()?)
        .document(document)
        .build(at)?
        .into_bytes()?;
    let mut message = format!(
        "--{BOUNDARY}\r\nContent-Type: application/xml\r\n\r\n{}\r\n\
         --{BOUNDARY}\r\nContent-Type: application/octet-stream\r\n\r\n",
        request.to_xml()?
    )
    .into_bytes();
    message.extend(package);
    message.extend(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    Ok(message)
}

fn manifest(organization: &OrganizationNumber) -> PortalSignatureJobManifest {
    let number = PersonalIdentificationNumber::unchecked(SIGNER);
    let contact = Notifications::email(EmailAddress::unchecked(ADDRESS));
    let signer = PortalSigner::new(
        SignerIdentification::PersonalIdentificationNumber(number),
        SignerNotify::Notifications(contact),
    );
    let title = Title::unchecked("Sample agreement");
    let document = PortalDocument::new(
        Href::unchecked(NAME),
        Mime::unchecked("application/pdf"),
        title.clone(),
    );
    let documents = ManifestDocuments::new(title, Bounded::unchecked(vec![document]));
    PortalSignatureJobManifest::new(
        Bounded::unchecked(vec![signer]),
        ManifestSender::new(organization.clone()),
        ManifestContent::Documents(documents),
    )
}
