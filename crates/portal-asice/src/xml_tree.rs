//! Reads a small XML document into a tree, and writes parts of it as canonical XML.
//!
//! This is as much of XML as signature documents need, and refuses the rest: no document type, so
//! no entities but XML's and no default attributes; no comments and no processing
//! instructions, which canonicalisation would drop or keep to a reader's surprise; no attributes
//! of the namespace `xml:`, so that versions 1.0 and 1.1 of Canonical XML are the same.
//! On such documents the result is that of inclusive Canonical XML.

use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

mod canonical;
mod lexical;

pub(crate) use canonical::canonicalize;

use lexical::{
    attribute_value, check_declaration, is_xml_character, next_attribute, resolve, split_name,
};

/// How long a document may be, in bytes; that of 20 documents and a chain of four has 20 KB.
pub(crate) const MAX_LENGTH: usize = 1024 * 1024;
/// How long the name of a namespace may be, in bytes; those of the profile have 40 at most.
const MAX_NAMESPACE: usize = 256;

/// How deep elements may lie in each other; signature documents need 11.
const MAX_DEPTH: usize = 32;
/// How many elements, attributes and texts there may be.
const MAX_NODES: usize = 20_000;
/// How many attributes an element may have, and how many prefixes may be in scope: both are gone
/// through again and again.
const MAX_ATTRIBUTES: usize = 64;

const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// Why a text is not a document of the supported kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct XmlProblem {
    /// Where, in bytes from the start, as near as the reader tells.
    pub(crate) offset: usize,
    pub(crate) what: &'static str,
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    prefix: String,
    pub(crate) name: String,
    /// Empty for none. Shared by all that are in the namespace.
    pub(crate) namespace: Rc<str>,
    /// As made on this element, in the order of their prefixes.
    declarations: Vec<Declaration>,
    attributes: Vec<Attribute>,
    pub(crate) children: Vec<Node>,
}

/// What a prefix (empty for the default) stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Declaration {
    prefix: Rc<str>,
    namespace: Rc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Attribute {
    prefix: String,
    name: String,
    namespace: Rc<str>,
    value: String,
}

/// What stands in an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// The value of an attribute without namespace.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.namespace.is_empty() && attribute.name == name)
            .map(|attribute| attribute.value.as_str())
    }

    /// Whether every attribute is one of these, without namespace.
    pub(crate) fn has_only_attributes(&self, names: &[&str]) -> bool {
        self.attributes.iter().all(|attribute| {
            attribute.namespace.is_empty() && names.contains(&attribute.name.as_str())
        })
    }

    /// Whether the element has this name in this namespace.
    pub(crate) fn is(&self, namespace: &str, name: &str) -> bool {
        &*self.namespace == namespace && self.name == name
    }
}

