//! The tables of the peers' tests and of the cases from the field name tests that are there.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

const TABLE: &str = include_str!("../peer-tests.md");
const FIELD_CASES: &str = include_str!("../field-cases.md");

#[test]
fn every_test_that_the_table_names_exists() {
    let functions = functions();
    let (mut matched, mut declined) = (0, 0);
    for row in TABLE.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        assert_eq!(cells.len(), 3, "not three cells: {row}");
        let ours = cells[2].trim();
        if let Some(reason) = ours.strip_prefix("declined: ") {
            assert!(reason.len() > 10, "no reason: {row}");
            declined += 1;
            continue;
        }
        let tests: Vec<&str> = ours.split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test: {row}");
        for test in tests {
            let function = test.rsplit("::").next().unwrap();
            assert!(functions.contains(function), "no such test: {test}");
        }
        matched += 1;
    }
    assert!(matched > 90 && declined > 5, "{matched} {declined}");
}

#[test]
fn every_case_from_the_field_has_tests_that_exist() {
    let functions = functions();
    let mut numbers = Vec::new();
    for row in FIELD_CASES.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let (number, tests) = (cells[0].trim(), cells[cells.len() - 1]);
        if cells.len() == 5 {
            assert!(cells[3].len() > 2, "reproduced or not: {row}");
            numbers.push(number.trim_matches('`').to_owned());
        } else {
            assert_eq!(cells.len(), 2, "neither a case nor an input: {row}");
        }
        let tests: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test: {row}");
        for test in tests {
            assert!(functions.contains(test), "no such test: {test}");
        }
    }
    let reported = (0..=20).map(|number| number.to_string());
    let read = (1..=28).map(|number| format!("r{number}"));
    assert_eq!(numbers, reported.chain(read).collect::<Vec<_>>());
}

/// The names of all functions of the workspace.
fn functions() -> HashSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut functions = HashSet::new();
    for folder in ["crates", "tests", "xtask"] {
        collect(&root.join(folder), &mut functions);
    }
    functions
}

/// The names of all functions in the Rust files of a folder.
fn collect(folder: &Path, functions: &mut HashSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("target") {
                collect(&path, functions);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            for part in text.split("fn ").skip(1) {
                let name = part.split(|c: char| c != '_' && !c.is_alphanumeric());
                functions.extend(name.take(1).map(str::to_owned));
            }
        }
    }
}
