//! JSON is the form to store: its names are stable, and it is as strict as the constructors.

use portal_model::{
    Bounded, DateTime, EnvironmentKind, ErrorDocument, MediaType, Notifications,
    PortalSignatureJobManifest, PortalSignatureJobStatus, PortalSignatureJobStatusChangeResponse,
    SignatureJobId, SignatureType, SignerIdentifier, SignerOrder, SignerStatus, Title,
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
    insta::assert_snapshot!(error("+01:00", "+1"));
}

/// Whatever stands in the place of a value, no error shows it: neither where a personal number was
/// given as a number, nor where it stands in a key.
#[test]
fn errors_never_show_a_value() {
    const CANARY: &str = "12345678910";
    let forms = [
        CANARY.to_owned(),
        format!("\"{CANARY}\""),
        format!("-{CANARY}"),
        format!("{CANARY}.5"),
        format!("{CANARY}{CANARY}{CANARY}"),
        format!("[{CANARY}, \"{CANARY}\"]"),
        format!("{{\"{CANARY}\": {CANARY}}}"),
        format!("{{\"email\": {{\"email\": \"{CANARY}\", \"{CANARY}\": 1}}}}"),
        "true".to_owned(),
        "null".to_owned(),
    ];
    let manifest = serde_json::to_value(samples::manifest()).unwrap();
    let change = serde_json::to_value(samples::status_change()).unwrap();
    let error = serde_json::to_value(samples::error()).unwrap();
    let mut errors = 0;
    let mut check = |read: Result<(), serde_json::Error>, what: &str| {
        if let Err(error) = read {
            errors += 1;
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("1234567"), "{what}: {shown}");
        }
    };
    for form in &forms {
        let form: serde_json::Value = serde_json::from_str(form).unwrap();
        for (document, kind) in [(&manifest, 0), (&change, 1), (&error, 2)] {
            for pointer in pointers(document) {
                let mut document = document.clone();
                *document.pointer_mut(&pointer).unwrap() = form.clone();
                let text = document.to_string();
                let read = match kind {
                    0 => serde_json::from_str::<PortalSignatureJobManifest>(&text).map(drop),
                    1 => serde_json::from_str::<PortalSignatureJobStatusChangeResponse>(&text)
                        .map(drop),
                    _ => serde_json::from_str::<ErrorDocument>(&text).map(drop),
                };
                check(read, &format!("{pointer} {form}"));
            }
        }
        // Plain types by themselves.
        let text = form.to_string();
        check(serde_json::from_str::<Title>(&text).map(drop), "Title");
        check(
            serde_json::from_str::<MediaType>(&text).map(drop),
            "MediaType",
        );
        check(
            serde_json::from_str::<EnvironmentKind>(&text).map(drop),
            "EnvironmentKind",
        );
        check(
            serde_json::from_str::<SignerOrder>(&text).map(drop),
            "SignerOrder",
        );
        check(
            serde_json::from_str::<SignatureJobId>(&text).map(drop),
            "SignatureJobId",
        );
        check(
            serde_json::from_str::<DateTime>(&text).map(drop),
            "DateTime",
        );
        check(
            serde_json::from_str::<SignerStatus>(&text).map(drop),
            "SignerStatus",
        );
        check(
            serde_json::from_str::<SignatureType>(&text).map(drop),
            "SignatureType",
        );
        check(
            serde_json::from_str::<Notifications>(&text).map(drop),
            "Notifications",
        );
        check(
            serde_json::from_str::<Bounded<Title, 1, 2>>(&text).map(drop),
            "Bounded",
        );
    }
    assert!(errors > 300, "{errors}");
}

/// The place of every value in a document.
fn pointers(value: &serde_json::Value) -> Vec<String> {
    let below = |key: String, value: &serde_json::Value| {
        let inner = pointers(value).into_iter();
        inner
            .map(move |rest| format!("/{key}{rest}"))
            .collect::<Vec<_>>()
    };
    let mut found = vec![String::new()];
    match value {
        serde_json::Value::Object(map) => {
            found.extend(
                map.iter()
                    .flat_map(|(key, value)| below(key.clone(), value)),
            );
        }
        serde_json::Value::Array(items) => {
            found.extend(
                items
                    .iter()
                    .enumerate()
                    .flat_map(|(index, value)| below(index.to_string(), value)),
            );
        }
        _ => {}
    }
    found
}

#[test]
fn an_unknown_job_status_is_stored_and_read_again() {
    let status: PortalSignatureJobStatus = serde_json::from_str("\"POSTPONED\"").unwrap();
    assert_eq!(
        status,
        PortalSignatureJobStatus::Unknown("POSTPONED".to_owned())
    );
    assert_eq!(serde_json::to_string(&status).unwrap(), "\"POSTPONED\"");
    assert!(!status.is_known());
    // The lists of what a sender says are closed.
    assert!(serde_json::from_str::<SignatureType>("\"POSTPONED\"").is_err());
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
