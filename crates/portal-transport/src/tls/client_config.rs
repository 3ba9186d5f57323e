//! The rustls configuration.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, InconsistentKeys};

use super::TlsSettings;
use super::handshake::NotingResolver;
use super::verifier::OrganizationVerifier;
use crate::ConfigError;

/// Builds the configuration with a provider of its own: the process-wide default belongs to the
/// program, which may have another.
pub(crate) fn client_config(tls: &TlsSettings) -> Result<ClientConfig, ConfigError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let identity = |cause: rustls::Error| ConfigError::Identity {
        source: cause.into(),
    };

    let chain = tls.identity.chain_der();
    let chain = chain
        .map(|der| CertificateDer::from(der.to_vec()))
        .collect();
    // Parsed where it lies: a copy for rustls would stay behind in freed memory.
    let key = PrivatePkcs8KeyDer::from(tls.identity.private_key_pkcs8());
    let key = aws_lc_rs::sign::any_supported_type(&key.into()).map_err(identity)?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
        Err(cause) => return Err(identity(cause)),
    }

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
