//! One signature in an XML document: its references, value and certificate.
//!
//! Sources: W3C XML Signature, ETSI EN 319 132-1, and the older ETSI TS 101 903.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use portal_asice::xml_document::{XmlElement, canonicalize, canonicalize_without};
use portal_certificate::Certificate;

use super::{ExternalReference, Ids, Path, XMLDSIG, XadesSignature};
use crate::algorithm::{self, Digest, Form, Outcome};
use crate::certificate::{Fingerprint, SignerCertificate};
use crate::finding::{DocumentFinding, FindingCode, FindingSeverity, Place, counted};

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// Inclusive Canonical XML without comments, which is the same in both versions on what is read.
const CANONICAL: [&str; 2] = [
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/2006/12/xml-c14n11",
];
const SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";
/// How many references and certificates are looked at; each costs a digest of what it is over.
const MAX_REFERENCES: usize = 64;
const MAX_CERTIFICATES: usize = 16;

/// Assesses the signature at the end of the path.
pub(super) fn assess(
    path: &Path<'_>,
    ids: &Ids<'_>,
    number: u32,
) -> (XadesSignature, Vec<DocumentFinding>) {
    let mut assessment = Assessment {
        path,
        ids,
        number,
        findings: Vec::new(),
        facts: XadesSignature {
            certificate: None,
            claimed_time: None,
            references: Vec::new(),
        },
    };
    assessment.run();
    let Assessment {
        facts, findings, ..
    } = assessment;
    (facts, findings)
}

struct Assessment<'a, 'b> {
    path: &'b Path<'a>,
    ids: &'b Ids<'a>,
    number: u32,
    findings: Vec<DocumentFinding>,
    facts: XadesSignature,
}

