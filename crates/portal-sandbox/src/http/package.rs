//! Opening and verifying a document package.

use std::error::Error;

use bytes::Bytes;
use jiff::Timestamp;
use portal_model::OrganizationNumber;

use super::refusal::Refusal;
use crate::shared::Shared;

/// A package whose digests, signature, certificate and signing time held.
pub(super) struct Package {
    pub(super) manifest: Vec<u8>,
    /// Names and bytes of the documents.
    pub(super) files: Vec<(String, Bytes)>,
    /// The organisation that signed it.
    pub(super) signed_by: Option<OrganizationNumber>,
}

/// Opens a package and verifies it as of `now`.
pub(super) fn open(bytes: &Bytes, shared: &Shared, now: Timestamp) -> Result<Package, Refusal> {
    let verified = shared
        .verifier
        .verify(bytes, now)
        .map_err(|error| Refusal::package(described(&error)))?;
    Ok(Package {
        manifest: verified.manifest().to_vec(),
        signed_by: verified.organization_number().cloned(),
        files: verified
            .into_documents()
            .into_iter()
            .map(|document| {
                let name = document.reveal_name().to_owned();
                (name, Bytes::from(document.into_bytes()))
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
