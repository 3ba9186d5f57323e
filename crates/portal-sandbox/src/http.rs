//! The service's API over HTTP and mutual TLS.

mod admission;
mod answer;
mod around;
mod delivery;
mod multipart;
mod note;
mod package;
mod query;
mod refusal;
mod routes;
mod server;
mod tampering;

pub use answer::AnswerStyle;
pub(crate) use answer::JobUrls;
pub(crate) use routes::router;
pub(crate) use server::{serve, serve_plainly, tls};
