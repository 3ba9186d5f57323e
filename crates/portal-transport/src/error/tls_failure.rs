//! Which check of mutual TLS failed, and what is likely to fix it.

use std::fmt;

use jiff::Timestamp;
use portal_model::EnvironmentKind;

/// Why there was no TLS with the service.
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
    #[non_exhaustive]
    OtherOrganization {
        /// The organisation number that was demanded.
        expected: String,
        /// The organisation number in the certificate, if it has one.
        found: Option<String>,
        /// The certificate.
        seen: Box<SeenCertificate>,
    },
    /// The certificate is a person's: its subject has a given name or a surname.
    #[error(
        "the server's certificate is a person's, not an organisation's ({seen}): likely the \
         address is not the API's"
    )]
    #[non_exhaustive]
    PersonalCertificate {
        /// The certificate.
        seen: Box<SeenCertificate>,
    },
    /// The certificate is an authority's own, which no server may use.
    #[error(
        "the server's certificate is a certification authority's own ({seen}): the server must \
         use one that the authority has issued to it"
    )]
    #[non_exhaustive]
    AuthorityAsServer {
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
    #[non_exhaustive]
    UnknownIssuer {
        /// How many trust anchors there were.
        anchors: usize,
        /// The certificate.
        seen: Box<SeenCertificate>,
    },
    /// The trust anchor above the certificate is outside its dates.
    #[error(
        "the server's certificate leads to the trust anchor {anchor}, which is valid from \
         {not_before} to {not_after} only ({seen}); likely the server has an old certificate, the \
         trust anchors need an update, or this computer's clock is wrong"
    )]
    #[non_exhaustive]
    AnchorOutsideDates {
        /// The trust anchor's distinguished name.
        anchor: String,
        /// The first second of its validity.
        not_before: Timestamp,
        /// The last second of its validity.
        not_after: Timestamp,
        /// The server's certificate.
        seen: Box<SeenCertificate>,
    },
    /// The certificate was issued for the other kind of environment.
    #[error(
        "the server's certificate is of a {found} issuer, and the trust anchors are those for \
         {trusted} ({seen}); likely the address is another environment's"
    )]
    #[non_exhaustive]
    OtherEnvironment {
        /// The environment that the trust anchors are for.
        trusted: EnvironmentKind,
        /// The environment that the certificate's issuer is for.
        found: EnvironmentKind,
        /// The server's certificate.
        seen: Box<SeenCertificate>,
    },
    /// A certificate on the way to the trust anchor may not issue certificates: its key usage
    /// lacks certificate signing, or can't be read.
    #[error(
        "the server's certificate was issued by a certificate that may not issue any ({seen}): \
         its key usage must include certificate signing"
    )]
    #[non_exhaustive]
    IssuerMayNotIssue {
        /// The server's certificate.
        seen: Box<SeenCertificate>,
    },
    /// A name in the certificate is outside what an authority above it may issue for.
    #[error(
        "the server's certificate has a name that its authority may not issue for (name \
         constraints) ({seen}); likely a mistake of the issuer, or a forgery"
    )]
    #[non_exhaustive]
    NameConstraints {
        /// The certificate.
        seen: Box<SeenCertificate>,
    },
    /// The certificate, or one above it, is past its last day.
    #[error(
        "the server's certificate or its issuer's has expired ({seen}); likely the server has not \
         been renewed, or this computer's clock is wrong"
    )]
    #[non_exhaustive]
    Expired {
        /// The server's certificate.
        seen: Box<SeenCertificate>,
    },
    /// The certificate, or one above it, is not valid yet.
    #[error(
        "the server's certificate or its issuer's is not valid yet ({seen}); likely this \
         computer's clock is wrong"
    )]
    #[non_exhaustive]
    NotYetValid {
        /// The server's certificate.
        seen: Box<SeenCertificate>,
    },
    /// The certificate is not meant for TLS servers.
    #[error(
        "the server's certificate may not be used by a TLS server ({seen}): its key usage must \
         include digital signature and its extended key usage, if any, server authentication"
    )]
    #[non_exhaustive]
    WrongUsage {
        /// The certificate.
        seen: Box<SeenCertificate>,
    },
    /// The certificate is unreadable or wrongly signed.
    #[error(
        "the server's certificate is not sound: it is unreadable, forged or of a kind not supported"
    )]
    UnsoundCertificate,
    /// The server showed a certificate whose key it does not have.
    #[error(
        "the server did not prove that it has the key of the certificate it showed: likely \
         something on the way passes for the service"
    )]
    NoProofOfKey,
    /// The server did not accept the client's certificate, or its key.
    #[error(
        "the service refused the client certificate (TLS alert `{alert}`): check that it is an \
         enterprise certificate of Buypass or Commfides for this environment, that it has not \
         expired or been revoked, and that its intermediate certificate is included"
    )]
    #[non_exhaustive]
    ClientCertificateRefused {
        /// The name of the alert in RFC 8446 spelling.
        alert: &'static str,
    },
    /// The server did not ask for the client's certificate during the handshake.
    #[error(
        "the server did not ask for a client certificate, so nothing was sent to it: likely the \
         address is not the API's, or something on the way ends TLS"
    )]
    ClientCertificateNotAsked,
    /// The server takes no kind of signature that the client's key can make, so that no client
    /// certificate could be shown.
    #[error(
        "the server asked for a client certificate but takes no kind of signature that its key can \
         make, so nothing was sent to it: likely the address is not the API's"
    )]
    NoCommonSignatureScheme,
    /// The server demands a client certificate, and none is shown where access tokens are used.
    #[error(
        "the server demands a client certificate, and none is shown with access tokens: check \
         that the service takes access tokens at this address, or authenticate with the \
         certificate"
    )]
    ClientCertificateDemanded,
    /// The system does not accept the certificate of the token endpoint.
    #[error(
        "the certificate of the token endpoint is not accepted: {problem} ({seen}); likely a \
         proxy on the way opens TLS, the system's roots are old, or a custom endpoint's root is \
         missing in the settings"
    )]
    #[non_exhaustive]
    NotAcceptedBySystem {
        /// What is wrong with it.
        problem: &'static str,
        /// The certificate.
        seen: Box<SeenCertificate>,
    },
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
    /// Returns the server's certificate, where the failure is about it.
    #[must_use]
    pub fn seen(&self) -> Option<&SeenCertificate> {
        match self {
            Self::OtherOrganization { seen, .. }
            | Self::PersonalCertificate { seen }
            | Self::AuthorityAsServer { seen }
            | Self::UnknownIssuer { seen, .. }
            | Self::AnchorOutsideDates { seen, .. }
            | Self::OtherEnvironment { seen, .. }
            | Self::NotAcceptedBySystem { seen, .. }
            | Self::IssuerMayNotIssue { seen }
            | Self::NameConstraints { seen }
            | Self::Expired { seen }
            | Self::NotYetValid { seen }
            | Self::WrongUsage { seen } => Some(seen),
            _ => None,
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::OtherOrganization { .. } => "tls.other_organization",
            Self::PersonalCertificate { .. } => "tls.personal_certificate",
            Self::AuthorityAsServer { .. } => "tls.authority_as_server",
            Self::UnknownIssuer { .. } => "tls.unknown_issuer",
            Self::AnchorOutsideDates { .. } => "tls.anchor_outside_dates",
            Self::OtherEnvironment { .. } => "tls.other_environment",
            Self::IssuerMayNotIssue { .. } => "tls.issuer_may_not_issue",
            Self::NameConstraints { .. } => "tls.name_constraints",
            Self::Expired { .. } => "tls.expired",
            Self::NotYetValid { .. } => "tls.not_yet_valid",
            Self::WrongUsage { .. } => "tls.wrong_usage",
            Self::UnsoundCertificate => "tls.unsound_certificate",
            Self::NoProofOfKey => "tls.no_proof_of_key",
            Self::ClientCertificateRefused { .. } => "tls.client_certificate_refused",
            Self::ClientCertificateNotAsked => "tls.client_certificate_not_asked",
            Self::NoCommonSignatureScheme => "tls.no_common_signature_scheme",
            Self::ClientCertificateDemanded => "tls.client_certificate_demanded",
            Self::NotAcceptedBySystem { .. } => "tls.not_accepted_by_system",
            Self::NotTls => "tls.not_tls",
            Self::Handshake => "tls.handshake",
        }
    }
}

/// What a server's certificate says about itself. In a refused one nothing has been verified.
///
/// Names are as the certificate has them, but control and format characters are escaped, and each
/// is cut at 100 characters.
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
    /// Returns whether holder and issuer have the same name.
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
