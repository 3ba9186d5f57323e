//! The fields of a sequence: attributes, elements, and the lists among them.

use xsd_parser::models::TypeIdent;
use xsd_parser::models::meta::{
    AttributeMeta, AttributeMetaVariant, ElementMeta, ElementMetaVariant, ElementMode, GroupMeta,
    MetaTypeVariant,
};
use xsd_parser::models::schema::{MaxOccurs, xs::Use};

use super::CodegenError;
use super::documentation::paragraphs;
use super::interpret::{Interpretation, Parent, unsupported};
use super::model::{Field, Place, Presence, Role};
use super::names;

impl<'t> Interpretation<'t> {
    pub(super) fn attribute(
        &mut self,
        of: &str,
        meta: &AttributeMeta,
    ) -> Result<Field, CodegenError> {
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
