//! Takes a signature document apart: the structure of the profile, held to strictly.

use aws_lc_rs::digest;
use jiff::Timestamp;
use num_bigint::BigInt;
use portal_certificate::Certificate;
use portal_model::DateTime;

use crate::verify_error::VerifyError;
use crate::xades::uri;
use crate::xml_tree::{self, Element};

mod elements;

use elements::{
    algorithm, base64, c14n, children, elements, named, only_attributes, structure, text,
};

/// How many certificates are read; chains have three. Each costs signatures to check.
const MAX_CERTIFICATES: usize = 16;

/// What a signature document says.
pub(crate) struct SignatureDocument {
    /// `SignedInfo` in canonical form: what is signed.
    pub(crate) signed_info: String,
    pub(crate) value: Vec<u8>,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) files: Vec<FileReference>,
    /// The digest of `SignedProperties` that `SignedInfo` states, and the one that it has.
    pub(crate) properties_stated: [u8; 32],
    pub(crate) properties_found: [u8; 32],
    pub(crate) signing_time: Timestamp,
    pub(crate) certificate_sha1: Vec<u8>,
    pub(crate) certificate_serial: BigInt,
}

/// A reference to a file, with what the signed properties say of it.
pub(crate) struct FileReference {
    pub(crate) uri: String,
    pub(crate) sha256: [u8; 32],
    pub(crate) mime: String,
}

/// Reads a document.
pub(crate) fn read(document: &[u8]) -> Result<SignatureDocument, VerifyError> {
    let root = xml_tree::parse(document).map_err(|problem| VerifyError::SignatureXml {
        what: problem.what,
        offset: problem.offset,
    })?;
    if !root.is(uri::ASIC, "XAdESSignatures") {
        return Err(structure("XAdESSignatures", "is not the root element"));
    }
    check_ids(&root)?;
    if elements(&root)
        .filter(|child| child.is(uri::XMLDSIG, "Signature"))
        .count()
        > 1
    {
        return Err(VerifyError::SecondSignature);
    }
    let root_node = only_attributes(&root, "XAdESSignatures", &[])?;
    let [signature] = children(root_node, "XAdESSignatures", [(uri::XMLDSIG, "Signature")])?;
    only_attributes(signature, "Signature", &["Id"])?;
    let [info, value, key_info, object] = children(
        signature,
        "Signature",
        [
            (uri::XMLDSIG, "SignedInfo"),
            (uri::XMLDSIG, "SignatureValue"),
            (uri::XMLDSIG, "KeyInfo"),
            (uri::XMLDSIG, "Object"),
        ],
    )?;
    let [qualifying] = children(object, "Object", [(uri::XADES, "QualifyingProperties")])?;
    only_attributes(qualifying, "QualifyingProperties", &["Target", "Id"])?;
    let target = qualifying
        .attribute("Target")
        .and_then(|target| target.strip_prefix('#'));
    if target.is_none() || target != signature.attribute("Id") {
        return Err(structure(
            "QualifyingProperties",
            "has a Target that is not the signature",
        ));
    }
    let [properties] = children(
        qualifying,
        "QualifyingProperties",
        [(uri::XADES, "SignedProperties")],
    )?;

    let references = SignedInfo::read(info)?;
    if properties.attribute("Id") != Some(&references.properties_id) {
        return Err(structure(
            "SignedProperties",
            "is not the element that the signature refers to",
        ));
    }
    let stated = Properties::read(properties)?;
    let canonical = xml_tree::canonicalize(&[&root, signature, object, qualifying, properties]);
    Ok(SignatureDocument {
        signed_info: xml_tree::canonicalize(&[&root, signature, info]),
        value: base64(value, "SignatureValue")?,
        certificates: certificates(key_info)?,
        properties_stated: references.properties_sha256,
        properties_found: sha256(canonical.as_bytes()),
        files: join(references.files, &stated.formats)?,
        signing_time: stated.signing_time,
        certificate_sha1: stated.certificate_sha1,
        certificate_serial: stated.certificate_serial,
    })
}

