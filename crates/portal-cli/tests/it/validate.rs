//! `portal validate`: job files and manifests, right and wrong.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use portal_sandbox::sample_pdf;

use crate::{command, folder, object, portal, shown};

/// A job of four signers that keeps every rule for a public sender.
pub(crate) const JOB: &str = r#"portal-job = 1
title = "Tenancy agreement"
description = "Please read and sign."
nonsensitive-title = "Agreement"
reference = "hr-2026-00417"
available-for = "14d"

[[document]]
file = "agreement.pdf"
title = "Tenancy agreement"

[[signer]]
personal-number = "01013300001"
notify = "lookup"
order = 1

[[signer]]
personal-number-file = "number"
notify = { email = "signer2@example.com", mobile = "99999999" }
order = 2
on-behalf-of = "other"

[[signer]]
email = "signer3@example.com"
order = 2

[[signer]]
email = "signer4@example.com"
mobile = "99999999"
order = 3
"#;

/// Writes the job with its document and its personal number.
pub(crate) fn write_job(folder: &Path) {
    fs::write(folder.join("job.toml"), JOB).unwrap();
    fs::write(folder.join("number"), "10987654321\n").unwrap();
    fs::write(
        folder.join("agreement.pdf"),
        sample_pdf("Agreement", &["Text."]),
    )
    .unwrap();
}

fn validate(folder: &Path, arguments: &[&str]) -> String {
    let all = [&["validate", "--sector=public"], arguments].concat();
    let mut command = command(folder, &all);
    let output = command
        .env("PORTAL_ORGANIZATION", "984661185")
        .output()
        .unwrap();
    let text = crate::described(folder, output);
    // The latest possible end depends on the time.
    let mut masked = String::new();
    for line in text.lines() {
        let line = match line.find("at the latest on ") {
            Some(at) => format!("{}at the latest on [time].", &line[..at]),
            None => line.to_owned(),
        };
        masked.push_str(&line);
        masked.push('\n');
    }
    masked
}

#[test]
fn a_right_job_ends_with_0_and_a_wrong_one_with_1() {
    let folder = folder();
    write_job(folder.path());
    insta::assert_snapshot!("validate-right", validate(folder.path(), &["job.toml"]));

    let wrong = JOB
        .replace("Please read and sign.", &"x".repeat(221))
        .replace("mobile = \"99999999\"\norder = 3", "order = 10");
    fs::write(folder.path().join("wrong.toml"), &wrong).unwrap();
    insta::assert_snapshot!(
        "validate-wrong-file",
        validate(folder.path(), &["wrong.toml"])
    );

    let wrong = JOB
        .replace("Please read and sign.", &"x".repeat(221))
        .replace("number\"\nnotify", "missing\"\nnotify");
    fs::write(folder.path().join("wrong.toml"), &wrong).unwrap();
    let text = validate(folder.path(), &["wrong.toml"]);
    assert!(text.starts_with("9\n"), "{text}");

    let wrong = JOB.replace("Please read and sign.", &"x".repeat(221));
    fs::write(folder.path().join("wrong.toml"), &wrong).unwrap();
    let text = validate(folder.path(), &["wrong.toml"]);
    assert!(text.starts_with("1\n"), "{text}");
    assert!(text.contains("error[description.length]"), "{text}");

    // Each file is looked at, also after one that can't be read.
    let text = validate(folder.path(), &["missing.toml", "wrong.toml", "job.toml"]);
    assert!(
        text.contains("job.toml: valid") && text.contains("wrong.toml: not valid"),
        "{text}"
    );
}

#[test]
fn warnings_count_where_that_is_asked_for() {
    let folder = folder();
    write_job(folder.path());
    let text = validate(folder.path(), &["job.toml", "--strict"]);
    assert!(text.starts_with("1\n"), "{text}");
}

#[test]
fn json_has_a_line_for_each_file() {
    let folder = folder();
    write_job(folder.path());
    let mut command = command(
        folder.path(),
        &["--json", "validate", "--sector=private", "job.toml"],
    );
    let output = command
        .env("PORTAL_ORGANIZATION", "984661185")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let line = object(&output.stdout);
    assert_eq!(line["kind"], "validation");
    assert_eq!(line["valid"], false);
    let violations = line["violations"].as_array().unwrap();
    let lookup = violations
        .iter()
        .find(|violation| violation["code"] == "signer.lookup.sector")
        .unwrap();
    assert_eq!(lookup["severity"], "error");
    assert_eq!(lookup["path"], "signers[0].notifications-using-lookup");
}

