//! Keeping the document package that is sent, byte for byte.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use jiff::Timestamp;
use portal_transport::{BoxFuture, Clock, SharedClock};

pub use self::folder::PackageFolder;

mod folder;

/// How long a processor has for one package. The service refuses a package that is older than five seconds.
pub(crate) const LIMIT: Duration = Duration::from_secs(2);

/// What a [`PackageProcessor`] may fail with.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Receives each document package, byte for byte as it is sent, before its first byte leaves.
///
/// Set one for all jobs with [`ClientBuilder::package_processor`](crate::ClientBuilder::package_processor),
/// or for a single job with [`CreateOptions`]. It has 2 seconds for each package. If it fails or takes longer,
/// the create fails and nothing was sent. It runs once for every package that is made: a create that is
/// repeated is signed again, and its package is another one.
/// [`JobRecord::package_sha256`](crate::JobRecord::package_sha256) names the one that made the job.
///
/// [`PackageFolder`] writes packages to a folder. A closure is a processor too:
///
/// ```
/// use portal_client::{CreateOptions, SignedPackage};
///
/// let options = CreateOptions::new().package_processor(|package: SignedPackage| async move {
///     println!("{} bytes, SHA-256 {}", package.bytes().len(), package.sha256());
///     Ok(())
/// });
/// ```
pub trait PackageProcessor: Send + Sync {
    /// Processes a package. Dropping the future must leave nothing half-done.
    fn process(&self, package: SignedPackage) -> BoxFuture<'_, Result<(), BoxError>>;
}

impl<F, P> PackageProcessor for F
where
    F: Fn(SignedPackage) -> P + Send + Sync,
    P: Future<Output = Result<(), BoxError>> + Send + 'static,
{
    fn process(&self, package: SignedPackage) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(self(package))
    }
}

/// A document package as it is sent: an ASiC-E container, signed. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedPackage {
    bytes: Bytes,
    sha256: String,
    signed_at: Timestamp,
}

impl SignedPackage {
    pub(crate) fn new(bytes: Bytes, signed_at: Timestamp) -> Self {
        let sha256 = digest(&SHA256, &bytes);
        let sha256 = sha256.as_ref().iter().map(|byte| format!("{byte:02x}"));
        Self {
            sha256: sha256.collect(),
            bytes,
            signed_at,
        }
    }

    /// Returns the whole container. It holds the documents and the signers' personal data.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns the SHA-256 of the container, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Returns the signing time.
    #[must_use]
    pub fn signed_at(&self) -> Timestamp {
        self.signed_at
    }
}

/// Without the content.
impl fmt::Debug for SignedPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedPackage")
            .field("length", &self.bytes.len())
            .field("sha256", &self.sha256)
            .field("signed_at", &self.signed_at)
            .finish()
    }
}

/// Options of a single create; see [`PortalClient::create_with`](crate::PortalClient::create_with).
#[derive(Clone, Default)]
#[must_use = "options do nothing until they are given to PortalClient::create_with"]
pub struct CreateOptions {
    pub(crate) processor: Option<Arc<dyn PackageProcessor>>,
}

impl CreateOptions {
    /// Creates options that change nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a processor for the package of this job, in place of the client's.
    pub fn package_processor(mut self, processor: impl PackageProcessor + 'static) -> Self {
        self.processor = Some(Arc::new(processor));
        self
    }
}

impl fmt::Debug for CreateOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateOptions")
            .field("package_processor", &self.processor.is_some())
            .finish()
    }
}

/// Why a package was not processed, so that nothing was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageProcessorError {
    /// It took longer than the 2 seconds that it has.
    #[error("it took longer than 2 seconds; make it faster, or keep the package elsewhere first")]
    TooSlow,
    /// It failed.
    #[error("it failed")]
    #[non_exhaustive]
    Failed {
        /// What it says. The text may hold personal data.
        source: BoxError,
    },
}

/// Runs a processor within its limit.
pub(crate) async fn process(
    processor: &dyn PackageProcessor,
    package: SignedPackage,
    clock: &SharedClock,
) -> Result<(), PackageProcessorError> {
    tokio::select! {
        biased;
        processed = processor.process(package) => {
            processed.map_err(|source| PackageProcessorError::Failed { source })
        }
        () = clock.sleep(LIMIT) => Err(PackageProcessorError::TooSlow),
    }
}

#[cfg(test)]
mod tests;
