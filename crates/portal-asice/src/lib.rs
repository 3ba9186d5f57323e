//! The signed document package of Posten signering's portal flow: an ASiC-E container (a ZIP file)
//! that holds documents, `manifest.xml` and a XAdES signature over all of them.
//!
//! ```no_run
//! use portal_asice::{Document, DocumentSource, KeySigner, PackageBuilder, document_names};
//! use portal_certificate::EnterpriseCertificate;
//!
//! let p12 = std::fs::read("enterprise.p12")?;
//! let signer = KeySigner::new(&EnterpriseCertificate::from_pkcs12(&p12, "password")?)?;
//! let mut names = document_names([("Rental agreement", "application/pdf")]).into_iter();
//! let name = names.next().ok_or("a name for each title")?;
//!
//! let package = PackageBuilder::new(&signer)
//!     .document(Document::pdf(name, DocumentSource::file("agreement.pdf")))
//!     .manifest("<portal-signature-job-manifest>...</portal-signature-job-manifest>")
//!     .build(jiff::Timestamp::now())?;
//! println!("{} bytes", package.len());
//! package.write_to(&mut std::fs::File::create("job.asice")?)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Documents are read once when the package is built and once when it is written, and are never
//! held in memory as a whole unless they came from there.

mod archive_error;
mod archive_reader;
mod archive_writer;
mod error;
mod limits;
mod name;
mod package;
mod reader;
mod signature_document;
mod signer;
mod source;
mod verify;
mod verify_error;
mod xades;
mod xml_tree;

pub use archive_error::ArchiveError;
pub use error::{BuildError, MediaTypeError, NameError, SignError, SignerError, WriteError};
pub use limits::Limits;
pub use name::{DocumentName, document_names};
pub use package::{Package, PackageBuilder};
pub use reader::PackageReader;
pub use signer::{KeySigner, SignatureInput, Signer};
pub use source::{Document, DocumentSource, Reopen};
pub use verify::{VerifiedDocument, VerifiedPackage, Verifier};
pub use verify_error::VerifyError;
pub use xades::{SignedFile, signatures_xml};
