//! Writes documents in the schema's order, checking every value on the way.

use super::error::{FoundElement, XmlError, XmlProblem};
use super::value::Value;
use super::{Element, Group};
use crate::bounded::Bounded;
use crate::facet::FacetError;
use crate::limits;

/// Writes one document.
#[derive(Debug)]
pub(crate) struct Writer {
    out: String,
    /// The open elements, each with its number among equals, or 0.
    path: Vec<(&'static str, usize)>,
    /// The start tag written last still lacks its `>`.
    tag_open: bool,
}

impl Writer {
    pub(super) fn document<T: Element>(root: &'static str, value: &T) -> Result<String, XmlError> {
        let mut writer = Self {
            out: String::with_capacity(2048),
            path: Vec::with_capacity(8),
            tag_open: false,
        };
        writer
            .out
            .push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        writer.start(root, 0);
        writer.out.push_str(" xmlns=\"");
        writer.out.push_str(crate::NAMESPACE);
        writer.out.push('"');
        value.write(&mut writer)?;
        writer.end();
        let actual = writer.out.len();
        if actual > limits::DOCUMENT {
            let problem = XmlProblem::DocumentTooLarge {
                limit: limits::DOCUMENT,
                actual,
            };
            return Err(writer.error(problem, None));
        }
        Ok(writer.out)
    }

    /// An element.
    pub(crate) fn element<T: Element>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), XmlError> {
        self.start(name, 0);
        value.write(self)?;
        self.end();
        Ok(())
    }

    /// An element, if there is a value.
    pub(crate) fn optional<T: Element>(
        &mut self,
        name: &'static str,
        value: Option<&T>,
    ) -> Result<(), XmlError> {
        value.map_or(Ok(()), |value| self.element(name, value))
    }

    /// An element without content.
    pub(crate) fn empty(&mut self, name: &'static str) {
        self.start(name, 0);
        self.end();
    }

    /// An element without content, if the flag is set.
    pub(crate) fn flag(&mut self, name: &'static str, set: bool) {
        if set {
            self.empty(name);
        }
    }

    /// An element with nothing but an attribute.
    pub(crate) fn attribute_of<T: Value>(
        &mut self,
        name: &'static str,
        attribute: &'static str,
        value: &T,
    ) -> Result<(), XmlError> {
        self.start(name, 0);
        self.attribute(attribute, value)?;
        self.end();
        Ok(())
    }

    /// An element with nothing but an attribute, if there is a value.
    pub(crate) fn optional_attribute_of<T: Value>(
        &mut self,
        name: &'static str,
        attribute: &'static str,
        value: Option<&T>,
    ) -> Result<(), XmlError> {
        value.map_or(Ok(()), |value| self.attribute_of(name, attribute, value))
    }

    /// Elements of one name.
    pub(crate) fn list<T: Element, const MIN: usize, const MAX: usize>(
        &mut self,
        name: &'static str,
        list: &Bounded<T, MIN, MAX>,
    ) -> Result<(), XmlError> {
        list.check()
            .map_err(|error| self.error(XmlProblem::Facet(error), None))?;
        for (index, item) in list.iter().enumerate() {
            self.start(name, index + 1);
            item.write(self)?;
            self.end();
        }
        Ok(())
    }

    /// An element with nothing but elements of one name.
    pub(crate) fn wrapped_list<T: Element, const MIN: usize, const MAX: usize>(
        &mut self,
        name: &'static str,
        item: &'static str,
        list: &Bounded<T, MIN, MAX>,
    ) -> Result<(), XmlError> {
        self.start(name, 0);
        self.list(item, list)?;
        self.end();
        Ok(())
    }

    /// Elements that stand for a value together.
    pub(crate) fn group<T: Group>(&mut self, value: &T) -> Result<(), XmlError> {
        value.write_group(self)
    }

