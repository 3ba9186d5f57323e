//! The reader and canonicaliser of signature documents, for `portal-verify`, which reads documents
//! of other structures with them. Not public: only this workspace's crates use it.

use crate::xml_tree::{self, Element, Node};

/// What [`parse`] refuses although it may be well-formed XML, word for word.
const RESTRICTIONS: &[&str] = &[
    "it is longer than 1 MB",
    "there is a comment",
    "there is a processing instruction",
    "there is a document type",
    "there is an attribute of the xml: namespace",
    "there are too many elements and attributes",
    "elements lie too deep in each other",
    "an element has too many attributes",
    "too many namespaces are in scope",
    "the name of a namespace is longer than 256 bytes",
    "the XML version is not 1.0",
    "the encoding is not UTF-8",
    "the text is not UTF-8",
];

/// How long a document may be, in bytes.
const MAX_LENGTH: usize = 1024 * 1024;

/// Why a text is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XmlError {
    /// Where, in bytes from the start, as near as the reader reports.
    pub offset: usize,
    /// What is wrong.
    pub what: &'static str,
    /// Whether it may be sound XML, of a kind that the reader does not support.
    pub is_restriction: bool,
}

/// A document that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlDocument(Element);

/// An element of a document.
#[derive(Debug, Clone, Copy)]
pub struct XmlElement<'a>(&'a Element);

impl PartialEq for XmlElement<'_> {
    /// The same element of the same document, not one that looks like it.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for XmlElement<'_> {}

/// Reads a document.
///
/// # Errors
/// [`XmlError`] if it is not well-formed or not supported.
pub fn parse(document: &[u8]) -> Result<XmlDocument, XmlError> {
    if document.len() > MAX_LENGTH {
        return Err(XmlError {
            offset: MAX_LENGTH,
            what: RESTRICTIONS[0],
            is_restriction: true,
        });
    }
    xml_tree::parse(document)
        .map(XmlDocument)
        .map_err(|problem| XmlError {
            offset: problem.offset,
            what: problem.what,
            is_restriction: RESTRICTIONS.contains(&problem.what),
        })
}

impl XmlDocument {
    /// The root element.
    #[must_use]
    pub fn root(&self) -> XmlElement<'_> {
        XmlElement(&self.0)
    }
}

impl<'a> XmlElement<'a> {
    /// The local name.
    #[must_use]
    pub fn name(self) -> &'a str {
        &self.0.name
    }

    /// The namespace; empty for none.
    #[must_use]
    pub fn namespace(self) -> &'a str {
        &self.0.namespace
    }

    /// Whether the element has this name in this namespace.
    #[must_use]
    pub fn is(self, namespace: &str, name: &str) -> bool {
        self.0.is(namespace, name)
    }

    /// The value of an attribute without namespace.
    #[must_use]
    pub fn attribute(self, name: &str) -> Option<&'a str> {
        self.0.attribute(name)
    }

    /// The elements in this one.
    pub fn children(self) -> impl Iterator<Item = XmlElement<'a>> {
        self.0.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(XmlElement(element)),
            Node::Text(_) => None,
        })
    }

    /// The text of an element that holds nothing else.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        match &*self.0.children {
            [] => Some(""),
            [Node::Text(text)] => Some(text),
            _ => None,
        }
    }
}

/// Writes the last element of the path, the others being its ancestors from the root down, as
/// inclusive Canonical XML.
#[must_use]
pub fn canonicalize(path: &[XmlElement<'_>]) -> String {
    let path: Vec<&Element> = path.iter().map(|element| element.0).collect();
    xml_tree::canonicalize(&path)
}

/// The same without one element in it, as the transform "enveloped signature" wants it.
#[must_use]
pub fn canonicalize_without(path: &[XmlElement<'_>], left_out: XmlElement<'_>) -> String {
    let Some((apex, ancestors)) = path.split_last() else {
        return String::new();
    };
    let apex = without(apex.0, left_out.0);
    let mut path: Vec<&Element> = ancestors.iter().map(|element| element.0).collect();
    path.push(&apex);
    xml_tree::canonicalize(&path)
}

fn without(element: &Element, left_out: &Element) -> Element {
    let mut copy = element.clone();
    copy.children = element
        .children
        .iter()
        .filter_map(|child| match child {
            Node::Element(child) if std::ptr::eq(child, left_out) => None,
            Node::Element(child) => Some(Node::Element(without(child, left_out))),
            Node::Text(text) => Some(Node::Text(text.clone())),
        })
        .collect();
    copy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_supported_is_told_from_what_is_broken() {
        let deep = "<a>".repeat(40);
        let many = format!("<a>{}</a>", "<b/>".repeat(20_001));
        let attributes: String = (0..65).map(|n| format!(" a{n}=''")).collect();
        let attributes = format!("<a{attributes}/>");
        let scope = |from: usize| -> String {
            let declared = from..from + 40;
            declared.map(|n| format!(" xmlns:p{n}='n'")).collect()
        };
        let scope = format!("<a{}><b{}/></a>", scope(0), scope(40));
        let long = " ".repeat(1024 * 1024 + 1);
        for text in [
            "<a><!-- --></a>",
            "<a><?p?></a>",
            "<!DOCTYPE a><a/>",
            "<a xml:lang='nb'/>",
            "<?xml version='1.1'?><a/>",
            "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
            &deep,
            &many,
            &attributes,
            &scope,
            &long,
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(error.is_restriction, "{}", error.what);
        }
        assert!(parse(b"<a>\xe6</a>").unwrap_err().is_restriction);
        for text in [
            "",
            "<a>",
            "<a></b>",
            "<a b='1' b='2'/>",
            "<p:a/>",
            "<a>&b;</a>",
        ] {
            assert!(
                !parse(text.as_bytes()).unwrap_err().is_restriction,
                "{text}"
            );
        }
    }

    #[test]
    fn an_element_is_left_out_where_it_stands() {
        let document = parse(b"<a xmlns='n'>1<b/>2<c><b/></c></a>").unwrap();
        let root = document.root();
        let second = root.children().nth(1).unwrap();
        let inner = second.children().next().unwrap();
        let first = root.children().next().unwrap();
        assert_eq!(
            canonicalize_without(&[root], inner),
            "<a xmlns=\"n\">1<b></b>2<c></c></a>"
        );
        assert_eq!(
            canonicalize_without(&[root], first),
            "<a xmlns=\"n\">12<c><b></b></c></a>"
        );
        assert_eq!(canonicalize(&[root, second]), "<c xmlns=\"n\"><b></b></c>");
    }
}