/// What `SignedInfo` says.
struct SignedInfo {
    /// Id, URI, digest.
    files: Vec<(Option<String>, String, [u8; 32])>,
    properties_id: String,
    properties_sha256: [u8; 32],
}

impl SignedInfo {
    fn read(info: &Element) -> Result<Self, VerifyError> {
        let mut parts = elements(info);
        let method = named(parts.next(), "CanonicalizationMethod", uri::XMLDSIG)?;
        c14n(method, "CanonicalizationMethod")?;
        let method = named(parts.next(), "SignatureMethod", uri::XMLDSIG)?;
        algorithm(
            method,
            "SignatureMethod",
            uri::RSA_SHA256,
            "RSA with SHA-256",
        )?;
        let mut files = Vec::new();
        let mut properties = None;
        for (index, reference) in parts.enumerate() {
            let position = index + 1;
            let reference = named(Some(reference), "Reference", uri::XMLDSIG)?;
            only_attributes(reference, "Reference", &["Id", "Type", "URI"])?;
            let target = reference
                .attribute("URI")
                .ok_or(VerifyError::Reference { position })?;
            let mut parts = elements(reference).peekable();
            let transforms = parts.next_if(|part| part.is(uri::XMLDSIG, "Transforms"));
            let method = named(parts.next(), "DigestMethod", uri::XMLDSIG)?;
            algorithm(method, "Reference/DigestMethod", uri::SHA256, "SHA-256")?;
            let digest = named(parts.next(), "DigestValue", uri::XMLDSIG)?;
            let digest: [u8; 32] = base64(digest, "Reference/DigestValue")?
                .try_into()
                .map_err(|_| structure("Reference/DigestValue", "is not 32 bytes long"))?;
            if parts.next().is_some() {
                return Err(structure("Reference", "has more elements than it should"));
            }
            match (reference.attribute("Type"), target.strip_prefix('#')) {
                (Some(uri::SIGNED_PROPERTIES), Some(id)) if properties.is_none() => {
                    if let Some(transforms) = transforms {
                        let [transform] =
                            children(transforms, "Transforms", [(uri::XMLDSIG, "Transform")])?;
                        c14n(transform, "Transform")?;
                    }
                    properties = Some((id.to_owned(), digest));
                }
                (None, None) if transforms.is_none() && !target.is_empty() => {
                    let id = reference.attribute("Id").map(str::to_owned);
                    files.push((id, target.to_owned(), digest));
                }
                _ => return Err(VerifyError::Reference { position }),
            }
        }
        let (properties_id, properties_sha256) = properties.ok_or(structure(
            "SignedInfo",
            "has no reference to the signed properties",
        ))?;
        Ok(Self {
            files,
            properties_id,
            properties_sha256,
        })
    }
}

/// What `SignedProperties` says.
struct Properties {
    signing_time: Timestamp,
    certificate_sha1: Vec<u8>,
    certificate_serial: BigInt,
    /// Reference's Id and media type.
    formats: Vec<(String, String)>,
}

