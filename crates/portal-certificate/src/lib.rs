//! Norwegian enterprise certificates (virksomhetssertifikat): loads them, reads the organisation
//! number, and reports whether they are suitable.
//!
//! ```
//! use portal_certificate::{EnterpriseCertificate, LoadError};
//! # use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
//! # let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
//! # let mut params = CertificateParams::new(Vec::<String>::new())?;
//! # params.distinguished_name.push(DnType::CustomDnType(vec![2, 5, 4, 97]), "NTRNO-988015814");
//! # let (der, pkcs8) = (params.self_signed(&key)?.der().to_vec(), key.serialize_der());
//!
//! let certificate = EnterpriseCertificate::from_der([der], pkcs8)?;
//! let inspection = certificate.inspect(jiff::Timestamp::now());
//! let number = inspection.organization_number.as_ref().ok_or("no organisation number")?;
//! assert_eq!(number.as_str(), "988015814");
//!
//! // Each finding says what is wrong and what to do about it.
//! for finding in &inspection.findings {
//!     println!("{finding}");
//! }
//! let error = EnterpriseCertificate::from_pkcs12(b"", "secret").unwrap_err();
//! assert!(matches!(error, LoadError::Empty { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Posten signering identifies a sender by an enterprise certificate that Buypass or Commfides
//! issued to the organisation. The same certificate signs document packages and is used in mutual
//! TLS.
//!
//! - [`EnterpriseCertificate`] loads certificate, chain and private key from PKCS#12, PEM or DER,
//!   and writes them to PKCS#12.
//! - [`organization_number`] reads which organisation a certificate belongs to.
//! - [`Certificate`] is a parsed certificate; [`verify_chain`] finds the path to a trust anchor.
//! - [`EnterpriseCertificate::inspect`] reports whether a certificate is suitable, and what to fix.
//! - [`KNOWN_ANCHORS`] has the issuers' certificates of the test and the production environment.
//!
//! The crate does no I/O: it takes bytes and returns values. Loading asks the system's clock which
//! certificates are valid.
//!
//! # Features
//! There are none.

mod certificate;
mod chain;
mod derivation;
mod enterprise;
mod error;
mod export;
mod file_format;
mod identity;
mod inspection;
mod known_anchors;
mod load_notice;
mod mac;
mod name;
mod oid;
mod password;
mod pbe;
mod pem;
mod pkcs12;
mod pkcs8;
mod private_key;
mod tlv;

pub use certificate::{Certificate, KeyKind};
pub use chain::verify_chain;
pub use enterprise::EnterpriseCertificate;
pub use error::{CertificateError, ChainError, ExportError, KeyError, LoadError};
pub use file_format::FileFormat;
pub use inspection::{Finding, Inspection};
pub use known_anchors::{KNOWN_ANCHORS, KnownAnchor};
pub use load_notice::{LoadNotice, PassedOver};
pub use portal_model::EnvironmentKind;
pub use private_key::{PrivateKey, RsaScheme};

use portal_model::OrganizationNumber;

/// Reads the organisation number of the certificate's subject from its DER.
///
/// If the subject has an `organizationIdentifier` (OID 2.5.4.97), the number is read from there
/// only, with or without the prefix `NTRNO-` in any case; otherwise from `serialNumber`
/// (OID 2.5.4.5); from the common name only where both are missing. The whole value has to be the
/// number, and if an attribute is there several times, all values have to agree. `None` also for
/// bytes that are no certificate.
///
/// Source: the service's documentation, and the certificate profiles SEID 1 and 2.
#[must_use]
pub fn organization_number(certificate_der: &[u8]) -> Option<OrganizationNumber> {
    Certificate::from_der(certificate_der)
        .ok()?
        .organization_number()
}
