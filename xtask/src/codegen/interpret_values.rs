//! Simple types: texts, numbers and closed lists.

use std::ops::Bound;

use xsd_parser::models::meta::{BuildInMeta, Constrains, EnumerationMeta, MetaTypeVariant};
use xsd_parser::models::{Name, TypeIdent};

use super::CodegenError;
use super::documentation::paragraphs;
use super::interpret::{Interpretation, unsupported};
use super::model::{Base, CodeWord, Enumeration, Number, Text};
use super::names;

impl Interpretation<'_> {
    /// Writes a simple type, unless it is already; gives its Rust name. `xml` is the name of the element
    /// or attribute, which names a nameless type, and `docs` its documentation.
    pub(super) fn value(
        &mut self,
        ident: &TypeIdent,
        xml: &str,
        docs: &[String],
    ) -> Result<String, CodegenError> {
        if self.is_xs(ident) {
            return match ident.name.as_str() {
                "dateTime" => Ok("DateTime".to_owned()),
                "string" if names::TYPED_STRINGS.contains(&xml) => {
                    self.text(xml, docs, &Constrains::default())
                }
                "string" => Ok("String".to_owned()),
                _ => Err(unsupported(xml, "a type of the schema language itself")),
            };
        }
        let named = match &ident.name {
            Name::Named(name) => name.as_ref(),
            Name::Generated(_) => xml,
        };
        if let Some((_, rust)) = names::HAND_WRITTEN.iter().find(|(name, _)| *name == named) {
            return Ok((*rust).to_owned());
        }
        let own_docs = self
            .types
            .items
            .get(ident)
            .map_or(&[][..], |meta| &meta.documentation);
        let docs = if own_docs.is_empty() { docs } else { own_docs };
        let meta = self
            .resolve(ident)
            .ok_or_else(|| unsupported(xml, "a type not defined"))?;
        match &meta.variant {
            MetaTypeVariant::BuildIn(base) => {
                self.number(named, docs, base, &Constrains::default())
            }
            MetaTypeVariant::SimpleType(simple) if !simple.is_list => {
                match self.types.get_variant(&simple.base) {
                    Some(MetaTypeVariant::BuildIn(BuildInMeta::String)) => {
                        self.text(named, docs, &simple.constrains)
                    }
                    Some(MetaTypeVariant::BuildIn(base)) => {
                        self.number(named, docs, base, &simple.constrains)
                    }
                    _ => Err(unsupported(named, "a restriction of a restriction")),
                }
            }
            MetaTypeVariant::Enumeration(meta) => self.enumeration(named, docs, meta),
            _ => Err(unsupported(named, "a list, a union or something unknown")),
        }
    }

    fn enumeration(
        &mut self,
        xml: &str,
        docs: &[String],
        meta: &EnumerationMeta,
    ) -> Result<String, CodegenError> {
        if meta.constrains != Constrains::default() {
            return Err(unsupported(xml, "an enumeration with further facets"));
        }
        let name = names::type_name(xml);
        let variants = meta.variants.iter().map(|variant| {
            let value = variant.ident.name.as_str();
            CodeWord {
                name: names::variant_name(&name, value),
                value: value.to_owned(),
                docs: paragraphs(&variant.documentation),
            }
        });
        let new = Enumeration {
            name: name.clone(),
            xml: xml.to_owned(),
            docs: paragraphs(docs),
            variants: variants.collect(),
            open: names::OPEN.contains(&xml),
        };
        add(&mut self.model.enumerations, new, |known| &known.name)?;
        Ok(name)
    }

    fn text(
        &mut self,
        xml: &str,
        docs: &[String],
        constrains: &Constrains,
    ) -> Result<String, CodegenError> {
        let digits = match constrains.patterns.as_slice() {
            [] => None,
            [pattern] => Some(
                pattern
                    .strip_prefix("[0-9]{")
                    .and_then(|rest| rest.strip_suffix('}'))
                    .and_then(|count| count.parse().ok())
                    .ok_or_else(|| unsupported(xml, "a pattern other than [0-9]{n}"))?,
            ),
            _ => return Err(unsupported(xml, "several patterns")),
        };
        let known = Constrains {
            patterns: constrains.patterns.clone(),
            min_length: constrains.min_length,
            max_length: constrains.max_length,
            ..Constrains::default()
        };
        if *constrains != known {
            return Err(unsupported(xml, "a facet of texts"));
        }
        let name = names::type_name(xml);
        let new = Text {
            personal: names::PERSONAL.contains(&name.as_str()),
            name: name.clone(),
            xml: xml.to_owned(),
            docs: paragraphs(docs),
            min_length: constrains.min_length,
            max_length: constrains.max_length,
            digits,
        };
        add(&mut self.model.texts, new, |known| &known.name)?;
        Ok(name)
    }

    fn number(
        &mut self,
        xml: &str,
        docs: &[String],
        base: &BuildInMeta,
        constrains: &Constrains,
    ) -> Result<String, CodegenError> {
        let base = match base {
            BuildInMeta::I32 => Base::I32,
            BuildInMeta::I64 => Base::I64,
            _ => {
                return Err(unsupported(
                    xml,
                    "a base type other than string, int and long",
                ));
            }
        };
        let limit = |bound: &Bound<String>| match bound {
            Bound::Unbounded => Ok(None),
            Bound::Included(limit) => limit
                .parse()
                .map(Some)
                .map_err(|_| unsupported(xml, "a limit that is no number")),
            Bound::Excluded(_) => Err(unsupported(xml, "an exclusive limit")),
        };
        let known = Constrains {
            range: constrains.range.clone(),
            ..Constrains::default()
        };
        if *constrains != known {
            return Err(unsupported(xml, "a facet of numbers"));
        }
        let name = names::type_name(xml);
        let new = Number {
            name: name.clone(),
            xml: xml.to_owned(),
            docs: paragraphs(docs),
            base,
            least: limit(&constrains.range.start)?,
            greatest: limit(&constrains.range.end)?,
        };
        add(&mut self.model.numbers, new, |known| &known.name)?;
        Ok(name)
    }
}

/// Adds a type, or finds it there already; the same name for another type is an error.
fn add<T: PartialEq>(
    known: &mut Vec<T>,
    new: T,
    name: impl Fn(&T) -> &String,
) -> Result<(), CodegenError> {
    match known.iter().find(|known| name(known) == name(&new)) {
        None => {
            known.push(new);
            Ok(())
        }
        Some(same) if *same == new => Ok(()),
        Some(_) => Err(CodegenError::SameName {
            name: name(&new).clone(),
        }),
    }
}
