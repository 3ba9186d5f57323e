//! Types and XML of the portal flow, generated from its schema.

mod bounded;
mod date_time;
mod enumeration;
mod facet;
mod generated;
mod manifest;
mod number;
mod signer;
mod signer_status;
mod text;

pub use bounded::Bounded;
pub use date_time::{DateTime, DateTimeError};
pub use facet::FacetError;
pub use generated::*;
pub use signer_status::SignerStatus;
