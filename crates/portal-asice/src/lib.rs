//! The signed document package of Posten signering's portal flow: an ASiC-E container (a ZIP file)
//! that holds documents, `manifest.xml` and a XAdES signature over all of them.
//!
//! ```
//! use portal_asice::{PackageDocument, DocumentSource, KeySigner, PackageBuilder, Verifier, document_names};
//! use portal_certificate::{Certificate, EnterpriseCertificate};
//! use portal_model::MediaType;
//! # use rcgen::{CertificateParams, DnType, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize};
//! # let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
//! # let mut params = CertificateParams::new(Vec::<String>::new())?;
//! # params.distinguished_name.push(DnType::CommonName, "Example");
//! # params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
//! # let (der, pkcs8) = (params.self_signed(&key)?.der().to_vec(), key.serialize_der());
//!
//! // In production: EnterpriseCertificate::from_pkcs12, with the file that the issuer delivered.
//! let certificate = EnterpriseCertificate::from_der([der.clone()], pkcs8)?;
//! let signer = KeySigner::new(&certificate)?;
//! let mut names = document_names([MediaType::Pdf]).into_iter();
//! let name = names.next().ok_or("a name for each document")?;
//!
//! let now = jiff::Timestamp::now();
//! let content = DocumentSource::bytes(b"%PDF-1.7 ... %%EOF".to_vec());
//! let package = PackageBuilder::new(&signer)
//!     .document(PackageDocument::pdf(name, content))
//!     .manifest("<portal-signature-job-manifest>...</portal-signature-job-manifest>")
//!     .build(now)?;
//! let length = package.len();
//! let bytes = package.into_bytes()?;
//! assert_eq!(bytes.len() as u64, length);
//!
//! // The receiving side trusts the issuers that it is given.
//! let verified = Verifier::new([Certificate::from_der(der)?]).verify(&bytes, now)?;
//! assert_eq!(verified.documents()[0].bytes(), b"%PDF-1.7 ... %%EOF");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Building
//!
//! [`PackageBuilder`] reads every document once for its digest, checksum and length; from then on
//! the package's exact length is known. Its bytes can be read as a stream ([`Package::reader`]), written
//! ([`Package::write_to`]) or taken as a whole ([`Package::into_bytes`]). Documents are read
//! again as the package is written and are never held in memory unless they came from there; one
//! that has changed in between is an error. [`document_names`] creates file names.
//!
//! [`KeySigner`] signs with a key in memory; implement [`PackageSigner`] for one in an HSM or a key
//! service. The service takes RSA keys only.
//!
//! # Verifying
//!
//! ```no_run
//! use portal_asice::Verifier;
//! use portal_certificate::Certificate;
//!
//! let anchors = Certificate::all_from_pem(&std::fs::read("issuers.pem")?)?;
//! let package = std::fs::read("job.asice")?;
//! let verified = Verifier::new(anchors).any_signing_time().verify(&package, jiff::Timestamp::now())?;
//! println!("{} documents, signed {}", verified.documents().len(), verified.signing_time());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Verifier`] is strict: every byte of the container must be accounted for, every file signed,
//! and nothing else be there. It takes what this crate and the service's own Java and C# clients
//! write. Each kind of defect has its own [`VerifyError`].
//!
//! # What is written
//!
//! Documents in the order given, `manifest.xml`, `META-INF/signatures.xml`, all stored without
//! compression: PDFs are compressed inside. The signature is RSA with SHA-256 over SHA-256 digests
//! of the files; the signer's whole chain is in `KeyInfo`, the signing time is in UTC with
//! milliseconds. Source: the service's documentation of the document package, and the signatures
//! of its Java client, one of which is reproduced to the bit in the tests.
//!
//! The crate does no networking.
//!
//! # Features
//!
//! There are none. The one whose name begins with underscores is private to this project.

mod archive_error;
mod archive_reader;
mod archive_writer;
mod error;
mod inflate;
mod limits;
mod measure;
mod name;
mod package;
mod reader;
mod segment;
mod signature_document;
mod signer;
mod source;
mod verified;
mod verify;
mod verify_error;
mod xades;
#[cfg(feature = "__verify")]
#[doc(hidden)]
pub mod xml_document;
mod xml_tree;

pub use archive_error::ArchiveError;
pub use error::{NameError, PackageError, SignError, SignerError, WriteError};
pub use limits::Limits;
pub use name::{DocumentName, document_names};
pub use package::{MeasuredPackage, Package, PackageBuilder};
pub use reader::PackageReader;
pub use signer::{KeySigner, PackageSigner, SignatureInput};
pub use source::{DocumentSource, PackageDocument, Reopen};
pub use verified::{VerifiedDocument, VerifiedPackage};
pub use verify::Verifier;
pub use verify_error::VerifyError;
#[cfg(feature = "__sandbox")]
#[doc(hidden)]
pub use xades::{SignedFile, signatures_xml};