/// Reads a document.
pub(crate) fn parse(document: &[u8]) -> Result<Element, XmlProblem> {
    let problem = |offset, what| XmlProblem { offset, what };
    if document.len() > MAX_LENGTH {
        return Err(problem(MAX_LENGTH, "it is longer than 1 MB"));
    }
    let text = std::str::from_utf8(document)
        .map_err(|error| problem(error.valid_up_to(), "the text is not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // The reader below would take another one away.
    if text.starts_with('\u{feff}') {
        return Err(problem(0, "there are two byte order marks"));
    }
    if let Some(at) = text.find(|character| !is_xml_character(character)) {
        return Err(problem(at, "there is a character that XML does not allow"));
    }
    // Line ends become what XML says before anything else is looked at.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = Reader::from_str(&text);
    let mut parser = Parser {
        open: Vec::new(),
        scope: Vec::new(),
        none: Rc::from(""),
        root: None,
        nodes: 0,
    };
    loop {
        let offset = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader
            .read_event()
            .map_err(|_| problem(offset, "it is not well-formed"))?;
        if matches!(event, Event::Eof) {
            break;
        }
        parser
            .event(event, offset)
            .map_err(|what| problem(offset, what))?;
    }
    let end = text.len();
    match (parser.root, parser.open.is_empty()) {
        (Some(root), true) => Ok(root),
        _ => Err(problem(end, "the root element is missing or not closed")),
    }
}

struct Parser {
    open: Vec<Element>,
    /// The declarations of all open elements, the innermost last.
    scope: Vec<Declaration>,
    /// The name of no namespace.
    none: Rc<str>,
    root: Option<Element>,
    nodes: usize,
}

impl Parser {
    fn event(&mut self, event: Event<'_>, offset: usize) -> Result<(), &'static str> {
        match event {
            Event::Start(start) => self.start(&start),
            Event::Empty(start) => {
                self.start(&start)?;
                self.end()
            }
            Event::End(_) => self.end(),
            Event::Text(text) => {
                let text = text.into_inner();
                if text.contains("]]>") {
                    return Err("there is ]]> in a text");
                }
                self.text(&text)
            }
            Event::CData(text) => {
                if self.open.is_empty() {
                    return Err("there is text outside the root element");
                }
                self.text(&text.into_inner())
            }
            Event::GeneralRef(reference) => {
                if self.open.is_empty() {
                    return Err("there is text outside the root element");
                }
                let character = resolve(&reference.into_inner())?;
                self.text(character.encode_utf8(&mut [0; 4]))
            }
            Event::Decl(declaration) => {
                if offset > 0 {
                    return Err("the XML declaration is not at the start");
                }
                check_declaration(declaration.strip_prefix("xml").unwrap_or_default())
            }
            Event::DocType(_) => Err("there is a document type"),
            Event::Comment(_) => Err("there is a comment"),
            Event::PI(_) => Err("there is a processing instruction"),
            Event::Eof => Ok(()),
        }
    }

    fn count(&mut self) -> Result<(), &'static str> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            Err("there are too many elements and attributes")
        } else {
            Ok(())
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), &'static str> {
        self.count()?;
        if self.open.is_empty() && self.root.is_some() {
            return Err("there is a second root element");
        }
        if self.open.len() >= MAX_DEPTH {
            return Err("elements lie too deep in each other");
        }
        let mut declarations: Vec<Declaration> = Vec::new();
        let mut attributes: Vec<Attribute> = Vec::new();
        let mut rest = start.attributes_raw();
        while let Some((name, value, after)) = next_attribute(rest)? {
            rest = after;
            self.count()?;
            if declarations.len() + attributes.len() >= MAX_ATTRIBUTES {
                return Err("an element has too many attributes");
            }
            let value = attribute_value(value)?;
            let (prefix, name) = split_name(name)?;
            match (prefix, name) {
                ("", "xmlns") => declarations.push(self.declaration("", &value)?),
                ("xmlns", prefix) => {
                    // Undeclaring a prefix is not XML 1.0; the reserved ones are fixed.
                    if value.is_empty() || matches!(prefix, "xml" | "xmlns") {
                        return Err("a namespace declaration is not allowed");
                    }
                    declarations.push(self.declaration(prefix, &value)?);
                }
                ("xml", _) => return Err("there is an attribute of the xml: namespace"),
                _ => attributes.push(Attribute {
                    prefix: prefix.to_owned(),
                    name: name.to_owned(),
                    namespace: Rc::clone(&self.none),
                    value,
                }),
            }
        }
        declarations.sort_by(|a, b| a.prefix.cmp(&b.prefix));
        if declarations
            .windows(2)
            .any(|pair| pair[0].prefix == pair[1].prefix)
        {
            return Err("an attribute is there twice");
        }
        self.scope.extend(declarations.iter().cloned());
        if self.scope.len() > MAX_ATTRIBUTES {
            return Err("too many namespaces are in scope");
        }
        for attribute in &mut attributes {
            if !attribute.prefix.is_empty() {
                attribute.namespace = self.namespace(&attribute.prefix)?;
            }
        }
        attributes.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        let twins = attributes
            .windows(2)
            .any(|pair| pair[0].namespace == pair[1].namespace && pair[0].name == pair[1].name);
        if twins {
            return Err("an attribute is there twice");
        }
        let name = start.name();
        let (prefix, name) = split_name(name.as_ref())?;
        let namespace = self.namespace(prefix)?;
        self.open.push(Element {
            prefix: prefix.to_owned(),
            name: name.to_owned(),
            namespace,
            declarations,
            attributes,
            children: Vec::new(),
        });
        Ok(())
    }

    /// A declaration, which shares what was declared before.
    fn declaration(&self, prefix: &str, namespace: &str) -> Result<Declaration, &'static str> {
        if namespace.len() > MAX_NAMESPACE {
            return Err("the name of a namespace is longer than 256 bytes");
        }
        if namespace == XMLNS || namespace == "http://www.w3.org/XML/1998/namespace" {
            return Err("a namespace declaration is not allowed");
        }
        let known = self.scope.iter().rev();
        let known = known
            .map(|declaration| &declaration.namespace)
            .find(|known| &***known == namespace);
        Ok(Declaration {
            prefix: prefix.into(),
            namespace: known.map_or_else(|| namespace.into(), Rc::clone),
        })
    }

    /// What a prefix stands for.
    fn namespace(&self, prefix: &str) -> Result<Rc<str>, &'static str> {
        let declaration = self
            .scope
            .iter()
            .rev()
            .find(|declaration| &*declaration.prefix == prefix);
        match declaration {
            Some(declaration) => Ok(Rc::clone(&declaration.namespace)),
            None if prefix.is_empty() => Ok(Rc::clone(&self.none)),
            None => Err("a prefix has no namespace"),
        }
    }

    fn end(&mut self) -> Result<(), &'static str> {
        let element = self.open.pop().ok_or("an end tag has no start tag")?;
        let outer = self.scope.len() - element.declarations.len();
        self.scope.truncate(outer);
        match self.open.last_mut() {
            Some(parent) => parent.children.push(Node::Element(element)),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), &'static str> {
        let Some(parent) = self.open.last_mut() else {
            let blank = text
                .chars()
                .all(|character| matches!(character, ' ' | '\t' | '\n'));
            return if blank {
                Ok(())
            } else {
                Err("there is text outside the root element")
            };
        };
        if let Some(Node::Text(before)) = parent.children.last_mut() {
            before.push_str(text);
            return Ok(());
        }
        parent.children.push(Node::Text(text.to_owned()));
        self.count()
    }
}

#[cfg(test)]
mod tests;
