//! The public items of one library, a line each.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::Path;

use public_api::{Builder, PublicItem};
use serde_json::Value;

use super::growth;
use crate::process::Failure;

/// The version of rustdoc's JSON that the crate public-api reads as it is pinned.
const FORMAT: u64 = 57;

/// The kinds of items that are counted. Implementations of traits are listed and not counted.
pub(super) const KINDS: &[&str] = &[
    "types",
    "functions",
    "fields",
    "constants",
    "modules",
    "exports",
    "macros",
];

/// The items of a library in the order in which they are listed.
#[derive(Debug)]
pub(super) struct Listing {
    lines: Vec<String>,
    /// Every item with all that its implementations of traits name.
    all: Vec<String>,
    /// Items of other crates that are exported, as their paths are written.
    exports: BTreeSet<String>,
    /// Enums that can't grow, each with what is wrong.
    growth: Vec<(String, String)>,
}

impl Listing {
    /// Reads rustdoc's JSON.
    pub(super) fn read(json: &Path) -> Result<Self, Failure> {
        let fail =
            |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", json.display()));
        let text = fs::read_to_string(json).map_err(|error| fail(&error))?;
        let value: Value = serde_json::from_str(&text).map_err(|error| fail(&error))?;
        let format = value["format_version"].as_u64();
        if format != Some(FORMAT) {
            return Err(fail(&format!(
                "rustdoc wrote format {format:?} and not {FORMAT}: take the version of the crate public-api \
                 that reads it"
            )));
        }
        let api = Builder::from_rustdoc_json(json)
            .omit_blanket_impls(true)
            .omit_auto_trait_impls(true)
            .sorted(true)
            .build()
            .map_err(|error| fail(&error))?;
        let items: Vec<&PublicItem> = api.items().collect();
        let all: Vec<String> = items.iter().map(ToString::to_string).collect();
        // What a trait demands is implied by the line that says that it is implemented.
        let of_traits: HashSet<_> = items
            .iter()
            .zip(&all)
            .filter(|(_, line)| is_trait_implementation(line))
            .map(|(item, _)| item.id())
            .collect();
        let is_implied = |item: &PublicItem, line: &str| {
            item.parent_id()
                .is_some_and(|parent| of_traits.contains(&parent))
                || line.contains("core::marker::StructuralPartialEq")
        };
        let lines = items
            .iter()
            .zip(&all)
            .filter(|(item, line)| !is_implied(item, line))
            .map(|(_, line)| line.clone())
            .collect();
        Ok(Self {
            lines,
            all,
            exports: exports(&value),
            growth: growth::problems(&value),
        })
    }

    /// The committed text.
    pub(super) fn text(&self, package: &str) -> String {
        let count: usize = self.counts().iter().sum();
        let mut text = format!(
            "# Public items of {package} with all features: {count}. Written by `cargo xtask public-api`.\n"
        );
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// How many items there are of each of [`KINDS`].
    pub(super) fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; KINDS.len()];
        for line in &self.lines {
            if let Some(kind) = kind(line) {
                counts[kind] += 1;
            }
        }
        counts
    }

    /// The paths of the types that are declared here.
    pub(super) fn types(&self) -> impl Iterator<Item = &str> {
        let types = self.lines.iter().filter(|line| kind(line) == Some(0));
        types.filter_map(|line| {
            let path = line.split(' ').find(|word| word.starts_with("portal_"))?;
            let path = path.split(['<', '(']).next()?;
            Some(path.trim_end_matches(':'))
        })
    }

    /// Enums that can't grow, each with what is wrong.
    pub(super) fn growth(&self) -> &[(String, String)] {
        &self.growth
    }

    /// Paths into other crates, each with the first item that names it.
    pub(super) fn foreign_paths(&self) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        let mut seen = BTreeSet::new();
        let lines = self.all.iter().map(|line| (paths(line), line.clone()));
        let exports = self
            .exports
            .iter()
            .map(|path| (vec![path.clone()], format!("pub use {path}")));
        for (paths, line) in lines.chain(exports) {
            for path in paths {
                if is_foreign(&path) && seen.insert(path.clone()) {
                    found.push((path, line.clone()));
                }
            }
        }
        found.sort();
        found
    }
}

fn is_trait_implementation(line: &str) -> bool {
    let is_implementation = line.starts_with("impl ") || line.starts_with("impl<");
    is_implementation && line.contains(" for ")
}

