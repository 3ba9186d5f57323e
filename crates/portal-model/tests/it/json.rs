//! JSON is the form to store: its names are stable, and it is as strict as the constructors.

use portal_model::{
    PortalSignatureJobManifest, PortalSignatureJobStatusChangeResponse, SignerIdentifier, Title,
};

use crate::samples;

#[test]
fn manifest() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&samples::manifest()).unwrap());
}

#[test]
fn manifest_in_the_old_form() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&samples::legacy_manifest()).unwrap());
}

#[test]
fn status_change() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&samples::status_change()).unwrap());
}

#[test]
fn the_other_documents() {
    let all = serde_json::json!([samples::request(), samples::response(), samples::error()]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&all).unwrap());
}

#[test]
fn facets_and_names_are_checked() {
    let error = serde_json::from_str::<Title>("\"\"").unwrap_err();
    insta::assert_snapshot!(error);

    let json = serde_json::to_string(&samples::manifest()).unwrap();
    let error = |from: &str, to: &str| {
        let json = json.replacen(from, to, 1);
        serde_json::from_str::<PortalSignatureJobManifest>(&json).unwrap_err()
    };
    insta::assert_snapshot!(error("\"order\":1", "\"order\":10"));
    insta::assert_snapshot!(error("\"availability\"", "\"avaliability\""));
    insta::assert_snapshot!(error("+01:00", ""));
}

#[test]
fn what_is_optional_may_be_left_out() {
    let json = r#"{
        "signature_job_id": 1, "status": "FAILED", "confirmation_url": "https://example.com/c",
        "signatures": {"signature": [{
            "status": {"value": "SOMETHING_NEW", "since": "2017-01-23T12:51:43+01:00"},
            "identifier": {"identifier": {"sms": {"sms": "00000000"}}}
        }]}
    }"#;
    let change: PortalSignatureJobStatusChangeResponse = serde_json::from_str(json).unwrap();
    assert_eq!(change.reference, None);
    assert!(!change.signatures.signature[0].status.value.is_known());
}

#[test]
fn a_type_that_no_document_uses_goes_through_json_too() {
    let identifier = SignerIdentifier::new("signer 1").unwrap();
    let json = serde_json::to_string(&identifier).unwrap();
    assert_eq!(json, "\"signer 1\"");
    assert_eq!(
        serde_json::from_str::<SignerIdentifier>(&json).unwrap(),
        identifier
    );
    assert!(serde_json::from_str::<SignerIdentifier>("\"\"").is_err());
}
