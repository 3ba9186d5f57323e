//! What the types show, and how it is searched.

use std::any::type_name;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::fs;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::listing::PublicType;
use super::{ADDRESS, MOBILE, NUMBER, VALID_NUMBER, WORD};

/// The texts of each type by its path, and what was tried.
#[derive(Debug, Default)]
pub(super) struct Shown(BTreeMap<String, Entry>);

#[derive(Debug, Default)]
struct Entry {
    text: String,
    debug: bool,
    display: bool,
    read: bool,
    exempt: Option<Exemption>,
}

#[derive(Debug)]
enum Exemption {
    /// No field can hold a text from outside. Public fields are looked at.
    NoText,
    /// Shown by another test, which names the type.
    Elsewhere(&'static str),
    /// For a reason that is written where it is given.
    Because,
}

impl Shown {
    /// Takes the `Debug` of a value.
    pub(super) fn debug<T: Debug>(&mut self, path: &str, value: &T) -> &mut Self {
        same_type::<T>(path);
        let entry = self.0.entry(path.to_owned()).or_default();
        entry.debug = true;
        entry.text.push_str(&format!("{value:?}\n{value:#?}\n"));
        self
    }

    /// Takes `Debug` and `Display` of a value.
    pub(super) fn both<T: Debug + Display>(&mut self, path: &str, value: &T) -> &mut Self {
        self.debug(path, value);
        let entry = self.0.entry(path.to_owned()).or_default();
        entry.display = true;
        entry.text.push_str(&format!("{value}\n"));
        self
    }

    /// Takes `Debug` and `Display` of an error and of its causes.
    pub(super) fn error<T: Error>(&mut self, path: &str, error: &T) -> &mut Self {
        self.both(path, error);
        let entry = self.0.entry(path.to_owned()).or_default();
        let mut cause = error.source();
        while let Some(error) = cause {
            entry.text.push_str(&format!("{error:?}\n{error}\n"));
            cause = error.source();
        }
        self
    }

    /// Takes the errors of reading a value whose JSON has canaries in every place, and in place of it.
    pub(super) fn json<T: Serialize + DeserializeOwned>(
        &mut self,
        path: &str,
        sample: &T,
    ) -> &mut Self {
        same_type::<T>(path);
        let entry = self.0.entry(path.to_owned()).or_default();
        let sample = serde_json::to_value(sample).unwrap();
        assert!(
            serde_json::from_value::<T>(sample.clone()).is_ok(),
            "{path}"
        );
        let mut errors = 0;
        for changed in changed(&sample) {
            let (text, value) = (changed.to_string(), changed);
            let read = [
                serde_json::from_str::<T>(&text),
                serde_json::from_value(value),
            ];
            for error in read.into_iter().filter_map(Result::err) {
                errors += 1;
                entry.text.push_str(&format!("{error} {error:?}\n"));
            }
        }
        assert!(errors > 0, "{path}: anything is read");
        entry.read = true;
        self
    }

