//! What may grow does not break its users by it: the variants of public enums that may grow, and of all errors.

use serde_json::Value;

/// Enums whose variants may have fields without being `#[non_exhaustive]`, with the reason.
const CLOSED: &[(&str, &str)] = &[];

/// Enums of a library that can't grow without breaking users, as a path, with what is wrong.
pub(super) fn problems(json: &Value) -> Vec<(String, String)> {
    let index = json["index"].as_object();
    let items = index.into_iter().flat_map(serde_json::Map::values);
    let public = items.filter(|item| item["visibility"] == "public" && item["crate_id"] == 0);
    let mut found: Vec<_> = public.filter_map(|item| problem(json, item)).collect();
    found.sort();
    found
}

fn problem(json: &Value, item: &Value) -> Option<(String, String)> {
    let variants = item["inner"]["enum"]["variants"].as_array()?;
    let name = item["name"].as_str()?;
    let is_error = name.ends_with("Error");
    let grows = is_non_exhaustive(item);
    let library = json["paths"][item["id"].as_u64()?.to_string().as_str()]["path"][0].as_str()?;
    let path = format!("{library}::{name}");
    if is_error && !grows {
        return Some((path, "is an error and not #[non_exhaustive]".to_owned()));
    }
    let variants = variants.iter().filter_map(|id| {
        let variant = &json["index"][id.as_u64()?.to_string().as_str()];
        let kind = &variant["inner"]["variant"]["kind"];
        // A tuple can't get one more field; one is enough, as its type may grow.
        let is_open = if kind["struct"].is_object() {
            !is_non_exhaustive(variant)
        } else {
            kind["tuple"].as_array().is_some_and(|all| all.len() > 1)
        };
        if is_open {
            variant["name"].as_str()
        } else {
            None
        }
    });
    let open: Vec<&str> = variants.collect();
    (grows && !open.is_empty()).then(|| {
        let problem = format!("has fields that users can exhaust: {}", open.join(", "));
        (path, problem)
    })
}

fn is_non_exhaustive(item: &Value) -> bool {
    let attributes = item["attrs"].as_array();
    attributes.is_some_and(|all| all.contains(&Value::from("non_exhaustive")))
}

/// Problems that are not on the list, and what is on it without need.
pub(super) fn against_list<'a>(
    problems: impl IntoIterator<Item = &'a (String, String)>,
) -> Vec<String> {
    compare(problems, CLOSED)
}

fn compare<'a>(
    problems: impl IntoIterator<Item = &'a (String, String)>,
    closed: &[(&str, &str)],
) -> Vec<String> {
    let mut listed: Vec<(&str, bool)> = closed.iter().map(|(path, _)| (*path, false)).collect();
    let mut found = Vec::new();
    for (path, problem) in problems {
        match listed.iter_mut().find(|(listed, _)| listed == path) {
            Some((_, used)) => *used = true,
            None => found.push(format!("{path} {problem}")),
        }
    }
    let unused = listed.into_iter().filter(|(_, used)| !used);
    found.extend(unused.map(|(path, _)| format!("{path} is on the list and needs no exception")));
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn enumeration(name: &str, attributes: &[&str], variant: &Value) -> Value {
        json!({
            "index": {
                "1": {
                    "id": 1, "crate_id": 0, "visibility": "public", "name": name, "attrs": attributes,
                    "inner": {"enum": {"variants": [2]}},
                },
                "2": variant,
            },
            "paths": {"1": {"path": ["portal_a", "inside", name]}},
        })
    }

    fn variant(attributes: &[&str], kind: &Value) -> Value {
        let kind = json!({"variant": {"kind": kind}});
        json!({"name": "Broken", "crate_id": 0, "attrs": attributes, "inner": kind})
    }

    #[test]
    fn variants_with_fields_may_grow_where_their_enum_may() {
        let fields = json!({"struct": {"fields": [3]}});
        let (open, grows) = (variant(&[], &fields), variant(&["non_exhaustive"], &fields));
        let (unit, one) = (
            variant(&[], &json!("plain")),
            variant(&[], &json!({"tuple": [3]})),
        );
        let two = variant(&[], &json!({"tuple": [3, 4]}));
        let may = &["non_exhaustive"][..];
        for (name, attributes, variant, expected) in [
            (
                "Error",
                may,
                &open,
                Some("has fields that users can exhaust: Broken"),
            ),
            (
                "Event",
                may,
                &open,
                Some("has fields that users can exhaust: Broken"),
            ),
            (
                "Event",
                may,
                &two,
                Some("has fields that users can exhaust: Broken"),
            ),
            ("Error", may, &grows, None),
            ("Error", may, &unit, None),
            ("Error", may, &one, None),
            ("Closed", &[][..], &open, None),
            (
                "LoadError",
                &[][..],
                &unit,
                Some("is an error and not #[non_exhaustive]"),
            ),
        ] {
            let found = problems(&enumeration(name, attributes, variant));
            let expected =
                expected.map(|problem| (format!("portal_a::{name}"), problem.to_owned()));
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{name}");
        }
    }

    #[test]
    fn the_list_holds_nothing_without_need() {
        let found = [
            ("portal_a::A".to_owned(), "is wrong".to_owned()),
            ("portal_a::B".to_owned(), "is wrong".to_owned()),
        ];
        assert_eq!(
            compare(
                &found,
                &[("portal_a::A", "closed"), ("portal_a::C", "closed")]
            ),
            [
                "portal_a::B is wrong",
                "portal_a::C is on the list and needs no exception",
            ]
        );
    }
}
