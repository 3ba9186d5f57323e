//! Access tokens: the second way in, by OAuth 2.0's client credentials over mutual TLS.

mod bearer_auth;
mod grant;
mod settings;
mod source;

pub use bearer_auth::{BearerAuth, TokenRejected};
pub use settings::TokenSettings;
pub(crate) use source::HOLD_AFTER_FAILURE;
pub use source::TokenSource;
