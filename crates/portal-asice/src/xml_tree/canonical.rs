//! Writes elements as inclusive Canonical XML.

use super::{Declaration, Element, Node};
use crate::xades::{escape_attribute, escape_text};

/// Writes the last element of the path as canonical XML, the others being its ancestors from the
/// root down: with all namespaces that are in scope, whether used or not.
pub(crate) fn canonicalize(path: &[&Element]) -> String {
    let mut canonical = String::new();
    if let Some((apex, ancestors)) = path.split_last() {
        let mut scope: Vec<&Declaration> = Vec::new();
        for element in ancestors {
            scope.extend(&element.declarations);
        }
        // All that is in scope here, the innermost of each prefix, in the order of the prefixes.
        let mut declared: Vec<&Declaration> = Vec::new();
        for declaration in apex.declarations.iter().chain(scope.iter().rev().copied()) {
            if !declared
                .iter()
                .any(|inner| inner.prefix == declaration.prefix)
            {
                declared.push(declaration);
            }
        }
        declared.retain(|declaration| {
            !(declaration.prefix.is_empty() && declaration.namespace.is_empty())
        });
        declared.sort_by(|a, b| a.prefix.cmp(&b.prefix));
        write(apex, &declared, &mut scope, &mut canonical);
    }
    canonical
}

/// Writes an element with these declarations; `scope` is what its ancestors have declared.
fn write<'a>(
    element: &'a Element,
    declared: &[&Declaration],
    scope: &mut Vec<&'a Declaration>,
    canonical: &mut String,
) {
    canonical.push('<');
    push_name(canonical, &element.prefix, &element.name);
    for declaration in declared {
        canonical.push_str(if declaration.prefix.is_empty() {
            " xmlns"
        } else {
            " xmlns:"
        });
        canonical.push_str(&declaration.prefix);
        push_value(canonical, &declaration.namespace);
    }
    for attribute in &element.attributes {
        canonical.push(' ');
        push_name(canonical, &attribute.prefix, &attribute.name);
        push_value(canonical, &attribute.value);
    }
    canonical.push('>');
    let outer = scope.len();
    scope.extend(&element.declarations);
    for child in &element.children {
        match child {
            Node::Text(text) => canonical.push_str(&escape_text(text)),
            Node::Element(child) => {
                let in_scope = |prefix: &str| {
                    let known = scope.iter().rev().find(|known| &*known.prefix == prefix);
                    known.map_or("", |known| &*known.namespace)
                };
                let new: Vec<&Declaration> = child
                    .declarations
                    .iter()
                    .filter(|new| in_scope(&new.prefix) != &*new.namespace)
                    .collect();
                write(child, &new, scope, canonical);
            }
        }
    }
    scope.truncate(outer);
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
