//! Norwegian enterprise certificates (virksomhetssertifikat): load them, read the organisation
//! number, find out whether they will do.
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
//! let number = inspection.organization_number.as_ref().ok_or("whose is it?")?;
//! assert_eq!(number.as_str(), "988015814");
//!
//! // What will not do says why, and what to do about it.
//! for finding in &inspection.findings {
//!     println!("{finding}");
//! }
//! let error = EnterpriseCertificate::from_pkcs12(b"", "secret").unwrap_err();
//! assert!(matches!(error, LoadError::Empty { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Posten signering identifies a sender by an enterprise certificate that Buypass or Commfides
//! issued to the organisation. The same certificate signs document packages and is shown in
//! mutual TLS.
//!
//! - [`EnterpriseCertificate`] loads certificate, chain and private key from PKCS#12, PEM or DER,
//!   and writes them to PKCS#12.
//! - [`organization_number`] reads who a certificate belongs to.
//! - [`Certificate`] is one certificate, read; [`verify_chain`] leads it to a trust anchor.
//! - [`EnterpriseCertificate::inspect`] reports whether it will do, and what to mend.
//! - [`KNOWN_ANCHORS`] tells the issuers' certificates, and so test from production.
//!
//! The crate does no I/O: it takes bytes, and gives values.

mod certificate;
mod chain;
mod enterprise;
mod error;
mod export;
mod inspection;
mod known_anchors;
mod name;
mod pbe;
mod pem;
mod pkcs12;
mod pkcs8;
mod tlv;

pub use certificate::{Certificate, KeyKind};
pub use chain::verify_chain;
pub use enterprise::EnterpriseCertificate;
pub use error::{CertificateError, ChainError, ExportError, LoadError};
pub use inspection::{Finding, Inspection};
pub use known_anchors::{KNOWN_ANCHORS, KnownAnchor};
pub use portal_model::EnvironmentKind;

use portal_model::OrganizationNumber;

/// Reads the organisation number of the certificate's subject from its DER.
///
/// Looked for in `organizationIdentifier` (OID 2.5.4.97) with or without the prefix `NTRNO-`,
/// then `serialNumber` (OID 2.5.4.5), then the common name; the first that is a number wins.
/// The whole value has to be the number. `None` also for bytes that are no certificate.
///
/// Source: the service's documentation, and the certificate profiles SEID 1 and 2.
#[must_use]
pub fn organization_number(certificate_der: &[u8]) -> Option<OrganizationNumber> {
    Certificate::from_der(certificate_der)
        .ok()?
        .organization_number()
}
