//! From what xsd-parser understood of the schema to the model of the Rust to be written.

use std::path::Path;

use xsd_parser::config::{
    InterpreterConfig, InterpreterFlags, Namespace, ParserConfig, ParserFlags, Resolver, Schema,
};
use xsd_parser::models::meta::{ComplexMeta, MetaType, MetaTypeVariant, MetaTypes};
use xsd_parser::models::schema::MaxOccurs;
use xsd_parser::models::{IdentType, Name, TypeIdent};

use super::CodegenError;
use super::documentation::paragraphs;
use super::model::{Choice, Field, Model, Place, Role, Sequence};
use super::names::{self, Naming};

/// Reads the schema and everything it includes.
pub(super) fn interpret(schema: &Path) -> Result<Model, CodegenError> {
    let parser = ParserConfig {
        schemas: vec![Schema::File(schema.to_owned())],
        resolver: vec![Resolver::File],
        flags: ParserFlags::RESOLVE_INCLUDES | ParserFlags::DEFAULT_NAMESPACES,
        ..ParserConfig::default()
    };
    let schemas = xsd_parser::exec_parser(parser)?;
    let interpreter = InterpreterConfig {
        flags: InterpreterFlags::BUILDIN_TYPES | InterpreterFlags::DEFAULT_TYPEDEFS,
        ..InterpreterConfig::default()
    };
    let types = xsd_parser::exec_interpreter(interpreter, &schemas)?;
    let mut interpretation = Interpretation {
        types: &types,
        model: Model::default(),
    };
    interpretation.roots()?;
    interpretation.unused_types()?;
    Ok(interpretation.model)
}

/// The schema as understood, and the model as far as it is made.
pub(super) struct Interpretation<'t> {
    pub(super) types: &'t MetaTypes,
    pub(super) model: Model,
}

/// A complex type under way: its name in the schema, and how many nameless groups it has had.
pub(super) struct Parent<'n> {
    pub(super) xml: &'n str,
    pub(super) groups: usize,
}

impl Parent<'_> {
    pub(super) fn next_group(&mut self) -> Result<&'static Naming, CodegenError> {
        self.groups += 1;
        let place = format!("{}#{}", self.xml, self.groups);
        let group = names::GROUPS.iter().find(|group| group.place == place);
        group
            .map(|group| &group.naming)
            .ok_or(CodegenError::Unnamed { place })
    }
}

pub(super) fn unsupported(place: &str, what: &'static str) -> CodegenError {
    CodegenError::Unsupported {
        place: place.to_owned(),
        what,
    }
}

impl<'t> Interpretation<'t> {
    fn roots(&mut self) -> Result<(), CodegenError> {
        let types = self.types;
        let is_root = |ident: &&TypeIdent| {
            ident.type_ == IdentType::Element && matches!(ident.name, Name::Named(_))
        };
        let roots: Vec<&TypeIdent> = types.items.keys().filter(is_root).collect();
        if roots.len() != names::ROOTS.len() {
            return Err(unsupported("the schema", "another set of root elements"));
        }
        for name in names::ROOTS {
            let ident = roots.iter().find(|ident| ident.name.as_str() == *name);
            let ident = ident.ok_or_else(|| unsupported(name, "no such root element"))?;
            let meta = self.complex(ident, name)?;
            self.complex_type(name, Role::Root((*name).to_owned()), meta)?;
        }
        Ok(())
    }

    /// Named types that no document uses: simple ones are written too, complex ones must be known.
    fn unused_types(&mut self) -> Result<(), CodegenError> {
        for (ident, meta) in &self.types.items {
            let Name::Named(name) = &ident.name else {
                continue;
            };
            if ident.type_ != IdentType::Type || self.is_xs(ident) {
                continue;
            }
            if let MetaTypeVariant::ComplexType(_) = meta.variant {
                let rust = names::type_name(name);
                let written = self.model.sequences.iter().any(|known| known.name == rust)
                    || self.model.choices.iter().any(|known| known.name == rust)
                    || names::DISSOLVED.contains(&name.as_ref());
                if !written {
                    return Err(unsupported(name, "a complex type that no document uses"));
                }
            } else {
                self.value(ident, name, &[])?;
            }
        }
        Ok(())
    }

    pub(super) fn is_xs(&self, ident: &TypeIdent) -> bool {
        let module = self.types.modules.get(&ident.ns);
        ident.type_ == IdentType::BuildIn
            || module.is_some_and(|module| module.namespace == Some(Namespace::XS))
    }

