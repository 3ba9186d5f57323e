//! Trust anchors from the user's files, matched against what is known of the issuers.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use portal_certificate::{Certificate, CertificateError, EnterpriseCertificate, LoadNotice};

pub use portal_certificate::{KNOWN_ANCHORS, KnownAnchor};
use portal_model::EnvironmentKind;

use crate::error::shown;
use crate::{ConfigError, ServerTrust};

/// Collects the issuers' certificates and makes a [`ServerTrust`] of them.
///
/// For the service's own environments [`ServerTrust::of_environment`] is all that is needed. This is
/// for custom certificates, instead of the known ones or [added to them](Self::with_known): each is
/// matched against [`KNOWN_ANCHORS`], by its fingerprint or by its subject and key, so that none of
/// the wrong environment gets in, a re-issued one included.
///
/// Only authorities' certificates become trust anchors, and none that is known not to be for
/// servers. Others, such as the sender's own in the same file or folder, are left out with a
/// notice.
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
    with_known: bool,
    notices: Vec<AnchorNotice>,
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
    /// It can't be read, and is left out.
    #[error("a certificate in {what} can't be read and is not used as a trust anchor: {notice}")]
    #[non_exhaustive]
    Unreadable {
        /// The file, or a word for where the bytes came from.
        what: String,
        /// Which one it is.
        notice: LoadNotice,
    },
    /// It is known not to be for the service's servers, and left out.
    #[error(
        "certificate {subject} is not a trust anchor for the service's servers and is not used as \
         one"
    )]
    #[non_exhaustive]
    NotForServers {
        /// The holder's distinguished name.
        subject: String,
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
        /// The cause.
        source: CertificateError,
    },
    /// A certificate can't be a trust anchor.
    #[error("a certificate can't be used as a trust anchor")]
    #[non_exhaustive]
    Unusable {
        /// The cause.
        source: ConfigError,
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
            with_known: false,
            notices: Vec::new(),
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

    /// Adds the known certificates of the environment that are for servers.
    #[must_use]
    pub fn with_known(mut self) -> Self {
        self.with_known = true;
        self
    }

    /// Adds one certificate in DER, or all in PEM. Those in PEM that can't be read are left out with
    /// a notice.
    ///
    /// # Errors
    /// [`AnchorError::NotACertificate`].
    pub fn add_bytes(self, pem_or_der: &[u8]) -> Result<Self, AnchorError> {
        self.add(pem_or_der, "the bytes given")
    }

    fn add(mut self, pem_or_der: &[u8], what: &str) -> Result<Self, AnchorError> {
        let (certificates, notices) =
            Certificate::read_all(pem_or_der).map_err(|source| AnchorError::NotACertificate {
                what: what.to_owned(),
                source,
            })?;
        self.certificates.extend(certificates);
        let notices = notices.into_iter().map(|notice| AnchorNotice::Unreadable {
            what: what.to_owned(),
            notice,
        });
        self.notices.extend(notices);
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
        let mut notices = self.notices;
        let mut trusted: Vec<Certificate> = Vec::new();
        for (index, certificate) in self.certificates.iter().enumerate() {
            if self.certificates[..index].contains(certificate) {
                continue;
            }
            if !certificate.is_authority() {
                let subject = shown(&certificate.subject());
                notices.push(AnchorNotice::NotAnAuthority { subject });
                continue;
            }
            let sha256 = certificate.sha256();
            match KnownAnchor::find(&self.table, certificate) {
                Some(known) if known.environment != self.environment => {
                    return Err(AnchorError::OtherEnvironment {
                        subject: shown(&certificate.subject()),
                        belongs_to: known.environment,
                        wanted: self.environment,
                    });
                }
                Some(known) if !known.for_servers => {
                    let subject = shown(&certificate.subject());
                    notices.push(AnchorNotice::NotForServers { subject });
                    continue;
                }
                Some(_) => {}
                None => notices.push(AnchorNotice::Unknown {
                    subject: shown(&certificate.subject()),
                    sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
                }),
            }
            if certificate.is_valid_at(now) {
                trusted.push(certificate.clone());
            } else {
                notices.push(AnchorNotice::OutsideDates {
                    subject: shown(&certificate.subject()),
                    not_before: certificate.not_before(),
                    not_after: certificate.not_after(),
                });
            }
        }
        let mut trust = ServerTrust::empty();
        if self.with_known {
            trust.add_table(&self.table, self.environment);
        }
        let trust = trust.with_certificates(&trusted, &self.table);
        let trust = trust.and_then(ServerTrust::non_empty);
        let trust = trust.map_err(|cause| match cause {
            ConfigError::NoTrustAnchors => AnchorError::None,
            source => AnchorError::Unusable { source },
        })?;
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
