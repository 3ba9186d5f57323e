//! What was sent, to be found again in what comes back.

use portal_asice::MeasuredPackage;
use portal_verify::{Fingerprint, Sent};

/// The documents of a package.
pub(crate) fn sent(package: &MeasuredPackage) -> Sent {
    let documents = package.documents();
    documents.fold(Sent::new(), |sent, (name, media_type, sha256)| {
        let sha256 = Fingerprint::from_sha256(*sha256);
        sent.document(name.reveal(), media_type.as_str(), sha256)
    })
}
