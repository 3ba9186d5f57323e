//! The signature of a PDF and the token of a time stamp: CMS SignedData with one signer.
//!
//! Sources: RFC 5652, RFC 5035 (signing certificate), RFC 3161 (time stamps), ETSI EN 319 122-1.

use cms::cert::x509::Certificate as X509;
use cms::cert::x509::attr::Attributes;
use cms::cert::x509::der::asn1::{ObjectIdentifier, OctetString};
use cms::cert::x509::der::{Any, Decode, Encode as _};
use cms::cert::x509::ext::pkix::SubjectKeyIdentifier;
use cms::cert::x509::time::Time;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use jiff::Timestamp;
use portal_certificate::Certificate;

use crate::algorithm::{self, Digest, Form, Outcome};
use crate::finding::FindingCode;
use crate::tlv;

pub(crate) const DATA: &str = "1.2.840.113549.1.7.1";
pub(crate) const TIME_STAMP_INFO: &str = "1.2.840.113549.1.9.16.1.4";
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
const SIGNING_CERTIFICATE: &str = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2: &str = "1.2.840.113549.1.9.16.2.47";
const TIME_STAMP_TOKEN: &str = "1.2.840.113549.1.9.16.2.14";

/// How many certificates are looked at.
const MAX_CERTIFICATES: usize = 32;

/// A signature that was read.
#[derive(Debug)]
pub(crate) struct Signed<'a> {
    signer: SignerInfo,
    /// The signed attributes as they were signed: as a SET, in the order of the file.
    attributes: Option<Vec<u8>>,
    /// All certificates, DER.
    certificates: Vec<&'a [u8]>,
    content_type: String,
    /// What is signed, where it is in the signature itself.
    pub(crate) content: Option<Vec<u8>>,
    /// How many bytes the signature has; others may follow.
    pub(crate) length: usize,
}

/// What checking a signature gave.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) findings: Vec<(FindingCode, String)>,
    /// The certificate that the signature names.
    pub(crate) certificate: Option<Certificate>,
    pub(crate) digest: Option<Digest>,
}

impl Checked {
    fn add(&mut self, code: FindingCode, sentence: impl Into<String>) {
        self.findings.push((code, sentence.into()));
    }
}

/// Reads a signature.
///
/// # Errors
/// What is wrong, as the end of a sentence about the signature, with its code.
pub(crate) fn read(bytes: &[u8]) -> Result<Signed<'_>, (FindingCode, &'static str)> {
    if bytes.first() == Some(&0x30) && bytes.get(1) == Some(&0x80) {
        return Err((
            FindingCode::NotAssessed,
            "is in BER with indefinite lengths",
        ));
    }
    let broken = |what| (FindingCode::SignatureUnreadable, what);
    let (outer, _) = tlv::read(bytes).ok_or(broken("is cut short or no DER"))?;
    let info = ContentInfo::from_der(outer.whole).map_err(|_| broken("is no CMS message"))?;
    if info.content_type.to_string() != SIGNED_DATA {
        return Err(broken("is a CMS message without a signature"));
    }
    let data: SignedData = info
        .content
        .decode_as()
        .map_err(|_| broken("is CMS SignedData that can't be read"))?;
    let [signer] = data.signer_infos.0.as_slice() else {
        return Err(broken("has not exactly one signer"));
    };
    let raw = raw_parts(outer.value).ok_or(broken("is CMS SignedData that can't be read"))?;
    let content = match &data.encap_content_info.econtent {
        None => None,
        Some(content) => {
            let content: OctetString = content
                .decode_as()
                .map_err(|_| broken("has a content that is no octet string"))?;
            Some(content.as_bytes().to_vec())
        }
    };
    Ok(Signed {
        signer: signer.clone(),
        attributes: raw.attributes,
        certificates: raw.certificates,
        content_type: data.encap_content_info.econtent_type.to_string(),
        content,
        length: outer.whole.len(),
    })
}

struct RawParts<'a> {
    attributes: Option<Vec<u8>>,
    certificates: Vec<&'a [u8]>,
}

