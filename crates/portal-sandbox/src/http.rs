//! The service's API over HTTP and mutual TLS.

mod admission;
mod body;
mod caller;
mod delivery;
mod handshake;
mod headers;
mod middleware;
mod multipart;
mod note;
mod package;
mod presence;
mod query;
mod refusal;
mod response;
mod routes;
mod server;
mod tampering;

pub(crate) use response::JobUrls;
pub use response::{CancelStatus, ResponseStyle};
pub(crate) use routes::router;
pub(crate) use server::{serve, serve_plainly, tls};
