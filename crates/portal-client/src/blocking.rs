//! The same client for programs without async: every method waits until it is done.
//!
//! ```
//! use portal_client::{Document, Error, Signer, blocking};
//!
//! fn send(client: &blocking::PortalClient, agreement: Vec<u8>) -> Result<(), Error> {
//!     let job = client
//!         .job("Tenancy agreement")
//!         .document(Document::pdf("Tenancy agreement", agreement))
//!         .signer(Signer::by_email("email@example.com"))
//!         .build_blocking()?;
//!     let created = client.create(&job)?;
//!     println!("job {} is waiting for its signer", created.job_id());
//!
//!     // From time to time:
//!     let polled = client.status_change(None)?;
//!     if let Some(change) = polled.change {
//!         if change.record().has_pades() {
//!             client.pades(&change)?.save_over(format!("{}.pdf", change.job_id()))?;
//!         }
//!         client.confirm(&change)?;
//!     }
//!     Ok(())
//! }
//! # // Run once, against a scripted transport.
//! # use std::sync::Arc;
//! # use portal_transport::test_util::ScriptedTransport;
//! # struct NoSigner;
//! # impl portal_asice::PackageSigner for NoSigner {
//! #     fn chain(&self) -> &[portal_certificate::Certificate] { &[] }
//! #     fn sign(&self, _: &portal_asice::SignatureInput<'_>)
//! #     -> Result<Vec<u8>, portal_asice::SignerError> { Err(portal_asice::SignerError::new("none")) }
//! # }
//! # let client = portal_client::PortalClient::new(
//! #     portal_client::Environment::difitest(),
//! #     portal_client::Sector::Unknown,
//! #     Arc::new(ScriptedTransport::new().response(200, "You are 123456789")),
//! #     Arc::new(NoSigner),
//! # )
//! # .with_sender(portal_client::Sender::new("123456789")?);
//!
//! // `client` is the async client.
//! let client = blocking::PortalClient::new(client)?;
//! assert_eq!(client.who_am_i(None)?, "You are 123456789");
//! # assert!(send(&client, b"%PDF-1.7\n%%EOF\n".to_vec()).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Threads
//! A client has a Tokio runtime with one thread, which its clones share and which ends with the last
//! of them and of what they gave: [`Download`]s, and the [`Changes`] of a [`Watch`]. Requests run on the
//! threads that make them, as many at once as there are threads.
//!
//! # Inside an async runtime
//! Nothing here panics there: a request works on every thread, `tokio::task::spawn_blocking` among them,
//! and a client may be dropped anywhere. But a request blocks the thread that it is made on, and with
//! it whatever else that runtime would do there; should the server itself run on that one thread, as
//! it may in a test, the request waits until the transport's time limit. Use the
//! [async client](crate::PortalClient) in async code.
//!
//! Give the client a transport of its own: connections belong to the runtime that opened them.

mod client;
mod download;
mod runtime;
#[cfg(test)]
mod tests;
mod watch;

pub use client::PortalClient;
pub use download::Download;
pub use watch::{Changes, PendingChange, Watch};