/// The bytes of certificates and signed attributes, which digests are over: writing what was read
/// could change them. `content_info` is what stands in the outermost sequence.
fn raw_parts(content_info: &[u8]) -> Option<RawParts<'_>> {
    let explicit = tlv::all(content_info).nth(1)?;
    let (signed_data, _) = tlv::read(explicit.value)?;
    let mut certificates = Vec::new();
    let mut signers = None;
    for part in tlv::all(signed_data.value).skip(3) {
        match part.tag {
            0xa0 => certificates.extend(
                tlv::all(part.value)
                    .filter(|certificate| certificate.tag == 0x30)
                    .take(MAX_CERTIFICATES)
                    .map(|certificate| certificate.whole),
            ),
            0x31 => signers = Some(part),
            _ => {}
        }
    }
    let (signer, _) = tlv::read(signers?.value)?;
    let attributes = tlv::all(signer.value)
        .nth(3)
        .filter(|part| part.tag == 0xa0);
    let attributes = attributes.map(|attributes| {
        let mut set = attributes.whole.to_vec();
        // Signed is a SET; the implicit tag is only how it is carried.
        if let Some(tag) = set.first_mut() {
            *tag = 0x31;
        }
        set
    });
    Some(RawParts {
        attributes,
        certificates,
    })
}

