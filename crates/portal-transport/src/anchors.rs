//! Trust anchors from the user's files, matched against what is known of the issuers.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use portal_certificate::{Certificate, EnterpriseCertificate};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

pub use portal_certificate::{KNOWN_ANCHORS, KnownAnchor};
use portal_model::EnvironmentKind;

use crate::ServerTrust;
use crate::error::shown;
use crate::tls::is_authority;

/// Collects the issuers' certificates and makes a [`ServerTrust`] of them.
///
/// The certificates come from the user, as files or out of the sender's own PKCS#12; this crate
/// has only the fingerprints ([`KNOWN_ANCHORS`]) to tell which is which. They are available from
/// the issuers: Buypass (www.buypass.no) and Commfides (www.commfides.com) publish their root
/// and intermediate certificates for enterprise certificates, those for test use on separate
/// pages.
///
/// Only authorities' certificates become trust anchors. Others, such as the sender's own in the
/// same file or folder, are left out with a notice.
///
/// ```
/// use std::path::Path;
/// use portal_transport::{EnvironmentKind, TrustAnchors};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let (trust, notices) = TrustAnchors::of(EnvironmentKind::Test)
///     .add_path(Path::new("anchors"))?
///     .trust(jiff::Timestamp::now())?;
/// for notice in notices {
///     eprintln!("{notice}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TrustAnchors {
    environment: EnvironmentKind,
    table: Cow<'static, [KnownAnchor]>,
    certificates: Vec<Certificate>,
}

/// Something about a certificate that the user should know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnchorNotice {
    /// It is not in the table; it is trusted nevertheless, as issuers renew their certificates.
    #[error(
        "trust anchor {subject} (SHA-256 {sha256}) is not known to belong to the environment: \
         check that it came from the issuer"
    )]
    #[non_exhaustive]
    Unknown {
        /// The holder's distinguished name.
        subject: String,
        /// The fingerprint in hexadecimal.
        sha256: String,
    },
    /// It is not an authority's certificate, and left out: whoever has its key could pass for the
    /// service.
    #[error(
        "certificate {subject} is not an authority's and is not used as a trust anchor: take the \
         issuer's root or intermediate certificate"
    )]
    #[non_exhaustive]
    NotAnAuthority {
        /// The holder's distinguished name.
        subject: String,
    },
    /// It is outside its dates, and left out.
    #[error(
        "trust anchor {subject} is valid from {not_before} to {not_after} only and is not used: \
         get a current one from its issuer"
    )]
    #[non_exhaustive]
    OutsideDates {
        /// The holder's distinguished name.
        subject: String,
        /// The first second of its validity.
        not_before: Timestamp,
        /// The last second of its validity.
        not_after: Timestamp,
    },
}

/// Why the certificates cannot be trust anchors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnchorError {
    /// A certificate belongs to another environment, and trusting it would let that one's
    /// servers in.
    #[error(
        "trust anchor {subject} is of the {belongs_to} environment, not of {wanted}: take \
         the issuer's certificates for {wanted}, and the enterprise certificate if this one \
         came with it"
    )]
    #[non_exhaustive]
    OtherEnvironment {
        /// The holder's distinguished name.
        subject: String,
        /// The environment that it is for.
        belongs_to: EnvironmentKind,
        /// The environment that was asked for.
        wanted: EnvironmentKind,
    },
    /// A file cannot be read.
    #[error("the trust anchors at {path} cannot be read")]
    #[non_exhaustive]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Bytes that should be a certificate are none.
    #[error("there is no X.509 certificate in {what}: it must be DER or PEM")]
    #[non_exhaustive]
    NotACertificate {
        /// The file, or a word for where the bytes came from.
        what: String,
    },
    /// Nothing is left that could be trusted.
    #[error(
        "there is no authority's certificate within its dates: get the issuers' current root and \
         intermediate certificates"
    )]
    None,
}

impl TrustAnchors {
    /// Creates an empty collection for an environment.
    #[must_use]
    pub fn of(environment: EnvironmentKind) -> Self {
        Self {
            environment,
            table: Cow::Borrowed(KNOWN_ANCHORS),
            certificates: Vec::new(),
        }
    }