    /// Takes over what was shown elsewhere.
    pub(super) fn take(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A type of which no field can hold a text from outside.
    pub(super) fn no_text(&mut self, paths: &[&str]) -> &mut Self {
        for path in paths {
            self.exempt_as(path, Exemption::NoText);
        }
        self
    }

    /// A type that needs no samples for another reason.
    pub(super) fn exempt(&mut self, path: &str, reason: &'static str) -> &mut Self {
        assert!(reason.len() > 20, "no reason: {path}");
        self.exempt_as(path, Exemption::Because)
    }

    /// Types that another test shows; its file names each in quotes.
    pub(super) fn elsewhere(&mut self, paths: &[&str], file: &'static str) -> &mut Self {
        for path in paths {
            self.exempt_as(path, Exemption::Elsewhere(file));
        }
        self
    }

    fn exempt_as(&mut self, path: &str, exemption: Exemption) -> &mut Self {
        let entry = self.0.entry(path.to_owned()).or_default();
        assert!(entry.exempt.is_none(), "{path} is exempt twice");
        entry.exempt = Some(exemption);
        self
    }

    /// What is missing, and what shows a canary.
    pub(super) fn problems(&self, types: &BTreeMap<String, PublicType>) -> Vec<String> {
        let mut problems = Vec::new();
        for (path, listed) in types {
            match self.0.get(path) {
                None => problems.push(format!(
                    "{path} is new: show a sample with canaries in it, or say why it needs none"
                )),
                Some(entry) => problems.extend(
                    entry
                        .problems(path, listed)
                        .into_iter()
                        .map(|problem| format!("{path} {problem}")),
                ),
            }
        }
        let gone = self.0.keys().filter(|path| !types.contains_key(*path));
        problems.extend(gone.map(|path| format!("{path} is not a public type any more")));
        problems
    }
}

impl Entry {
    fn problems(&self, path: &str, listed: &PublicType) -> Vec<String> {
        let mut problems = Vec::new();
        match &self.exempt {
            None => {
                if listed.has_debug && !self.debug {
                    problems.push("has a Debug that no sample shows".to_owned());
                }
                if listed.has_display && !self.display {
                    problems.push("has a Display that no sample shows".to_owned());
                }
            }
            Some(Exemption::NoText) if !listed.texts.is_empty() => {
                problems.push(format!("can hold text after all: {:?}", listed.texts));
            }
            Some(Exemption::Elsewhere(file)) => {
                let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
                let text = fs::read_to_string(root.join(file)).unwrap();
                let name = path.rsplit("::").next().unwrap();
                if !text.contains(&format!("\"{name}\"")) {
                    problems.push(format!("is not shown by {file}"));
                }
            }
            Some(Exemption::NoText | Exemption::Because) => {}
        }
        if listed.is_read && !self.read {
            problems.push("is read from JSON, and no sample is".to_owned());
        }
        problems.extend(canaries_in(&self.text));
        problems
    }
}

/// The canaries in a text, each with the first line that shows it.
pub(super) fn canaries_in(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let mut problems = Vec::new();
    for canary in [WORD, NUMBER, VALID_NUMBER, MOBILE] {
        // Bytes are a list of numbers in `Debug`.
        let bytes = format!("{:?}", canary.as_bytes());
        let bytes = bytes.trim_matches(['[', ']']);
        let found = text
            .lines()
            .find(|line| contains_alone(line, canary) || line.contains(bytes));
        if let Some(line) = found {
            let start: String = line.chars().take(600).collect();
            problems.push(format!("shows {canary}: {start}"));
        }
    }
    problems
}

/// Whether the canary stands in the line. A number with a digit beside it is another number, unless
/// that is a country code: the nanoseconds of an instant, or a fingerprint, hold eight given digits
/// by chance.
fn contains_alone(line: &str, canary: &str) -> bool {
    let is_number = canary.bytes().all(|byte| byte.is_ascii_digit());
    let is_digit = |beside: char| beside.is_ascii_hexdigit();
    line.match_indices(canary).any(|(start, _)| {
        let (before, after) = (&line[..start], &line[start + canary.len()..]);
        let continues = !before.ends_with("47") && before.ends_with(is_digit);
        !is_number || !(continues || after.starts_with(is_digit))
    })
}

#[test]
fn a_number_inside_a_longer_one_is_no_canary() {
    assert!(contains_alone("mobile: 40000000,", "40000000"));
    assert!(contains_alone("mobile: +4740000000", "40000000"));
    assert!(!contains_alone("tv_nsec: 140000000", "40000000"));
    assert!(!contains_alone("sha256: ab40000000cd", "40000000"));
    assert!(contains_alone("xcanaryx", "canary"));
}

/// Fails where a sample is not of the type that it is said to be.
fn same_type<T>(path: &str) {
    let full = type_name::<T>();
    let full = full.split('<').next().unwrap();
    let ends = |text: &str| {
        let (first, _) = text.split_once("::").unwrap();
        (
            first.to_owned(),
            text.rsplit("::").next().map(str::to_owned),
        )
    };
    assert_eq!(ends(full), ends(path), "{full} is not {path}");
}

/// What may stand in the place of a value.
fn forms() -> Vec<Value> {
    vec![
        serde_json::json!(NUMBER),
        serde_json::json!(12_345_678_910_i64),
        serde_json::json!(-12_345_678_910_i64),
        serde_json::json!(12_345_678_910.5),
        serde_json::json!(ADDRESS),
        serde_json::json!([ADDRESS, 12_345_678_910_i64]),
        serde_json::json!({ADDRESS: 12_345_678_910_i64}),
        serde_json::json!({NUMBER: {"email": ADDRESS}}),
    ]
}

/// Documents with a canary in one place: as a value, as one more key, and as another name of a key.
fn changed(sample: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    for place in places(sample) {
        let mut change = |change: &dyn Fn(&mut Value)| {
            let mut changed = sample.clone();
            change(changed.pointer_mut(&place).unwrap());
            found.push(changed);
        };
        for form in forms() {
            change(&|value| *value = form.clone());
        }
        let Some(Value::Object(map)) = sample.pointer(&place) else {
            continue;
        };
        for canary in [ADDRESS, NUMBER] {
            change(&|value| value[canary] = Value::from(12_345_678_910_i64));
            for key in map.keys() {
                change(&|value| {
                    let map = value.as_object_mut().unwrap();
                    let moved = map.remove(key).unwrap();
                    map.insert(canary.to_owned(), moved);
                });
            }
        }
    }
    found
}

/// The place of every value in a document.
fn places(value: &Value) -> Vec<String> {
    let below = |key: String, value: &Value| {
        let inner = places(value).into_iter();
        inner
            .map(move |rest| format!("/{key}{rest}"))
            .collect::<Vec<_>>()
    };
    let mut found = vec![String::new()];
    match value {
        Value::Object(map) => {
            found.extend(
                map.iter()
                    .flat_map(|(key, value)| below(key.clone(), value)),
            );
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            found.extend(items.flat_map(|(index, value)| below(index.to_string(), value)));
        }
        _ => {}
    }
    found
}
