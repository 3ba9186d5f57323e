//! A custom transport around one of the library's: it times every request, and counts bytes.
//!
//! The same way requests could be signed, queued, or scripted. Layers of tower go on with
//! `portal_transport::TransportService` and become a transport again with `ServiceTransport`.
//!
//! `cargo run --example custom_transport`

mod service_and_sender;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use portal_client::{
    Body, BoxFuture, HyperTransport, KeySigner, Signer, Transport, TransportError, http,
};
use service_and_sender::{AnyError, ServiceAndSender, agreement};

/// Clones share the counts.
#[derive(Debug, Clone)]
struct Measured<T> {
    transport: T,
    calls: Arc<AtomicU64>,
    sent: Arc<AtomicU64>,
}

impl<T: Transport> Transport for Measured<T> {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let (method, start) = (request.method().clone(), Instant::now());
            let bytes = request.body().size().unwrap_or_default();
            // The error says whether the request may have reached the service, and the client decides by
            // that: hand it on as it is.
            let response = self.transport.send(request).await?;
            self.calls.fetch_add(1, Ordering::Relaxed);
            self.sent.fetch_add(bytes, Ordering::Relaxed);
            // The path holds an organisation's number, and a queue's name may be personal: neither is for
            // a log.
            println!(
                "  {method}: {} after {:?}",
                response.status(),
                start.elapsed()
            );
            Ok(response)
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let example = ServiceAndSender::from_environment().await?;
    let transport = Measured {
        transport: HyperTransport::new(example.transport_settings())?,
        calls: Arc::default(),
        sent: Arc::default(),
    };
    let signer = KeySigner::new(&example.certificate)?;
    let client = example.client_with(transport.clone(), signer);

    println!("The service says: {}", client.who_am_i(None).await?);
    let job = client
        .job("Tenancy agreement")
        .document(agreement())
        .signer(Signer::by_email("email@example.com"))
        .build()
        .await?;
    let created = client.create(&job).await?;
    client.cancel(&created).await?;

    let (calls, sent) = (&transport.calls, &transport.sent);
    println!(
        "{} calls, {} bytes of bodies sent",
        calls.load(Ordering::Relaxed),
        sent.load(Ordering::Relaxed)
    );
    Ok(())
}
