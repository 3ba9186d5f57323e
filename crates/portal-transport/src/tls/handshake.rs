//! What happened during one handshake, for the code that started it.
//!
//! rustls shares one configuration between all connections, so what a callback in it sees has to
//! find its way to the right one: through the task, while the handshake is polled.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;

use super::SeenServer;

tokio::task_local! {
    static CURRENT: Arc<Handshake>;
}

/// The record of one handshake.
#[derive(Debug, Default)]
pub(crate) struct Handshake {
    client_certificate_asked: AtomicBool,
    no_common_scheme: AtomicBool,
    is_tls13: AtomicBool,
    server: Mutex<Option<SeenServer>>,
}

impl Handshake {
    /// A record in which the server has asked for a client certificate.
    #[cfg(test)]
    pub(crate) fn asked() -> Self {
        Self {
            client_certificate_asked: AtomicBool::new(true),
            ..Self::default()
        }
    }

    /// Runs `connect`, whose callbacks write to this record.
    pub(crate) async fn record<F: Future>(self: &Arc<Self>, connect: F) -> F::Output {
        CURRENT.scope(Arc::clone(self), connect).await
    }

    /// Whether the version is 1.3, in which the client is done before the server has looked at the
    /// client's certificate.
    pub(crate) fn is_tls13(&self) -> bool {
        self.is_tls13.load(Ordering::Acquire)
    }

    /// Whether the server asked for a client certificate, but with no kind of signature that our
    /// key can make. rustls then goes on without a certificate.
    pub(crate) fn no_common_scheme(&self) -> bool {
        self.no_common_scheme.load(Ordering::Acquire)
    }

    fn server(&self) -> MutexGuard<'_, Option<SeenServer>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the server asked for a client certificate.
    pub(crate) fn client_certificate_asked(&self) -> bool {
        self.client_certificate_asked.load(Ordering::Acquire)
    }
}

/// Notes that the version is 1.3.
pub(super) fn note_tls13() {
    note(|handshake| &handshake.is_tls13);
}

/// Keeps the server whose certificate was accepted, until it has proven that it has the key.
pub(super) fn note_server(server: SeenServer) {
    let _ = CURRENT.try_with(|handshake| *handshake.server() = Some(server));
}

/// Takes the server that [`note_server`] kept.
pub(super) fn take_server() -> Option<SeenServer> {
    let taken = CURRENT.try_with(|handshake| handshake.server().take());
    taken.ok().flatten()
}

fn note(fact: impl FnOnce(&Handshake) -> &AtomicBool) {
    // Outside a recorded handshake there is nobody to tell; the connector always records.
    let _ = CURRENT.try_with(|handshake| fact(handshake).store(true, Ordering::Release));
}

/// Offers the one client certificate and notes that it was asked for.
#[derive(Debug)]
pub(super) struct NotingResolver(Arc<CertifiedKey>);

impl NotingResolver {
    pub(super) fn new(key: CertifiedKey) -> Self {
        Self(Arc::new(key))
    }
}

impl ResolvesClientCert for NotingResolver {
    fn resolve(
        &self,
        _root_hint_subjects: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        note(|handshake| &handshake.client_certificate_asked);
        if self.0.key.choose_scheme(schemes).is_none() {
            note(|handshake| &handshake.no_common_scheme);
        }
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Shows no client certificate, and notes whether one was asked for.
#[derive(Debug)]
pub(super) struct NoCertificate;

impl ResolvesClientCert for NoCertificate {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        note(|handshake| &handshake.client_certificate_asked);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_a_certificate_none_is_offered_and_the_question_is_noted() {
        let handshake = Arc::new(Handshake::default());
        assert!(!handshake.client_certificate_asked());
        let offered = handshake.record(async { NoCertificate.resolve(&[], &[]) });
        assert!(offered.await.is_none());
        assert!(handshake.client_certificate_asked());
        assert!(!NoCertificate.has_certs() && !handshake.no_common_scheme());
    }

    #[tokio::test]
    async fn a_version_is_1_3_once_that_is_noted() {
        let handshake = Arc::new(Handshake::default());
        assert!(!handshake.is_tls13());
        handshake.record(async { note_tls13() }).await;
        assert!(handshake.is_tls13() && !handshake.client_certificate_asked());
    }
}
