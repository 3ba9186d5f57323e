//! The public types, from the lists of public items in `docs/api`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What the lists say of a type.
#[derive(Debug, Default, Clone)]
pub(super) struct PublicType {
    pub(super) has_debug: bool,
    pub(super) has_display: bool,
    /// It is read from JSON.
    pub(super) is_read: bool,
    /// Public fields and variants that hold text or bytes which the program does not fix.
    pub(super) texts: Vec<String>,
}

/// Types of which a public field may hold anything.
const TEXTS: [&str; 6] = [
    "alloc::string::String",
    "alloc::vec::Vec<u8>",
    "bytes::bytes::Bytes",
    "std::path::PathBuf",
    "http::uri::Uri",
    "&'a str",
];

/// Every public struct and enum of the libraries, by path.
pub(super) fn public_types() -> BTreeMap<String, PublicType> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api");
    let mut lists = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        lists.push(fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    assert_eq!(lists.len(), 9, "a list of each library");
    let lines = || lists.iter().flat_map(|list| list.lines());
    let mut types = BTreeMap::new();
    for line in lines() {
        let line = line.strip_prefix("#[non_exhaustive] ").unwrap_or(line);
        let declared = line
            .strip_prefix("pub struct ")
            .or_else(|| line.strip_prefix("pub enum "));
        if let Some(declared) = declared {
            types.insert(path(declared).to_owned(), PublicType::default());
        }
    }
    for line in lines() {
        if let Some((implemented, of)) = line.split_once(" for ") {
            let Some(found) = types.get_mut(path(of)) else {
                continue;
            };
            let is = |name: &str| implemented.ends_with(name);
            found.has_debug |= is("core::fmt::Debug");
            found.has_display |= is("core::fmt::Display");
            found.is_read |= implemented.contains("serde_core::de::Deserialize<");
        } else if let Some((owner, text)) = text_of(line) {
            let owner = types.iter_mut().rev().find(|(path, _)| {
                owner
                    .strip_prefix(path.as_str())
                    .is_some_and(|rest| rest.starts_with("::"))
            });
            if let Some((_, found)) = owner {
                found.texts.push(text);
            }
        }
    }
    types
}

/// A path without parameters and what follows it.
fn path(text: &str) -> &str {
    text.split(['<', '(', ' ']).next().unwrap_or(text)
}

/// The path and the whole line of a public field or a variant that holds text.
fn text_of(line: &str) -> Option<(&str, String)> {
    let item = line.strip_prefix("pub ")?;
    let is_word =
        |first: &str| ["fn", "const", "async", "mod", "use", "trait", "type"].contains(&first);
    if is_word(item.split(' ').next()?) {
        return None;
    }
    let (owner, held) = item.split_once(": ").or_else(|| item.split_once('('))?;
    TEXTS
        .iter()
        .any(|text| held.contains(text))
        .then(|| (owner, item.to_owned()))
}

#[test]
fn the_lists_are_understood() {
    let types = public_types();
    let document = &types["portal_model::ErrorDocument"];
    assert!(document.has_debug && document.is_read && !document.has_display);
    assert_eq!(document.texts.len(), 3, "{document:?}");
    assert!(types["portal_client::Error"].has_display);
    assert_eq!(types["portal_model::FoundElement"].texts.len(), 2);
    assert!(types.contains_key("portal_client::blocking::Download"));
    assert!(types.values().filter(|found| !found.has_debug).count() < 3);
}
