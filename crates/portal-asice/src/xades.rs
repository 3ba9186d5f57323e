//! Writes the signature document, `META-INF/signatures.xml`.
//!
//! The text is canonical XML from the start: it is put together without blanks between elements,
//! attributes in canonical order, and no empty-element tags. So what is digested and signed is
//! cut out of what is sent, with only the namespace declarations of its surroundings added, and
//! no canonicalisation happens on this side.

use std::fmt::Write as _;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use portal_certificate::Certificate;

use crate::error::SignError;
use crate::signer::{self, PackageSigner};

/// Namespaces and algorithms of the profile.
pub(crate) mod uri {
    pub(crate) const ASIC: &str = "http://uri.etsi.org/2918/v1.2.1#";
    pub(crate) const XMLDSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
    pub(crate) const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
    pub(crate) const SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";
    pub(crate) const C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
    pub(crate) const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
}

/// A file that a signature covers.
#[derive(Debug, Clone, Copy)]
#[allow(unreachable_pub, reason = "public under the feature `__sandbox`")]
pub struct SignedFile<'a> {
    /// Its name, in `A-Z a-z 0-9 . _ -`; other characters are escaped for XML but not for URIs.
    pub name: &'a str,
    /// Its media type.
    pub mime: &'a str,
    /// The SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

/// Writes a signature document over files: `META-INF/signatures.xml` of a package, or a XAdES
/// document on its own.
///
/// The signing time is written in UTC with milliseconds; what is finer is cut off. The signer's
/// whole chain goes into `KeyInfo`.
///
/// # Errors
/// [`SignError`] if the certificate is of a kind that the service refuses, or signing fails.
#[allow(unreachable_pub, reason = "public under the feature `__sandbox`")]
pub fn signatures_xml(
    signer: &dyn PackageSigner,
    files: &[SignedFile<'_>],
    signing_time: Timestamp,
) -> Result<String, SignError> {
    let leaf = signer::check_key(signer.chain())?;
    let properties = SignedProperties::new(leaf, files, &time_text(signing_time));
    let signed_info = SignedInfo::new(files, &properties);
    let signature = signer::sign_and_check(signer, signed_info.canonical().as_bytes())?;
    Ok(document(
        &signed_info,
        &signature,
        signer.chain(),
        &properties,
    ))
}

/// The signing time as the service's profile has it.
fn time_text(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// Everything of the element `SignedProperties` after its name.
pub(crate) struct SignedProperties(String);

impl SignedProperties {
    pub(crate) fn new(leaf: &Certificate, files: &[SignedFile<'_>], signing_time: &str) -> Self {
        let mut text = format!(
            " Id=\"SignedProperties\"><SignedSignatureProperties>\
             <SigningTime>{signing_time}</SigningTime>\
             <SigningCertificate><Cert><CertDigest>\
             <ns2:DigestMethod Algorithm=\"{}\"></ns2:DigestMethod>\
             <ns2:DigestValue>{}</ns2:DigestValue>\
             </CertDigest><IssuerSerial>\
             <ns2:X509IssuerName>{}</ns2:X509IssuerName>\
             <ns2:X509SerialNumber>{}</ns2:X509SerialNumber>\
             </IssuerSerial></Cert></SigningCertificate>\
             </SignedSignatureProperties><SignedDataObjectProperties>",
            uri::SHA1,
            STANDARD.encode(leaf.sha1()),
            escape_text(&leaf.issuer_rfc2253()),
            leaf.serial_decimal(),
        );
        for (index, file) in files.iter().enumerate() {
            // Writing to a String can't fail.
            let _ = write!(
                text,
                "<DataObjectFormat ObjectReference=\"#ID_{index}\"><MimeType>{}</MimeType>\
                 </DataObjectFormat>",
                escape_text(file.mime)
            );
        }
        text.push_str("</SignedDataObjectProperties></SignedProperties>");
        Self(text)
    }

    /// What is digested: the element with the namespaces that its parent declares.
    pub(crate) fn canonical(&self) -> String {
        format!(
            "<SignedProperties xmlns=\"{}\" xmlns:ns2=\"{}\"{}",
            uri::XADES,
            uri::XMLDSIG,
            self.0
        )
    }
}

/// Everything of the element `SignedInfo` after its name.
pub(crate) struct SignedInfo(String);

impl SignedInfo {
    pub(crate) fn new(files: &[SignedFile<'_>], properties: &SignedProperties) -> Self {
        let mut text = format!(
            "><CanonicalizationMethod Algorithm=\"{}\"></CanonicalizationMethod>\
             <SignatureMethod Algorithm=\"{}\"></SignatureMethod>",
            uri::C14N,
            uri::RSA_SHA256
        );
        for (index, file) in files.iter().enumerate() {
            // Writing to a String can't fail.
            let _ = write!(
                text,
                "<Reference Id=\"ID_{index}\" URI=\"{}\">{}</Reference>",
                escape_attribute(file.name),
                digest_elements(&file.sha256)
            );
        }
        let digest = digest::digest(&digest::SHA256, properties.canonical().as_bytes());
        let _ = write!(
            text,
            "<Reference Type=\"{}\" URI=\"#SignedProperties\"><Transforms>\
             <Transform Algorithm=\"{}\"></Transform></Transforms>{}</Reference></SignedInfo>",
            uri::SIGNED_PROPERTIES,
            uri::C14N,
            digest_elements(digest.as_ref())
        );
        Self(text)
    }

    /// What is signed: the element with the namespace that its parent declares.
    pub(crate) fn canonical(&self) -> String {
        format!("<SignedInfo xmlns=\"{}\"{}", uri::XMLDSIG, self.0)
    }
}

fn digest_elements(digest: &[u8]) -> String {
    format!(
        "<DigestMethod Algorithm=\"{}\"></DigestMethod><DigestValue>{}</DigestValue>",
        uri::SHA256,
        STANDARD.encode(digest)
    )
}

fn document(
    signed_info: &SignedInfo,
    signature: &[u8],
    chain: &[Certificate],
    properties: &SignedProperties,
) -> String {
    let mut certificates = String::new();
    for certificate in chain {
        certificates.push_str("<X509Certificate>");
        STANDARD.encode_string(certificate.der(), &mut certificates);
        certificates.push_str("</X509Certificate>");
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n\
         <XAdESSignatures xmlns=\"{}\"><Signature xmlns=\"{}\" Id=\"Signature\">\
         <SignedInfo{}<SignatureValue>{}</SignatureValue>\
         <KeyInfo><X509Data>{certificates}</X509Data></KeyInfo>\
         <Object><QualifyingProperties xmlns=\"{}\" xmlns:ns2=\"{}\" Target=\"#Signature\">\
         <SignedProperties{}</QualifyingProperties></Object></Signature></XAdESSignatures>",
        uri::ASIC,
        uri::XMLDSIG,
        signed_info.0,
        STANDARD.encode(signature),
        uri::XADES,
        uri::XMLDSIG,
        properties.0
    )
}

/// Text as canonical XML writes it.
pub(crate) fn escape_text(text: &str) -> String {
    escape(text, |character| match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        _ => None,
    })
}

/// An attribute's value as canonical XML writes it.
pub(crate) fn escape_attribute(value: &str) -> String {
    escape(value, |character| match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    })
}

fn escape(text: &str, entity: impl Fn(char) -> Option<&'static str>) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match entity(character) {
            Some(entity) => escaped.push_str(entity),
            None => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
