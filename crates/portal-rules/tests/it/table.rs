//! The table of rules in the documentation.
//!
//! After a change of the rules, write it again with
//! `PORTAL_RULES_TABLE=write cargo test -p portal-rules table`.

use std::fmt::Write;
use std::path::Path;

use portal_rules::{Code, Rule, Severity, rules};

#[test]
fn the_documentation_has_the_rules_as_they_are() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules.md");
    let table = table();
    if std::env::var_os("PORTAL_RULES_TABLE").is_some() {
        std::fs::write(&file, &table).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(
        written, table,
        "rules.md is out of date; see the module's documentation"
    );
}

fn table() -> String {
    let mut table = "# The rules\n\n\
        | code | severity | rule | source |\n\
        |---|---|---|---|\n"
        .to_owned();
    for Rule {
        code,
        severities,
        summary,
        source,
        ..
    } in rules()
    {
        let severities: Vec<String> = severities.iter().map(Severity::to_string).collect();
        writeln!(
            table,
            "| `{code}` | {} | {summary} | {source} |",
            severities.join(" or ")
        )
        .unwrap();
    }
    table
}

#[test]
fn codes_and_rules_belong_together() {
    for code in Code::ALL {
        assert_eq!(code.rule().code, *code);
        assert_eq!(code.as_str().parse(), Ok(*code));
        assert_eq!(format!("{code:>30}").trim_start(), code.as_str());
    }
    let texts: std::collections::BTreeSet<&str> =
        Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(texts.len(), Code::ALL.len());
    assert_eq!("signers".parse::<Code>(), Err(portal_rules::UnknownCode));
}

#[test]
fn the_most_severe_severity_is_listed_first() {
    for rule in rules() {
        assert!(!rule.severities.is_empty());
        assert!(rule.severities.is_sorted_by(|a, b| a > b), "{}", rule.code);
    }
}
