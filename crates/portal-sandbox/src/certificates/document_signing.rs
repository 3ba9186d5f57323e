//! What signs documents in a sandbox: one certificate for the signed PDF, and one for each
//! signer.
//!
//! All are on one RSA key. The issuer of the signers' certificates has an RSA key too, whose
//! signatures are the same each time: so a signer's certificate is issued whenever it is needed,
//! kept nowhere, and is always the same.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use portal_asice::{PackageSigner, SignatureInput, SignerError};
use portal_certificate::Certificate;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SerialNumber,
};

use super::{
    Authority, MakingError, SERIAL_NUMBER, Validity, authority_params, enterprise_key, norwegian,
    set_validity,
};

/// The organisation in every certificate that signs documents, so that nobody takes one for real.
const NOBODY: &str = "SANDBOX - NO LEGAL EFFECT";
/// Whose name the signed PDF is signed in.
const SEAL: &str = "Portal Sandbox Document Seal";
/// The name in a seal that is wrong on purpose.
const OTHER_SEAL: &str = "Portal Sandbox Other Seal";
/// Which of the process's keys issues the signers' certificates; made when the first is needed.
const PERSONS_KEY: usize = 2;

/// Signs documents.
pub(crate) struct DocumentSigning {
    key_pair: Arc<KeyPair>,
    key: rsa::KeyPair,
    seal: Vec<Certificate>,
    root: Arc<Issuer<'static, KeyPair>>,
    root_der: Vec<u8>,
    validity: Validity,
    persons: OnceLock<Persons>,
}

/// The issuer of the signers' certificates.
struct Persons {
    issuer: Issuer<'static, KeyPair>,
    certificate: Certificate,
}

/// What the certificate of a signer says.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Person<'a> {
    pub(crate) name: &'a str,
    /// The personal number, where the job wants it in signed documents.
    pub(crate) number: Option<&'a str>,
}

/// Signs as one signer.
pub(crate) struct PersonSigner<'a> {
    chain: Vec<Certificate>,
    signing: &'a DocumentSigning,
}

impl DocumentSigning {
    pub(super) fn new(
        authority: &Authority,
        validity: Validity,
        key_slot: usize,
    ) -> Result<Self, MakingError> {
        let key_pair = enterprise_key(key_slot)?;
        let key = rsa::KeyPair::from_pkcs8(key_pair.serialized_der())?;
        let mut name = norwegian(NOBODY)?;
        name.push(DnType::CommonName, SEAL);
        let params = signing_params(name, &[SEAL], validity, &authority.root_der)?;
        let seal = params.signed_by(&*key_pair, &authority.issuer)?;
        Ok(Self {
            key_pair,
            key,
            // Without the root: readers know it or do not, and a root that comes along has no
            // weight.
            seal: vec![
                Certificate::from_der(seal.der().to_vec())?,
                Certificate::from_der(authority.intermediate_der.clone())?,
            ],
            root: Arc::clone(&authority.root),
            root_der: authority.root_der.clone(),
            validity,
            persons: OnceLock::new(),
        })
    }

    /// The same with another certificate to seal with, on the same key.
    pub(crate) fn with_other_seal(&self) -> Result<Self, MakingError> {
        let persons = self.persons()?;
        let mut name = norwegian(NOBODY)?;
        name.push(DnType::CommonName, OTHER_SEAL);
        let params = signing_params(name, &[OTHER_SEAL], self.validity, &self.root_der)?;
        let seal = params.signed_by(&*self.key_pair, &persons.issuer)?;
        Ok(Self {
            key_pair: Arc::clone(&self.key_pair),
            key: rsa::KeyPair::from_pkcs8(self.key_pair.serialized_der())?,
            seal: vec![
                Certificate::from_der(seal.der().to_vec())?,
                persons.certificate.clone(),
            ],
            root: Arc::clone(&self.root),
            root_der: self.root_der.clone(),
            validity: self.validity,
            persons: OnceLock::new(),
        })
    }