/// Which of [`KINDS`] a line is; none for implementations.
fn kind(line: &str) -> Option<usize> {
    let declared = line.strip_prefix("#[non_exhaustive] ").unwrap_or(line);
    let declared = declared.split_once("pub ").map(|(_, rest)| rest)?;
    if line.starts_with("impl") {
        return None;
    }
    let words: Vec<&str> = declared.split([' ', '<', '(']).collect();
    Some(match words.as_slice() {
        ["struct" | "enum" | "union" | "trait" | "type", ..] => 0,
        ["unsafe" | "const" | "async", "trait", ..] => 0,
        ["fn", ..] | [_, "fn", ..] | [_, _, "fn", ..] => 1,
        ["const" | "static", ..] => 3,
        ["mod", ..] => 4,
        ["use", ..] => 5,
        ["macro" | "proc", ..] => 6,
        _ => 2,
    })
}

/// The paths in a line, such as `http::request::Request`.
fn paths(line: &str) -> Vec<String> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .map(|path| path.trim_matches(':'))
        .filter(|path| path.contains("::"))
        .map(str::to_owned)
        .collect()
}

/// Whether a path leads out of the workspace and the standard library.
fn is_foreign(path: &str) -> bool {
    let first = path.split("::").next().unwrap_or_default();
    let is_crate =
        first.starts_with(|c: char| c.is_ascii_lowercase()) && !first.starts_with("portal_");
    is_crate && !matches!(first, "core" | "std" | "alloc" | "crate" | "self")
}

/// What a library exports of other crates.
fn exports(json: &Value) -> BTreeSet<String> {
    let items = json["index"].as_object();
    items
        .into_iter()
        .flat_map(serde_json::Map::values)
        .filter(|item| item["visibility"] == "public" && item["crate_id"] == 0)
        .filter_map(|item| {
            let used = &item["inner"]["use"];
            let id = used["id"].as_u64()?.to_string();
            let path = json["paths"][id.as_str()]["path"].as_array()?;
            let parts: Vec<&str> = path.iter().filter_map(Value::as_str).collect();
            let path = parts.join("::");
            // A whole crate has a path of one part.
            Some(if parts.len() == 1 {
                format!("{path}::*")
            } else {
                path
            })
        })
        .collect()
}

/// Lines that are in one text alone, with `-` for the first and `+` for the second.
pub(super) fn differences(committed: &str, now: &str) -> Vec<String> {
    let only = |one: &str, other: &str, sign: char| {
        let mut rest: Vec<&str> = other.lines().collect();
        rest.sort_unstable();
        let is_only = |line: &&str| rest.binary_search(line).is_err();
        one.lines()
            .filter(is_only)
            .map(|line| format!("  {sign}{line}"))
            .collect::<Vec<_>>()
    };
    let mut found = only(committed, now, '-');
    found.extend(only(now, committed, '+'));
    if found.is_empty() && committed != now {
        found.push("  the same lines in another order or number".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_of_the_kind_that_they_say() {
        for (line, expected) in [
            ("pub struct a::B(_)", Some("types")),
            ("#[non_exhaustive] pub enum a::B", Some("types")),
            ("pub trait a::B<T>: core::fmt::Debug", Some("types")),
            ("pub fn a::B::c(&self)", Some("functions")),
            ("pub const fn a::B::c(&self)", Some("functions")),
            ("pub async fn a::c()", Some("functions")),
            ("pub const a::C: usize", Some("constants")),
            ("pub a::B::field: alloc::string::String", Some("fields")),
            ("#[non_exhaustive] pub a::B::Variant", Some("fields")),
            ("pub mod a", Some("modules")),
            ("pub use a::b", Some("exports")),
            ("pub macro a::b!", Some("macros")),
            ("impl a::B", None),
            ("impl<T> core::fmt::Debug for a::B<T>", None),
        ] {
            assert_eq!(kind(line).map(|kind| KINDS[kind]), expected, "{line}");
        }
    }

    #[test]
    fn foreign_paths_are_those_of_other_crates() {
        let line = "pub fn portal_a::B::c<T: http_body::Body>(&self, T, &core::str) -> \
            alloc::vec::Vec<<T as http_body::Body>::Data> where Self::X: bytes::buf::Buf";
        let found: Vec<String> = paths(line)
            .into_iter()
            .filter(|path| is_foreign(path))
            .collect();
        assert_eq!(
            found,
            ["http_body::Body", "http_body::Body", "bytes::buf::Buf"]
        );
    }

    #[test]
    fn differences_are_shown_with_their_side() {
        assert_eq!(differences("a\nb\n", "b\nc\n"), ["  -a", "  +c"]);
        assert!(differences("a\n", "a\n").is_empty());
        assert_eq!(differences("a\nb\n", "b\na\n").len(), 1);
    }
}
