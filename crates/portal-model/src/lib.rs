//! The documents of Posten signering's portal flow as Rust types, read from XML and written to it.
//!
//! ```
//! use portal_model::{
//!     Bounded, ManifestDocuments, Notifications, NotificationsUsingLookup, PortalDocument,
//!     PortalSignatureJobManifest, PortalSigner, ManifestSender, SignerOrder, XmlDocument,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // One signer signs first, notified as the contact register says; then another, by e-mail.
//! let first = PortalSigner::by_personal_number(
//!     "12345678910".parse()?,
//!     NotificationsUsingLookup::EMAIL_AND_SMS,
//! )
//! .with_order(SignerOrder::new(1)?);
//! let second = PortalSigner::by_contact_information(Notifications::email(
//!     "signer2@example.com".parse()?,
//! ))
//! .with_order(SignerOrder::new(2)?);
//!
//! let document =
//!     PortalDocument::new("document.pdf".parse()?, "application/pdf".parse()?, "Contract".parse()?);
//! let manifest = PortalSignatureJobManifest::new(
//!     Bounded::of([first, second]),
//!     ManifestSender::new("123456789".parse()?),
//!     ManifestDocuments::new("Contract of 2016".parse()?, document.into()).into(),
//! );
//!
//! let xml = manifest.to_xml()?;
//! assert!(xml.contains("<personal-identification-number>12345678910<"));
//! assert_eq!(PortalSignatureJobManifest::from_xml(xml.as_bytes())?, manifest);
//! # Ok(())
//! # }
//! ```
//!
//! # The documents
//!
//! | type | element | written by |
//! |---|---|---|
//! | [`PortalSignatureJobRequest`] | `portal-signature-job-request` | the sender, with a new job |
//! | [`PortalSignatureJobManifest`] | `portal-signature-job-manifest` | the sender, in the document package |
//! | [`PortalSignatureJobResponse`] | `portal-signature-job-response` | the service, on a new job |
//! | [`PortalSignatureJobStatusChangeResponse`] | `portal-signature-job-status-change-response` | the service, when polled |
//! | [`ErrorDocument`] | `error` | the service, when it refuses a request |
//!
//! [`XmlDocument`] reads and writes them. It has three ways of reading: `from_xml` for what a sender
//! writes, which must be just as the schema says; `from_response` for what the service responds, which
//! may hold more or less than is known today, and lists what differs; and `from_draft` for a job that is
//! to be examined, which keeps values beyond their limits.
//!
//! # Types that keep the schema's promises
//!
//! - A choice of the schema is an enum and a sequence a struct, so what the schema excludes cannot be said.
//! - A restricted text or number is a type of its own. `new` (and `parse`) names the limit that a value
//!   breaks; `unchecked` takes any value, for drafts that are to be examined; writing XML checks again.
//!   Lengths are counted in Unicode characters, as the schema does.
//! - A list whose length is limited is a [`Bounded`]; a constant number of items is checked when compiling.
//! - A [`DateTime`] keeps the offset that it was written with. One without an offset is legal in the
//!   schema; it names no instant, and no zone is guessed.
//! - The status of one signer is an open text with known values, [`SignerStatus`]. The status of a job,
//!   [`PortalSignatureJobStatus`], is a list whose unknown values are kept as text.
//! - Structs and enums can grow with the schema: they are `#[non_exhaustive]`. `new` takes what is
//!   required and `with_` methods set what is optional; fields can be read and set.
//! - Personal data (titles, personal numbers, addresses, file names) is shown by methods named `reveal`
//!   only: neither `Debug` nor any error of this crate holds it.
//!
//! Elements that only wrap a list or carry a single attribute have no type of their own: `signers` is
//! the list of signers, `email address="..."` is an [`EmailAddress`], an empty element is a `bool` or a
//! variant without content. A manifest in the old form, with a single `document`, is read and written
//! too, and [`PortalSignatureJobManifest::documents`] shows either form as the new one.
//!
//! # Errors
//!
//! [`XmlError`] says path, line and column, what was found and what was expected:
//!
//! ```
//! use portal_model::{PortalSignatureJobRequest, XmlDocument};
//!
//! let xml = r#"<portal-signature-job-request xmlns="http://signering.posten.no/schema/v1">
//!   <queue>custom-queue</queue>
//! </portal-signature-job-request>"#;
//! let error = PortalSignatureJobRequest::from_xml(xml.as_bytes()).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "/portal-signature-job-request (line 2, column 3): \
//!      expected `reference`, `polling-queue` or the end of the element, found `queue`"
//! );
//! ```
//!
//! # Hostile documents
//!
//! Reading never panics, and its time and memory are bounded by the size of the document. Document type
//! declarations are refused, only the five entities of XML itself are known, and size, depth, attributes,
//! namespaces and texts are bounded by [`limits`]. Only UTF-8 is read.
//!
//! # Documents in a package
//!
//! What several crates must decide alike is defined here once: [`MediaType`], which document names are
//! the same or unsafe ([`document_name`]), and how long a text is ([`text_length`]).
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `serde` | no | `Serialize` and `Deserialize` for every type, as the form to store |
//! | `proptest` | no | `Arbitrary` for every type: valid values for property tests |
//!
//! In JSON, names are those of the Rust fields, and code words and times are as in XML. Reading checks
//! every limit, too, and its errors name types and fields but never show a value. JSON holds personal
//! data in the clear.
//!
//! # Where it comes from
//!
//! The types and their documentation are generated by `cargo xtask codegen` from the schema in `xsd/`,
//! which has the names, order, types and limits of the service's own. What is written by hand is the
//! common ground: XML itself, [`Bounded`], [`DateTime`], [`SignerStatus`], and short ways to say common
//! things.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "proptest")]
mod arbitrary;
mod bounded;
mod bytes;
mod date_time;
pub mod document_name;
mod enumeration;
mod environment_kind;
mod facet;
mod generated;
#[cfg(feature = "serde")]
#[doc(hidden)]
pub mod json;
mod manifest;
mod media_type;
mod number;
mod signer;
mod signer_status;
mod text;
pub mod text_length;
mod xml;

pub use bounded::Bounded;
pub use date_time::{DateTime, DateTimeError};
pub use environment_kind::{EnvironmentKind, UnknownEnvironmentKind};
pub use facet::FacetError;
pub use generated::*;
pub use media_type::{MediaType, UnknownMediaType};
pub use signer_status::SignerStatus;
pub use xml::error::{FoundElement, IllFormed, Position, XmlError, XmlProblem};
pub use xml::notice::{ParseNotice, ParseNoticeKind, Parsed};
pub use xml::{XmlDocument, limits};

/// The namespace of every document of the portal flow.
pub const NAMESPACE: &str = "http://signering.posten.no/schema/v1";
