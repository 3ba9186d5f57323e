//! Writes the strategies that make valid values for property tests.

use std::fmt::Write as _;

use super::model::{Choice, Field, Model, Payload, Sequence};

pub(super) fn strategies(model: &Model) -> String {
    let mut out = String::from(
        "//! Valid values of the structs and enums, for property tests.\n\n\
         use proptest::arbitrary::any;\n\
         use proptest::prop_oneof;\n\
         use proptest::strategy::{Just, Strategy};\n\n\
         use super::*;\n\
         use crate::{Bounded, DateTime, SignerStatus};\n\
         use crate::arbitrary::{arbitrary_by, free_text, maybe};\n",
    );
    for sequence in &model.sequences {
        out.push('\n');
        strategy_of_sequence(&mut out, sequence);
    }
    for choice in &model.choices {
        out.push('\n');
        strategy_of_choice(&mut out, choice);
    }
    out
}

/// The strategy of one field.
fn part(field: &Field) -> Option<String> {
    let field_type = field.field_type()?;
    Some(match (field.rust_type.as_str(), field.is_option()) {
        ("String", true) => "proptest::option::of(free_text())".to_owned(),
        ("String", false) => "free_text()".to_owned(),
        (rust_type, true) if field.presence() == Some(super::model::Presence::Tolerated) => {
            format!("any::<{rust_type}>().prop_map(Some)")
        }
        (rust_type, true) => format!("maybe::<{rust_type}>()"),
        (_, false) => format!("any::<{field_type}>()"),
    })
}

/// A strategy for all fields that puts them together behind `constructor`.
fn together(fields: &[Field], constructor: &str) -> String {
    let names: Vec<&str> = fields
        .iter()
        .filter(|field| field.field_type().is_some())
        .map(|field| field.name.as_str())
        .collect();
    let parts: Vec<String> = fields.iter().filter_map(part).collect();
    let names = names.join(", ");
    // The trailing comma makes a tuple of a single part, too.
    format!(
        "({},).prop_map(|({names},)| {constructor} {{ {names} }})",
        parts.join(", ")
    )
}

fn strategy_of_sequence(out: &mut String, sequence: &Sequence) {
    let _ = writeln!(
        out,
        "arbitrary_by!({}, {}.boxed());",
        sequence.name,
        together(&sequence.fields, &sequence.name)
    );
}

fn strategy_of_choice(out: &mut String, choice: &Choice) {
    let variants = choice.variants.iter().map(|variant| {
        let path = format!("{}::{}", choice.name, variant.name);
        match &variant.payload {
            Payload::Unit => format!("Just({path})"),
            Payload::Child(payload) | Payload::Group(payload) => {
                format!("any::<{payload}>().prop_map({path})")
            }
            Payload::Fields(fields) => together(fields, &path),
        }
    });
    let variants = variants.collect::<Vec<_>>().join(", ");
    let _ = writeln!(
        out,
        "arbitrary_by!({}, prop_oneof![{variants}].boxed());",
        choice.name
    );
}
