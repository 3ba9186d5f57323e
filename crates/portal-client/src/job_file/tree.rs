//! What stands in a file, TOML or JSON, with the line of each key and value.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{JobFileError, JobFileProblem};

/// A value, and the line it stands on where there is a file.
pub(super) struct Node {
    pub(super) line: Option<usize>,
    pub(super) value: Value,
}

pub(super) enum Value {
    Null,
    Bool,
    /// None for one that is not whole, or beyond 64 bits.
    Number(Option<i64>),
    Text(String),
    /// A date or time that TOML knows without quotes.
    Time(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

pub(super) struct Entry {
    pub(super) key: String,
    pub(super) line: Option<usize>,
    pub(super) node: Node,
}

impl Value {
    /// What it is, without what it says.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Time(_) => "a date or time",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// Counts lines from 1.
fn line(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

fn syntax(language: &'static str, line: usize, problem: String) -> JobFileError {
    JobFileError::Syntax {
        language,
        line,
        problem,
    }
}

pub(super) fn of_toml(text: &str) -> Result<Node, JobFileError> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = line(text, at);
        let said = text.lines().nth(line - 1).unwrap_or_default();
        // A number that begins with a zero is none to TOML, and the message would not say whose it is.
        let key = said.split('=').next().unwrap_or_default();
        if key.contains("personal-number") {
            return JobFileError::Content {
                problems: vec![JobFileProblem::unquoted(Some(line), "personal-number")],
            };
        }
        syntax("TOML", line, error.message().to_owned())
    })?;
    Ok(Node {
        line: Some(1),
        value: Value::Table(toml_entries(text, table.get_ref())),
    })
}

fn toml_entries(text: &str, table: &DeTable<'_>) -> Vec<Entry> {
    let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let name: &std::borrow::Cow<'_, str> = key.get_ref();
        Entry {
            key: name.to_string(),
            line: Some(line(text, key.span().start)),
            node: toml_node(text, value),
        }
    };
    table.iter().map(entry).collect()
}

fn toml_node(text: &str, value: &Spanned<DeValue<'_>>) -> Node {
    let line = Some(line(text, value.span().start));
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => {
            Value::Number(i64::from_str_radix(number.as_str(), number.radix()).ok())
        }
        DeValue::Float(_) => Value::Number(None),
        DeValue::Boolean(_) => Value::Bool,
        DeValue::Datetime(time) => Value::Time(time.to_string()),
        DeValue::Array(list) => {
            Value::List(list.iter().map(|value| toml_node(text, value)).collect())
        }
        DeValue::Table(table) => Value::Table(toml_entries(text, table)),
    };
    Node { line, value }
}

pub(super) fn of_json(text: &str) -> Result<Node, JobFileError> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| json_syntax(text, &error))?;
    json_node(text, raw).map_err(|error| json_syntax(text, &error))
}

fn json_syntax(text: &str, error: &serde_json::Error) -> JobFileError {
    // As JSON has no number that begins with a zero.
    let said = text
        .lines()
        .nth(error.line().max(1) - 1)
        .unwrap_or_default();
    let is_number = said
        .split("\"personal-number\"")
        .nth(1)
        .is_some_and(|rest| {
            let rest = rest.trim_start().trim_start_matches(':').trim_start();
            rest.starts_with('0')
        });
    if is_number {
        return JobFileError::Content {
            problems: vec![JobFileProblem::unquoted(
                Some(error.line()),
                "personal-number",
            )],
        };
    }
    // Without the place, which is given beside it, and without values, which syntax errors do not have.
    let problem = error.to_string();
    let problem = problem.split(" at line ").next().unwrap_or_default();
    syntax("JSON", error.line(), problem.to_owned())
}

fn json_node(text: &str, raw: &RawValue) -> Result<Node, serde_json::Error> {
    // The raw value is a part of the text.
    let offset = raw.get().as_ptr().addr() - text.as_ptr().addr();
    let at = Some(line(text, offset));
    let value = match raw.get().as_bytes().first() {
        Some(b'{') => {
            let entries: Entries<'_, &RawValue> = serde_json::from_str(raw.get())?;
            let entry = |(key, raw): (String, &RawValue)| {
                let node = json_node(text, raw)?;
                Ok(Entry {
                    key,
                    line: node.line,
                    node,
                })
            };
            let entries: Result<_, serde_json::Error> = entries.0.into_iter().map(entry).collect();
            Value::Table(entries?)
        }
        Some(b'[') => {
            let list: Vec<&RawValue> = serde_json::from_str(raw.get())?;
            let list: Result<_, serde_json::Error> =
                list.into_iter().map(|raw| json_node(text, raw)).collect();
            Value::List(list?)
        }
        _ => value_of(serde_json::from_str(raw.get())?),
    };
    Ok(Node { line: at, value })
}

/// A value that came without a file.
pub(super) fn of_value(value: serde_json::Value) -> Node {
    Node {
        line: None,
        value: value_of(value),
    }
}

fn value_of(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(_) => Value::Bool,
        serde_json::Value::Number(number) => Value::Number(whole(&number)),
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Array(list) => Value::List(list.into_iter().map(of_value).collect()),
        serde_json::Value::Object(table) => Value::Table(
            table
                .into_iter()
                .map(|(key, value)| Entry {
                    key,
                    line: None,
                    node: of_value(value),
                })
                .collect(),
        ),
    }
}

/// `1.0` is a whole number to JSON Schema, and so it is here.
fn whole(number: &serde_json::Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let number = number.as_f64()?;
        // Larger ones mean nothing in a job file.
        #[expect(clippy::cast_possible_truncation, reason = "small and whole")]
        (number.fract() == 0.0 && number.abs() < 1e9).then_some(number as i64)
    })
}

/// The entries of an object in their order, with those that are there twice.
struct Entries<'de, T>(Vec<(String, T)>, PhantomData<&'de T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<'de, T> {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Each<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Each<T> {
            type Value = Vec<(String, T)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(entries)
            }
        }

        let entries = source.deserialize_map(Each(PhantomData))?;
        Ok(Self(entries, PhantomData))
    }
}
