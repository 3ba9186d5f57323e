//! The certificates of the issuers of enterprise certificates, as data.

mod table;

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use portal_model::EnvironmentKind;

use crate::certificate::Certificate;
use crate::tlv::Tlv;

pub use table::KNOWN_ANCHORS;

/// An issuer's certificate that is known to belong to an environment.
///
/// `Display` gives one line: environment, kind, last day, fingerprint and subject.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownAnchor {
    /// The environment.
    pub environment: EnvironmentKind,
    /// The holder's distinguished name, for people to read.
    pub subject: Cow<'static, str>,
    /// Whether it is a root; otherwise an intermediate.
    pub is_root: bool,
    /// Whether it may be a trust anchor for the service's servers. The service's own clients
    /// don't all accept servers under the Digipost roots, so those are `false`.
    pub for_servers: bool,
    /// The SHA-256 of its DER.
    pub sha256: [u8; 32],
    /// The first second of its validity.
    pub not_before: Timestamp,
    /// The last second of its validity.
    pub not_after: Timestamp,
    /// The DER of the holder's distinguished name.
    pub subject_der: Cow<'static, [u8]>,
    /// The DER of `SubjectPublicKeyInfo`.
    pub public_key_info: Cow<'static, [u8]>,
    /// The DER of the name constraints, if it has any.
    pub name_constraints: Option<Cow<'static, [u8]>>,
}

impl KnownAnchor {
    /// Creates a row for a custom table, such as a test's. Marked as for servers.
    #[must_use]
    pub fn new(environment: EnvironmentKind, certificate: &Certificate) -> Self {
        Self {
            environment,
            subject: certificate.subject().into(),
            is_root: certificate.is_self_issued(),
            for_servers: true,
            sha256: certificate.sha256(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            subject_der: certificate.subject_der().into(),
            public_key_info: certificate.public_key_info().into(),
            name_constraints: certificate
                .name_constraints()
                .map(|constraints| constraints.to_vec().into()),
        }
    }

    /// Finds the row for a certificate: by its fingerprint, otherwise by subject and key, so that
    /// a re-issued certificate is recognised.
    #[must_use]
    pub fn find<'a>(table: &'a [Self], certificate: &Certificate) -> Option<&'a Self> {
        let sha256 = certificate.sha256();
        table
            .iter()
            .find(|known| known.sha256 == sha256)
            .or_else(|| {
                let (subject, key) = (certificate.subject_der(), certificate.public_key_info());
                table
                    .iter()
                    .find(|known| known.subject_der == subject && known.public_key_info == key)
            })
    }

    /// Returns whether the certificate is within its dates at a time.
    #[must_use]
    pub fn is_valid_at(&self, time: Timestamp) -> bool {
        self.not_before <= time && time <= self.not_after
    }

    /// Returns the content of [`subject_der`](Self::subject_der), without tag and length: the form
    /// that `rustls-pki-types`' `TrustAnchor` takes.
    #[must_use]
    pub fn subject_content(&self) -> &[u8] {
        content(&self.subject_der)
    }

    /// Returns the content of [`public_key_info`](Self::public_key_info), without tag and length.
    #[must_use]
    pub fn public_key_info_content(&self) -> &[u8] {
        content(&self.public_key_info)
    }

    /// Returns the content of [`name_constraints`](Self::name_constraints), without tag and
    /// length.
    #[must_use]
    pub fn name_constraints_content(&self) -> Option<&[u8]> {
        self.name_constraints.as_deref().map(content)
    }
}

fn content(der: &[u8]) -> &[u8] {
    Tlv::read_all(der).map_or(&[], |value| value.content)
}

impl fmt::Display for KnownAnchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let environment = match self.environment {
            EnvironmentKind::Production => "production",
            EnvironmentKind::Test => "test",
        };
        let kind = if self.is_root { "root" } else { "intermediate" };
        let until = self.not_after.strftime("%F");
        write!(f, "{environment:<10}  {kind:<12}  until {until}  SHA-256 ")?;
        for byte in self.sha256 {
            write!(f, "{byte:02x}")?;
        }
        write!(f, "  {}", self.subject)?;
        if !self.for_servers {
            write!(f, " (not for servers)")?;
        }
        Ok(())
    }
}

/// The bytes of a hexadecimal text. Runs when the crate is compiled; a wrong digit fails there.
const fn from_hex<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    let text = text.as_bytes();
    assert!(text.len() == 2 * LENGTH);
    let mut bytes = [0; LENGTH];
    let mut index = 0;
    while index < LENGTH {
        bytes[index] = digit(text[2 * index]) << 4 | digit(text[2 * index + 1]);
        index += 1;
    }
    bytes
}

#[expect(clippy::unreachable, reason = "ends the compilation, not the program")]
const fn digit(character: u8) -> u8 {
    match character {
        b'0'..=b'9' => character - b'0',
        b'a'..=b'f' => character - b'a' + 10,
        _ => unreachable!(),
    }
}
