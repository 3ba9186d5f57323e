//! Writes how the types of responses are read leniently: children in any order.

use std::fmt::Write as _;

use super::model::{Choice, Field, Model, Payload, Place, Presence, Role, Sequence};

/// The statement that reads a sequence's children in a lenient reading. Empty where there is nothing to
/// be lenient about.
pub(super) fn of_sequence(model: &Model, sequence: &Sequence) -> String {
    let children: Vec<&Field> = sequence
        .fields
        .iter()
        .filter(|field| !matches!(field.place, Place::Attribute(_) | Place::Content))
        .collect();
    if sequence.role == Role::Group || children.is_empty() {
        return String::new();
    }
    let (mut arms, mut values) = (String::new(), String::new());
    for field in &children {
        arms.push_str(&arms_of(model, field));
        let _ = writeln!(values, "{},", value_of(field));
    }
    for field in &sequence.fields {
        if matches!(field.place, Place::Attribute(_)) {
            let _ = writeln!(values, "{},", field.name);
        }
    }
    format!(
        "if reader.is_lenient() {{
            {}
            let value = Self {{ {values} }};
            reader.leave();
            return Ok(value);
        }}",
        children_in_any_order(&children, &arms)
    )
}

/// The same for an element that holds one of several alternatives.
pub(super) fn of_choice(choice: &Choice) -> String {
    let mut fields: Vec<&Field> = Vec::new();
    let mut alternatives = String::new();
    let mut firsts = Vec::new();
    for variant in &choice.variants {
        let Payload::Fields(parts) = &variant.payload else {
            // Read by the parent, which knows the names.
            return String::new();
        };
        for field in parts {
            if !fields.iter().any(|known| known.name == field.name) {
                fields.push(field);
            }
        }
        let names: Vec<&str> = parts.iter().map(|field| field.name.as_str()).collect();
        let first = &names[0];
        let _ = write!(
            alternatives,
            "if let Some({first}) = {first} {{ Self::{} {{ {} }} }} else ",
            variant.name,
            names.join(", ")
        );
        firsts.push(format!("\"{}\"", variant.first));
    }
    let arms: String = fields
        .iter()
        .map(|field| attribute_arm(field).unwrap_or_default())
        .collect();
    format!(
        "if reader.is_lenient() {{
            {}
            let value = {alternatives} {{ return Err(reader.missing(&[{}])); }};
            reader.leave();
            return Ok(value);
        }}",
        children_in_any_order(&fields, &arms),
        firsts.join(", ")
    )
}

fn children_in_any_order(fields: &[&Field], arms: &str) -> String {
    let mut places = String::new();
    for field in fields {
        let empty = if matches!(field.place, Place::List { .. }) {
            "Vec::new()"
        } else {
            "None"
        };
        let _ = writeln!(places, "let mut {} = {empty};", field.name);
    }
    format!(
        "{places}while let Some(child) = reader.next_child()? {{
            match child {{
                {arms}_ => reader.skip()?,
            }}
        }}"
    )
}

fn attribute_arm(field: &Field) -> Option<String> {
    let (name, xml) = (&field.name, &field.xml);
    match &field.place {
        Place::AttributeOf { attribute, .. } => Some(format!(
            "\"{xml}\" => reader.keep_attribute_of(&mut {name}, child, \"{attribute}\")?,\n"
        )),
        _ => None,
    }
}

/// The arms that put a field's elements in their place.
fn arms_of(model: &Model, field: &Field) -> String {
    let (name, xml) = (&field.name, &field.xml);
    match &field.place {
        Place::Child(Presence::Required) => {
            format!("\"{xml}\" => reader.demand(&mut {name}, child)?,\n")
        }
        Place::Child(_) => format!("\"{xml}\" => reader.keep(&mut {name}, child)?,\n"),
        Place::List { greatest, .. } => {
            format!("\"{xml}\" => reader.keep_item(&mut {name}, child, {greatest})?,\n")
        }
        Place::Group { .. } => {
            let choice = model
                .choices
                .iter()
                .find(|choice| choice.name == field.rust_type);
            let variants = choice.into_iter().flat_map(|choice| &choice.variants);
            variants
                .map(|variant| {
                    let (first, of, variant) = (&variant.first, &field.rust_type, &variant.name);
                    format!(
                        "\"{first}\" => {{ reader.keep_as(&mut {name}, child, {of}::{variant})?; }}\n"
                    )
                })
                .collect()
        }
        _ => attribute_arm(field).unwrap_or_default(),
    }
}

/// The field of the value that is made when all children were read.
fn value_of(field: &Field) -> String {
    let (name, xml) = (&field.name, &field.xml);
    match &field.place {
        Place::Child(Presence::Required) => {
            format!("{name}: reader.demanded({name}, \"{xml}\")?")
        }
        Place::Child(Presence::Absent) => {
            format!("{name}: reader.kept_or_absent({name}, \"{xml}\")")
        }
        Place::List { .. } => format!("{name}: reader.kept_list({name})"),
        Place::Group { names, .. } => {
            let last = names.last().map_or("", String::as_str);
            format!("{name}: reader.kept_or_none({name}, \"{last}\")")
        }
        _ => name.clone(),
    }
}
