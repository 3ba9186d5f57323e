//! From what xsd-parser understood of the schema to the model of the Rust to be written.

use std::path::Path;

use xsd_parser::config::{
    InterpreterConfig, InterpreterFlags, Namespace, ParserConfig, ParserFlags, Resolver, Schema,
};
use xsd_parser::models::meta::{
    AttributeMeta, AttributeMetaVariant, ComplexMeta, ElementMeta, ElementMetaVariant, ElementMode,
    GroupMeta, MetaType, MetaTypeVariant, MetaTypes,
};
use xsd_parser::models::schema::{MaxOccurs, xs::Use};
use xsd_parser::models::{IdentType, Name, TypeIdent};

use super::CodegenError;
use super::documentation::paragraphs;
use super::model::{Choice, Field, Model, Place, Presence, Role, Sequence};
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

    fn complex(
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
    fn complex_type(
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
    fn check_occurrence(&self, xml: &str, complex: &ComplexMeta) -> Result<(), CodegenError> {
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

    fn attribute(&mut self, of: &str, meta: &AttributeMeta) -> Result<Field, CodegenError> {
        let xml = meta.ident.name.as_str();
        let AttributeMetaVariant::Type(ident) = &meta.variant else {
            return Err(unsupported(of, "a wildcard attribute"));
        };
        let presence = match meta.use_ {
            _ if meta.default.is_some() => {
                return Err(unsupported(of, "an attribute with a default"));
            }
            Use::Optional => Presence::Optional,
            Use::Required if names::TOLERATED.contains(&(of, xml)) => Presence::Tolerated,
            Use::Required => Presence::Required,
            Use::Prohibited => return Err(unsupported(of, "a prohibited attribute")),
        };
        Ok(Field {
            name: names::field_name(xml),
            xml: xml.to_owned(),
            docs: paragraphs(&meta.documentation),
            rust_type: self.value(ident, xml, &meta.documentation)?,
            place: Place::Attribute(presence),
        })
    }

    pub(super) fn fields(
        &mut self,
        parent: &mut Parent<'_>,
        group: &'t GroupMeta,
    ) -> Result<Vec<Field>, CodegenError> {
        group
            .elements
            .iter()
            .map(|element| self.field(parent, element))
            .collect()
    }

    fn field(
        &mut self,
        parent: &mut Parent<'_>,
        element: &'t ElementMeta,
    ) -> Result<Field, CodegenError> {
        let xml = element.ident.name.as_str();
        let docs = paragraphs(&element.documentation);
        let ElementMetaVariant::Type { type_, mode } = &element.variant else {
            return Err(unsupported(
                parent.xml,
                "text between elements, or a wildcard",
            ));
        };
        if element.nillable {
            return Err(unsupported(xml, "an element that can be nil"));
        }
        let presence = match (element.min_occurs, element.max_occurs) {
            (0, MaxOccurs::Bounded(1)) => Presence::Optional,
            (1, MaxOccurs::Bounded(1)) if names::ABSENT.contains(&(parent.xml, xml)) => {
                Presence::Absent
            }
            (1, MaxOccurs::Bounded(1)) => Presence::Required,
            (least, MaxOccurs::Bounded(greatest)) if *mode == ElementMode::Element => {
                let meta = self.complex(type_, xml)?;
                return Ok(Field {
                    name: names::field_name(xml),
                    xml: xml.to_owned(),
                    docs,
                    rust_type: self.complex_type(type_.name.as_str(), Role::Element, meta)?,
                    place: Place::List { least, greatest },
                });
            }
            _ => return Err(unsupported(xml, "a number of times that is not bounded")),
        };
        if *mode == ElementMode::Group {
            return self.choice_field(parent, type_, presence);
        }
        let (rust_type, place) = self.child(type_, element, presence)?;
        let name = names::field_name(xml);
        Ok(Field {
            name,
            xml: xml.to_owned(),
            docs,
            rust_type,
            place,
        })
    }

    /// The type and the place of an element that stands at most once.
    pub(super) fn child(
        &mut self,
        type_: &TypeIdent,
        element: &'t ElementMeta,
        presence: Presence,
    ) -> Result<(String, Place), CodegenError> {
        let xml = element.ident.name.as_str();
        let meta = self
            .resolve(type_)
            .ok_or_else(|| unsupported(xml, "a type not defined"))?;
        let MetaTypeVariant::ComplexType(complex) = &meta.variant else {
            let rust_type = self.value(type_, xml, &element.documentation)?;
            return Ok((rust_type, Place::Child(presence)));
        };
        self.check_occurrence(xml, complex)?;
        let content = complex
            .content
            .as_ref()
            .and_then(|ident| self.resolve(ident));
        match (
            content.map(|meta| &meta.variant),
            complex.attributes.as_slice(),
        ) {
            (None, []) if presence == Presence::Optional => Ok((String::new(), Place::Flag)),
            (None, []) => Ok((String::new(), Place::Always)),
            (None, [attribute]) => {
                let field = self.attribute(type_.name.as_str(), attribute)?;
                Ok((
                    field.rust_type,
                    Place::AttributeOf {
                        attribute: field.xml,
                        presence,
                    },
                ))
            }
            (Some(MetaTypeVariant::Sequence(group)), []) if is_list(group) => {
                let mut parent = Parent { xml, groups: 0 };
                let item = self.field(&mut parent, &group.elements[0])?;
                match item.place {
                    Place::List { least, greatest } if presence == Presence::Required => {
                        let place = Place::WrappedList {
                            item: item.xml,
                            least,
                            greatest,
                        };
                        Ok((item.rust_type, place))
                    }
                    _ => Err(unsupported(xml, "a list that may be missing")),
                }
            }
            _ => {
                let name = type_.name.as_str();
                let rust_type = self.complex_type(name, Role::Element, (complex, meta))?;
                Ok((rust_type, Place::Child(presence)))
            }
        }
    }
}

fn is_list(group: &GroupMeta) -> bool {
    matches!(
        group.elements.as_slice(),
        [ElementMeta {
            max_occurs: MaxOccurs::Bounded(2..),
            ..
        }]
    )
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
