//! Reads a small XML document into a tree, and writes parts of it as canonical XML.
//!
//! This is as much of XML as signature documents need, and refuses the rest: no document type, so
//! no entities of one's own and no default attributes; no comments and no processing
//! instructions, which canonicalisation would drop or keep to a reader's surprise; no attributes
//! of the namespace `xml:`, so that versions 1.0 and 1.1 of Canonical XML are the same.
//! On such documents the result is that of inclusive Canonical XML.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

mod canonical;

pub(crate) use canonical::canonicalize;

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
    /// Empty for none.
    pub(crate) namespace: String,
    /// Prefix (empty for the default) to namespace, as declared on this element.
    declarations: BTreeMap<String, String>,
    attributes: Vec<Attribute>,
    pub(crate) children: Vec<Node>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Attribute {
    prefix: String,
    name: String,
    namespace: String,
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
        self.namespace == namespace && self.name == name
    }
}

/// Reads a document.
pub(crate) fn parse(document: &[u8]) -> Result<Element, XmlProblem> {
    let problem = |offset, what| XmlProblem { offset, what };
    let text = std::str::from_utf8(document)
        .map_err(|error| problem(error.valid_up_to(), "the text is not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(at) = text.find(|character| !is_xml_character(character)) {
        return Err(problem(at, "there is a character that XML does not allow"));
    }
    // Line ends become what XML says before anything else is looked at.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = Reader::from_str(&text);
    let mut parser = Parser {
        open: Vec::new(),
        scopes: vec![BTreeMap::new()],
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
    /// The namespaces in scope, one map for each open element and one for none.
    scopes: Vec<BTreeMap<String, String>>,
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
                let encoding = declaration.encoding().map(Result::ok);
                let standalone = declaration.standalone().map(Result::ok);
                let version = declaration.version().ok();
                if version.as_deref() != Some("1.0") {
                    return Err("the XML version is not 1.0");
                }
                if !matches!(
                    encoding.as_ref().map(Option::as_deref),
                    None | Some(Some("UTF-8" | "utf-8"))
                ) {
                    return Err("the encoding is not UTF-8");
                }
                if !matches!(
                    standalone.as_ref().map(Option::as_deref),
                    None | Some(Some("yes" | "no"))
                ) {
                    return Err("the XML declaration is not well-formed");
                }
                Ok(())
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
        let mut declarations = BTreeMap::new();
        let mut attributes: Vec<Attribute> = Vec::new();
        for (index, attribute) in start.attributes().enumerate() {
            self.count()?;
            if index >= MAX_ATTRIBUTES {
                return Err("an element has too many attributes");
            }
            let attribute = attribute.map_err(|_| "an attribute is not well-formed")?;
            let value = attribute_value(&attribute.value)?;
            let (prefix, name) = split_name(attribute.key.as_ref())?;
            let declared = match (prefix, name) {
                ("", "xmlns") => "",
                ("xmlns", prefix) => {
                    // Undeclaring a prefix is not XML 1.0; the reserved ones are fixed.
                    if value.is_empty() || matches!(prefix, "xml" | "xmlns") {
                        return Err("a namespace declaration is not allowed");
                    }
                    prefix
                }
                ("xml", _) => return Err("there is an attribute of the xml: namespace"),
                _ => {
                    let (prefix, name) = (prefix.to_owned(), name.to_owned());
                    attributes.push(Attribute {
                        prefix,
                        name,
                        namespace: String::new(),
                        value,
                    });
                    continue;
                }
            };
            if value == XMLNS || value == "http://www.w3.org/XML/1998/namespace" {
                return Err("a namespace declaration is not allowed");
            }
            declarations.insert(declared.to_owned(), value);
        }
        let mut scope = self.scopes.last().cloned().unwrap_or_default();
        scope.extend(declarations.clone());
        if scope.len() > MAX_ATTRIBUTES {
            return Err("too many namespaces are in scope");
        }
        let resolve_prefix = |prefix: &str| match scope.get(prefix) {
            Some(namespace) => Ok(namespace.clone()),
            None if prefix.is_empty() => Ok(String::new()),
            None => Err("a prefix has no namespace"),
        };
        for attribute in &mut attributes {
            if !attribute.prefix.is_empty() {
                attribute.namespace = resolve_prefix(&attribute.prefix)?;
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
        let namespace = resolve_prefix(prefix)?;
        let (prefix, name) = (prefix.to_owned(), name.to_owned());
        self.open.push(Element {
            prefix,
            name,
            namespace,
            declarations,
            attributes,
            children: Vec::new(),
        });
        self.scopes.push(scope);
        Ok(())
    }

    fn end(&mut self) -> Result<(), &'static str> {
        let element = self.open.pop().ok_or("an end tag has no start tag")?;
        self.scopes.pop();
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

/// The value of an attribute as XML normalises it.
fn attribute_value(raw: &str) -> Result<String, &'static str> {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(character) = rest.chars().next() {
        let mut length = character.len_utf8();
        match character {
            '<' => return Err("there is < in an attribute"),
            '&' => {
                let end = rest.find(';').ok_or("a reference is not closed")?;
                value.push(resolve(&rest[1..end])?);
                length = end + 1;
            }
            '\t' | '\n' => value.push(' '),
            other => value.push(other),
        }
        rest = &rest[length..];
    }
    Ok(value)
}

/// The character that a reference stands for, given without `&` and `;`.
fn resolve(reference: &str) -> Result<char, &'static str> {
    match reference {
        "amp" => return Ok('&'),
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => {}
    }
    let number = match reference.strip_prefix("#x") {
        Some(digits) if is_number(digits, 16) => u32::from_str_radix(digits, 16).ok(),
        Some(_) => None,
        None => reference
            .strip_prefix('#')
            .filter(|digits| is_number(digits, 10))
            .and_then(|digits| digits.parse().ok()),
    };
    number
        .and_then(char::from_u32)
        .filter(|character| is_xml_character(*character))
        .ok_or("there is a reference to an entity or to a character that XML does not allow")
}

fn is_number(digits: &str, radix: u32) -> bool {
    !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix))
}

fn is_xml_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Prefix and name. Names are held to a subset of XML's that has all that schemas use.
fn split_name(name: &str) -> Result<(&str, &str), &'static str> {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    let is_name = |text: &str| {
        text.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && text
                .chars()
                .all(|other| other.is_alphanumeric() || matches!(other, '_' | '-' | '.'))
    };
    let prefix_is_name = !name.contains(':') || is_name(prefix);
    if is_name(local) && prefix_is_name {
        Ok((prefix, local))
    } else {
        Err("a name is not allowed")
    }
}

#[cfg(test)]
mod tests;
