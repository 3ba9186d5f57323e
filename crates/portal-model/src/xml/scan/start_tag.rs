//! Start tags: names, attributes, and the namespaces of both.

use std::borrow::Cow;

use super::{Fault, Scanner};
use crate::bytes::same;
use crate::limits;
use crate::xml::error::{IllFormed, XmlProblem};
use crate::xml::lexical::{is_nc_name, normalise_attribute, split_attribute, trim_start};
use crate::xml::namespaces::{Uri, XML_NAMESPACE};

/// The names of the schema that may come next, in its order.
#[derive(Clone, Copy)]
pub(in crate::xml) struct Awaited {
    /// All of them.
    pub(in crate::xml) names: &'static [&'static str],
    /// The place of the one that came last. Children nearly always come in the schema's order, so a
    /// search begins there.
    pub(in crate::xml) last: usize,
}

impl Awaited {
    pub(in crate::xml) const NOTHING: Self = Self {
        names: &[],
        last: 0,
    };

    /// The place of a name.
    #[inline(always)]
    fn find(self, name: &str) -> Option<usize> {
        let (before, from_last) = self.names.split_at_checked(self.last)?;
        for (distance, awaited) in from_last.iter().enumerate() {
            if same(awaited, name) {
                return Some(self.last + distance);
            }
        }
        before.iter().position(|awaited| same(awaited, name))
    }
}

/// An attribute that is no namespace declaration.
#[derive(Debug)]
pub(in crate::xml) struct Attribute<'x> {
    prefix: &'x str,
    /// The name without prefix.
    pub(in crate::xml) name: &'x str,
    /// The namespace; `None` without a prefix.
    pub(in crate::xml) namespace: Option<Uri<'x>>,
    /// The value with references resolved and white space made into spaces.
    pub(in crate::xml) value: Cow<'x, str>,
    /// Byte offset of the name.
    pub(in crate::xml) at: usize,
}

impl<'x> Scanner<'x> {
    /// Takes in the start tag last read. With it end as many bytes as `>` or `/>` has.
    pub(super) fn open(
        &mut self,
        name_length: usize,
        end_length: usize,
        awaited: Awaited,
    ) -> Result<(), Fault> {
        if self.depth == 0 && self.root_seen {
            return Err(Fault::ill_formed(IllFormed::OutsideRoot, self.at));
        }
        if self.depth == limits::DEPTH {
            return Err(Fault::new(
                XmlProblem::TooDeep {
                    limit: limits::DEPTH,
                },
                self.at,
            ));
        }
        self.root_seen = true;
        self.depth += 1;
        self.attributes.clear();
        let name_end = self.at + 1 + name_length;
        let name = self.source.text().get(self.at + 1..name_end);
        let name = name.unwrap_or_default();
        if name_end + end_length < self.offset() {
            self.take_attributes(self.part(1 + name_length, end_length), name_end)?;
        }
        // A name of the schema has no prefix, so that one need not be looked for.
        self.awaited = if self.namespaces.default_is_ours() {
            awaited.find(name)
        } else {
            None
        };
        if self.awaited.is_some() {
            self.name = name;
            self.foreign = false;
        } else {
            self.resolve_name(name)?;
            if !self.foreign {
                self.awaited = awaited.find(self.name);
            }
        }
        Ok(())
    }

    /// Looks at the tag's prefix.
    fn resolve_name(&mut self, name: &'x str) -> Result<(), Fault> {
        let (prefix, name) = self.split(name, self.at)?;
        let ours = match self.namespaces.get(prefix) {
            Some(namespace) => namespace.ours,
            None if prefix.is_empty() || prefix == "xml" => false,
            None => return Err(Fault::ill_formed(IllFormed::Prefix, self.at)),
        };
        self.name = name;
        self.foreign = !ours;
        Ok(())
    }

