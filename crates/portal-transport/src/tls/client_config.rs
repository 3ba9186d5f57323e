//! The rustls configuration.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};

use super::TlsSettings;
use super::handshake::NotingResolver;
use super::signing_key::SharedKey;
use super::verifier::OrganizationVerifier;
use crate::ConfigError;

/// Builds the configuration with a provider of its own: the process-wide default belongs to the
/// program, which may have another.
pub(crate) fn client_config(tls: &TlsSettings) -> Result<ClientConfig, ConfigError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let chain = tls.identity.chain_der();
    let chain = chain
        .map(|der| CertificateDer::from(der.to_vec()))
        .collect();
    let key = SharedKey::new(tls.identity.private_key());
    let certified = CertifiedKey::new(chain, Arc::new(key));

    let verifier = OrganizationVerifier::new(tls, &provider);
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|cause| ConfigError::Client {
            source: cause.into(),
        })?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(NotingResolver::new(certified)));
    // A resumed session does not ask for the client's certificate again, and whether it was asked
    // for is checked on every connection. Connections are kept alive, so this costs little.
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
