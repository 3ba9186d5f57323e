//! `portal certificate`.

use std::fs;

use portal_sandbox::Sandbox;
use tempfile::TempDir;

use crate::{folder, object, portal, shown};

/// A folder with a certificate, as PKCS#12 and PEM, and its password.
fn certificates() -> TempDir {
    let folder = folder();
    let path = folder.path();
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let sandbox = Sandbox::builder().start().await.unwrap();
            sandbox.write_client_files(path).unwrap();
        });
    fs::write(path.join("password"), "sandbox\n").unwrap();
    fs::write(path.join("wrong-password"), "other\n").unwrap();
    folder
}

#[test]
fn a_certificate_is_shown_and_checked() {
    let folder = certificates();
    let path = folder.path();
    let file = ["sender.p12", "--password-file=password"];
    let text = shown(path, &[&["certificate", "show"], &file[..]].concat());
    assert!(text.starts_with("0\n"), "{text}");
    assert!(text.contains("organisation    123456789"), "{text}");
    let json = portal(
        path,
        &[&["--json", "certificate", "show"], &file[..]].concat(),
    );
    let certificate = object(&json.stdout);
    assert_eq!(certificate["kind"], "certificate");
    assert_eq!(certificate["organization"], "123456789");
    assert_eq!(certificate["usable"], true);

    let check = |arguments: &[&str]| {
        let all = [&["certificate", "check"], &file[..], arguments].concat();
        portal(path, &all).status.code()
    };
    assert_eq!(check(&[]), Some(0));
    assert_eq!(check(&["--expires-within=36500d"]), Some(1));
    assert_eq!(check(&["--expires-within=soon"]), Some(2));
    let pem = ["sender.pem", "--key=sender.key.pem"];
    let text = shown(path, &[&["certificate", "check"], &pem[..]].concat());
    assert!(text.starts_with("0\n"), "{text}");
}

#[test]
fn what_is_wrong_with_a_certificate_ends_with_6() {
    let folder = certificates();
    let path = folder.path();
    for (name, arguments) in [
        (
            "wrong-password",
            &["sender.p12", "--password-file=wrong-password"][..],
        ),
        ("no-password", &["sender.p12"]),
        ("no-key", &["sender.pem"]),
        ("missing", &["missing.p12"]),
        ("no-certificate", &["password"]),
        ("none-given", &[]),
    ] {
        let all = [&["certificate", "show"], arguments].concat();
        let text = shown(path, &all);
        assert!(text.starts_with("6\n"), "{name}: {text}");
        insta::assert_snapshot!(format!("certificate-{name}"), text);
        let json = portal(path, &[&["--json"], &all[..]].concat());
        assert_eq!(object(&json.stderr)["fixed_by"], "configuration");
    }
}