    /// The certificate that seals signed PDFs, and its issuer's.
    pub(crate) fn seal(&self) -> &[Certificate] {
        &self.seal
    }

    /// The length of every signature.
    pub(crate) fn signature_length(&self) -> usize {
        self.key.public_modulus_len()
    }

    /// Signs by RSA PKCS#1 v1.5 with SHA-256: the same message gives the same signature.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
        let mut signature = vec![0; self.signature_length()];
        self.key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message,
            &mut signature,
        )?;
        Ok(signature)
    }

    /// Issues the certificate of a signer.
    pub(crate) fn person(&self, person: &Person<'_>) -> Result<PersonSigner<'_>, MakingError> {
        let persons = self.persons()?;
        let mut name = norwegian(NOBODY)?;
        // As a certificate for natural persons has a national number: ETSI EN 319 412-1.
        let number = person.number.map(|number| format!("PNONO-{number}"));
        if let Some(number) = &number {
            name.push(
                DnType::CustomDnType(SERIAL_NUMBER.to_vec()),
                number.as_str(),
            );
        }
        name.push(DnType::CommonName, person.name);
        let told_apart_by = [person.name, number.as_deref().unwrap_or_default()];
        let params = signing_params(name, &told_apart_by, self.validity, &self.root_der)?;
        let leaf = params.signed_by(&*self.key_pair, &persons.issuer)?;
        Ok(PersonSigner {
            chain: vec![
                Certificate::from_der(leaf.der().to_vec())?,
                persons.certificate.clone(),
                Certificate::from_der(self.root_der.clone())?,
            ],
            signing: self,
        })
    }

    /// The issuer of the signers' certificates, made at the first call: that may take 80 ms.
    fn persons(&self) -> Result<&Persons, MakingError> {
        if let Some(persons) = self.persons.get() {
            return Ok(persons);
        }
        let key = enterprise_key(PERSONS_KEY)?;
        let mut params = authority_params("Portal Sandbox Person CA", 0, self.validity)?;
        params.serial_number = Some(serial(&["persons"], &self.root_der));
        let certificate = params.signed_by(&*key, &self.root)?;
        let certificate = Certificate::from_der(certificate.der().to_vec())?;
        let key = KeyPair::try_from(key.serialized_der())?;
        let issuer = Issuer::new(params, key);
        let made = Persons {
            issuer,
            certificate,
        };
        // Of two calls at once, one is the first; the other's is as good, and forgotten.
        Ok(self.persons.get_or_init(|| made))
    }
}

impl PackageSigner for PersonSigner<'_> {
    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    fn sign(&self, input: &SignatureInput<'_>) -> Result<Vec<u8>, SignerError> {
        self.signing.sign(input.message()).map_err(SignerError::new)
    }
}

fn signing_params(
    name: DistinguishedName,
    told_apart_by: &[&str],
    validity: Validity,
    root_der: &[u8],
) -> Result<CertificateParams, MakingError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = name;
    params.serial_number = Some(serial(told_apart_by, root_der));
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ];
    params.use_authority_key_identifier_extension = true;
    set_validity(&mut params, validity);
    Ok(params)
}

/// A serial number that says nothing, and is the same for the same certificate: the usual one is
/// made from the key, which these certificates share. Of nine bytes, as libxml2 takes no whole
/// number of more than 24 digits, and serial numbers stand in signature documents.
fn serial(told_apart_by: &[&str], root_der: &[u8]) -> SerialNumber {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(root_der);
    for text in told_apart_by {
        hash.update(&[0]);
        hash.update(text.as_bytes());
    }
    let mut bytes = hash.finish().as_ref()[..9].to_vec();
    // A positive number of full length.
    bytes[0] = bytes[0] & 0x3f | 0x40;
    SerialNumber::from(bytes)
}
