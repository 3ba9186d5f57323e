//! Opening and verifying a document package.

use std::error::Error;

use bytes::Bytes;
use jiff::Timestamp;
use portal_asice::VerifyError;
use portal_model::OrganizationNumber;

use super::refusal::Refusal;
use crate::shared::Shared;

/// A package whose digests, signature, certificate and signing time held.
pub(super) struct Package {
    pub(super) manifest: Vec<u8>,
    pub(super) files: Vec<File>,
    /// The organisation that signed it.
    pub(super) signed_by: Option<OrganizationNumber>,
    /// The thumbprint of the certificate that signed it.
    pub(super) certificate: [u8; 32],
}

/// A document in a package.
pub(super) struct File {
    pub(super) name: String,
    /// The media type that the signature gives.
    pub(super) mime: String,
    pub(super) bytes: Bytes,
}

/// Opens a package and verifies it as of `now`, or of the real time where the sandbox's clock was
/// moved: a client in another process knows nothing of that.
pub(super) fn open(bytes: &Bytes, shared: &Shared, now: Timestamp) -> Result<Package, Refusal> {
    let mut verified = shared.verifier.verify(bytes, now);
    if matches!(verified, Err(VerifyError::SigningTime { .. }))
        && let Ok(in_real_time) = shared.verifier.verify(bytes, Timestamp::now())
    {
        verified = Ok(in_real_time);
    }
    let verified = verified.map_err(|error| Refusal::package(described(&error)))?;
    Ok(Package {
        manifest: verified.manifest().to_vec(),
        signed_by: verified.organization_number().cloned(),
        certificate: verified.certificate().sha256(),
        files: verified
            .into_documents()
            .into_iter()
            .map(|document| {
                let name = document.reveal_name().to_owned();
                let mime = document.mime().to_owned();
                let bytes = Bytes::from(document.into_bytes());
                File { name, mime, bytes }
            })
            .collect(),
    })
}

/// An error with its causes, for the sender of the package to read.
fn described(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
