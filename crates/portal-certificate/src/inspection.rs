//! A report on what an enterprise certificate can be used for.

use std::fmt;

use jiff::Timestamp;
use portal_model::OrganizationNumber;

use crate::certificate::{Certificate, KeyKind};
use crate::enterprise::EnterpriseCertificate;
use crate::known_anchors::{KNOWN_ANCHORS, KnownAnchor};
use crate::load_notice::LoadNotice;
use portal_model::EnvironmentKind;

/// A certificate with fewer days left expires soon: ordering a new one takes weeks.
const SOON: i64 = 60;

/// A report on an enterprise certificate; see [`EnterpriseCertificate::inspect`].
///
/// `Display` gives it as text of several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// The holder's distinguished name.
    pub subject: String,
    /// The issuer's distinguished name.
    pub issuer: String,
    /// The serial number, decimal.
    pub serial: String,
    /// The SHA-256 of the certificate.
    pub sha256: [u8; 32],
    /// The organisation that holds it.
    pub organization_number: Option<OrganizationNumber>,
    /// The kind of key.
    pub key: KeyKind,
    /// What the key may be used for, in X.509's words; empty if not restricted, `["unreadable"]` if
    /// the extension can't be read.
    pub key_usages: Vec<&'static str>,
    /// The first second of validity.
    pub not_before: Timestamp,
    /// The last second of validity.
    pub not_after: Timestamp,
    /// Whole days left; negative when expired.
    pub days_left: i64,
    /// Whether it can identify the sender in mutual TLS.
    pub usable_for_tls: bool,
    /// Whether it can sign document packages.
    pub usable_for_signing: bool,
    /// The environment of the service that its issuer belongs to, where the issuer is known.
    pub environment: Option<EnvironmentKind>,
    /// The issuers' distinguished names, nearest first, as far as the chain goes.
    pub issuers: Vec<String>,
    /// What is wrong with the certificate, and what its user should know.
    pub findings: Vec<Finding>,
}

impl Inspection {
    /// Returns whether the certificate can be used: no finding is an obstacle.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.findings.iter().any(Finding::is_obstacle)
    }
}

/// Something about a certificate that its user should know, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// It has expired.
    #[error("the certificate expired at {not_after}; order a new one")]
    #[non_exhaustive]
    Expired {
        /// The last second of validity.
        not_after: Timestamp,
    },
    /// It is not valid yet.
    #[error("the certificate is not valid before {not_before}; check the clock, or wait")]
    #[non_exhaustive]
    NotYetValid {
        /// The first second of validity.
        not_before: Timestamp,
    },
    /// It expires in less than 60 days.
    #[error("the certificate expires in {days} days; order a new one now")]
    #[non_exhaustive]
    ExpiresSoon {
        /// Whole days left.
        days: i64,
    },
    /// The key is of a kind that the service doesn't accept.
    #[error("the key is {key}; the service accepts RSA of 2048 to 4096 bits only")]
    #[non_exhaustive]
    Key {
        /// What it is.
        key: KeyKind,
    },
    /// The key usage doesn't allow signing data.
    #[error(
        "the key usage doesn't allow digitalSignature; of the files that the issuer sent, use the \
         one for authentication (Commfides: \"auth\", not \"sign\" or \"enc\"; Buypass: \
         authentication and encryption)"
    )]
    NotForSigning,
    /// The certificate is not for clients of TLS.
    #[error("the extended key usage doesn't allow clientAuth, so it can't be used for mutual TLS")]
    NotForClients,
    /// There is no organisation number.
    #[error(
        "the subject has no organisation number (organizationIdentifier, serialNumber or common \
         name); this is not an enterprise certificate"
    )]
    NoOrganizationNumber,
    /// The chain doesn't reach a root.
    #[error(
        "the chain lacks the certificate of {missing}; the service needs the whole chain: export \
         the file again with all certificates in the path, or add that certificate, which its \
         issuer publishes"
    )]
    #[non_exhaustive]
    ChainIncomplete {
        /// The distinguished name of the issuer whose certificate is missing.
        missing: String,
    },
    /// An issuer in the chain has expired or is not valid yet.
    #[error("the certificate of the issuer {issuer} is outside its dates")]
    #[non_exhaustive]
    IssuerOutsideDates {
        /// The issuer's distinguished name.
        issuer: String,
    },
    /// No issuer is known.
    #[error(
        "no issuer is one of Buypass's or Commfides's that are known; the service accepts theirs only"
    )]
    UnknownIssuer,
    /// The issuer is known by its name only.
    #[error("the issuer is recognised by its name only, since the chain lacks its certificate")]
    IssuerByName,
    /// Something in the file was ignored when the certificate was loaded.
    #[error(transparent)]
    Ignored(LoadNotice),
}

impl Finding {
    /// Returns whether the certificate can't be used because of it.
    #[must_use]
    pub fn is_obstacle(&self) -> bool {
        match self {
            Self::Expired { .. }
            | Self::NotYetValid { .. }
            | Self::Key { .. }
            | Self::NotForSigning
            | Self::NotForClients
            | Self::NoOrganizationNumber => true,
            Self::ExpiresSoon { .. }
            | Self::ChainIncomplete { .. }
            | Self::IssuerOutsideDates { .. }
            | Self::UnknownIssuer
            | Self::IssuerByName
            | Self::Ignored(_) => false,
        }
    }
}