impl Signed<'_> {
    /// The single value of an attribute.
    fn attribute(attributes: &Attributes, oid: &str) -> Option<Any> {
        let mut found = attributes.iter().filter(|it| it.oid.to_string() == oid);
        let (attribute, None) = (found.next()?, found.next()) else {
            return None;
        };
        match attribute.values.as_slice() {
            [value] => Some(value.clone()),
            _ => None,
        }
    }

    fn signed_attribute(&self, oid: &str) -> Option<Any> {
        Self::attribute(self.signer.signed_attrs.as_ref()?, oid)
    }

    /// The time that the signer claims.
    pub(crate) fn signing_time(&self) -> Option<Timestamp> {
        let time: Time = self.signed_attribute(SIGNING_TIME)?.decode_as().ok()?;
        let seconds = time.to_unix_duration().as_secs();
        Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
    }

    /// The value of the signature, over which a time stamp may be.
    pub(crate) fn value(&self) -> &[u8] {
        self.signer.signature.as_bytes()
    }

    /// The time stamp over the signature, where there is one.
    pub(crate) fn time_stamp(&self) -> Option<Vec<u8>> {
        let unsigned = self.signer.unsigned_attrs.as_ref()?;
        Self::attribute(unsigned, TIME_STAMP_TOKEN)?.to_der().ok()
    }

    /// Checks digest, signature and signing-certificate attribute. `content` gives the digest of what
    /// is signed. `is_pades` demands what PAdES does.
    pub(crate) fn check(
        &self,
        content_type: &str,
        content: impl FnOnce(Digest) -> Vec<u8>,
        is_pades: bool,
    ) -> Checked {
        let mut checked = Checked::default();
        let oid = self.signer.digest_alg.oid;
        let Some(digest) = Digest::by_oid(oid) else {
            checked.add(
                FindingCode::NotAssessed,
                format!("The digest algorithm {oid} is not supported."),
            );
            return checked;
        };
        checked.digest = Some(digest);
        if digest == Digest::Sha1 {
            checked.add(FindingCode::WeakDigest, "The digest is SHA-1.");
        }
        let certificate = self.certificate();
        checked.certificate = certificate.and_then(|der| Certificate::from_der(der).ok());
        let Some(attributes) = &self.attributes else {
            checked.add(
                FindingCode::NotAssessed,
                "The signature has no signed attributes; this form is not supported.",
            );
            return checked;
        };
        let stated: Option<ObjectIdentifier> = self
            .signed_attribute(CONTENT_TYPE)
            .and_then(|value| value.decode_as().ok());
        let stated = stated.map(|oid| oid.to_string());
        if stated.as_deref() != Some(content_type) || self.content_type != content_type {
            checked.add(
                FindingCode::SignatureDiffers,
                "The signature is over content of another type.",
            );
        }
        let stated: Option<OctetString> = self
            .signed_attribute(MESSAGE_DIGEST)
            .and_then(|value| value.decode_as().ok());
        if stated.is_none_or(|stated| stated.as_bytes() != content(digest)) {
            checked.add(
                FindingCode::ContentChanged,
                format!(
                    "The {} of what is signed is not the one in the signature.",
                    digest.name()
                ),
            );
        }
        let Some(certificate) = certificate else {
            checked.add(
                FindingCode::SignerCertificateMissing,
                "The signature does not contain the certificate that it names.",
            );
            return checked;
        };
        self.check_value(&mut checked, certificate, digest, attributes);
        self.check_signing_certificate(&mut checked, certificate, is_pades);
        checked
    }

    fn check_value(
        &self,
        checked: &mut Checked,
        certificate: &[u8],
        digest: Digest,
        attributes: &[u8],
    ) {
        let outcome = match algorithm::of_cms(&self.signer.signature_algorithm, digest) {
            Ok((scheme, digest)) => algorithm::verify(
                certificate,
                scheme,
                digest,
                Form::Der,
                attributes,
                self.value(),
            ),
            Err(unsupported) => Outcome::Unsupported(unsupported),
        };
        match outcome {
            Outcome::Holds => {}
            Outcome::Differs => checked.add(
                FindingCode::SignatureDiffers,
                "The signature is not of the key in its certificate.",
            ),
            Outcome::Unsupported(what) => checked.add(
                FindingCode::NotAssessed,
                format!("The signature was not checked, for this is not supported: {what}."),
            ),
        }
    }

    /// The first certificate that either attribute names must be the signer's.
    fn check_signing_certificate(&self, checked: &mut Checked, certificate: &[u8], demand: bool) {
        let v1 = self.signed_attribute(SIGNING_CERTIFICATE);
        let v2 = self.signed_attribute(SIGNING_CERTIFICATE_V2);
        if v1.is_none() && v2.is_none() && demand {
            checked.add(
                FindingCode::SigningCertificateMissing,
                "The signature has no signing-certificate attribute.",
            );
        }
        for (attribute, default) in [(v1, Digest::Sha1), (v2, Digest::Sha256)] {
            let Some(attribute) = attribute.and_then(|attribute| attribute.to_der().ok()) else {
                continue;
            };
            match named_certificate(&attribute, default) {
                Ok((digest, hash)) if digest.of(&[certificate]) == hash => {}
                Err(Some(oid)) => checked.add(
                    FindingCode::NotAssessed,
                    format!("The signing-certificate attribute has the digest algorithm {oid}, which is not supported."),
                ),
                Ok(_) | Err(None) => checked.add(
                    FindingCode::SigningCertificateDiffers,
                    "The signing-certificate attribute is of another certificate.",
                ),
            }
        }
    }

    /// The certificate that the signer names, DER.
    fn certificate(&self) -> Option<&[u8]> {
        self.certificates.iter().copied().find(|der| {
            let Ok(certificate) = X509::from_der(der) else {
                return false;
            };
            let certificate = certificate.tbs_certificate();
            match &self.signer.sid {
                SignerIdentifier::IssuerAndSerialNumber(named) => {
                    named.serial_number == *certificate.serial_number()
                        && named.issuer == *certificate.issuer()
                }
                SignerIdentifier::SubjectKeyIdentifier(named) => certificate
                    .get_extension::<SubjectKeyIdentifier>()
                    .is_ok_and(|found| found.is_some_and(|(_, found)| found == *named)),
            }
        })
    }
}

/// Digest algorithm and digest of the first certificate that an attribute names.
///
/// # Errors
/// The algorithm's number if it is not supported; nothing if the attribute can't be read.
fn named_certificate(
    attribute: &[u8],
    default: Digest,
) -> Result<(Digest, Vec<u8>), Option<String>> {
    let inner = |bytes| tlv::read(bytes).map(|(element, _)| element).ok_or(None);
    let certificates = inner(inner(attribute)?.value)?;
    let first = inner(certificates.value)?;
    let (mut digest, mut hash) = (default, None);
    for part in tlv::all(first.value) {
        match part.tag {
            0x30 if hash.is_none() => {
                let oid = inner(part.value)?;
                let oid = ObjectIdentifier::from_bytes(oid.value).map_err(|_| None)?;
                digest = Digest::by_oid(oid).ok_or_else(|| Some(oid.to_string()))?;
            }
            0x04 if hash.is_none() => hash = Some(part.value.to_vec()),
            _ => {}
        }
    }
    Ok((digest, hash.ok_or(None)?))
}