impl Properties {
    fn read(properties: &Element) -> Result<Self, VerifyError> {
        only_attributes(properties, "SignedProperties", &["Id"])?;
        let [of_signature, of_files] = children(
            properties,
            "SignedProperties",
            [
                (uri::XADES, "SignedSignatureProperties"),
                (uri::XADES, "SignedDataObjectProperties"),
            ],
        )?;
        let [time, certificate] = children(
            of_signature,
            "SignedSignatureProperties",
            [
                (uri::XADES, "SigningTime"),
                (uri::XADES, "SigningCertificate"),
            ],
        )?;
        let signing_time = text(time, "SigningTime")?
            .trim()
            .parse()
            .ok()
            .and_then(DateTime::timestamp)
            .ok_or(structure("SigningTime", "is not a time with an offset"))?;
        let [certificate] = children(certificate, "SigningCertificate", [(uri::XADES, "Cert")])?;
        let [digest, issuer] = children(
            certificate,
            "Cert",
            [(uri::XADES, "CertDigest"), (uri::XADES, "IssuerSerial")],
        )?;
        let [method, digest] = children(
            digest,
            "CertDigest",
            [
                (uri::XMLDSIG, "DigestMethod"),
                (uri::XMLDSIG, "DigestValue"),
            ],
        )?;
        algorithm(method, "CertDigest/DigestMethod", uri::SHA1, "SHA-1")?;
        // The issuer's name is not compared: senders write it in different forms, and the
        // certificate is pinned by its digest.
        let [_, serial] = children(
            issuer,
            "IssuerSerial",
            [
                (uri::XMLDSIG, "X509IssuerName"),
                (uri::XMLDSIG, "X509SerialNumber"),
            ],
        )?;
        let serial = text(serial, "X509SerialNumber")?;
        let certificate_serial = whole_number(serial.trim())
            .ok_or(structure("X509SerialNumber", "is not a whole number"))?;
        let mut formats = Vec::new();
        for format in elements(of_files) {
            let format = named(Some(format), "DataObjectFormat", uri::XADES)?;
            only_attributes(format, "DataObjectFormat", &["ObjectReference"])?;
            let [mime] = children(format, "DataObjectFormat", [(uri::XADES, "MimeType")])?;
            let reference = format
                .attribute("ObjectReference")
                .and_then(|reference| reference.strip_prefix('#'))
                .ok_or(VerifyError::MediaTypes)?;
            formats.push((
                reference.to_owned(),
                text(mime, "MimeType")?.trim().to_owned(),
            ));
        }
        Ok(Self {
            signing_time,
            certificate_sha1: base64(digest, "CertDigest/DigestValue")?,
            certificate_serial,
            formats,
        })
    }
}

/// The number that a text of digits stands for; a sign may stand before it, and nothing between.
fn whole_number(text: &str) -> Option<BigInt> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // Parsing by itself would take `12_345`.
    (is_number && digits.len() <= 64)
        .then(|| text.parse().ok())
        .flatten()
}

/// Gives each file its media type; every file must have one, and every one a file.
fn join(
    files: Vec<(Option<String>, String, [u8; 32])>,
    formats: &[(String, String)],
) -> Result<Vec<FileReference>, VerifyError> {
    if formats.len() != files.len() {
        return Err(VerifyError::MediaTypes);
    }
    files
        .into_iter()
        .map(|(id, uri, sha256)| {
            let id = id.ok_or(VerifyError::MediaTypes)?;
            let mut found = formats.iter().filter(|(reference, _)| *reference == id);
            match (found.next(), found.next()) {
                (Some((_, mime)), None) => Ok(FileReference {
                    uri,
                    sha256,
                    mime: mime.clone(),
                }),
                _ => Err(VerifyError::MediaTypes),
            }
        })
        .collect()
}

fn certificates(key_info: &Element) -> Result<Vec<Certificate>, VerifyError> {
    let [data] = children(key_info, "KeyInfo", [(uri::XMLDSIG, "X509Data")])?;
    let mut certificates = Vec::new();
    for (index, element) in elements(data).enumerate() {
        if index >= MAX_CERTIFICATES {
            return Err(structure(
                "X509Data",
                "has more certificates than a chain can have",
            ));
        }
        let element = named(Some(element), "X509Certificate", uri::XMLDSIG)?;
        let certificate =
            Certificate::from_der(base64(element, "X509Certificate")?).map_err(|source| {
                VerifyError::Certificate {
                    position: index + 1,
                    source,
                }
            })?;
        certificates.push(certificate);
    }
    if certificates.is_empty() {
        return Err(structure("X509Data", "has no certificate"));
    }
    Ok(certificates)
}

/// No two elements may have the same Id: a reference would be to either.
fn check_ids(root: &Element) -> Result<(), VerifyError> {
    fn collect<'a>(element: &'a Element, ids: &mut Vec<&'a str>) {
        ids.extend(element.attribute("Id"));
        for child in elements(element) {
            collect(child, ids);
        }
    }
    let mut ids = Vec::new();
    collect(root, &mut ids);
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(structure("Id", "is there twice with the same value"));
    }
    Ok(())
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    sha256
}