    /// The type itself and its documentation, with references followed.
    pub(super) fn resolve(&self, ident: &TypeIdent) -> Option<&'t MetaType> {
        self.types.items.get(ident).map(|meta| match &meta.variant {
            MetaTypeVariant::Reference(reference) if reference.is_simple() => {
                self.resolve(&reference.type_).unwrap_or(meta)
            }
            _ => meta,
        })
    }

    pub(super) fn complex(
        &self,
        ident: &TypeIdent,
        place: &str,
    ) -> Result<(&'t ComplexMeta, &'t MetaType), CodegenError> {
        match self.resolve(ident) {
            Some(meta) => match &meta.variant {
                MetaTypeVariant::ComplexType(complex) => Ok((complex, meta)),
                _ => Err(unsupported(place, "no complex type")),
            },
            None => Err(unsupported(place, "a type that is not defined")),
        }
    }

    /// Writes the struct or enum of a complex type, unless it is already; gives its Rust name.
    pub(super) fn complex_type(
        &mut self,
        xml: &str,
        role: Role,
        (complex, meta): (&'t ComplexMeta, &'t MetaType),
    ) -> Result<String, CodegenError> {
        let name = names::type_name(xml);
        let known = self.model.sequences.iter().any(|known| known.name == name)
            || self.model.choices.iter().any(|known| known.name == name);
        if known {
            return Ok(name);
        }
        if complex.is_mixed || complex.is_dynamic {
            return Err(unsupported(xml, "mixed content or an abstract type"));
        }
        self.check_occurrence(xml, complex)?;
        let docs = paragraphs(&meta.documentation);
        let mut parent = Parent { xml, groups: 0 };
        let mut fields = Vec::new();
        let content = complex.content.as_ref();
        let content_meta = content.and_then(|ident| self.resolve(ident));
        match (content, content_meta.map(|meta| &meta.variant)) {
            (_, Some(MetaTypeVariant::Choice(group))) if complex.attributes.is_empty() => {
                // Reserve the place first, so that types stand before those that they use.
                let index = self.model.choices.len();
                self.model.choices.push(Choice {
                    name: name.clone(),
                    docs,
                    role,
                    variants: vec![],
                });
                let variants = self.variants(&mut parent, &name, group)?;
                self.model.choices[index].variants = variants;
                return Ok(name);
            }
            (_, Some(MetaTypeVariant::Choice(_))) => {
                return Err(unsupported(xml, "a choice beside attributes"));
            }
            _ => {}
        }
        let index = self.model.sequences.len();
        self.model.sequences.push(Sequence {
            name: name.clone(),
            docs,
            role,
            fields: vec![],
        });
        match (content, content_meta.map(|meta| &meta.variant)) {
            (_, Some(MetaTypeVariant::Sequence(group))) => {
                for attribute in complex.attributes.iter() {
                    fields.push(self.attribute(xml, attribute)?);
                }
                fields.extend(self.fields(&mut parent, group)?);
            }
            (Some(ident), Some(_)) => {
                fields.push(Field {
                    name: "value".to_owned(),
                    xml: String::new(),
                    docs: content_meta.map_or_else(String::new, |_| {
                        paragraphs(&self.types.items[ident].documentation)
                    }),
                    rust_type: self.value(ident, xml, &[])?,
                    place: Place::Content,
                });
                for attribute in complex.attributes.iter() {
                    fields.push(self.attribute(xml, attribute)?);
                }
            }
            _ => return Err(unsupported(xml, "no content where some is expected")),
        }
        self.model.sequences[index].fields = fields;
        Ok(name)
    }

    /// A group that is a type's whole content has to stand in it just once: there is nothing in Rust that
    /// would say otherwise.
    pub(super) fn check_occurrence(
        &self,
        xml: &str,
        complex: &ComplexMeta,
    ) -> Result<(), CodegenError> {
        let content = complex
            .content
            .as_ref()
            .and_then(|ident| self.resolve(ident));
        let is_group = content.is_some_and(|meta| {
            matches!(
                meta.variant,
                MetaTypeVariant::Sequence(_) | MetaTypeVariant::Choice(_) | MetaTypeVariant::All(_)
            )
        });
        if is_group && (complex.min_occurs, complex.max_occurs) != (1, MaxOccurs::Bounded(1)) {
            return Err(unsupported(
                xml,
                "a group directly in a type that is not there exactly once",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::root;

    /// Interprets the project's schema with a change to `portal.xsd`.
    fn changed(name: &str, from: &str, to: &str) -> Result<Model, CodegenError> {
        let folder =
            std::env::temp_dir().join(format!("portal-codegen-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for file in ["portal.xsd", "common.xsd", "portal-legacy.xsd"] {
            let text = std::fs::read_to_string(root().join("xsd").join(file)).unwrap();
            let text = if file == "portal.xsd" {
                assert!(from.is_empty() || text.contains(from), "{from}");
                text.replacen(from, to, 1)
            } else {
                text
            };
            std::fs::write(folder.join(file), text).unwrap();
        }
        let model = interpret(&folder.join("portal.xsd"));
        std::fs::remove_dir_all(&folder).unwrap();
        model
    }

    #[test]
    fn how_often_a_types_own_group_stands_is_not_dropped() {
        assert!(changed("same", "", "").is_ok());
        let of = |name: &str| format!("<xs:complexType name=\"{name}\">");
        let text = std::fs::read_to_string(root().join("xsd/portal.xsd")).unwrap();
        for name in ["availability", "notifications", "portal-signers"] {
            let start = text.find(&of(name)).unwrap();
            let group = ["<xs:sequence>", "<xs:choice>"]
                .into_iter()
                .filter_map(|group| Some((text[start..].find(group)?, group)))
                .min()
                .unwrap();
            let from = &text[start..start + group.0 + group.1.len()];
            for occurs in [
                "minOccurs=\"0\"",
                "maxOccurs=\"2\"",
                "maxOccurs=\"unbounded\"",
            ] {
                let to = format!("{} {occurs}>", &from[..from.len() - 1]);
                let error = changed(name, from, &to).unwrap_err();
                assert!(
                    matches!(error, CodegenError::Unsupported { .. }),
                    "{name} {occurs}: {error}"
                );
            }
        }
    }
}
