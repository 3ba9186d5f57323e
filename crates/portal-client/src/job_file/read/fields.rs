//! Values by their keys, with the problem where one is missing, unknown or of another kind.

use portal_model::DateTime;

use super::super::entries::FileTime;
use super::super::tree::{Entry, Node, Value};
use super::{JobFileProblem, Reader};

/// A table's entries by their known names.
pub(super) struct Table<'n> {
    pub(super) place: String,
    pub(super) line: Option<usize>,
    pub(super) entries: Vec<&'n Entry>,
}

impl<'n> Table<'n> {
    pub(super) fn get(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == key).copied()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(super) fn place_of(&self, key: &str) -> String {
        if self.place.is_empty() {
            key.to_owned()
        } else {
            format!("{}: {key}", self.place)
        }
    }
}

impl Reader {
    pub(super) fn add(&mut self, line: Option<usize>, place: String, problem: impl Into<String>) {
        self.problems.push(JobFileProblem {
            line,
            place,
            problem: problem.into(),
        });
    }

    pub(super) fn wrong_kind(&mut self, node: &Node, place: &str, expected: &str) {
        let problem = format!("{expected} is expected, not {}", node.value.kind());
        self.add(node.line, place.to_owned(), problem);
    }

    /// Adds a problem with a key's value unless there is a result.
    pub(super) fn must<T>(
        &mut self,
        result: Option<T>,
        table: &Table<'_>,
        key: &str,
        problem: &str,
    ) -> Option<T> {
        if result.is_none()
            && let Some(entry) = table.get(key)
            // A value of the wrong kind has its problem already.
            && !matches!(&entry.node.value, Value::Bool | Value::Null | Value::List(_) | Value::Table(_))
        {
            let place = table.place_of(key);
            if !self.problems.iter().any(|known| known.place == place) {
                self.add(entry.node.line, place, problem);
            }
        }
        result
    }

    pub(super) fn table<'n>(
        &mut self,
        node: &'n Node,
        place: &str,
        known: &[&str],
    ) -> Option<Table<'n>> {
        let Value::Table(all) = &node.value else {
            self.wrong_kind(node, place, "a table");
            return None;
        };
        let mut entries: Vec<&Entry> = Vec::new();
        for entry in all {
            if !known.contains(&&*entry.key) {
                let problem = unknown_key(&entry.key, known);
                self.add(entry.line, place.to_owned(), problem);
            } else if entries.iter().any(|other| other.key == entry.key) {
                let problem = format!("the key `{}` is there twice", entry.key);
                self.add(entry.line, place.to_owned(), problem);
            } else {
                entries.push(entry);
            }
        }
        Some(Table {
            place: place.to_owned(),
            line: node.line,
            entries,
        })
    }

    pub(super) fn required<'n>(
        &mut self,
        table: &Table<'n>,
        key: &str,
        help: &str,
    ) -> Option<&'n Node> {
        let Some(entry) = table.get(key) else {
            let problem = format!("`{key}` is missing; {help}");
            self.add(table.line, table.place.clone(), problem);
            return None;
        };
        Some(&entry.node)
    }

    pub(super) fn required_text(
        &mut self,
        table: &Table<'_>,
        key: &str,
        help: &str,
    ) -> Option<String> {
        self.required(table, key, help)?;
        self.text(table, key)
    }

    pub(super) fn text(&mut self, table: &Table<'_>, key: &str) -> Option<String> {
        let entry = table.get(key)?;
        let Value::Text(text) = &entry.node.value else {
            self.wrong_kind(&entry.node, &table.place_of(key), "a text in quotes");
            return None;
        };
        Some(text.clone())
    }

    pub(super) fn whole(&mut self, node: &Node, place: &str) -> Option<i64> {
        let Value::Number(Some(number)) = node.value else {
            self.wrong_kind(node, place, "a whole number");
            return None;
        };
        Some(number)
    }

    pub(super) fn word<T: Copy>(
        &mut self,
        table: &Table<'_>,
        key: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(table, key)?;
        let found = words.iter().find(|(word, _)| *word == text);
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let problem = format!("give one of \"{}\"", names.join("\", \""));
        self.must(found.map(|(_, value)| *value), table, key, &problem)
    }

    pub(super) fn time(&mut self, table: &Table<'_>, key: &str) -> Option<FileTime> {
        let entry = table.get(key)?;
        let text = match &entry.node.value {
            Value::Time(text) => text.clone(),
            _ => self.text(table, key)?,
        };
        let time = text
            .parse()
            .ok()
            .filter(|time: &DateTime| time.offset().is_some() && is_plain(&text))
            .map(|time| FileTime(text, time));
        let problem = "give a time with an offset, such as 2026-12-01T08:00:00+01:00";
        self.must(time, table, key, problem)
    }

    pub(super) fn list<T>(
        &mut self,
        table: &Table<'_>,
        key: &str,
        read: impl Fn(&mut Self, &Node, &str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let help = format!("add at least one [[{key}]]");
        let node = self.required(table, key, &help)?;
        let Value::List(items) = &node.value else {
            self.wrong_kind(node, key, "a list");
            return None;
        };
        let items: Vec<Option<T>> = items
            .iter()
            .zip(1..)
            .map(|(item, number)| read(self, item, &format!("{key} {number}")))
            .collect();
        items.into_iter().collect()
    }
}

/// Without the rarer forms that a time may have in XML: the hour 24, other millennia, an offset of 14 hours.
fn is_plain(time: &str) -> bool {
    let bytes = time.as_bytes();
    let offset = bytes.iter().rposition(|byte| matches!(byte, b'+' | b'-'));
    let offset = offset
        .filter(|at| *at > 18)
        .and_then(|at| time.get(at + 1..at + 3));
    matches!(bytes.first(), Some(b'1' | b'2'))
        && time.get(11..13) != Some("24")
        && offset != Some("14")
}

/// A key is shown unless it looks like a number or an address that may be personal.
fn unknown_key(key: &str, known: &[&str]) -> String {
    let digits = key.chars().filter(char::is_ascii_digit).count();
    let is_word = |one: char| one.is_alphanumeric() || matches!(one, '-' | '_');
    if digits > 5 || key.len() > 50 || !key.chars().all(is_word) {
        return "a key is unknown; `portal schema job` has all keys".to_owned();
    }
    let normal = key.to_lowercase().replace('_', "-");
    let nearest = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&normal, name), *name))
        .min();
    match nearest {
        Some((distance, name)) if distance <= 2.max(name.len() / 3) => {
            format!("the key `{key}` is unknown; did you mean `{name}`?")
        }
        _ => format!(
            "the key `{key}` is unknown; known are `{}`",
            known.join("`, `")
        ),
    }
}
