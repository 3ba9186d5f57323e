//! The signature inside a signed PDF: CMS SignedData as PAdES baseline B-B asks for it.
//!
//! Signed are the content type, the digest of the document, and which certificate signs; the time
//! stands in the PDF. Sources: RFC 5652, RFC 5035, ETSI EN 319 142-1.

use aws_lc_rs::digest;
use cms::cert::x509::Certificate;
use cms::cert::x509::attr::{Attribute, Attributes};
use cms::cert::x509::der::asn1::{Null, ObjectIdentifier, OctetString, SetOfVec};
use cms::cert::x509::der::{self, Any, Decode, Encode};
use cms::cert::x509::spki::AlgorithmIdentifierOwned;
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};

use super::PdfError;
use crate::certificates::DocumentSigning;

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");

/// The signature over a content with this digest, DER. Its length does not depend on the digest.
pub(super) fn signature(signing: &DocumentSigning, sha256: &[u8]) -> Result<Vec<u8>, PdfError> {
    let sign = |attributes: &[u8]| signing.sign(attributes).map_err(|_| PdfError::Key);
    with_value(signing, sha256, sign)
}

/// How long every [`signature`] is.
pub(super) fn length(signing: &DocumentSigning) -> Result<usize, PdfError> {
    let nothing = [0; digest::SHA256_OUTPUT_LEN];
    let unsigned = |_: &[u8]| Ok(vec![0; signing.signature_length()]);
    with_value(signing, &nothing, unsigned).map(|signature| signature.len())
}

fn with_value(
    signing: &DocumentSigning,
    sha256: &[u8],
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, PdfError>,
) -> Result<Vec<u8>, PdfError> {
    let [certificate, issuer] = signing.seal() else {
        return Err(PdfError::NoSeal);
    };
    let attributes = Attributes::try_from(vec![
        attribute(CONTENT_TYPE, Any::encode_from(&DATA)?)?,
        attribute(
            MESSAGE_DIGEST,
            Any::encode_from(&OctetString::new(sha256)?)?,
        )?,
        attribute(
            SIGNING_CERTIFICATE_V2,
            signing_certificate(certificate.der())?,
        )?,
    ])?;
    let value = sign(&attributes.to_der()?)?;
    let certificate = Certificate::from_der(certificate.der())?;
    let issuer = Certificate::from_der(issuer.der())?;
    Ok(signed_data(certificate, issuer, attributes, value)?)
}

fn signed_data(
    certificate: Certificate,
    issuer: Certificate,
    attributes: Attributes,
    value: Vec<u8>,
) -> der::Result<Vec<u8>> {
    let sha256 = AlgorithmIdentifierOwned {
        oid: SHA256,
        parameters: None,
    };
    let of = certificate.tbs_certificate();
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: of.issuer().clone(),
            serial_number: of.serial_number().clone(),
        }),
        digest_alg: sha256.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm: AlgorithmIdentifierOwned {
            oid: SHA256_WITH_RSA,
            parameters: Some(Any::encode_from(&Null)?),
        },
        signature: OctetString::new(value)?,
        unsigned_attrs: None,
    };
    let signed = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![sha256])?,
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: DATA,
            econtent: None,
        },
        certificates: Some(CertificateSet::try_from(vec![
            CertificateChoices::Certificate(certificate),
            CertificateChoices::Certificate(issuer),
        ])?),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![signer])?,
    };
    ContentInfo {
        content_type: SIGNED_DATA,
        content: Any::encode_from(&signed)?,
    }
    .to_der()
}

fn attribute(oid: ObjectIdentifier, value: Any) -> der::Result<Attribute> {
    Ok(Attribute {
        oid,
        values: SetOfVec::try_from(vec![value])?,
    })
}

/// `SigningCertificateV2` of one certificate: a list in a list in a list around its SHA-256, which
/// is the default algorithm and so not named.
fn signing_certificate(certificate_der: &[u8]) -> der::Result<Any> {
    let hash = digest::digest(&digest::SHA256, certificate_der);
    let id = vec![OctetString::new(hash.as_ref())?];
    Any::encode_from(&vec![vec![id]])
}
