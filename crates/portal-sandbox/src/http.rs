//! The service's API over HTTP and mutual TLS, and its token endpoint.

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
mod signing_key;
mod tampering;
mod tls;
mod token_endpoint;

pub(crate) use caller::Port;
pub(crate) use response::JobUrls;
pub use response::{CancelStatus, ResponseStyle};
pub(crate) use routes::router;
pub(crate) use server::{serve, serve_plainly};
pub use tls::ServerChain;
pub(crate) use tls::{for_api, for_tokens};
pub(crate) use token_endpoint::token_router;