impl EnterpriseCertificate {
    /// Reports on dates, key, usage, owner, chain and issuer.
    ///
    /// The environment is that of the first issuer in the chain that is in [`KNOWN_ANCHORS`], by
    /// its fingerprint or by name and key; if the chain has no issuers, by the issuer's name.
    #[must_use]
    pub fn inspect(&self, now: Timestamp) -> Inspection {
        let mut inspection = inspect(self.chain(), now, KNOWN_ANCHORS);
        let ignored = self.notices().iter().cloned().map(Finding::Ignored);
        inspection.findings.extend(ignored);
        inspection
    }
}

fn inspect(chain: &[Certificate], now: Timestamp, table: &[KnownAnchor]) -> Inspection {
    let leaf = &chain[0];
    let issuers = &chain[1..];
    let mut findings = Vec::new();
    let days_left = now
        .duration_until(leaf.not_after())
        .as_hours()
        .div_euclid(24);
    if now > leaf.not_after() {
        findings.push(Finding::Expired {
            not_after: leaf.not_after(),
        });
    } else if now < leaf.not_before() {
        findings.push(Finding::NotYetValid {
            not_before: leaf.not_before(),
        });
    } else if days_left < SOON {
        findings.push(Finding::ExpiresSoon { days: days_left });
    }
    let key = leaf.key_kind();
    let good_key = matches!(key, KeyKind::Rsa { bits: 2048..=4096 });
    if !good_key {
        findings.push(Finding::Key { key });
    }
    if !leaf.allows_digital_signature() {
        findings.push(Finding::NotForSigning);
    }
    if !leaf.allows_client_authentication() {
        findings.push(Finding::NotForClients);
    }
    let organization_number = leaf.organization_number();
    if organization_number.is_none() {
        findings.push(Finding::NoOrganizationNumber);
    }
    let last = &chain[chain.len() - 1];
    if !last.is_self_issued() {
        findings.push(Finding::ChainIncomplete {
            missing: last.issuer(),
        });
    }
    for issuer in issuers.iter().filter(|issuer| !issuer.is_valid_at(now)) {
        findings.push(Finding::IssuerOutsideDates {
            issuer: issuer.subject(),
        });
    }
    let by_certificate = issuers
        .iter()
        .find_map(|issuer| KnownAnchor::find(table, issuer));
    let by_name = || {
        let name = leaf.issuer();
        table
            .iter()
            .find(|known| known.subject == name)
            .filter(|_| issuers.is_empty())
    };
    let known = by_certificate.or_else(|| {
        let known = by_name();
        findings.push(known.map_or(Finding::UnknownIssuer, |_| Finding::IssuerByName));
        known
    });
    let signs = good_key && leaf.is_valid_at(now) && leaf.allows_digital_signature();
    Inspection {
        subject: leaf.subject(),
        issuer: leaf.issuer(),
        serial: leaf.serial_decimal(),
        sha256: leaf.sha256(),
        organization_number,
        key,
        key_usages: leaf.key_usages(),
        not_before: leaf.not_before(),
        not_after: leaf.not_after(),
        days_left,
        usable_for_tls: signs && leaf.allows_client_authentication(),
        usable_for_signing: signs,
        environment: known.map(|known| known.environment),
        issuers: issuers.iter().map(Certificate::subject).collect(),
        findings,
    }
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none = |usages: &[&str]| match usages {
            [] => "not restricted".to_owned(),
            usages => usages.join(", "),
        };
        let yes = |yes| if yes { "yes" } else { "no" };
        writeln!(f, "subject         {}", self.subject)?;
        writeln!(
            f,
            "organisation    {}",
            self.organization_number
                .as_ref()
                .map_or("none", |number| number.as_str())
        )?;
        writeln!(f, "issuer          {}", self.issuer)?;
        writeln!(
            f,
            "environment     {}",
            match self.environment {
                Some(EnvironmentKind::Production) => "production",
                Some(EnvironmentKind::Test) => "test",
                None => "unknown",
            }
        )?;
        writeln!(f, "serial number   {}", self.serial)?;
        write!(f, "SHA-256         ")?;
        for byte in self.sha256 {
            write!(f, "{byte:02x}")?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "valid           {} to {}, {}",
            self.not_before,
            self.not_after,
            match self.days_left {
                0.. => format!("{} days left", self.days_left),
                _ => "expired".to_owned(),
            }
        )?;
        writeln!(
            f,
            "key             {}, {}",
            self.key,
            or_none(&self.key_usages)
        )?;
        writeln!(f, "mutual TLS      {}", yes(self.usable_for_tls))?;
        writeln!(f, "sign packages   {}", yes(self.usable_for_signing))?;
        for (index, issuer) in self.issuers.iter().enumerate() {
            writeln!(f, "issuer {}        {issuer}", index + 1)?;
        }
        for finding in &self.findings {
            let mark = if finding.is_obstacle() {
                "obstacle"
            } else {
                "notice"
            };
            writeln!(f, "{mark:<15} {finding}")?;
        }
        Ok(())
    }
}