    /// Replaces the table of known certificates, for tests with their own.
    #[must_use]
    pub fn with_table(mut self, table: Vec<KnownAnchor>) -> Self {
        self.table = Cow::Owned(table);
        self
    }

    /// Adds one certificate in DER, or all in PEM.
    ///
    /// # Errors
    /// [`AnchorError::NotACertificate`].
    pub fn add_bytes(self, pem_or_der: &[u8]) -> Result<Self, AnchorError> {
        self.add(pem_or_der, "the bytes given")
    }

    fn add(mut self, pem_or_der: &[u8], what: &str) -> Result<Self, AnchorError> {
        let refused = || AnchorError::NotACertificate {
            what: what.to_owned(),
        };
        if let Ok(certificate) = Certificate::from_der(pem_or_der) {
            self.certificates.push(certificate);
            return Ok(self);
        }
        let before = self.certificates.len();
        for section in CertificateDer::pem_slice_iter(pem_or_der) {
            let der = section.map_err(|_| refused())?;
            let certificate = Certificate::from_der(der.as_ref()).map_err(|_| refused())?;
            self.certificates.push(certificate);
        }
        if self.certificates.len() == before {
            return Err(refused());
        }
        Ok(self)
    }

    /// Adds a file, or all files of a folder that are named `.cer`, `.crt`, `.der` or `.pem`.
    ///
    /// # Errors
    /// [`AnchorError::Unreadable`] or [`AnchorError::NotACertificate`].
    pub fn add_path(mut self, path: &Path) -> Result<Self, AnchorError> {
        let unreadable = |source| AnchorError::Unreadable {
            path: path.to_owned(),
            source,
        };
        if !path.is_dir() {
            let bytes = fs::read(path).map_err(unreadable)?;
            return self.add(&bytes, &path.display().to_string());
        }
        let mut files = Vec::new();
        for entry in fs::read_dir(path).map_err(unreadable)? {
            files.push(entry.map_err(unreadable)?.path());
        }
        files.sort();
        for file in files.iter().filter(|file| is_certificate_file(file)) {
            self = self.add_path(file)?;
        }
        Ok(self)
    }

    /// Adds the issuers' certificates that came with the sender's own.
    #[must_use]
    pub fn add_chain(mut self, identity: &EnterpriseCertificate) -> Self {
        let issuers = identity.chain().iter().skip(1);
        self.certificates.extend(issuers.cloned());
        self
    }

    /// Makes a [`ServerTrust`] of the authorities within their dates at `now`, with notices about
    /// the other certificates.
    ///
    /// # Errors
    /// [`AnchorError::OtherEnvironment`], or [`AnchorError::None`] if nothing is left.
    pub fn trust(self, now: Timestamp) -> Result<(ServerTrust, Vec<AnchorNotice>), AnchorError> {
        let mut notices = Vec::new();
        let mut trusted: Vec<&Certificate> = Vec::new();
        for (index, certificate) in self.certificates.iter().enumerate() {
            if self.certificates[..index].contains(certificate) {
                continue;
            }
            if !is_authority(certificate) {
                let subject = shown(&certificate.subject());
                notices.push(AnchorNotice::NotAnAuthority { subject });
                continue;
            }
            let sha256 = certificate.sha256();
            match self.table.iter().find(|known| known.sha256 == sha256) {
                Some(known) if known.environment != self.environment => {
                    return Err(AnchorError::OtherEnvironment {
                        subject: shown(&certificate.subject()),
                        belongs_to: known.environment,
                        wanted: self.environment,
                    });
                }
                Some(_) => {}
                None => notices.push(AnchorNotice::Unknown {
                    subject: shown(&certificate.subject()),
                    sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
                }),
            }
            if certificate.is_valid_at(now) {
                trusted.push(certificate);
            } else {
                notices.push(AnchorNotice::OutsideDates {
                    subject: shown(&certificate.subject()),
                    not_before: certificate.not_before(),
                    not_after: certificate.not_after(),
                });
            }
        }
        let ders = trusted.iter().map(|certificate| certificate.der());
        let trust = ServerTrust::new(ders).map_err(|_| AnchorError::None)?;
        Ok((trust, notices))
    }
}

fn is_certificate_file(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        let known = ["cer", "crt", "der", "pem"];
        known
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}
