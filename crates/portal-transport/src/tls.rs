//! Mutual TLS: who we are, which servers we trust, and how both are checked.

mod client_config;
mod handshake;
mod server_trust;
mod signing_key;
mod verifier;
mod web_verifier;

pub(crate) use client_config::client_config;
pub(crate) use handshake::Handshake;
pub use server_trust::{ServerAnchor, ServerTrust};
pub(crate) use verifier::Refusal;

use std::fmt;
use std::sync::Arc;

use portal_certificate::{Certificate, EnterpriseCertificate};

use crate::{SeenCertificate, SharedClock};

/// Both halves of TLS: the sender's own identity, and what the server must show.
///
/// Neither has a default. The identity is left out only where access tokens take its place
/// ([`without_client_certificate`](Self::without_client_certificate)). A test brings its own trust
/// anchors and organisation number.
#[derive(Clone)]
pub struct TlsSettings {
    pub(crate) identity: Option<EnterpriseCertificate>,
    trust: Trust,
    observer: Option<ServerObserver>,
    pub(crate) clock: SharedClock,
}

#[derive(Debug, Clone)]
enum Trust {
    /// In the service's servers.
    Service(ServerTrust),
    /// In what the system trusts for a host's name, and in some more roots.
    Web(Vec<Certificate>),
}

type ServerObserver = Arc<dyn Fn(&SeenServer) + Send + Sync>;

impl TlsSettings {
    /// Creates settings that show `identity` to servers that `trust` accepts.
    #[must_use]
    pub fn new(identity: EnterpriseCertificate, trust: ServerTrust) -> Self {
        Self::of(Some(identity), Trust::Service(trust))
    }

    /// Creates settings for requests that are authenticated by access tokens
    /// ([`BearerAuth`](crate::BearerAuth)): no client certificate is shown, and the server is
    /// checked as always.
    #[must_use]
    pub fn without_client_certificate(trust: ServerTrust) -> Self {
        Self::of(None, Trust::Service(trust))
    }

    /// Shows `identity` to a web server that the system, or one of `extra_roots`, vouches for.
    pub(crate) fn of_web(identity: EnterpriseCertificate, extra_roots: Vec<Certificate>) -> Self {
        Self::of(Some(identity), Trust::Web(extra_roots))
    }

    fn of(identity: Option<EnterpriseCertificate>, trust: Trust) -> Self {
        Self {
            identity,
            trust,
            observer: None,
            clock: SharedClock::default(),
        }
    }

    /// Sets the clock that the dates of the server's certificate and of its issuers are held
    /// against in each handshake. Defaults to the computer's.
    #[must_use]
    pub fn with_clock(mut self, clock: SharedClock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets a function that is called in each handshake once the server's certificate has been
    /// accepted and the server has proven that it has the key. It must not block.
    #[must_use]
    pub fn with_server_observer(
        mut self,
        observer: impl Fn(&SeenServer) + Send + Sync + 'static,
    ) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }
}

impl fmt::Debug for TlsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsSettings")
            .field("identity", &self.identity)
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}

/// A server whose certificate was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenServer {
    /// The certificate.
    pub certificate: SeenCertificate,
    /// The DNS names in the certificate.
    pub dns_names: Vec<String>,
    /// The certificate has DNS names, and the host of the service's root URL is not among them.
    ///
    /// This is no reason to refuse the server, as its identity is the organisation number. But it
    /// can be a sign that another server of the same organisation has responded.
    pub is_for_another_host: bool,
    /// The version of TLS that was agreed on.
    pub tls_version: TlsVersion,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        })
    }
}
