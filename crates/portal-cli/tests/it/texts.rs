//! `portal rules` and `portal schema`.

use crate::{folder, portal, shown};

#[test]
fn rules_are_listed_and_explained() {
    let folder = folder();
    insta::assert_snapshot!("rules", shown(folder.path(), &["rules"]));
    insta::assert_snapshot!("rule", shown(folder.path(), &["rules", "documents.pdf"]));
    insta::assert_snapshot!(
        "rule-json",
        shown(folder.path(), &["--json", "rules", "signer.lookup.sector"])
    );
    let all = portal(folder.path(), &["--json", "rules"]).stdout;
    let lines = String::from_utf8(all).unwrap();
    let codes: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(codes.len() > 40);
    for rule in codes {
        let code = rule["code"].as_str().unwrap();
        assert_eq!(
            portal(folder.path(), &["rules", code]).status.code(),
            Some(0)
        );
    }
}

#[test]
fn schemas_are_json() {
    let folder = folder();
    for of in ["job", "config"] {
        let output = portal(folder.path(), &["schema", of]);
        assert!(output.status.success());
        let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(schema["type"], "object");
        let line = portal(folder.path(), &["--json", "schema", of]).stdout;
        assert_eq!(String::from_utf8(line).unwrap().lines().count(), 1);
    }
    insta::assert_snapshot!("schema-config", shown(folder.path(), &["schema", "config"]));
}
