//! Looking at elements, strictly: what is not expected is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::verify_error::VerifyError;
use crate::xades::uri;
use crate::xml_tree::{Element, Node};

/// Canonical XML 1.1, which the profile prefers; the same as 1.0 on what is read here.
const C14N_11: &str = "http://www.w3.org/2006/12/xml-c14n11";
const C14N_NAMES: &str = "inclusive Canonical XML 1.0 or 1.1 without comments";

pub(super) fn structure(element: &'static str, problem: &'static str) -> VerifyError {
    VerifyError::SignatureStructure { element, problem }
}

pub(super) fn elements(parent: &Element) -> impl Iterator<Item = &Element> {
    parent.children.iter().filter_map(|child| match child {
        Node::Element(element) => Some(element),
        Node::Text(_) => None,
    })
}

/// The children, which must be just these, with nothing but white space between.
pub(super) fn children<'a, const N: usize>(
    parent: &'a Element,
    name: &'static str,
    expected: [(&str, &'static str); N],
) -> Result<[&'a Element; N], VerifyError> {
    let found: Vec<&Element> = elements(parent).collect();
    let found: [&Element; N] = found
        .try_into()
        .map_err(|_| structure(name, "has not the elements that it should"))?;
    for (child, (namespace, expected)) in found.iter().zip(expected) {
        if !child.is(namespace, expected) {
            return Err(structure(expected, "is not where it should be"));
        }
    }
    let is_text = |child: &Node| matches!(child, Node::Text(text) if !text.trim().is_empty());
    if parent.children.iter().any(is_text) {
        return Err(structure(name, "has text between its elements"));
    }
    Ok(found)
}

pub(super) fn named<'a>(
    element: Option<&'a Element>,
    name: &'static str,
    namespace: &str,
) -> Result<&'a Element, VerifyError> {
    element
        .filter(|element| element.is(namespace, name))
        .ok_or(structure(name, "is not where it should be"))
}

pub(super) fn only_attributes<'a>(
    element: &'a Element,
    name: &'static str,
    attributes: &[&str],
) -> Result<&'a Element, VerifyError> {
    if element.has_only_attributes(attributes) {
        Ok(element)
    } else {
        Err(structure(name, "has an attribute that it should not have"))
    }
}

/// The text of an element that holds nothing else.
pub(super) fn text<'a>(element: &'a Element, name: &'static str) -> Result<&'a str, VerifyError> {
    match &*element.children {
        [Node::Text(text)] => Ok(text),
        [] => Ok(""),
        _ => Err(structure(name, "has elements in place of text")),
    }
}

/// The bytes of an element in base64, in which white space is of no account.
pub(super) fn base64(element: &Element, name: &'static str) -> Result<Vec<u8>, VerifyError> {
    let text: String = text(element, name)?
        .chars()
        .filter(|character| !character.is_ascii_whitespace())
        .collect();
    STANDARD
        .decode(text)
        .map_err(|_| structure(name, "is not base64"))
}

pub(super) fn algorithm(
    element: &Element,
    name: &'static str,
    wanted: &str,
    expected: &'static str,
) -> Result<(), VerifyError> {
    if element.attribute("Algorithm") == Some(wanted) && elements(element).next().is_none() {
        Ok(())
    } else {
        Err(VerifyError::Algorithm {
            element: name,
            expected,
        })
    }
}

pub(super) fn c14n(element: &Element, name: &'static str) -> Result<(), VerifyError> {
    algorithm(element, name, uri::C14N, C14N_NAMES)
        .or_else(|_| algorithm(element, name, C14N_11, C14N_NAMES))
}
