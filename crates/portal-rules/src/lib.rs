//! Validates jobs of Posten signering's portal flow before they are sent.
//!
//! A job that the service refuses costs a round trip, and one that it accepts but nobody can sign
//! costs weeks. This crate checks a job as a whole and reports every violation at once, each with the
//! place, what is wrong, how to fix it, and the source of the rule:
//!
//! ```
//! use jiff::Timestamp;
//! use portal_model::*;
//! use portal_rules::{Code, DocumentFacts, EnvironmentKind, Sector, SenderProfile, check};
//!
//! let signer = PortalSigner::by_personal_number(
//!     PersonalIdentificationNumber::new("01013300001")?,
//!     NotificationsUsingLookup::EMAIL_ONLY,
//! );
//! let document = PortalDocument::new(
//!     Href::new("lease.pdf")?,
//!     Mime::new("application/pdf")?,
//!     Title::new("Lease")?,
//! );
//! let manifest = PortalSignatureJobManifest::new(
//!     Bounded::of([signer]),
//!     ManifestSender::new(OrganizationNumber::new("984661185")?),
//!     ManifestDocuments::new(Title::new("Lease")?, Bounded::of([document])).into(),
//! );
//! let request = PortalSignatureJobRequest::new();
//! let files = [DocumentFacts::from_bytes(b"Not a PDF")];
//!
//! let profile = SenderProfile::new(Sector::Private, EnvironmentKind::Production);
//! let report = check(&manifest, &request, &files, &profile, Timestamp::now());
//!
//! let codes: Vec<Code> = report.violations().iter().map(|violation| violation.code).collect();
//! assert_eq!(codes, [
//!     Code::ReferenceMissing,   // a warning; the others are errors
//!     Code::SignerPinChecksum,  // the number is a sample: its check digits do not hold
//!     Code::SignerLookupSector, // only public senders may use the register
//!     Code::DocumentsPdf,
//! ]);
//! assert_eq!(report.violations()[1].path, "signers[0].personal-identification-number");
//! println!("{report}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The rules are pure functions: no I/O, no clock, no global state. Reports and errors never hold
//! personal data, so they can be logged.
//!
//! # Functions
//!
//! - [`validate`] is for senders. It returns a [`ValidJob`], the proof that a job has no errors.
//! - [`check`] returns the report alone. A receiver that only refuses invalid jobs reads
//!   [`Report::errors`].
//! - [`lint`] checks a part of a job, such as a `manifest.xml` alone.
//!
//! # Sector and overrides
//!
//! Some rules differ between public and private senders. They are checked only if the
//! [`SenderProfile`] states the [`Sector`]; otherwise an info names the unchecked rules. A warning
//! can be [raised](SenderProfile::raise) to an error or [silenced](SenderProfile::silence) by its
//! code. Errors stay errors, with one exception: a sender whose references, for instance, are account
//! numbers can [allow](SenderProfile::allow_personal_numbers_in) digits that look like a personal
//! number in that one place. The report then has an info.
//!
//! # Documents
//!
//! Create [`DocumentFacts`] once for each file, from its bytes or from any `Read + Seek`. The checks
//! use the facts only. Of a PDF, the frame is read and no page: header, end, cross-reference table
//! and catalog. Damage that readers repair, such as bytes before the header or after the end, is a
//! warning.
//!
//! # Contact information
//!
//! [`contact::usual_mobile`] returns the usual spelling of a mobile number, in which numbers can be
//! stored and compared. Reports show only its form. The job itself is never changed.
//!
//! # Chained orders
//!
//! [`chain`] computes when each group of signers can sign, and when the job ends at the latest.
//!
//! # Times without an offset
//!
//! The schema allows an activation time without an offset from UTC. Only the service knows which
//! instant it means, so that no rule says anything about it: not that it is in the past, and nothing
//! in [`chain`], which then counts from the job's creation. Write times with an offset.
//!
//! # Cost
//!
//! The time of a report grows linearly with the signers, and a job of 10 signers and 20 documents
//! takes some 30 microseconds. `cargo bench -p portal-rules` measures it.
//!
//! # Features
//!
//! | feature | default | effect |
//! |---|---|---|
//! | `serde` | off | `Serialize` for [`Report`] and all its parts; `Serialize` and `Deserialize` for [`SenderProfile`], [`Sector`], [`PrivacyPlace`] and [`Code`] |
//!
//! No time zone database is used. Reports show local time in one place, and that is Norwegian:
//! [`chain::OsloTime`].
//!
#![doc = include_str!("../rules.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod chain;
mod check;
mod check_digit;
mod code;
pub mod contact;
mod facts;
mod families;
mod job;
#[cfg(feature = "serde")]
mod json;
pub mod organization_number;
mod pdf;
pub mod personal_number;
mod place;
mod profile;
mod report;
mod rule;
mod text;

pub use check::{Draft, ValidJob, check, lint, validate};
pub use code::{Code, UnknownCode};
pub use facts::DocumentFacts;
pub use portal_model::EnvironmentKind;
pub use profile::{PrivacyPlace, Sector, SenderProfile, UnknownPrivacyPlace, UnknownSector};
pub use report::{Report, Severity, Violation};
pub use rule::{Needs, Rule, rules};
