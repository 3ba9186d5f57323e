//! The sandbox's own certificate authority: a root, an intermediate, and what they issue.
//!
//! Enterprise keys are RSA 2048, as those that Norwegian issuers sell, because packages are signed
//! with RSA-SHA256. Making one takes around 80 ms, so a process makes each of them once and gives
//! it to every sandbox that it starts; the authority's keys are quick to make and new in each
//! sandbox, so no sandbox trusts another's certificates.

mod document_signing;
mod kept;
mod web;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use jiff::{SignedDuration, Timestamp};
use portal_certificate::EnterpriseCertificate;
use portal_model::OrganizationNumber;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize, SanType, SerialNumber, date_time_ymd,
};

pub(crate) use document_signing::{DocumentSigning, Person};
pub(crate) use web::WebIdentity;

/// The object identifier of organizationIdentifier, which holds `NTRNO-` and the number.
const ORGANIZATION_IDENTIFIER: [u64; 4] = [2, 5, 4, 97];
/// The object identifier of serialNumber, which holds the bare number in the older profile, and a
/// person's number in certificates of e-IDs.
const SERIAL_NUMBER: [u64; 4] = [2, 5, 4, 5];

/// A failure of the library that makes certificates, or of the one that reads them.
pub(crate) type MakingError = Box<dyn std::error::Error + Send + Sync>;

/// Where the subject of an enterprise certificate has the organisation number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum SubjectProfile {
    /// `organizationIdentifier=NTRNO-984661185`, as Norwegian issuers write today (SEID 2).
    #[default]
    OrganizationIdentifier,
    /// `serialNumber=984661185`, as in the older Norwegian profile (SEID 1).
    SerialNumber,
}

/// From when until when a certificate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Validity {
    /// The first instant at which it holds; whole seconds.
    pub not_before: Timestamp,
    /// The last instant at which it holds; whole seconds.
    pub not_after: Timestamp,
}

impl Validity {
    /// Creates a validity from one instant until another, in whole seconds.
    #[must_use]
    pub fn new(not_before: Timestamp, not_after: Timestamp) -> Self {
        Self {
            not_before,
            not_after,
        }
    }

    /// For decades around `now`: tests move a sandbox's clock by months and years.
    pub(crate) fn lasting(now: Timestamp) -> Self {
        Self::new(before(now, 24), after(now, LASTING_DAYS * 24))
    }

    /// Creates one from a day before `now` until three years after it, as enterprise certificates are
    /// sold.
    #[must_use]
    pub fn around(now: Timestamp) -> Self {
        Self {
            not_before: before(now, 24),
            not_after: after(now, 3 * 365 * 24),
        }
    }

    /// Creates one that ended an hour before `now`.
    #[must_use]
    pub fn expired_at(now: Timestamp) -> Self {
        Self {
            not_before: before(now, 48),
            not_after: before(now, 1),
        }
    }

    /// What holds in both and in between: a sandbox's clock may be far from the system's, which
    /// the other side of a TLS connection goes by.
    pub(crate) fn spanning(self, other: Self) -> Self {
        Self {
            not_before: self.not_before.min(other.not_before),
            not_after: self.not_after.max(other.not_after),
        }
    }
}

/// 40 years.
const LASTING_DAYS: i64 = 40 * 365;

fn before(at: Timestamp, hours: i64) -> Timestamp {
    let hours = SignedDuration::from_hours(hours);
    at.checked_sub(hours).unwrap_or(Timestamp::MIN)
}

fn after(at: Timestamp, hours: i64) -> Timestamp {
    let hours = SignedDuration::from_hours(hours);
    at.checked_add(hours).unwrap_or(Timestamp::MAX)
}

