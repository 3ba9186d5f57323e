//! The namespaces in force where a document is being read.

use std::borrow::Cow;
use std::rc::Rc;

use super::error::{IllFormed, XmlProblem};
use crate::bytes::same;
use crate::limits;

pub(super) const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";

/// The name of a namespace, of which every copy is cheap.
#[derive(Debug, Clone)]
pub(super) enum Uri<'x> {
    /// As it stands in the document.
    Written(&'x str),
    /// With references resolved.
    Resolved(Rc<str>),
}

impl Uri<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Written(uri) => uri,
            Self::Resolved(uri) => uri,
        }
    }
}

impl PartialEq for Uri<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl<'x> From<Cow<'x, str>> for Uri<'x> {
    fn from(uri: Cow<'x, str>) -> Self {
        match uri {
            Cow::Borrowed(uri) => Self::Written(uri),
            Cow::Owned(uri) => Self::Resolved(uri.into()),
        }
    }
}

/// A prefix, or "" for the default, and the namespace that it stands for.
#[derive(Debug)]
pub(super) struct Namespace<'x> {
    depth: usize,
    prefix: &'x str,
    pub(super) uri: Uri<'x>,
    /// Whether it is the schema's.
    pub(super) ours: bool,
}

/// The declarations in force, the innermost last.
#[derive(Debug)]
pub(super) struct Namespaces<'x>(Vec<Namespace<'x>>);

impl<'x> Namespaces<'x> {
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(4))
    }

    /// Takes in a declaration on the element at the given depth.
    pub(super) fn declare(
        &mut self,
        depth: usize,
        prefix: &'x str,
        uri: Cow<'x, str>,
    ) -> Result<(), XmlProblem> {
        if uri.len() > limits::NAMESPACE {
            return Err(XmlProblem::NamespaceTooLong {
                limit: limits::NAMESPACE,
            });
        }
        let reserved = uri == XML_NAMESPACE || uri == XMLNS_NAMESPACE;
        let allowed = match prefix {
            "xml" => uri == XML_NAMESPACE,
            "xmlns" => false,
            "" => !reserved,
            // Only the default namespace can be undone.
            _ => !reserved && !uri.is_empty(),
        };
        if !allowed {
            return Err(XmlProblem::IllFormed(IllFormed::Prefix));
        }
        let mut here = self
            .0
            .iter()
            .rev()
            .take_while(|namespace| namespace.depth == depth);
        if here.any(|namespace| namespace.prefix == prefix) {
            return Err(XmlProblem::IllFormed(IllFormed::DuplicateAttribute));
        }
        if self.0.len() == limits::NAMESPACES {
            return Err(XmlProblem::TooManyNamespaces {
                limit: limits::NAMESPACES,
            });
        }
        let ours = uri == crate::NAMESPACE;
        self.0.push(Namespace {
            depth,
            prefix,
            uri: uri.into(),
            ours,
        });
        Ok(())
    }

    /// What a prefix stands for.
    #[inline]
    pub(super) fn get(&self, prefix: &str) -> Option<&Namespace<'x>> {
        self.0
            .iter()
            .rev()
            .find(|namespace| same(namespace.prefix, prefix))
    }

    /// Whether a name without a prefix is the schema's.
    #[inline]
    pub(super) fn default_is_ours(&self) -> bool {
        self.get("").is_some_and(|namespace| namespace.ours)
    }

    /// Forgets what the element at the given depth declared.
    #[inline(always)]
    pub(super) fn leave(&mut self, depth: usize) {
        while self
            .0
            .last()
            .is_some_and(|namespace| namespace.depth == depth)
        {
            self.0.pop();
        }
    }
}
