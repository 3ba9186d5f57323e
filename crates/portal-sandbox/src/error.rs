//! Why a sandbox can't start, or can't issue a certificate, or can't write files.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use portal_certificate::ExportError;

/// Why a sandbox could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Certificates could not be made: a validity ends before it begins, a host name is none, or the
    /// file of the kept authority can't be read.
    #[error(
        "the sandbox could not make its certificates: check validity, host names and the kept authority"
    )]
    #[non_exhaustive]
    Certificates {
        /// What the library that makes them said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The address is taken, or not this machine's.
    #[error("the sandbox can't listen on {address}: choose a free port, or port 0 for any")]
    #[non_exhaustive]
    Listen {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// TLS refused the certificates that were made.
    #[error("the sandbox could not set up TLS with its own certificates")]
    #[non_exhaustive]
    Tls {
        /// What the TLS library said.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Why the sandbox's authority could not issue a certificate.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox could not issue the certificate: check the validity that was asked for")]
pub struct IssueError {
    #[source]
    pub(crate) source: Box<dyn Error + Send + Sync>,
}

/// Why the files for a client could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientFilesError {
    /// A file or folder could not be written.
    #[error("can't write {}: choose a folder that may be written to", path.display())]
    #[non_exhaustive]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The PKCS#12 file could not be made.
    #[error("can't make the PKCS#12 file")]
    Pkcs12(#[from] ExportError),
}