impl<'a> Assessment<'a, '_> {
    fn add(&mut self, code: FindingCode, sentence: impl Into<String>) {
        let place = Place::Signature(self.number);
        self.findings
            .push(DocumentFinding::new(code, place, sentence));
    }

    fn run(&mut self) {
        let Some(&signature) = self.path.last() else {
            return;
        };
        let child = |name| signature.children().find(|child| child.is(XMLDSIG, name));
        let (Some(info), Some(value)) = (child("SignedInfo"), child("SignatureValue")) else {
            return self.add(
                FindingCode::NotAssessed,
                "The structure of the signature is not known.",
            );
        };
        let certificates = child("KeyInfo").map(certificates).unwrap_or_default();
        let properties = self.references(info);
        let leaf = match &properties {
            Some(properties) => self.properties(*properties, &certificates),
            None => certificates.first(),
        };
        self.facts.certificate = leaf.map(SignerCertificate::of);
        match leaf {
            Some(leaf) => self.value(info, value, leaf),
            None => self.add(
                FindingCode::NotAssessed,
                "The signature was not checked: its certificate is not in the document.",
            ),
        }
        if self
            .findings
            .iter()
            .all(|finding| finding.severity == FindingSeverity::Info)
        {
            let sentence = "Signature and digests hold; data outside is compared with the job.";
            self.add(FindingCode::XmlSignatureHolds, sentence);
        }
    }

    /// Checks all references. Returns the signed properties if one is over them.
    fn references(&mut self, info: XmlElement<'a>) -> Option<XmlElement<'a>> {
        let references: Vec<XmlElement<'a>> = info
            .children()
            .filter(|child| child.is(XMLDSIG, "Reference"))
            .collect();
        if references.len() > MAX_REFERENCES {
            self.add(
                FindingCode::NotAssessed,
                "The signature has too many references.",
            );
            return None;
        }
        let formats = self.media_types();
        let mut properties = None;
        for (index, reference) in references.into_iter().enumerate() {
            let place = Place::Reference {
                signature: self.number,
                reference: counted(index),
            };
            match self.reference(reference, &formats) {
                Ok(found) => properties = properties.or(found),
                Err((code, sentence)) => self
                    .findings
                    .push(DocumentFinding::new(code, place, sentence)),
            }
        }
        properties
    }

    /// Checks a reference, or keeps it if its data is outside the document.
    fn reference(
        &mut self,
        reference: XmlElement<'a>,
        formats: &[(&'a str, &'a str)],
    ) -> Result<Option<XmlElement<'a>>, (FindingCode, String)> {
        let not_assessed =
            |what: &str| (FindingCode::NotAssessed, format!("Not supported: {what}."));
        let child = |name| reference.children().find(|child| child.is(XMLDSIG, name));
        let method = child("DigestMethod").and_then(|method| method.attribute("Algorithm"));
        let stated = child("DigestValue").and_then(|value| decoded(value));
        let (Some(method), Some(stated)) = (method, stated) else {
            return Err(not_assessed("a reference without a digest"));
        };
        let transforms: Vec<&str> = child("Transforms")
            .into_iter()
            .flat_map(XmlElement::children)
            .map(|transform| transform.attribute("Algorithm").unwrap_or_default())
            .collect();
        let digest = Digest::by_uri(method);
        let target = reference.attribute("URI");
        let Some(target) = target.filter(|target| is_inside(target)) else {
            let sha256 = match digest {
                Some(Digest::Sha256) if transforms.is_empty() => <[u8; 32]>::try_from(stated)
                    .ok()
                    .map(Fingerprint::from_sha256),
                _ => None,
            };
            let id = reference.attribute("Id");
            let media_type = formats.iter().find(|(of, _)| Some(*of) == id);
            self.facts.references.push(ExternalReference {
                name: target.map(name_of).unwrap_or_default(),
                sha256,
                media_type: media_type.map(|(_, media_type)| (*media_type).to_owned()),
            });
            return Ok(None);
        };
        let digest = digest.ok_or_else(|| not_assessed(&format!("the digest {method}")))?;
        let path = match target.strip_prefix('#') {
            Some(id) => self.ids.get(id).ok_or((
                FindingCode::ReferenceChanged,
                "The signature refers to a part that is not there, or is there twice.".to_owned(),
            ))?,
            None => &vec![self.path[0]],
        };
        let mut enveloped = false;
        for transform in transforms {
            match transform {
                ENVELOPED => enveloped = true,
                known if CANONICAL.contains(&known) => {}
                other => return Err(not_assessed(&format!("the transform {other}"))),
            }
        }
        let signature = self.path.last().filter(|_| enveloped);
        let canonical = match signature {
            Some(signature) => canonicalize_without(path, *signature),
            None => canonicalize(path),
        };
        if digest.of(&[canonical.as_bytes()]) != stated {
            let sentence = format!("The {} of a signed part is another one.", digest.name());
            return Err((FindingCode::ReferenceChanged, sentence));
        }
        let is_properties = reference.attribute("Type") == Some(SIGNED_PROPERTIES);
        let found = path.last().copied().filter(|_| is_properties);
        Ok(found.filter(|found| found.name() == "SignedProperties"))
    }

    /// Ids of references with the media type of their data.
    fn media_types(&self) -> Vec<(&'a str, &'a str)> {
        let Some(&signature) = self.path.last() else {
            return Vec::new();
        };
        let formats = descendants(signature, "DataObjectFormat");
        let pairs = formats.into_iter().filter_map(|format| {
            let id = format.attribute("ObjectReference")?.strip_prefix('#')?;
            let mime = format.children().find(|child| child.name() == "MimeType")?;
            Some((id, mime.text()?.trim()))
        });
        pairs.collect()
    }

    /// Reads the claimed time, and which of the certificates the signature is by.
    fn properties<'c>(
        &mut self,
        properties: XmlElement<'a>,
        certificates: &'c [Certificate],
    ) -> Option<&'c Certificate> {
        let time = descendants(properties, "SigningTime").into_iter().next();
        self.facts.claimed_time =
            time.and_then(|time| time.text()?.trim().parse::<Timestamp>().ok());
        let mut names = descendants(properties, "CertDigest").into_iter();
        let Some(named) = names.next() else {
            return certificates.first();
        };
        let child = |name| named.children().find(|child| child.is(XMLDSIG, name));
        let method = child("DigestMethod").and_then(|method| method.attribute("Algorithm"));
        let stated = child("DigestValue").and_then(decoded);
        let (Some(digest), Some(stated)) = (method.and_then(Digest::by_uri), stated) else {
            self.add(
                FindingCode::NotAssessed,
                "The digest by which the signature names its certificate is not supported.",
            );
            return certificates.first();
        };
        let found = certificates
            .iter()
            .find(|certificate| digest.of(&[certificate.der()]) == stated);
        if found.is_none() && !certificates.is_empty() {
            self.add(
                FindingCode::SigningCertificateDiffers,
                "The signature names a certificate that is not the one beside it.",
            );
        }
        found.or(certificates.first())
    }

    fn value(&mut self, info: XmlElement<'a>, value: XmlElement<'a>, leaf: &Certificate) {
        let method = |name: &str| {
            let method = info.children().find(|child| child.is(XMLDSIG, name));
            method
                .and_then(|method| method.attribute("Algorithm"))
                .unwrap_or_default()
        };
        let canonicalization = method("CanonicalizationMethod");
        let algorithm = method("SignatureMethod");
        let (Some((scheme, digest)), true) = (
            algorithm::of_xml(algorithm),
            CANONICAL.contains(&canonicalization),
        ) else {
            let sentence = format!(
                "The signature was not checked, for this is not supported: {algorithm} with {canonicalization}."
            );
            return self.add(FindingCode::NotAssessed, sentence);
        };
        if digest == Digest::Sha1 {
            self.add(
                FindingCode::WeakDigest,
                "The digest of the signature is SHA-1.",
            );
        }
        let Some(value) = decoded(value) else {
            return self.add(
                FindingCode::SignatureDiffers,
                "The signature value is no base64.",
            );
        };
        let mut path = self.path.clone();
        path.push(info);
        let signed = canonicalize(&path);
        match algorithm::verify(
            leaf.der(),
            scheme,
            digest,
            Form::Fixed,
            signed.as_bytes(),
            &value,
        ) {
            Outcome::Holds => {}
            Outcome::Differs => self.add(
                FindingCode::SignatureDiffers,
                "The signature is not of the key in its certificate.",
            ),
            Outcome::Unsupported(what) => self.add(
                FindingCode::NotAssessed,
                format!("The signature was not checked, for this is not supported: {what}."),
            ),
        }
    }
}

/// Whether a reference is to the document itself or a part of it.
fn is_inside(target: &str) -> bool {
    target.is_empty() || target.starts_with('#')
}

/// The last part of a URI, escapes resolved; `+` is a blank, as the service's Java client writes it.
fn name_of(uri: &str) -> String {
    let uri = uri.replace('+', " ");
    percent_decode_str(&uri).decode_utf8_lossy().into_owned()
}

/// All elements of this name in an element, in the order of the document.
fn descendants<'a>(element: XmlElement<'a>, name: &str) -> Vec<XmlElement<'a>> {
    let mut found = Vec::new();
    for child in element.children() {
        if child.name() == name {
            found.push(child);
        }
        found.extend(descendants(child, name));
    }
    found
}

fn decoded(element: XmlElement<'_>) -> Option<Vec<u8>> {
    let text: String = element
        .text()?
        .chars()
        .filter(|character| !character.is_ascii_whitespace())
        .collect();
    STANDARD.decode(text).ok()
}

fn certificates(key_info: XmlElement<'_>) -> Vec<Certificate> {
    descendants(key_info, "X509Certificate")
        .into_iter()
        .take(MAX_CERTIFICATES)
        .filter_map(|element| Certificate::from_der(decoded(element)?).ok())
        .collect()
}
