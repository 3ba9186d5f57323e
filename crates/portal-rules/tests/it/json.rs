//! Profiles and order groups as JSON.

use portal_rules::{Code, EnvironmentKind, PrivacyPlace, Sector, SenderProfile};

#[test]
fn profiles_are_read_and_written() {
    let profile = SenderProfile::new(Sector::Public, EnvironmentKind::Test)
        .raise(Code::ReferenceMissing)
        .silence(Code::SignerLookupRecommended);
    let json = serde_json::json!({
        "sector": "public",
        "environment": "test",
        "overrides": {
            "reference.missing": "raise",
            "signer.lookup.recommended": "silence",
        },
    });
    assert_eq!(serde_json::to_value(&profile).unwrap(), json);
    assert_eq!(
        serde_json::from_value::<SenderProfile>(json).unwrap(),
        profile
    );
    assert_eq!(
        serde_json::from_str::<SenderProfile>("{}").unwrap(),
        SenderProfile::default()
    );
}

#[test]
fn places_that_may_hold_personal_numbers_are_kept() {
    let profile = SenderProfile::new(Sector::Public, EnvironmentKind::Test)
        .allow_personal_numbers_in(PrivacyPlace::QueueName)
        .allow_personal_numbers_in(PrivacyPlace::Reference);
    let json = serde_json::to_value(&profile).unwrap();
    let places = &json["personal_numbers_allowed_in"];
    assert_eq!(places, &serde_json::json!(["reference", "queue-name"]));
    assert_eq!(
        serde_json::from_value::<SenderProfile>(json).unwrap(),
        profile
    );
}

#[test]
fn errors_show_no_value() {
    for value in [
        "12345678910",
        "-12345678910",
        "123456789.10",
        r#""12345678910""#,
    ] {
        for profile in [
            format!(r#"{{"sector":{value}}}"#),
            format!(r#"{{"overrides":{{"reference.missing":{value}}}}}"#),
            format!(r#"{{"personal_numbers_allowed_in":[{value}]}}"#),
            r#"{"overrides":{"12345678910":"raise"}}"#.to_owned(),
        ] {
            let error = serde_json::from_str::<SenderProfile>(&profile).unwrap_err();
            assert!(!error.to_string().contains("12345678"), "{error}");
        }
    }
}

#[test]
fn every_place_is_read_as_it_is_written() {
    for place in [
        PrivacyPlace::Reference,
        PrivacyPlace::QueueName,
        PrivacyPlace::NonsensitiveTitle,
        PrivacyPlace::DocumentName,
    ] {
        let json = serde_json::to_value(place).unwrap();
        assert_eq!(serde_json::from_value::<PrivacyPlace>(json).unwrap(), place);
    }
}

#[test]
fn unknown_keys_are_refused() {
    let error = serde_json::from_str::<SenderProfile>(r#"{"sectr":"public"}"#).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("found an unknown field, expected one of sector, "),
        "{error}"
    );
}

#[test]
fn unknown_codes_are_refused() {
    let profile = r#"{"overrides":{"signers.counting":"raise"}}"#;
    let error = serde_json::from_str::<SenderProfile>(profile).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("overrides: no rule has this code"),
        "{error}"
    );
}

#[test]
fn groups_are_written_with_their_times() {
    let created = "2026-11-24T08:00:00Z".parse().unwrap();
    let groups = portal_rules::chain::order_groups([None], None, created);
    assert_eq!(
        serde_json::to_value(groups).unwrap(),
        serde_json::json!([{
            "order": 0,
            "signers": [0],
            "activation": {"earliest": "2026-11-24T08:00:00Z", "latest": "2026-11-24T08:00:00Z"},
            "deadline": {"earliest": "2026-12-24T08:00:00Z", "latest": "2026-12-24T08:00:00Z"},
        }])
    );
}
