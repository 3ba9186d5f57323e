//! Types and XML of the portal flow, generated from its schema.

#[cfg(feature = "proptest")]
mod arbitrary;
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
mod xml;

pub use bounded::Bounded;
pub use date_time::{DateTime, DateTimeError};
pub use facet::FacetError;
pub use generated::*;
pub use signer_status::SignerStatus;
pub use xml::error::{FoundElement, IllFormed, Position, XmlError, XmlProblem};
pub use xml::notice::{Answer, Notice, NoticeKind};
pub use xml::{XmlDocument, limits};

/// The namespace of every document of the portal flow.
pub const NAMESPACE: &str = "http://signering.posten.no/schema/v1";
