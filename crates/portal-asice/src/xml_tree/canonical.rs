//! Writes elements as inclusive Canonical XML.

use std::collections::BTreeMap;

use super::{Element, Node};
use crate::xades::{escape_attribute, escape_text};

/// Writes the last element of the path as canonical XML, the others being its ancestors from the
/// root down: with all namespaces that are in scope, whether used or not.
pub(crate) fn canonicalize(path: &[&Element]) -> String {
    let mut scope = BTreeMap::new();
    for element in path {
        scope.extend(element.declarations.clone());
    }
    let mut canonical = String::new();
    if let Some((apex, _)) = path
        .split_last()
        .map(|(apex, ancestors)| (*apex, ancestors))
    {
        let declared: Vec<(&str, &str)> = scope
            .iter()
            .filter(|(prefix, namespace)| !(prefix.is_empty() && namespace.is_empty()))
            .map(|(prefix, namespace)| (prefix.as_str(), namespace.as_str()))
            .collect();
        write(apex, &declared, &scope, &mut canonical);
    }
    canonical
}

fn write(
    element: &Element,
    declared: &[(&str, &str)],
    scope: &BTreeMap<String, String>,
    canonical: &mut String,
) {
    canonical.push('<');
    push_name(canonical, &element.prefix, &element.name);
    for (prefix, namespace) in declared {
        canonical.push_str(if prefix.is_empty() {
            " xmlns"
        } else {
            " xmlns:"
        });
        canonical.push_str(prefix);
        push_value(canonical, namespace);
    }
    for attribute in &element.attributes {
        canonical.push(' ');
        push_name(canonical, &attribute.prefix, &attribute.name);
        push_value(canonical, &attribute.value);
    }
    canonical.push('>');
    for child in &element.children {
        match child {
            Node::Text(text) => canonical.push_str(&escape_text(text)),
            Node::Element(child) => {
                let in_scope = |prefix: &str| scope.get(prefix).map_or("", String::as_str);
                let declared: Vec<(&str, &str)> = child
                    .declarations
                    .iter()
                    .filter(|(prefix, namespace)| in_scope(prefix) != namespace.as_str())
                    .map(|(prefix, namespace)| (prefix.as_str(), namespace.as_str()))
                    .collect();
                let mut scope = scope.clone();
                scope.extend(child.declarations.clone());
                write(child, &declared, &scope, canonical);
            }
        }
    }
    canonical.push_str("</");
    push_name(canonical, &element.prefix, &element.name);
    canonical.push('>');
}

fn push_name(text: &mut String, prefix: &str, name: &str) {
    if !prefix.is_empty() {
        text.push_str(prefix);
        text.push(':');
    }
    text.push_str(name);
}

fn push_value(text: &mut String, value: &str) {
    text.push_str("=\"");
    text.push_str(&escape_attribute(value));
    text.push('"');
}
