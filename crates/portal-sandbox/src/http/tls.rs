//! What the server's side of TLS needs, for the API and for the token endpoint.

use std::sync::Arc;
use std::time::Duration;

use portal_certificate::{Certificate, EnterpriseCertificate};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::time_provider::TimeProvider;
use rustls::{RootCertStore, ServerConfig};

use super::signing_key::SharedKey;
use crate::certificates::{MakingError, WebIdentity};
use crate::clock::SandboxClock;

/// Certificates are checked at the sandbox's time, like everything else.
#[derive(Debug)]
struct ClockTime(SandboxClock);

impl TimeProvider for ClockTime {
    fn current_time(&self) -> Option<UnixTime> {
        let since_epoch = u64::try_from(self.0.now().as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(since_epoch)))
    }
}

/// Which certificates the API's server sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum ServerChain {
    /// Its certificate and the intermediate's.
    #[default]
    WithIntermediate,
    /// Its certificate alone: a client gets in that knows the intermediate, as it has to of the real issuers.
    LeafAlone,
    /// Its certificate, then the root's before the intermediate's, as careless servers send them.
    WrongOrder,
}

impl ServerChain {
    /// The certificates in the order in which they are sent, by their place in the chain.
    fn places(self) -> &'static [usize] {
        match self {
            // The root itself is not sent: a client has it or does not trust it.
            Self::WithIntermediate => &[0, 1],
            Self::LeafAlone => &[0],
            Self::WrongOrder => &[0, 2, 1],
        }
    }
}

/// Whether a client may do without a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClientCertificates {
    /// It may: an access token stands in for it.
    Optional,
    Required,
}

/// For the API. A client may leave out its certificate; one that it sends must be of the given authorities.
/// All of them are named to clients as acceptable issuers, intermediates too, and a client that sends
/// its own certificate alone gets in by them.
pub(crate) fn for_api(
    server: &EnterpriseCertificate,
    sent: ServerChain,
    anchors: &[Certificate],
    clock: &SandboxClock,
) -> Result<Arc<ServerConfig>, MakingError> {
    let chain = sent
        .places()
        .iter()
        .filter_map(|&place| server.chain().get(place))
        .map(|certificate| CertificateDer::from(certificate.der().to_vec()))
        .collect();
    let key = Arc::new(SharedKey::new(server.private_key()));
    let certified = CertifiedKey::new(chain, key);
    configured(certified, anchors, ClientCertificates::Optional, clock)
}

/// For the token endpoint, where the certificate is what proves the client.
pub(crate) fn for_tokens(
    server: &WebIdentity,
    anchors: &[Certificate],
    clock: &SandboxClock,
) -> Result<Arc<ServerConfig>, MakingError> {
    let key = PrivatePkcs8KeyDer::from(server.key.as_slice());
    let key = aws_lc_rs::sign::any_ecdsa_type(&key.clone_key().into())?;
    let certified = CertifiedKey::new(vec![CertificateDer::from(server.der.clone())], key);
    configured(certified, anchors, ClientCertificates::Required, clock)
}

fn configured(
    certified: CertifiedKey,
    anchors: &[Certificate],
    clients: ClientCertificates,
    clock: &SandboxClock,
) -> Result<Arc<ServerConfig>, MakingError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    for anchor in anchors {
        roots.add(CertificateDer::from(anchor.der().to_vec()))?;
    }
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = match clients {
        ClientCertificates::Optional => verifier.allow_unauthenticated(),
        ClientCertificates::Required => verifier,
    };
    let mut config =
        ServerConfig::builder_with_details(provider, Arc::new(ClockTime(clock.clone())))
            .with_protocol_versions(&[&rustls::version::TLS12, &rustls::version::TLS13])?
            .with_client_cert_verifier(verifier.build()?)
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
