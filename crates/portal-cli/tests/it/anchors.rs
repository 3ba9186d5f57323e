//! `portal anchors`.

use super::{folder, portal};

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
