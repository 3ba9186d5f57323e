//! The rustls configuration.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use rustls::version::{TLS12, TLS13};

use super::handshake::{NoCertificate, NotingResolver};
use super::signing_key::SharedKey;
use super::verifier::OrganizationVerifier;
use super::web_verifier::WebVerifier;
use super::{TlsSettings, Trust};
use crate::{Clock, ConfigError, SharedClock};

/// Builds the configuration with a provider of its own: the process-wide default belongs to the
/// program, which may have another.
pub(crate) fn client_config(tls: &TlsSettings) -> Result<ClientConfig, ConfigError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let client: Arc<dyn ResolvesClientCert> = match &tls.identity {
        Some(identity) => {
            let chain = identity.chain_der();
            let chain = chain
                .map(|der| CertificateDer::from(der.to_vec()))
                .collect();
            let key = SharedKey::new(identity.private_key());
            let certified = CertifiedKey::new(chain, Arc::new(key));
            Arc::new(NotingResolver::new(certified))
        }
        None => Arc::new(NoCertificate),
    };
    let verifier: Arc<dyn ServerCertVerifier> = match &tls.trust {
        Trust::Service(trust) => Arc::new(OrganizationVerifier::new(trust, tls, &provider)),
        Trust::Web(extra_roots) => Arc::new(WebVerifier::new(extra_roots, &provider)?),
    };
    let mut config =
        ClientConfig::builder_with_details(provider, Arc::new(HandshakeTime(tls.clock.clone())))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|cause| ConfigError::Client {
                source: cause.into(),
            })?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_client_cert_resolver(client);
    // A resumed session does not ask for the client's certificate again, and whether it was asked
    // for is checked on every connection. Connections are kept alive, so this costs little.
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The time by which certificates are in their dates.
#[derive(Debug)]
struct HandshakeTime(SharedClock);

impl TimeProvider for HandshakeTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}
