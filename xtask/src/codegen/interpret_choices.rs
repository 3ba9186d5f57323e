//! Choices, and the nameless groups within them.

use xsd_parser::models::TypeIdent;
use xsd_parser::models::meta::{
    ElementMeta, ElementMetaVariant, ElementMode, GroupMeta, MetaTypeVariant,
};
use xsd_parser::models::schema::MaxOccurs;

use super::CodegenError;
use super::documentation::paragraphs;
use super::interpret::{Interpretation, Parent, unsupported};
use super::model::{Choice, Field, Payload, Place, Presence, Role, Sequence, Variant};
use super::names::{self, Naming};

impl<'t> Interpretation<'t> {
    pub(super) fn choice_field(
        &mut self,
        parent: &mut Parent<'_>,
        type_: &TypeIdent,
        presence: Presence,
    ) -> Result<Field, CodegenError> {
        let naming = parent.next_group()?;
        let variant = self.resolve(type_).map(|meta| &meta.variant);
        let (Naming::Choice { name, field, docs }, Some(MetaTypeVariant::Choice(group))) =
            (naming, variant)
        else {
            return Err(unsupported(
                parent.xml,
                "a nameless group that is no choice",
            ));
        };
        let presence = match presence {
            Presence::Required if names::TOLERATED.contains(&(parent.xml, field)) => {
                Presence::Tolerated
            }
            Presence::Required => Presence::Required,
            _ => return Err(unsupported(parent.xml, "a choice that may be missing")),
        };
        let index = self.model.choices.len();
        self.model.choices.push(Choice {
            name: (*name).to_owned(),
            docs: (*docs).to_owned(),
            role: Role::Group,
            variants: vec![],
        });
        let variants = self.variants(parent, name, group)?;
        let names = variants
            .iter()
            .flat_map(|variant| self.names_of(variant))
            .collect();
        self.model.choices[index].variants = variants;
        Ok(Field {
            name: (*field).to_owned(),
            xml: String::new(),
            docs: (*docs).to_owned(),
            rust_type: (*name).to_owned(),
            place: Place::Group { names, presence },
        })
    }

    /// Every element that a variant can hold directly.
    fn names_of(&self, variant: &Variant) -> Vec<String> {
        let of_fields = |fields: &[Field]| {
            fields
                .iter()
                .map(|field| field.xml.clone())
                .collect::<Vec<_>>()
        };
        match &variant.payload {
            Payload::Unit | Payload::Child(_) => vec![variant.first.clone()],
            Payload::Fields(fields) => of_fields(fields),
            Payload::Group(name) => {
                let group = self
                    .model
                    .sequences
                    .iter()
                    .find(|known| known.name == *name);
                group.map_or_else(Vec::new, |group| of_fields(&group.fields))
            }
        }
    }

    pub(super) fn variants(
        &mut self,
        parent: &mut Parent<'_>,
        of: &str,
        group: &'t GroupMeta,
    ) -> Result<Vec<Variant>, CodegenError> {
        group
            .elements
            .iter()
            .map(|element| self.variant(parent, of, element))
            .collect()
    }

    fn variant(
        &mut self,
        parent: &mut Parent<'_>,
        of: &str,
        element: &'t ElementMeta,
    ) -> Result<Variant, CodegenError> {
        let xml = element.ident.name.as_str();
        if (element.min_occurs, element.max_occurs) != (1, MaxOccurs::Bounded(1)) {
            return Err(unsupported(
                parent.xml,
                "an alternative that is not there exactly once",
            ));
        }
        match &element.variant {
            ElementMetaVariant::Type {
                type_,
                mode: ElementMode::Group,
            } => self.sequence_variant(parent, type_),
            ElementMetaVariant::Type {
                type_,
                mode: ElementMode::Element,
            } => {
                let (rust_type, place) = self.child(type_, element, Presence::Required)?;
                let docs = paragraphs(&element.documentation);
                let payload = match &place {
                    Place::Always => Payload::Unit,
                    Place::AttributeOf { .. } => Payload::Fields(vec![Field {
                        name: names::field_name(xml),
                        xml: xml.to_owned(),
                        docs: docs.clone(),
                        rust_type,
                        place,
                    }]),
                    _ => Payload::Child(rust_type),
                };
                let name = names::variant_name(of, xml);
                Ok(Variant {
                    name,
                    first: xml.to_owned(),
                    docs,
                    payload,
                })
            }
            _ => Err(unsupported(parent.xml, "a wildcard")),
        }
    }

    fn sequence_variant(
        &mut self,
        parent: &mut Parent<'_>,
        type_: &TypeIdent,
    ) -> Result<Variant, CodegenError> {
        let naming = parent.next_group()?;
        let Some(MetaTypeVariant::Sequence(group)) = self.resolve(type_).map(|meta| &meta.variant)
        else {
            return Err(unsupported(parent.xml, "a choice directly within a choice"));
        };
        let first = group
            .elements
            .first()
            .filter(|element| element.min_occurs == 1);
        let first =
            first.ok_or_else(|| unsupported(parent.xml, "an alternative without a start"))?;
        let first = first.ident.name.as_str().to_owned();
        let (name, docs, payload) = match naming {
            Naming::Variant { name, docs } => {
                (name, docs, Payload::Fields(self.fields(parent, group)?))
            }
            Naming::Sequence {
                name,
                variant,
                docs,
            } => {
                let index = self.model.sequences.len();
                self.model.sequences.push(Sequence {
                    name: (*name).to_owned(),
                    docs: (*docs).to_owned(),
                    role: Role::Group,
                    fields: vec![],
                });
                self.model.sequences[index].fields = self.fields(parent, group)?;
                (variant, docs, Payload::Group((*name).to_owned()))
            }
            Naming::Choice { .. } => {
                return Err(unsupported(parent.xml, "a sequence named as a choice"));
            }
        };
        Ok(Variant {
            name: (*name).to_owned(),
            first,
            docs: (*docs).to_owned(),
            payload,
        })
    }
}
