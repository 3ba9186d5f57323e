//! The service's own example documents, where they are at hand.

use std::path::{Path, PathBuf};

use portal_model::{
    PortalSignatureJobManifest, PortalSignatureJobRequest, PortalSignatureJobResponse,
    PortalSignatureJobStatusChangeResponse, XmlDocument,
};

/// Every example document, or none with a line about it.
fn examples() -> Vec<PathBuf> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/examples/portal");
    let mut files = Vec::new();
    for folder in [folder.clone(), folder.join("legacy")] {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            println!("skipped: {} is not there", folder.display());
            return Vec::new();
        };
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "xml"));
    files
}

fn round_trip<T: XmlDocument + PartialEq + std::fmt::Debug>(xml: &[u8]) {
    let value = T::from_xml(xml).unwrap();
    let again = T::from_xml(value.to_xml().unwrap().as_bytes()).unwrap();
    assert_eq!(value, again);
}

#[test]
fn every_example_is_read_strictly_and_written_back() {
    for file in examples() {
        let xml = std::fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&xml);
        println!("{}", file.display());
        if text.contains("<portal-signature-job-manifest") {
            round_trip::<PortalSignatureJobManifest>(&xml);
        } else if text.contains("<portal-signature-job-request") {
            round_trip::<PortalSignatureJobRequest>(&xml);
        } else if text.contains("<portal-signature-job-response") {
            round_trip::<PortalSignatureJobResponse>(&xml);
        } else {
            round_trip::<PortalSignatureJobStatusChangeResponse>(&xml);
        }
    }
}
