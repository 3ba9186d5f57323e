//! Reads the signature of a PDF, and verifies it as far as the signed document goes: who issued the
//! certificate is not looked at.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use cms::cert::CertificateChoices;
use cms::cert::x509::Certificate;
use cms::cert::x509::der::asn1::{ObjectIdentifier, OctetString};
use cms::cert::x509::der::{self, Decode, DecodeValue, Encode, FixedTag};
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerInfo};

/// A signature, and what of the file it covers.
pub(super) struct Read<'a> {
    pub(super) cms: Vec<u8>,
    /// Before the signature and after it.
    pub(super) covered: [&'a [u8]; 2],
    pub(super) between: &'a [u8],
}

/// Finds the last signature of a file by its text.
pub(super) fn read(pdf: &[u8]) -> Option<Read<'_>> {
    let dictionary = memchr::memmem::rfind(pdf, b"/ByteRange[")? + b"/ByteRange[".len();
    let end = dictionary + memchr::memchr(b']', &pdf[dictionary..])?;
    let numbers: Vec<usize> = std::str::from_utf8(&pdf[dictionary..end])
        .ok()?
        .split_whitespace()
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    let [0, before, after, length] = numbers[..] else {
        return None;
    };
    let between = pdf.get(before..after)?;
    let hex = between.strip_prefix(b"<")?.strip_suffix(b">")?;
    let nibble = |digit: u8| char::from(digit).to_digit(16);
    let cms = hex
        .chunks(2)
        .map(|pair| u8::try_from(nibble(pair[0])? * 16 + nibble(*pair.get(1)?)?).ok())
        .collect::<Option<_>>()?;
    Some(Read {
        cms,
        covered: [&pdf[..before], pdf.get(after..after.checked_add(length)?)?],
        between,
    })
}

/// What the signed attribute of this type says; it must have a single value.
fn attribute<T>(signer: &SignerInfo, oid: &str) -> Result<T, &'static str>
where
    T: for<'a> DecodeValue<'a> + FixedTag,
    for<'a> <T as DecodeValue<'a>>::Error: Into<der::Error> + From<der::Error>,
{
    let oid = ObjectIdentifier::new_unwrap(oid);
    let attributes = signer.signed_attrs.as_ref().ok_or("nothing is signed")?;
    let attribute = attributes.iter().find(|attribute| attribute.oid == oid);
    match attribute
        .ok_or("an attribute is missing")?
        .values
        .as_slice()
    {
        [value] => value
            .decode_as()
            .map_err(|_| "an attribute is of another form"),
        _ => Err("an attribute has several values"),
    }
}

/// Verifies the last signature of a file; gives the certificate.
pub(super) fn verify(pdf: &[u8]) -> Result<Certificate, &'static str> {
    let read = read(pdf).ok_or("there is no signature")?;
    let content = ContentInfo::from_der(&read.cms).map_err(|_| "not CMS")?;
    let signed: SignedData = content.content.decode_as().map_err(|_| "not SignedData")?;
    let [signer] = signed.signer_infos.0.as_slice() else {
        return Err("not one signer");
    };
    let certificates = signed.certificates.ok_or("no certificates")?;
    let mut certificates = certificates.0.iter().filter_map(|choice| match choice {
        CertificateChoices::Certificate(certificate) => Some(certificate),
        CertificateChoices::Other(_) => None,
    });
    // The one that the signed attributes name.
    let named: Vec<Vec<Vec<OctetString>>> = attribute(signer, "1.2.840.113549.1.9.16.2.47")?;
    let named = named.concat().concat();
    let certificate = certificates
        .find(|certificate| {
            let der = certificate.to_der().unwrap_or_default();
            let [named] = named.as_slice() else {
                return false;
            };
            digest(&SHA256, &der).as_ref() == named.as_bytes()
        })
        .ok_or("the signing certificate is not there")?;

    let _: ObjectIdentifier = attribute(signer, "1.2.840.113549.1.9.3")?;
    let whole = read.covered.concat();
    let stated: OctetString = attribute(signer, "1.2.840.113549.1.9.4")?;
    if digest(&SHA256, &whole).as_ref() != stated.as_bytes() {
        return Err("the document is another");
    }
    let attributes = signer.signed_attrs.as_ref().ok_or("nothing is signed")?;
    let attributes = attributes.to_der().map_err(|_| "attributes")?;
    let key = certificate.tbs_certificate().subject_public_key_info();
    UnparsedPublicKey::new(
        &RSA_PKCS1_2048_8192_SHA256,
        key.subject_public_key.raw_bytes(),
    )
    .verify(&attributes, signer.signature.as_bytes())
    .map_err(|_| "the signature does not hold")?;
    Ok(certificate.clone())
}