    /// Takes in attributes, which begin at the given offset with the white space before them.
    fn take_attributes(&mut self, attributes: &'x str, begin: usize) -> Result<(), Fault> {
        let mut rest = attributes;
        let mut count = 0;
        loop {
            let text = trim_start(rest);
            if text.is_empty() {
                break;
            }
            count += 1;
            if count > limits::ATTRIBUTES {
                let problem = XmlProblem::TooManyAttributes {
                    limit: limits::ATTRIBUTES,
                };
                return Err(Fault::new(problem, self.at));
            }
            // `text` is the end of `attributes`.
            let at = begin + (attributes.len() - text.len());
            let parts = if text.len() < rest.len() {
                split_attribute(text)
            } else {
                None
            };
            let (name, value, after) =
                parts.ok_or_else(|| Fault::ill_formed(IllFormed::Attribute, at))?;
            rest = after;
            self.attribute(name, value, at)?;
        }
        self.resolve_attributes()
    }

    /// Takes in an attribute: a namespace declaration at once, any other for later resolving.
    fn attribute(&mut self, name: &'x str, value: &'x str, at: usize) -> Result<(), Fault> {
        let value = normalise_attribute(value).map_err(|problem| Fault::new(problem, at))?;
        if value.len() > limits::TEXT {
            return Err(Fault::new(
                XmlProblem::TextTooLong {
                    limit: limits::TEXT,
                },
                at,
            ));
        }
        if name == "xmlns" {
            return self.declare("", value, at);
        }
        let (prefix, name) = self.split(name, at)?;
        if prefix == "xmlns" {
            if !is_nc_name(name) {
                return Err(Fault::ill_formed(IllFormed::Name, at));
            }
            return self.declare(name, value, at);
        }
        self.attributes.push(Attribute {
            prefix,
            name,
            namespace: None,
            value,
            at,
        });
        Ok(())
    }

    fn declare(&mut self, prefix: &'x str, uri: Cow<'x, str>, at: usize) -> Result<(), Fault> {
        let declared = self.namespaces.declare(self.depth, prefix, uri);
        declared.map_err(|problem| Fault::new(problem, at))
    }

    /// Prefix and local name. Whether the local name is a name at all is for [`Self::check_names`].
    #[inline]
    fn split(&self, name: &'x str, at: usize) -> Result<(&'x str, &'x str), Fault> {
        match name.bytes().position(|byte| byte == b':') {
            None => Ok(("", name)),
            Some(0) => Err(Fault::ill_formed(IllFormed::Name, at)),
            Some(colon) => Ok((&name[..colon], &name[colon + 1..])),
        }
    }

    /// Checks the names of the start tag last given. Names that are known from the schema need no check.
    pub(in crate::xml) fn check_names(&self) -> Result<(), Fault> {
        if !is_nc_name(self.name) {
            return Err(Fault::ill_formed(IllFormed::Name, self.at));
        }
        match self
            .attributes
            .iter()
            .find(|attribute| !is_nc_name(attribute.name))
        {
            None => Ok(()),
            Some(attribute) => Err(Fault::ill_formed(IllFormed::Name, attribute.at)),
        }
    }

    /// Resolves the attributes' prefixes and refuses equal attributes.
    fn resolve_attributes(&mut self) -> Result<(), Fault> {
        for index in 0..self.attributes.len() {
            let Attribute {
                prefix, name, at, ..
            } = self.attributes[index];
            if prefix == "xml" {
                self.attributes[index].namespace = Some(Uri::Written(XML_NAMESPACE));
            } else if !prefix.is_empty() {
                let namespace = self.namespaces.get(prefix);
                let namespace =
                    namespace.ok_or_else(|| Fault::ill_formed(IllFormed::Prefix, at))?;
                self.attributes[index].namespace = Some(namespace.uri.clone());
            }
            let (earlier, this) = self.attributes.split_at(index);
            let equals_this = |other: &Attribute<'_>| {
                same(other.name, name)
                    && this
                        .first()
                        .is_some_and(|attribute| attribute.namespace == other.namespace)
            };
            if earlier.iter().any(equals_this) {
                return Err(Fault::ill_formed(IllFormed::DuplicateAttribute, at));
            }
        }
        Ok(())
    }
}
