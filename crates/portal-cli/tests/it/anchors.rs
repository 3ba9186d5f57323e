//! `portal anchors`.

use std::fs;

use portal_sandbox::Sandbox;

use super::{folder, object, portal, shown};

fn listed(arguments: &[&str]) -> String {
    let output = portal(folder().path(), &[&["anchors", "list"], arguments].concat());
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_anchor_is_a_line() {
    let all = listed(&[]);
    insta::assert_snapshot!("anchors", all);
    assert_eq!(all.lines().count(), 22);
}

#[test]
fn the_environments_are_never_mixed() {
    let (production, test) = (
        listed(&["--environment", "production"]),
        listed(&["--environment", "test"]),
    );
    assert!(!production.is_empty() && production.lines().all(|l| l.starts_with("production ")));
    assert!(!test.is_empty() && test.lines().all(|l| l.starts_with("test ")));
    let count = production.lines().count() + test.lines().count();
    assert_eq!(count, listed(&[]).lines().count());
    let other = portal(folder().path(), &["anchors", "list", "--environment", "qa"]);
    assert_eq!(other.status.code(), Some(2));
}

/// A certificate that is not built in is named, and so is each that is built in and not in the folder.
#[test]
fn a_folder_of_certificates_is_compared() {
    let folder = folder();
    let path = folder.path();
    fs::create_dir_all(path.join("anchors/test")).unwrap();
    fs::write(path.join("anchors/README"), "no certificate").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let sandbox = Sandbox::builder().start().await.unwrap();
        let files = sandbox.write_client_files(path).unwrap();
        fs::copy(files.trust_anchor, path.join("anchors/test/new.pem")).unwrap();
    });
    fs::write(path.join("anchors/test/text.cer"), "no certificate").unwrap();
    let plain = shown(path, &["anchors", "check", "anchors"]);
    assert!(plain.starts_with("1\n"), "{plain}");
    assert!(plain.contains("differs  anchors/test/new.pem: "), "{plain}");
    assert!(plain.contains("text.cer: can't be read"), "{plain}");
    assert_eq!(plain.matches(" is not in the folder").count(), 22);
    let arguments = ["--json", "anchors", "check", "anchors"];
    let test = portal(path, &[&arguments[..], &["--environment=test"]].concat());
    let lines = String::from_utf8(test.stdout).unwrap();
    let last = object(lines.lines().last().unwrap().as_bytes());
    assert_eq!(last["kind"], "anchors-check");
    assert_eq!(last["certificates"], 1);
    let codes: Vec<String> = lines
        .lines()
        .map(|line| {
            object(line.as_bytes())["code"]
                .as_str()
                .unwrap_or("")
                .to_owned()
        })
        .collect();
    assert!(
        ["unreadable", "new", "missing"]
            .iter()
            .all(|code| codes.iter().any(|c| c == code))
    );
    let none = shown(path, &["anchors", "check", "nowhere"]);
    assert!(none.starts_with("9\n"), "{none}");
}
