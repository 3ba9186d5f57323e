//! Writes how structs and enums are read from JSON: forms of the same fields, which serde derives for, in
//! place of the types themselves, so that reading can go through a tree whose errors show no values.

use std::fmt::Write as _;

use super::model::{Choice, Field, Model, Payload, Place, Sequence};

pub(super) fn forms(model: &Model) -> String {
    let mut out = String::from(
        "//! How the structs and enums are read from JSON.\n\n\
         use super::*;\n\
         use crate::json::read_by;\n\
         use crate::{Bounded, DateTime, SignerStatus};\n",
    );
    for sequence in &model.sequences {
        structure(&mut out, sequence);
    }
    for choice in &model.choices {
        enumeration(&mut out, choice);
    }
    out
}

fn structure(out: &mut String, sequence: &Sequence) {
    let name = &sequence.name;
    let _ = write!(
        out,
        "\n#[derive(serde::Deserialize)]
        #[serde(remote = \"{name}\", deny_unknown_fields)]
        struct {name}Form {{\n{}}}
        read_by!({name}, {name}Form);\n",
        fields(&sequence.fields)
    );
}

fn enumeration(out: &mut String, choice: &Choice) {
    let name = &choice.name;
    let mut variants = String::new();
    for variant in &choice.variants {
        let name = &variant.name;
        let _ = match &variant.payload {
            Payload::Unit => writeln!(variants, "{name},"),
            Payload::Child(payload) | Payload::Group(payload) => {
                writeln!(variants, "{name}({payload}),")
            }
            Payload::Fields(parts) => writeln!(variants, "{name} {{\n{}}},", fields(parts)),
        };
    }
    let _ = write!(
        out,
        "\n#[derive(serde::Deserialize)]
        #[serde(remote = \"{name}\", rename_all = \"snake_case\", deny_unknown_fields)]
        enum {name}Form {{\n{variants}}}
        read_by!({name}, {name}Form);\n"
    );
}

fn fields(fields: &[Field]) -> String {
    let mut out = String::new();
    for field in fields {
        if let Some(field_type) = field.field_type() {
            if field.place == Place::Flag {
                out.push_str("#[serde(default)]\n");
            }
            let _ = writeln!(out, "{}: {field_type},", field.name);
        }
    }
    out
}
