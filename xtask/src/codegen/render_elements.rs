//! Writes how structs and enums are read from XML and written to it.

use std::fmt::Write as _;

use super::model::{Choice, Field, Model, Payload, Place, Presence, Role, Sequence};
use super::{names, render_lenient};

pub(super) fn elements(model: &Model) -> String {
    let mut out = String::from(
        "//! How the types are read from XML and written to it, in the schema's order.\n\n\
         use super::*;\n\
         use crate::XmlError;\n\
         use crate::xml::{Element, Group, Reader, Root, Writer};\n",
    );
    let of_responses = model.of_responses(names::RESPONSES);
    for sequence in &model.sequences {
        let lenient = if of_responses.contains(&sequence.name) {
            render_lenient::of_sequence(model, sequence)
        } else {
            String::new()
        };
        element_of_sequence(&mut out, sequence, &lenient);
    }
    for choice in &model.choices {
        let lenient = if of_responses.contains(&choice.name) {
            render_lenient::of_choice(choice)
        } else {
            String::new()
        };
        group_of_choice(&mut out, choice, &lenient);
    }
    out
}

/// `impl Element` or `impl Group` with the given bodies, and `impl Root` for a document.
fn implementation(out: &mut String, name: &str, role: &Role, read: &str, write: &str) {
    let (kind, suffix) = match role {
        Role::Root(_) | Role::Element => ("Element", ""),
        Role::Group => ("Group", "_group"),
    };
    let _ = write!(
        out,
        "\nimpl {kind} for {name} {{
            fn read{suffix}(reader: &mut Reader<'_>) -> Result<Self, XmlError> {{
                {read}
            }}

            fn write{suffix}(&self, writer: &mut Writer) -> Result<(), XmlError> {{
                {write}
            }}
        }}\n"
    );
    if let Role::Root(root) = role {
        let _ = write!(
            out,
            "\nimpl Root for {name} {{\nconst NAME: &'static str = \"{root}\";\n}}\n"
        );
    }
}

