//! What a certificate may be used for: its extensions.
//!
//! An extension that can't be read, or that is there twice, allows nothing.

use const_oid::ObjectIdentifier;
use x509_cert::Version;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

use super::Certificate;

const CLIENT_AUTHENTICATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
const ANY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");

/// Extensions that may be critical in a chain, since they are either obeyed or don't affect what
/// this crate decides.
const UNDERSTOOD_EXTENSIONS: [&str; 6] = [
    "2.5.29.14", // subject key identifier
    "2.5.29.15", // key usage
    "2.5.29.17", // subject alternative name
    "2.5.29.19", // basic constraints
    "2.5.29.32", // certificate policies
    "2.5.29.37", // extended key usage
];

/// What a certificate says of its key's usage.
enum Usage {
    /// Nothing, which allows all.
    Unrestricted,
    Only(KeyUsage),
    /// The extension can't be read, which allows nothing.
    Unreadable,
}

impl Certificate {
    /// Returns whether the key usage allows signing data. A certificate without that extension allows
    /// all, one with an unreadable extension nothing.
    #[must_use]
    pub fn allows_digital_signature(&self) -> bool {
        match self.key_usage() {
            Usage::Unrestricted => true,
            Usage::Only(usage) => usage.digital_signature(),
            Usage::Unreadable => false,
        }
    }

    /// Returns whether the extended key usage allows clients of TLS. A certificate without that extension
    /// allows all, as real enterprise certificates do; one with an unreadable extension nothing.
    pub fn allows_client_authentication(&self) -> bool {
        let tbs = self.inner.parsed.tbs_certificate();
        match tbs.get_extension::<ExtendedKeyUsage>() {
            Ok(Some((_, ExtendedKeyUsage(usages)))) => {
                usages.contains(&CLIENT_AUTHENTICATION) || usages.contains(&ANY_USAGE)
            }
            Ok(None) => true,
            Err(_) => false,
        }
    }

    /// The usage that a sender's certificate needs and this one doesn't allow.
    pub(crate) fn missing_usage(&self) -> Option<&'static str> {
        if !self.allows_digital_signature() {
            return Some("digitalSignature");
        }
        (!self.allows_client_authentication()).then_some("clientAuth")
    }

    /// Returns the key usages that the certificate names, in X.509's words. Empty if it doesn't
    /// restrict them; `["unreadable"]` if the extension can't be read, which allows none.
    #[must_use]
    pub fn key_usages(&self) -> Vec<&'static str> {
        let usage = match self.key_usage() {
            Usage::Unrestricted => return Vec::new(),
            Usage::Only(usage) => usage,
            Usage::Unreadable => return vec!["unreadable"],
        };
        [
            (usage.digital_signature(), "digitalSignature"),
            (usage.non_repudiation(), "nonRepudiation"),
            (usage.key_encipherment(), "keyEncipherment"),
            (usage.data_encipherment(), "dataEncipherment"),
            (usage.key_agreement(), "keyAgreement"),
            (usage.key_cert_sign(), "keyCertSign"),
            (usage.crl_sign(), "cRLSign"),
        ]
        .into_iter()
        .filter_map(|(set, name)| set.then_some(name))
        .collect()
    }

    /// Returns whether this is an authority's certificate, which may issue others: its basic constraints
    /// say so, and its key usage, if it has one, allows `keyCertSign`.
    ///
    /// Certificates of version 1 have no extensions; of these, only self-issued ones count.
    /// A trust anchor must be an authority's certificate: whoever holds the key of another one
    /// could pose as the service.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        let tbs = self.inner.parsed.tbs_certificate();
        match tbs.get_extension::<BasicConstraints>() {
            Ok(Some((_, constraints))) => {
                constraints.ca
                    && match self.key_usage() {
                        Usage::Unrestricted => true,
                        Usage::Only(usage) => usage.key_cert_sign(),
                        Usage::Unreadable => false,
                    }
            }
            Ok(None) => tbs.version() == Version::V1 && self.is_self_issued(),
            Err(_) => false,
        }
    }

    /// How many authorities may stand between this one and the end certificate, where limited.
    pub(crate) fn path_length_limit(&self) -> Option<usize> {
        let tbs = self.inner.parsed.tbs_certificate();
        let (_, constraints) = tbs.get_extension::<BasicConstraints>().ok()??;
        constraints.path_len_constraint.map(usize::from)
    }

    /// Returns the DER of the name constraints extension, which limits the names that an authority
    /// may issue certificates for.
    #[must_use]
    pub fn name_constraints(&self) -> Option<&[u8]> {
        let extensions = self.inner.parsed.tbs_certificate().extensions();
        extensions
            .into_iter()
            .flatten()
            .find(|extension| extension.extn_id == NAME_CONSTRAINTS)
            .map(|extension| extension.extn_value.as_bytes())
    }

    /// Whether there is an extension marked critical that this crate does not know.
    pub(crate) fn has_unknown_critical_extension(&self) -> bool {
        let extensions = self.inner.parsed.tbs_certificate().extensions();
        extensions.into_iter().flatten().any(|extension| {
            extension.critical
                && !UNDERSTOOD_EXTENSIONS
                    .iter()
                    .any(|known| extension.extn_id.to_string() == *known)
        })
    }

    fn key_usage(&self) -> Usage {
        match self
            .inner
            .parsed
            .tbs_certificate()
            .get_extension::<KeyUsage>()
        {
            Ok(None) => Usage::Unrestricted,
            Ok(Some((_, usage))) => Usage::Only(usage),
            Err(_) => Usage::Unreadable,
        }
    }
}
