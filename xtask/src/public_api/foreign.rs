//! The types of other crates that stand in public items: a breaking change there is one here.

use super::listing::Listing;

/// What one library may name of other crates. `name::*` is all of a crate.
struct Allowed {
    package: &'static str,
    paths: &'static [&'static str],
}

// Times are jiff's; data is serde's, by the name of the crate that its traits stand in; requests are of the
// crate http, bodies of http-body and bytes, streams of futures-core. Each is at 1.0, or its field's common
// ground, or behind a feature.
const ALLOWED: &[Allowed] = &[
    Allowed {
        package: "portal-model",
        paths: &["jiff::*", "proptest::*", "serde_core::*"],
    },
    Allowed {
        package: "portal-rules",
        paths: &["jiff::*", "serde_core::*"],
    },
    Allowed {
        package: "portal-certificate",
        paths: &["jiff::*"],
    },
    Allowed {
        package: "portal-asice",
        paths: &["jiff::*"],
    },
    Allowed {
        package: "portal-verify",
        paths: &["jiff::*", "serde_core::*"],
    },
    Allowed {
        package: "portal-transport",
        paths: &[
            "bytes::bytes::Bytes",
            "futures_core::stream::Stream",
            "http::*",
            "http_body::*",
            "jiff::*",
            "tower_service::Service",
        ],
    },
    Allowed {
        package: "portal-client",
        paths: &[
            "bytes::bytes::Bytes",
            "futures_core::stream::Stream",
            "http::*",
            "jiff::*",
            // Job files describe themselves by a schema.
            "schemars::*",
            "serde_core::*",
        ],
    },
    Allowed {
        package: "portal-relay",
        // The store is an object store of that crate; events describe themselves by schemas.
        paths: &[
            "bytes::bytes::Bytes",
            "http::*",
            "jiff::*",
            "object_store::*",
            "schemars::*",
            "serde_core::*",
        ],
    },
    Allowed {
        package: "portal-sandbox",
        // The management API describes itself by schemas.
        paths: &["http::*", "jiff::*", "schemars::*", "serde_core::*"],
    },
];

/// What is named and not allowed, and what is allowed and not named.
pub(super) fn problems(package: &str, listing: &Listing) -> Vec<String> {
    let allowed = ALLOWED
        .iter()
        .find(|allowed| allowed.package == package)
        .map_or(&[] as &[&str], |allowed| allowed.paths);
    compare(package, allowed, &listing.foreign_paths())
}

fn compare(package: &str, allowed: &[&str], named: &[(String, String)]) -> Vec<String> {
    let covers = |entry: &str, path: &str| match entry.strip_suffix("::*") {
        Some(name) => path.split("::").next() == Some(name),
        // A path may go on to what belongs to the type.
        None => path
            .strip_prefix(entry)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::")),
    };
    let mut problems: Vec<String> = named
        .iter()
        .filter(|(path, _)| !allowed.iter().any(|entry| covers(entry, path)))
        .map(|(path, item)| format!("{package}: {path} in `{item}`"))
        .collect();
    problems.extend(
        allowed
            .iter()
            .filter(|entry| !named.iter().any(|(path, _)| covers(entry, path)))
            .map(|entry| format!("{package}: {entry} is allowed and not used")),
    );
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_and_what_is_allowed_must_agree() {
        let named = |path: &str| (path.to_owned(), format!("pub fn a::b({path})"));
        let named = [
            named("http::uri::Uri"),
            named("bytes::bytes::Bytes"),
            named("jiff::span::Span"),
        ];
        let problems = compare("a", &["http::*", "bytes::bytes::Bytes", "url::Url"], &named);
        assert_eq!(
            problems,
            [
                "a: jiff::span::Span in `pub fn a::b(jiff::span::Span)`",
                "a: url::Url is allowed and not used",
            ]
        );
        assert!(compare("a", &["jiff::span::Spa"], &named[2..]).len() == 2);
    }
}
