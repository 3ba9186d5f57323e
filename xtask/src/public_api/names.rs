//! Crates that are used side by side have no two public types of one name: a user would have to rename one.

use std::collections::BTreeMap;

/// Names that two libraries may share, with the reason.
const SHARED: &[(&str, &str)] = &[];

/// The types of the libraries, as paths; exports of another library's types are none of them.
pub(super) fn problems<'a>(types: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    compare(types, SHARED)
}

fn compare<'a>(types: impl IntoIterator<Item = &'a str>, shared: &[(&str, &str)]) -> Vec<String> {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in types {
        let name = path.rsplit("::").next().unwrap_or(path);
        let library = |path: &'a str| path.split("::").next();
        let paths = by_name.entry(name).or_default();
        // A module such as `blocking` may have its own form of a type of the same library.
        if !paths.iter().any(|other| library(other) == library(path)) {
            paths.push(path);
        }
    }
    let twice = |name: &str| by_name.get(name).is_some_and(|paths| paths.len() > 1);
    let is_shared = |name: &str| shared.iter().any(|(shared, _)| *shared == name);
    let found = by_name
        .iter()
        .filter(|(name, paths)| paths.len() > 1 && !is_shared(name))
        .map(|(name, paths)| format!("{name} is the name of {}", paths.join(" and ")));
    let unused = shared
        .iter()
        .filter(|(name, _)| !twice(name))
        .map(|(name, _)| format!("{name} may be shared, and is not"));
    found.chain(unused).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_one_library_only() {
        let types = [
            "portal_a::Document",
            "portal_b::Document",
            "portal_b::blocking::Client",
            "portal_b::Client",
            "portal_b::Signer",
            "portal_c::Signer",
        ];
        assert_eq!(
            compare(types, &[("Signer", "the same"), ("Sender", "the same")]),
            [
                "Document is the name of portal_a::Document and portal_b::Document",
                "Sender may be shared, and is not",
            ]
        );
    }
}
