mod laws;

use std::fs;

use super::entries::*;
use super::*;
use crate::fixtures::{now, sender};
use crate::{EnvironmentKind, Sector, SharedClock};

const SAMPLE: &str = r#"portal-job = 1
title       = "Arbeidsavtale"
description = "Les gjennom og signer."
nonsensitive-title = "Avtale fra Vik kommune"
reference   = "hr-2026-00417"
available-for = "14d"
activate-at = 2026-12-01T08:00:00+01:00
authentication = 4
signed-documents-show = "name"

[[document]]
file  = "arbeidsavtale.pdf"
title = "Arbeidsavtale"

[[signer]]
personal-number = "01013300001"
notify = "lookup"
order  = 1

[[signer]]
personal-number-env = "LEDER_FNR"
notify = { email = "signer@example.com", mobile = "99999999" }
order  = 2
on-behalf-of = "other"

[[signer]]
email = "signer2@example.com"
order = 2

[sender]
queue = "hr"
"#;

fn problems(text: &str) -> String {
    JobFile::from_text(text).unwrap_err().to_string()
}

/// The sample without one of its lines, and with others in its place.
fn with(line: &str, instead: &str) -> String {
    assert!(SAMPLE.contains(line), "{line}");
    SAMPLE.replacen(line, instead, 1)
}

#[test]
fn the_sample_is_read_and_says_the_same_as_json() {
    let file = JobFile::from_toml(SAMPLE).unwrap();
    assert_eq!(file.reference(), Some("hr-2026-00417"));
    let json = serde_json::to_string_pretty(&file).unwrap();
    insta::assert_snapshot!(json);
    assert!(JobFile::from_text(&json).unwrap() == file);
    assert!(serde_json::from_str::<JobFile>(&json).unwrap() == file);
}

#[test]
fn the_sample_becomes_a_manifest() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("arbeidsavtale.pdf"),
        b"%PDF-1.7\n%%EOF\n",
    )
    .unwrap();
    fs::write(folder.path().join("leder"), "10987654321\n").unwrap();
    let text = with(
        "personal-number-env = \"LEDER_FNR\"",
        "personal-number-file = \"leder\"",
    );
    let profile = Profile::new(Sector::Public, EnvironmentKind::Test)
        .with_sender(sender())
        .with_clock(SharedClock::new(now));
    let file = JobFile::from_toml(&text).unwrap();
    let job = file.job(&profile, folder.path()).unwrap();
    let job = job.build_blocking().unwrap();
    insta::assert_snapshot!(portal_model::XmlDocument::to_xml(job.manifest()).unwrap());
    assert_eq!(job.sender().queue(), Some("hr"));
    assert_eq!(
        job.request().reference.as_ref().unwrap().reveal(),
        "hr-2026-00417"
    );
}

#[test]
fn a_personal_number_that_is_not_there_says_where_it_should_be() {
    let profile = Profile::new(Sector::Public, EnvironmentKind::Test).with_sender(sender());
    let file = JobFile::from_toml(&with("LEDER_FNR", "PORTAL_TEST_NOT_SET")).unwrap();
    let error = file.job(&profile, Path::new("")).unwrap_err().to_string();
    assert!(
        error.contains("signer 2") && error.contains("PORTAL_TEST_NOT_SET"),
        "{error}"
    );
}

#[test]
fn a_personal_number_without_quotes_is_an_error_with_its_line() {
    let line = "personal-number = \"01013300001\"";
    for number in ["01013300001", "12345678910"] {
        let text = with(line, &format!("personal-number = {number}"));
        let error = problems(&text);
        assert!(error.starts_with("line 16: "), "{error}");
        assert!(error.contains("must be in quotes"), "{error}");
        assert!(!error.contains(number), "{error}");
        let json = format!(
            "{{\n\"portal-job\": 1, \"title\": \"t\", \"document\": [],\n\"signer\": [{{\n\"notify\": \"lookup\",\n\"personal-number\": {number}}}]}}"
        );
        let error = problems(&json);
        assert!(error.starts_with("line 5: "), "{error}");
        assert!(error.contains("must be in quotes"), "{error}");
        assert!(!error.contains(number), "{error}");
    }
}

#[test]
fn errors_name_the_line_and_the_fix() {
    let mut shown = String::new();
    for text in [
        with("title       =", "titel ="),
        with("portal-job = 1", "portal-job = 2"),
        with("\"14d\"", "\"14 days\""),
        with("2026-12-01T08:00:00+01:00", "2026-12-01T08:00:00"),
        with("authentication = 4", "authentication = 5"),
        with("\"name\"", "\"names\""),
        with("notify = \"lookup\"", "notify = \"sms\""),
        with("notify = \"lookup\"", "notify = {}"),
        with("notify = \"lookup\"", ""),
        with(
            "notify = \"lookup\"",
            "notify = \"lookup\"\nemail = \"signer@example.com\"",
        ),
        with("order  = 1", "order = 10"),
        with("email = \"signer2@example.com\"", ""),
        with(
            "email = \"signer2@example.com\"",
            "email = \"signer2@example.com\"\nnotify = \"lookup\"",
        ),
        with(
            "personal-number-env",
            "personal-number = \"01013300001\"\npersonal-number-env",
        ),
        with("file  =", "path ="),
        with("queue =", "queu_ ="),
        with("[sender]", "[signer]"),
        with("portal-job = 1", "portal-job = "),
        with("[[document]]", "[[documents]]"),
        "{\"portal-job\": 1, \"title\": 12345678910,\n \"title\": \"\", \"document\": {}}"
            .to_owned(),
        "{\"portal-job\": 1,\n \"title\" \"t\"}".to_owned(),
        String::new(),
    ] {
        shown += &problems(&text);
        shown += "\n--\n";
    }
    insta::assert_snapshot!(shown);
    assert!(
        !shown.contains("01013300001") && !shown.contains("12345678910"),
        "{shown}"
    );
}

#[test]
fn several_problems_are_given_at_once() {
    let text = with("order  = 1", "ordre = 1").replace("title = \"Arb", "titel = \"Arb");
    let JobFileError::Content { problems } = JobFile::from_toml(&text).unwrap_err() else {
        panic!("another error");
    };
    assert_eq!(problems.len(), 3, "{problems:?}");
}

#[test]
fn the_schema() {
    let schema = JobFile::schema();
    insta::assert_snapshot!(schema);
}

#[test]
fn debug_shows_no_value() {
    let shown = format!("{:?}", JobFile::from_toml(SAMPLE).unwrap());
    assert_eq!(
        shown,
        "JobFile { has_reference: true, documents: 1, signers: 3, .. }"
    );
}