/// What an enterprise certificate is issued for.
pub(crate) struct Enterprise<'a> {
    /// Whose number stands in the certificate; `None` for one that names no organisation.
    pub(crate) organization: Option<&'a OrganizationNumber>,
    pub(crate) name: &'a str,
    pub(crate) profile: SubjectProfile,
    /// Names that it is also valid for; none as a rule.
    pub(crate) host_names: &'a [String],
    pub(crate) validity: Validity,
    /// Which of the process's keys it gets; two certificates in one sandbox take two.
    pub(crate) key_slot: usize,
}

const ROOT: &str = "Portal Sandbox Root CA";
const INTERMEDIATE: &str = "Portal Sandbox Enterprise CA";
/// Apart from the other root, so that a client that trusts enterprise issuers at the token endpoint fails.
const WEB_ROOT: &str = "Portal Sandbox Web Root";

/// A root and an intermediate for enterprises, and a root of the web, with their keys.
pub(crate) struct Authority {
    root: Arc<Issuer<'static, KeyPair>>,
    issuer: Issuer<'static, KeyPair>,
    intermediate_der: Vec<u8>,
    intermediate_pem: String,
    root_der: Vec<u8>,
    root_pem: String,
    web_root: Issuer<'static, KeyPair>,
    web_root_der: Vec<u8>,
}

impl Authority {
    /// Makes a new authority that outlives every certificate of `validity` by years.
    pub(crate) fn new(validity: Validity) -> Result<Self, MakingError> {
        let validity = outliving(validity);
        let (web_root, web_root_der) = new_web_root(validity)?;
        let root_key = KeyPair::generate()?;
        let root_params = authority_params(ROOT, 1, validity)?;
        let root = root_params.self_signed(&root_key)?;
        let (root_der, root_pem) = (root.der().to_vec(), root.pem());

        let key = KeyPair::generate()?;
        let params = authority_params(INTERMEDIATE, 0, validity)?;
        let root = Issuer::new(root_params, root_key);
        let intermediate = params.signed_by(&key, &root)?;
        Ok(Self {
            root: Arc::new(root),
            intermediate_der: intermediate.der().to_vec(),
            intermediate_pem: intermediate.pem(),
            issuer: Issuer::new(params, key),
            root_der,
            root_pem,
            web_root,
            web_root_der,
        })
    }

    /// The root certificate, DER.
    pub(crate) fn root_der(&self) -> &[u8] {
        &self.root_der
    }

    /// The intermediate certificate, DER.
    pub(crate) fn intermediate_der(&self) -> &[u8] {
        &self.intermediate_der
    }

    /// The intermediate certificate, PEM.
    pub(crate) fn intermediate_pem(&self) -> &str {
        &self.intermediate_pem
    }

    /// The root certificate, PEM.
    pub(crate) fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// The root of the token endpoint, DER.
    pub(crate) fn web_root_der(&self) -> &[u8] {
        &self.web_root_der
    }

    /// Issues what signs documents, by a key that the sandbox has anyway.
    pub(crate) fn document_signing(
        &self,
        validity: Validity,
        key_slot: usize,
    ) -> Result<DocumentSigning, MakingError> {
        DocumentSigning::new(self, validity, key_slot)
    }

    /// Issues an enterprise certificate with its key and the whole chain.
    pub(crate) fn issue(
        &self,
        for_: &Enterprise<'_>,
    ) -> Result<EnterpriseCertificate, MakingError> {
        let key = enterprise_key(for_.key_slot)?;
        let mut name = norwegian(for_.name)?;
        if let Some(number) = for_.organization.map(OrganizationNumber::as_str) {
            let (attribute, number) = match for_.profile {
                SubjectProfile::OrganizationIdentifier => {
                    (ORGANIZATION_IDENTIFIER, format!("NTRNO-{number}"))
                }
                SubjectProfile::SerialNumber => (SERIAL_NUMBER, number.to_owned()),
            };
            name.push(DnType::CustomDnType(attribute.to_vec()), number);
        }
        name.push(DnType::CommonName, for_.name);
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name = name;
        params.subject_alt_names = alternative_names(for_.host_names)?;
        params.serial_number = Some(random_serial()?);
        // Says that it is no authority, and brings the subject key identifier.
        params.is_ca = IsCa::ExplicitNoCa;
        // No extended key usage, as in the certificates that Buypass issues.
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ];
        params.use_authority_key_identifier_extension = true;
        set_validity(&mut params, for_.validity);
        let leaf = params.signed_by(&*key, &self.issuer)?;
        let chain = vec![
            leaf.der().to_vec(),
            self.intermediate_der.clone(),
            self.root_der.clone(),
        ];
        Ok(EnterpriseCertificate::from_der(chain, key.serialize_der())?)
    }
}

