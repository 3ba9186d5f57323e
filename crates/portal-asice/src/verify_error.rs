//! Why a package is refused.

use std::io;

use jiff::{SignedDuration, Timestamp};
use portal_certificate::{CertificateError, ChainError};

use crate::archive_error::ArchiveError;

/// What is wrong with a package. Each kind of defect has its own variant.
///
/// Files are named by their position in the package, and references by theirs in the signature,
/// both counted from 1: names may hold personal data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The package can't be read from its source.
    #[error("the package can't be read")]
    #[non_exhaustive]
    Read {
        /// Why.
        source: io::Error,
    },
    /// The container is refused.
    #[error("the package's container is refused")]
    #[non_exhaustive]
    Container {
        /// Why.
        #[from]
        source: ArchiveError,
    },
    /// There is no signature document.
    #[error("the package has no META-INF/signatures.xml; sign it")]
    NoSignature,
    /// There is more than one signature, or a second signature document.
    #[error("the package has more than one signature; exactly one is allowed")]
    SecondSignature,
    /// There is a container manifest, which the service does not allow.
    #[error("the package has a META-INF/manifest.xml, which must not be there")]
    ContainerManifest,
    /// There is another file in META-INF.
    #[error("file {position} lies in META-INF, where only signatures.xml may be")]
    #[non_exhaustive]
    UnexpectedMetadata {
        /// Which file.
        position: usize,
    },
    /// The file `mimetype` is not first, or names another type of container.
    #[error(
        "file {position}, mimetype, is not first or does not hold application/vnd.etsi.asic-e+zip; \
         leave it out"
    )]
    #[non_exhaustive]
    ContainerType {
        /// Position of the file.
        position: usize,
    },
    /// There is no manifest.
    #[error("the package has no manifest.xml")]
    NoManifest,
    /// There is no document.
    #[error("the package has no document")]
    NoDocument,
    /// The signature document is not XML, or of a kind of XML that is not taken.
    #[error("META-INF/signatures.xml can't be read: {what} (byte {offset})")]
    #[non_exhaustive]
    SignatureXml {
        /// What is wrong.
        what: &'static str,
        /// Where, in bytes from the start.
        offset: usize,
    },
    /// The signature document has not the structure that the profile asks for.
    #[error("META-INF/signatures.xml is not of the profile: {element} {problem}")]
    #[non_exhaustive]
    SignatureStructure {
        /// Which element.
        element: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An algorithm is not the profile's.
    #[error("the algorithm of {element} is not {expected}")]
    #[non_exhaustive]
    Algorithm {
        /// Which element names it.
        element: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// A reference has transforms, or leads out of the package.
    #[error("reference {position} is not to a whole file of the package")]
    #[non_exhaustive]
    Reference {
        /// Which reference.
        position: usize,
    },
    /// Two references are to the same file.
    #[error("references {first} and {second} are to the same file")]
    #[non_exhaustive]
    SameReference {
        /// The one.
        first: usize,
        /// The other.
        second: usize,
    },
    /// A file's media type is not given, or given twice, or there is one for no file.
    #[error(
        "the signature doesn't name the media type of every file exactly once (DataObjectFormat)"
    )]
    MediaTypes,
    /// The signing time is too far from now.
    #[error("the signing time {stated} is more than {tolerance:#} from {now}; set the clock right")]
    #[non_exhaustive]
    SigningTime {
        /// The time that the signature states.
        stated: Timestamp,
        /// The time of checking.
        now: Timestamp,
        /// How far apart they may be.
        tolerance: SignedDuration,
    },
    /// A certificate in the signature can't be read.
    #[error("certificate {position} of the signature can't be read")]
    #[non_exhaustive]
    Certificate {
        /// Which one.
        position: usize,
        /// Why.
        source: CertificateError,
    },
    /// No certificate in the signature is the one whose digest and serial number are signed.
    #[error("the signature's certificate is not the one that SigningCertificate names")]
    SigningCertificate,
    /// The certificate's key is of a kind that is not taken.
    #[error("the signing certificate's key is {found}; RSA of 2048 to 4096 bits is accepted")]
    #[non_exhaustive]
    CertificateKey {
        /// What it is.
        found: portal_certificate::KeyKind,
    },
    /// The certificate is not for signing data.
    #[error("the signing certificate's key usage doesn't allow digitalSignature")]
    CertificateUsage,
    /// The certificate doesn't lead to a trust anchor, or not at this time.
    #[error("the signing certificate is not trusted")]
    #[non_exhaustive]
    Chain {
        /// Why.
        source: ChainError,
    },
    /// There is a certificate that has nothing to do with the signature.
    #[error(
        "certificate {position} of the signature is not part of the signing certificate's chain"
    )]
    #[non_exhaustive]
    StrayCertificate {
        /// Which one.
        position: usize,
    },
    /// The certificate is another organisation's than demanded, or of none.
    #[error("the signing certificate is not of organisation {expected}")]
    #[non_exhaustive]
    Organization {
        /// The number that was demanded.
        expected: String,
    },
    /// The signature's value was not made by the certificate's key over `SignedInfo`.
    #[error(
        "the signature value doesn't belong to SignedInfo and the signing certificate: \
         the list of digests was changed, or another key signed"
    )]
    SignatureValue,
    /// `SignedProperties` was changed after signing.
    #[error("the signed properties (time, certificate, media types) were changed after signing")]
    SignedProperties,
    /// A document was changed after signing.
    #[error("file {position}, a document, was changed after signing")]
    #[non_exhaustive]
    Document {
        /// Which file.
        position: usize,
    },
    /// The manifest was changed after signing.
    #[error("manifest.xml was changed after signing")]
    Manifest,
    /// Files have each other's contents.
    #[error("files {first} and {second} have each other's contents")]
    #[non_exhaustive]
    SwappedFiles {
        /// The one.
        first: usize,
        /// The other.
        second: usize,
    },
    /// A file is not covered by the signature.
    #[error("file {position} is not covered by the signature")]
    #[non_exhaustive]
    UnsignedFile {
        /// Which file.
        position: usize,
    },
    /// A file that the signature covers is not there.
    #[error("the file of reference {position} is not in the package")]
    #[non_exhaustive]
    MissingFile {
        /// Which reference.
        position: usize,
    },
    /// A file has another name than the signature says.
    #[error("file {position} has another name than the signature says")]
    #[non_exhaustive]
    RenamedFile {
        /// Which file.
        position: usize,
    },
}