#[test]
fn what_is_no_job_file_says_why() {
    let folder = folder();
    for (name, text) in [
        ("unquoted", JOB.replace("\"01013300001\"", "01013300001")),
        (
            "typo",
            JOB.replace("nonsensitive-title", "non-sensitive-title"),
        ),
        ("syntax", JOB.replace("[[document]]", "[[document]")),
    ] {
        fs::write(folder.path().join("job.toml"), text).unwrap();
        let text = shown(folder.path(), &["validate", "job.toml"]);
        assert!(text.starts_with("1\n"), "{name}: {text}");
        assert!(!text.contains("01013300001"));
        insta::assert_snapshot!(format!("job-file-{name}"), text);
    }
    let text = shown(folder.path(), &["validate", "missing.toml"]);
    insta::assert_snapshot!("job-file-missing", text);
    let error = portal(folder.path(), &["--json", "validate", "missing.toml"]);
    assert_eq!(object(&error.stderr)["code"], "job-file");
    assert_eq!(object(&error.stderr)["fixed_by"], "computer");

    fs::write(folder.path().join("job.toml"), JOB).unwrap();
    let text = shown(folder.path(), &["validate", "job.toml"]);
    insta::assert_snapshot!("validate-no-number-file", text);
}

#[test]
fn manifests_and_standard_input_are_taken() {
    let folder = folder();
    write_job(folder.path());
    let manifest = r#"<portal-signature-job-manifest xmlns="http://signering.posten.no/schema/v1"><signers><signer><identified-by-contact-information/><notifications><email address="signer2@example.com"/></notifications></signer></signers><sender><organization-number>984661185</organization-number></sender><title>Title</title><documents><document href="agreement.pdf" mime="application/pdf"><title>Title</title></document></documents></portal-signature-job-manifest>"#;
    fs::write(folder.path().join("manifest.xml"), manifest).unwrap();
    insta::assert_snapshot!(
        "validate-manifest",
        validate(folder.path(), &["manifest.xml"])
    );
    let text = shown(folder.path(), &["validate", "agreement.pdf"]);
    assert!(
        text.starts_with("1\n") && text.contains("not UTF-8"),
        "{text}"
    );

    for text in [JOB, manifest] {
        let mut process = command(folder.path(), &["validate", "--sector=public", "-"])
            .env("PORTAL_ORGANIZATION", "984661185")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        process
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        let output = process.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with("standard input: valid"), "{text}");
    }
}

/// A job without a sender, as in the README, needs a profile: that of a sandbox that runs here is named.
#[test]
fn who_sends_is_asked_for_with_the_sandbox_of_the_folder_as_a_way_out() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("lease.pdf"), sample_pdf("Lease", &["Text."])).unwrap();
    let job = r#"
portal-job = 1
title = "Lease"
reference = "lease-7"
document = [{ file = "lease.pdf", title = "Lease" }]
signer = [{ email = "signer@example.com" }]
"#;
    for name in ["job.toml", "job2.toml"] {
        fs::write(path.join(name), job).unwrap();
    }
    let sandbox = "or give `-p sandbox`";
    let fails = |arguments: &[&str], has_hint: bool| {
        let text = shown(path, arguments);
        assert!(text.starts_with("6\n"), "{text}");
        assert_eq!(text.contains(sandbox), has_hint, "{text}");
        text
    };
    let by_sector = ["validate", "job.toml", "--sector=public"];
    fails(&by_sector, false);
    fails(&["validate", "job.toml"], false);
    let (_running, _) = crate::sandbox::Running::start(path, &[]);
    fails(&by_sector, true);
    fails(&["validate", "job.toml"], true);
    // Each file is looked at, and named.
    let both = [&by_sector[..], &["job2.toml"]].concat();
    let text = fails(&both, true);
    assert!(text.contains("portal: job.toml: "), "{text}");
    assert!(text.contains("portal: job2.toml: "), "{text}");
    assert!(shown(path, &["-psandbox", "validate", "job.toml"]).starts_with("0\n"));
}
