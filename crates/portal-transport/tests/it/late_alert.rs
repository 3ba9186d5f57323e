//! A server that refuses a client over a connection that stands.
//!
//! rustls checks a client's certificate in the handshake and never later, so the alert is made of
//! the connection's own keys.

use rustls::crypto::cipher::{AeadKey, Iv, MessageEncrypter, OutboundChunks, OutboundPlainMessage};
use rustls::{
    AlertDescription, ConnectionTrafficSecrets, ContentType, ProtocolVersion, ServerConfig,
    SupportedCipherSuite,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::server::TlsStream;

/// What a server's TLS needs for [`send`].
pub(crate) fn enabled(mut config: ServerConfig) -> ServerConfig {
    config.enable_secret_extraction = true;
    config
}

/// Sends a fatal alert, and then reads whatever comes, as a server does whose client shall see it.
pub(crate) async fn send(mut stream: TlsStream, alert: AlertDescription) {
    stream.flush().await.unwrap();
    let (mut stream, connection) = stream.into_inner();
    let suite = connection.negotiated_cipher_suite().unwrap();
    let (number, secrets) = connection.dangerous_extract_secrets().unwrap().tx;
    let (key, iv) = match secrets {
        ConnectionTrafficSecrets::Aes128Gcm { key, iv }
        | ConnectionTrafficSecrets::Aes256Gcm { key, iv }
        | ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } => (key, iv),
        _ => panic!("secrets of an unknown kind"),
    };
    const FATAL: u8 = 2;
    let message = OutboundPlainMessage {
        typ: ContentType::Alert,
        version: ProtocolVersion::TLSv1_2,
        payload: OutboundChunks::Single(&[FATAL, u8::from(alert)]),
    };
    let message = encrypter(suite, key, iv).encrypt(message, number).unwrap();
    stream.write_all(&message.encode()).await.unwrap();
    let mut buffer = vec![0; 65_536];
    while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
}

fn encrypter(suite: SupportedCipherSuite, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
    match suite {
        SupportedCipherSuite::Tls13(suite) => suite.aead_alg.encrypter(key, iv),
        SupportedCipherSuite::Tls12(suite) => {
            let shape = suite.aead_alg.key_block_shape();
            let (fixed, explicit) = iv.as_ref().split_at(shape.fixed_iv_len);
            suite.aead_alg.encrypter(key, fixed, explicit)
        }
    }
}