    /// Elements that stand for a value together, which the schema requires but a response may have
    /// lacked.
    pub(crate) fn tolerated_group<T: Group>(
        &mut self,
        value: Option<&T>,
        names: &[Option<&'static str>],
    ) -> Result<(), XmlError> {
        match value {
            Some(value) => self.group(value),
            None => {
                let problem = XmlProblem::Unexpected {
                    expected: names.to_vec(),
                    found: FoundElement::End,
                };
                Err(self.error(problem, None))
            }
        }
    }

    /// An attribute of the element just started.
    pub(crate) fn attribute<T: Value>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), XmlError> {
        let text = value
            .text()
            .map_err(|error| self.facet(error, Some(name)))?;
        self.check_length(&text, Some(name))?;
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape(&mut self.out, &text, true);
        self.out.push('"');
        Ok(())
    }

    /// An attribute of the element just started, if there is a value.
    pub(crate) fn optional_attribute<T: Value>(
        &mut self,
        name: &'static str,
        value: Option<&T>,
    ) -> Result<(), XmlError> {
        value.map_or(Ok(()), |value| self.attribute(name, value))
    }

    /// An attribute that the schema requires but that a response may have lacked.
    pub(crate) fn tolerated_attribute<T: Value>(
        &mut self,
        name: &'static str,
        value: Option<&T>,
    ) -> Result<(), XmlError> {
        match value {
            Some(value) => self.attribute(name, value),
            None => Err(self.error(XmlProblem::MissingAttribute { name }, None)),
        }
    }

    /// The text of the element just started.
    pub(crate) fn value<T: Value>(&mut self, value: &T) -> Result<(), XmlError> {
        let text = value.text().map_err(|error| self.facet(error, None))?;
        self.check_length(&text, None)?;
        if !text.is_empty() {
            self.close_tag();
            escape(&mut self.out, &text, false);
        }
        Ok(())
    }

    fn start(&mut self, name: &'static str, number: usize) {
        self.close_tag();
        self.out.push('<');
        self.out.push_str(name);
        self.path.push((name, number));
        self.tag_open = true;
    }

    fn end(&mut self) {
        let Some((name, _)) = self.path.pop() else {
            return;
        };
        if self.tag_open {
            self.out.push_str("/>");
            self.tag_open = false;
        } else {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
    }

    fn close_tag(&mut self) {
        if self.tag_open {
            self.out.push('>');
            self.tag_open = false;
        }
    }

    fn check_length(&self, text: &str, attribute: Option<&str>) -> Result<(), XmlError> {
        if text.len() > limits::TEXT {
            Err(self.error(
                XmlProblem::TextTooLong {
                    limit: limits::TEXT,
                },
                attribute,
            ))
        } else {
            Ok(())
        }
    }

    #[cold]
    fn facet(&self, error: FacetError, attribute: Option<&str>) -> XmlError {
        self.error(XmlProblem::Facet(error), attribute)
    }

    #[cold]
    fn error(&self, problem: XmlProblem, attribute: Option<&str>) -> XmlError {
        let mut text = String::new();
        for (name, number) in &self.path {
            text.push('/');
            text.push_str(name);
            if *number > 0 {
                text.push_str(&format!("[{number}]"));
            }
        }
        if let Some(attribute) = attribute {
            text.push_str("/@");
            text.push_str(attribute);
        }
        if text.is_empty() {
            text.push('/');
        }
        XmlError::new(text, None, problem)
    }
}

/// Writes a text so that reading gives back the same. A carriage return would be read as a line feed,
/// and in attributes a tab or line feed as a space, so these are written as references.
fn escape(out: &mut String, text: &str, attribute: bool) {
    let mut rest = text;
    while let Some(at) = rest
        .bytes()
        .position(|byte| reference(byte, attribute).is_some())
    {
        out.push_str(&rest[..at]);
        if let Some(reference) = reference(rest.as_bytes()[at], attribute) {
            out.push_str(reference);
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

const fn reference(byte: u8, attribute: bool) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#13;"),
        b'"' if attribute => Some("&quot;"),
        b'\t' if attribute => Some("&#9;"),
        b'\n' if attribute => Some("&#10;"),
        _ => None,
    }
}
