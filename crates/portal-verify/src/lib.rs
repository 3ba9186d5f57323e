//! Facts about what comes back signed from Posten signering: is it whole, and is it this job?
//!
//! The signed documents of a job are a PAdES (a PDF that the service has sealed, with the signature
//! documents of all signers attached) and a XAdES document for each signer. This crate reads them and
//! reports findings. It does no I/O, uses no network, and **makes no trust decision**: it reports
//! that a signature fits its certificate, and never whether the certificate is to be trusted.
//!
//! ```
//! use portal_verify::{FindingCode, FindingSeverity, pades};
//!
//! let report = pades(b"%PDF-1.7\n cut short");
//! assert!(report.is_broken());
//! for finding in &report.findings {
//!     assert_eq!(finding.code, FindingCode::PdfUnreadable);
//!     assert_eq!(finding.severity, FindingSeverity::Broken);
//!     println!("{finding}");
//! }
//! // For a person: everything, and what was not decided.
//! println!("{report}{}", portal_verify::NOT_DECIDED);
//! ```
//!
//! # Is it this job?
//!
//! [`Sent`] is what a sender keeps of a job: names, media types and digests of its documents. Later,
//! [`job`] compares it with what came back:
//!
//! ```
//! use portal_verify::{Fingerprint, Received, Sent, job};
//! # let (document, pades, xades) = (b"", b"", b"");
//!
//! let sent = Sent::new().document("agreement.pdf", "application/pdf", Fingerprint::of(document));
//! let received = Received::new()
//!     .signed(1) // how many signers have signed, from the status change
//!     .pades(pades)
//!     .xades(xades);
//! let report = job(&sent, &received);
//! println!("{report}");
//! ```
//!
//! # Findings
//!
//! Each [`DocumentFinding`] has a stable [`FindingCode`], a [`FindingSeverity`], a [`Place`], a sentence and what it means
//! for the reader. `broken` means that a document is damaged, was changed, or is of another job.
//! `notice` means that a person may want to look, or that something was not assessed, which is then
//! named: an unknown structure is not broken. `info` is a fact that was expected.
//!
//! # What is checked
//!
//! - **PDF**: there is exactly one signature; its byte range begins at 0 and leaves out exactly its own
//!   room; it covers the file to its last byte, or what was added later is a DSS dictionary or a time
//!   stamp of the document; its format is known; digest, signature and signing-certificate attribute
//!   hold; DocMDP level, claimed time and the certificate are reported; time stamps and the DSS
//!   dictionary hold and can be read; there are pages.
//! - **XAdES**: digests of what is in the document, the signature, the certificate that it names.
//! - **Job**: as many XAdES documents as signers who have signed; the attachments of the PAdES are the
//!   XAdES documents; the documents that were sent are found where the XAdES names them.
//! - **Memory**: [`KnownSeals`] are the seals that were seen before; a new one is a notice.
//!
//! [`NOT_DECIDED`] says what is not, and names the programs that do.
//!
//! # Hostile files
//!
//! Nothing in a file is trusted: no length, offset, depth or compressed size. Nothing is repaired. All
//! work is paid from an allowance of 16 bytes for each byte of the file and 512 KiB; a file that asks
//! for more is refused as [`TooMuchToRead`](FindingCode::TooMuchToRead).
//!
//! # Personal data
//!
//! Subjects of signers' certificates and names of files are kept out of `Debug`, `Display` and
//! serialised reports; methods named `reveal` give them. The certificate of the seal is an
//! organisation's and is shown. Errors of reading a report name fields and types, never a value.
//!
//! Sources: the service's documentation of signed documents; ISO 32000-1 and -2; ETSI EN 319 142-1
//! and EN 319 132-1; RFC 5652, 5035 and 3161.

mod algorithm;
mod certificate;
mod finding;
mod job;
mod json;
mod pades;
mod pdf;
mod report;
mod sent;
mod signed_data;
mod time_stamp;
mod tlv;
mod xades;

pub use certificate::{
    CertificateFacts, Fingerprint, FingerprintError, KnownSeals, SignerCertificate,
};
pub use finding::{DocumentFinding, FindingCode, FindingSeverity, Place};
pub use job::{JobReport, Received, job};
pub use pades::{AttachmentFacts, PadesReport, Seal, pades};
pub use report::NOT_DECIDED;
pub use sent::{Sent, SentDocument};
pub use time_stamp::{Stamped, TimeStampFacts};
pub use xades::{ExternalReference, XadesReport, XadesSignature, xades};