/// Longer than every certificate of `validity` by years.
fn outliving(validity: Validity) -> Validity {
    Validity {
        not_before: before(validity.not_before, 10 * 365 * 24),
        not_after: after(validity.not_after, 10 * 365 * 24),
    }
}

fn new_web_root(validity: Validity) -> Result<(Issuer<'static, KeyPair>, Vec<u8>), MakingError> {
    let key = KeyPair::generate()?;
    let params = authority_params(WEB_ROOT, 0, validity)?;
    let der = params.self_signed(&key)?.der().to_vec();
    Ok((Issuer::new(params, key), der))
}

fn authority_params(
    name: &str,
    below: u8,
    validity: Validity,
) -> Result<CertificateParams, MakingError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = norwegian("Portal Sandbox")?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.serial_number = Some(random_serial()?);
    params.use_authority_key_identifier_extension = true;
    set_validity(&mut params, validity);
    Ok(params)
}

/// A serial number of 79 bits, as the longest that real issuers give: some readers fail beyond 64
/// bits, and libxml2 takes no whole number of more than 24 digits.
fn random_serial() -> Result<SerialNumber, MakingError> {
    let mut bytes = [0; 10];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| "there is no randomness for a serial number")?;
    // A positive number of full length.
    bytes[0] = bytes[0] & 0x3f | 0x40;
    Ok(SerialNumber::from(bytes.to_vec()))
}

fn alternative_names(names: &[String]) -> Result<Vec<SanType>, MakingError> {
    let name = |name: &String| -> Result<SanType, MakingError> {
        Ok(match name.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(name.as_str().try_into()?),
        })
    };
    names.iter().map(name).collect()
}

/// A name that begins with the country, in the form that the standard (RFC 5280) asks for it.
fn norwegian(organization: &str) -> Result<DistinguishedName, MakingError> {
    let mut name = DistinguishedName::new();
    let country = DnValue::PrintableString("NO".try_into()?);
    name.push(DnType::CountryName, country);
    name.push(DnType::OrganizationName, organization);
    Ok(name)
}

fn set_validity(params: &mut CertificateParams, validity: Validity) {
    let epoch = date_time_ymd(1970, 1, 1);
    let since_epoch =
        |at: Timestamp| Duration::from_secs(u64::try_from(at.as_second()).unwrap_or_default());
    params.not_before = epoch + since_epoch(validity.not_before);
    params.not_after = epoch + since_epoch(validity.not_after);
}

/// The process's enterprise keys by slot, made when first asked for.
static KEYS: [Mutex<Option<Arc<KeyPair>>>; KEY_SLOTS] = [const { Mutex::new(None) }; KEY_SLOTS];
/// How many enterprise keys a process makes at most.
const KEY_SLOTS: usize = 9;

/// Makes the key of a slot unless the process has it.
pub(crate) fn make_key(slot: usize) -> Result<(), MakingError> {
    enterprise_key(slot).map(drop)
}

fn enterprise_key(slot: usize) -> Result<Arc<KeyPair>, MakingError> {
    let mut kept = KEYS[slot % KEY_SLOTS]
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(key) = &*kept {
        return Ok(Arc::clone(key));
    }
    let key = Arc::new(KeyPair::generate_rsa_for(
        &PKCS_RSA_SHA256,
        RsaKeySize::_2048,
    )?);
    *kept = Some(Arc::clone(&key));
    Ok(key)
}
