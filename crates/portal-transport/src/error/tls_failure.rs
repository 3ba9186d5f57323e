//! Which check of mutual TLS failed, and what probably mends it.

use std::fmt;

use jiff::Timestamp;

/// Why TLS with the service did not come about.
///
/// Each failure of the server's certificate carries the certificate as it was seen. The text says
/// what was expected, what was seen and the likely cause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFailure {
    /// The certificate is valid, but of somebody else.
    #[error(
        "the server's certificate is another organisation's: expected organisation number \
         {expected}, saw {found} ({seen}); likely the address is a web page's or another \
         environment's instead of the API's",
        found = found.as_deref().unwrap_or("none")
    )]
    OtherOrganization {
        /// The organisation number that was demanded.
        expected: String,
        /// The organisation number in the certificate, if it has one.
        found: Option<String>,
        /// The certificate.
        seen: Box<SeenCertificate>,
    },
    /// No trust anchor stands above the certificate.
    #[error(
        "the server's certificate leads to none of the trust anchors, {anchors} in number ({seen}{own}); \
         likely the address is a web page's, or the trust anchors are another environment's, or a proxy on the way opens TLS, or \
         the server leaves out its intermediate certificate",
        own = if seen.is_self_signed() { "; it is self-signed" } else { "" }
    )]
    UnknownIssuer {
        /// How many trust anchors there were.
        anchors: usize,
        /// The certificate.
        seen: Box<SeenCertificate>,
    },
    /// The certificate, or one above it, is past its last day.
    #[error(
        "the server's certificate or its issuer's has expired ({seen}); likely the server has not \
         been renewed, or this computer's clock is wrong"
    )]
    Expired {
        /// The server's certificate.
        seen: Box<SeenCertificate>,
    },
    /// The certificate, or one above it, is not valid yet.
    #[error(
        "the server's certificate or its issuer's is not valid yet ({seen}); likely this \
         computer's clock is wrong"
    )]
    NotYetValid {
        /// The server's certificate.
        seen: Box<SeenCertificate>,
    },
    /// The certificate is not meant for TLS servers.
    #[error(
        "the server's certificate may not be used by a TLS server ({seen}): its key usage must \
         include digital signature and its extended key usage, if any, server authentication"
    )]
    WrongUsage {
        /// The certificate.
        seen: Box<SeenCertificate>,
    },
    /// The certificate is unreadable or wrongly signed.
    #[error(
        "the server's certificate is not sound: it is unreadable, forged or of a kind not supported"
    )]
    UnsoundCertificate,
    /// The server did not accept the client's certificate, or its key.
    #[error(
        "the service refused the client certificate (TLS alert `{alert}`): check that it is an \
         enterprise certificate of Buypass or Commfides for this environment, that it has not \
         expired or been revoked, and that its intermediate certificate is included"
    )]
    ClientCertificateRefused {
        /// The name of the alert in RFC 8446 spelling.
        alert: &'static str,
    },
    /// The server let the handshake pass without asking who the client is.
    #[error(
        "the server did not ask for a client certificate, so nothing was sent to it: likely the \
         address is not the API's, or something on the way ends TLS"
    )]
    ClientCertificateNotAsked,
    /// The other end does not speak TLS.
    #[error("the other end does not speak TLS: likely the address or the port is a plain HTTP one")]
    NotTls,
    /// Any other failure of the handshake; the cause is the error's source.
    #[error(
        "the TLS handshake failed: the server must speak TLS 1.2 or 1.3, and may break off when it \
         does not accept the client certificate"
    )]
    Handshake,
}

impl TlsFailure {
    /// The server's certificate, where the failure is about it.
    #[must_use]
    pub fn seen(&self) -> Option<&SeenCertificate> {
        match self {
            Self::OtherOrganization { seen, .. }
            | Self::UnknownIssuer { seen, .. }
            | Self::Expired { seen }
            | Self::NotYetValid { seen }
            | Self::WrongUsage { seen } => Some(seen),
            _ => None,
        }
    }
}

/// What a refused server certificate says about itself. Nothing in it has been verified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenCertificate {
    /// The holder's distinguished name, RFC 4514 spelling.
    pub subject: String,
    /// The issuer's distinguished name, RFC 4514 spelling.
    pub issuer: String,
    /// The serial number, in hexadecimal.
    pub serial: String,
    /// The first moment of its validity.
    pub not_before: Timestamp,
    /// The last moment of its validity.
    pub not_after: Timestamp,
}

impl SeenCertificate {
    /// Whether holder and issuer have the same name.
    #[must_use]
    pub fn is_self_signed(&self) -> bool {
        self.subject == self.issuer
    }
}

impl fmt::Display for SeenCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "subject {}, issuer {}, serial {}, valid from {} to {}",
            self.subject, self.issuer, self.serial, self.not_before, self.not_after
        )
    }
}