fn element_of_sequence(out: &mut String, sequence: &Sequence, lenient: &str) {
    let mut read = String::new();
    let mut write = String::new();
    let attributes = sequence
        .fields
        .iter()
        .filter(|field| matches!(field.place, Place::Attribute(_)));
    for field in attributes {
        let _ = writeln!(read, "let {} = {}?;", field.name, reading(field));
        let _ = writeln!(
            write,
            "{}?;",
            writing(field, &format!("self.{}", field.name))
        );
    }
    let children = sequence
        .fields
        .iter()
        .filter(|field| !matches!(field.place, Place::Attribute(_)));
    let is_element = sequence.role != Role::Group;
    let has_children = !sequence
        .fields
        .iter()
        .any(|field| field.place == Place::Content);
    if is_element && has_children {
        let names = sequence
            .fields
            .iter()
            .flat_map(child_names)
            .collect::<Vec<_>>()
            .join(", ");
        let _ = writeln!(read, "reader.children(&[{names}])?;{lenient}");
    }
    for field in children {
        if field.field_type().is_some() {
            let _ = writeln!(read, "let {} = {}?;", field.name, reading(field));
        } else {
            let _ = writeln!(read, "{}?;", reading(field));
        }
        let statement = writing(field, &format!("self.{}", field.name));
        let fallible = !matches!(field.place, Place::Flag | Place::Always);
        let _ = writeln!(write, "{statement}{};", if fallible { "?" } else { "" });
    }
    if is_element && has_children {
        read.push_str("reader.end()?;\n");
    }
    let fields = sequence
        .fields
        .iter()
        .filter(|field| field.field_type().is_some());
    let fields = fields
        .map(|field| field.name.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let _ = write!(read, "Ok(Self {{ {fields} }})");
    write.push_str("Ok(())");
    implementation(out, &sequence.name, &sequence.role, &read, &write);
}

pub(super) fn child_names(field: &Field) -> Vec<String> {
    let names = match &field.place {
        Place::Attribute(_) | Place::Content => Vec::new(),
        Place::Group { names, .. } => names.clone(),
        _ => vec![field.xml.clone()],
    };
    names.iter().map(|name| format!("\"{name}\"")).collect()
}

/// The expression that reads a field's value.
fn reading(field: &Field) -> String {
    let xml = &field.xml;
    match &field.place {
        Place::Attribute(Presence::Required | Presence::Absent) => {
            format!("reader.attribute(\"{xml}\")")
        }
        Place::Attribute(Presence::Optional) => format!("reader.optional_attribute(\"{xml}\")"),
        Place::Attribute(Presence::Tolerated) => format!("reader.tolerated_attribute(\"{xml}\")"),
        Place::Content => "reader.value()".to_owned(),
        Place::Child(Presence::Required | Presence::Absent) => {
            format!("reader.required(\"{xml}\")")
        }
        Place::Child(_) => format!("reader.optional(\"{xml}\")"),
        Place::AttributeOf {
            attribute,
            presence: Presence::Required,
        } => {
            format!("reader.attribute_of(\"{xml}\", \"{attribute}\")")
        }
        Place::AttributeOf { attribute, .. } => {
            format!("reader.optional_attribute_of(\"{xml}\", \"{attribute}\")")
        }
        Place::List { .. } => format!("reader.list(\"{xml}\")"),
        Place::WrappedList { item, .. } => format!("reader.wrapped_list(\"{xml}\", &[\"{item}\"])"),
        Place::Flag => format!("reader.flag(\"{xml}\")"),
        Place::Always => format!("reader.empty(\"{xml}\")"),
        Place::Group {
            presence: Presence::Tolerated,
            ..
        } => "reader.group().map(Some)".to_owned(),
        Place::Group { .. } => "reader.group()".to_owned(),
    }
}

/// The expression that writes a field's value, which is at hand as the place expression `value`.
fn writing(field: &Field, value: &str) -> String {
    let xml = &field.xml;
    match &field.place {
        Place::Attribute(Presence::Required | Presence::Absent) => {
            format!("writer.attribute(\"{xml}\", &{value})")
        }
        Place::Attribute(Presence::Optional) => {
            format!("writer.optional_attribute(\"{xml}\", {value}.as_ref())")
        }
        Place::Attribute(Presence::Tolerated) => {
            format!("writer.tolerated_attribute(\"{xml}\", {value}.as_ref())")
        }
        Place::Content => format!("writer.value(&{value})"),
        Place::Child(Presence::Required | Presence::Absent) => {
            format!("writer.element(\"{xml}\", &{value})")
        }
        Place::Child(_) => format!("writer.optional(\"{xml}\", {value}.as_ref())"),
        Place::AttributeOf {
            attribute,
            presence: Presence::Required,
        } => {
            format!("writer.attribute_of(\"{xml}\", \"{attribute}\", &{value})")
        }
        Place::AttributeOf { attribute, .. } => {
            format!("writer.optional_attribute_of(\"{xml}\", \"{attribute}\", {value}.as_ref())")
        }
        Place::List { .. } => format!("writer.list(\"{xml}\", &{value})"),
        Place::WrappedList { item, .. } => {
            format!("writer.wrapped_list(\"{xml}\", \"{item}\", &{value})")
        }
        Place::Flag => format!("writer.flag(\"{xml}\", {value})"),
        Place::Always => format!("writer.empty(\"{xml}\")"),
        Place::Group {
            presence: Presence::Tolerated,
            names,
        } => {
            let names = names
                .iter()
                .map(|name| format!("Some(\"{name}\")"))
                .collect::<Vec<_>>()
                .join(", ");
            format!("writer.tolerated_group({value}.as_ref(), &[{names}])")
        }
        Place::Group { .. } => format!("writer.group(&{value})"),
    }
}

fn group_of_choice(out: &mut String, choice: &Choice, lenient: &str) {
    let (mut read, mut write, mut firsts) = (String::new(), String::new(), Vec::new());
    for (index, variant) in choice.variants.iter().enumerate() {
        let (name, first) = (&variant.name, &variant.first);
        let last = index + 1 == choice.variants.len();
        let arm = if last {
            "_".to_owned()
        } else {
            index.to_string()
        };
        firsts.push(format!("\"{first}\""));
        match &variant.payload {
            Payload::Unit => {
                let _ = writeln!(
                    read,
                    "{arm} => reader.empty(\"{first}\").map(|()| Self::{name}),"
                );
                let _ = writeln!(
                    write,
                    "Self::{name} => {{ writer.empty(\"{first}\"); Ok(()) }}"
                );
            }
            Payload::Child(_) => {
                let _ = writeln!(
                    read,
                    "{arm} => reader.required(\"{first}\").map(Self::{name}),"
                );
                let _ = writeln!(
                    write,
                    "Self::{name}(value) => writer.element(\"{first}\", value),"
                );
            }
            Payload::Group(_) => {
                let _ = writeln!(read, "{arm} => reader.group().map(Self::{name}),");
                let _ = writeln!(write, "Self::{name}(value) => writer.group(value),");
            }
            Payload::Fields(fields) => fields_variant(&mut read, &mut write, name, &arm, fields),
        }
    }
    let firsts = firsts.join(", ");
    let read = format!("match reader.choose(&[{firsts}])? {{\n{read}}}");
    let write = format!("match self {{\n{write}}}");
    implementation(out, &choice.name, &Role::Group, &read, &write);
    if choice.role != Role::Group {
        let names = choice
            .variants
            .iter()
            .flat_map(|variant| match &variant.payload {
                Payload::Fields(fields) => fields.iter().flat_map(child_names).collect(),
                _ => vec![format!("\"{}\"", variant.first)],
            });
        let mut known: Vec<String> = Vec::new();
        for name in names {
            if !known.contains(&name) {
                known.push(name);
            }
        }
        let read = format!(
            "reader.children(&[{}])?;{lenient}
            let value = reader.group()?;
            reader.end()?;
            Ok(value)",
            known.join(", ")
        );
        implementation(out, &choice.name, &choice.role, &read, "writer.group(self)");
    }
}

fn fields_variant(read: &mut String, write: &mut String, name: &str, arm: &str, fields: &[Field]) {
    let (mut values, mut statements) = (String::new(), Vec::new());
    for field in fields {
        let _ = writeln!(values, "{}: {}?,", field.name, reading(field));
        // The pattern binds references; `writing` expects places.
        statements
            .push(writing(field, &field.name).replace(&format!("&{}", field.name), &field.name));
    }
    let names = fields
        .iter()
        .map(|field| field.name.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let _ = writeln!(read, "{arm} => Ok(Self::{name} {{\n{values}}}),");
    let _ = writeln!(
        write,
        "Self::{name} {{ {names} }} => {{\n{}\n}}",
        statements.join("?;\n")
    );
}
