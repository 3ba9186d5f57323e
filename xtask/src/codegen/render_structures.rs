//! Writes the structs and enums that hold values together, and the module itself.

use std::fmt::Write as _;

use super::documentation::comment;
use super::model::{Choice, Field, Model, Payload, Place, Presence, Role, Sequence};
use super::names;

const SERDE: &str = "#[cfg_attr(feature = \"serde\", derive(serde::Serialize))]\n";

pub(super) fn module() -> String {
    "//! The types of the portal flow, as the schema in `xsd/` describes them.

    #[cfg(feature = \"proptest\")]
    mod arbitrary;
    mod choices;
    mod elements;
    mod enumerations;
    #[cfg(feature = \"serde\")]
    mod json;
    mod numbers;
    mod sequences;
    mod texts;

    pub use choices::*;
    pub use enumerations::*;
    pub use numbers::*;
    pub use sequences::*;
    pub use texts::*;
    "
    .to_owned()
}

pub(super) fn sequences(model: &Model) -> String {
    let mut out = String::from(
        "//! What the schema puts in sequences: structs with named fields.\n\n\
         use super::*;\n\
         use crate::{Bounded, DateTime, SignerStatus};\n",
    );
    for sequence in &model.sequences {
        structure(&mut out, sequence);
        methods(&mut out, sequence);
    }
    out
}

fn structure(out: &mut String, sequence: &Sequence) {
    let name = &sequence.name;
    let docs = match &sequence.role {
        Role::Root(root) => format!("{} The document `{root}`.", sequence.docs),
        Role::Element | Role::Group => sequence.docs.clone(),
    };
    let optional = |field: &Field| {
        field.presence() == Some(Presence::Optional)
            || matches!(field.place, Place::Flag | Place::Always)
    };
    let default = if sequence.fields.iter().all(optional) {
        "Default, "
    } else {
        ""
    };
    let docs = comment(&docs, 0);
    let redacted: Vec<&str> = names::REDACTED
        .iter()
        .filter(|(of, _)| of == name)
        .map(|(_, field)| *field)
        .collect();
    let debug = if redacted.is_empty() { "Debug, " } else { "" };
    let _ = write!(
        out,
        "\n{docs}#[derive({debug}Clone, {default}PartialEq, Eq, Hash)]
        {SERDE}#[non_exhaustive]
        pub struct {name} {{\n"
    );
    for field in &sequence.fields {
        if let Some(field_type) = field.field_type() {
            let docs = comment(&field_docs(field), 4);
            let _ = writeln!(out, "{docs}pub {}: {field_type},", field.name);
        }
    }
    out.push_str("}\n");
    if !redacted.is_empty() {
        redacted_debug(out, sequence, &redacted);
    }
}

/// `Debug` that leaves out fields which may hold personal data.
fn redacted_debug(out: &mut String, sequence: &Sequence, redacted: &[&str]) {
    let name = &sequence.name;
    let shown: String = sequence
        .fields
        .iter()
        .filter(|field| field.field_type().is_some() && !redacted.contains(&field.name.as_str()))
        .map(|field| format!(".field(\"{0}\", &self.{0})", field.name))
        .collect();
    let _ = write!(
        out,
        "\n/// Leaves out what may hold personal data.
        impl std::fmt::Debug for {name} {{
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{
                f.debug_struct(\"{name}\"){shown}.finish_non_exhaustive()
            }}
        }}\n"
    );
}

/// The schema's documentation and the field's place in XML.
fn field_docs(field: &Field) -> String {
    let xml = &field.xml;
    let place = match &field.place {
        Place::Attribute(Presence::Tolerated) => format!(
            "Attribute `{xml}`. The schema requires it, and so do strict reading and writing; \
             a response without it is read as `None`."
        ),
        Place::Child(Presence::Absent) => format!(
            "Element `{xml}`. The schema requires it, and so does strict reading; a response without \
             it is read as an empty value."
        ),
        Place::Group {
            presence: Presence::Tolerated,
            ..
        } => "The schema requires it, and so do strict reading and writing; a response without a \
              known one is read as `None`."
            .to_owned(),
        Place::Attribute(Presence::Optional) => format!("Optional attribute `{xml}`."),
        Place::Attribute(_) => format!("Attribute `{xml}`."),
        Place::Child(Presence::Optional) => format!("Optional element `{xml}`."),
        Place::AttributeOf { attribute, .. } => {
            format!("Element `{xml}`, attribute `{attribute}`.")
        }
        Place::Flag => format!("Element `{xml}` when true."),
        Place::List { .. } => format!("Elements `{xml}`."),
        Place::WrappedList { item, .. } => format!("Elements `{xml}/{item}`."),
        Place::Child(_) => format!("Element `{xml}`."),
        Place::Content | Place::Always | Place::Group { .. } => String::new(),
    };
    match (field.docs.is_empty(), place.is_empty()) {
        (true, _) => place,
        (false, true) => field.docs.clone(),
        (false, false) => format!("{}\n\n{place}", field.docs),
    }
}

/// `new` with what is required, and `with_` for each optional field.
fn methods(out: &mut String, sequence: &Sequence) {
    let mut methods = Vec::new();
    let fields: Vec<&Field> = sequence
        .fields
        .iter()
        .filter(|field| field.field_type().is_some())
        .collect();
    // A struct of flags is as short to write as a call.
    if !fields.iter().all(|field| field.place == Place::Flag) {
        methods.push(constructor(&fields));
    }
    for field in fields
        .iter()
        .filter(|field| field.presence() == Some(Presence::Optional))
    {
        let Field {
            name, rust_type, ..
        } = field;
        let text = if rust_type == "String" {
            format!(
                "pub fn with_{name}(mut self, {name}: impl Into<String>) -> Self {{\nself.{name} = Some({name}.into());\nself\n}}\n"
            )
        } else {
            format!(
                "pub fn with_{name}(mut self, {name}: {rust_type}) -> Self {{\nself.{name} = Some({name});\nself\n}}\n"
            )
        };
        methods.push(format!(
            "/// Sets [`{name}`](Self::{name}).\n#[must_use]\n{text}"
        ));
    }
    if !methods.is_empty() {
        let _ = write!(
            out,
            "\nimpl {} {{\n{}}}\n",
            sequence.name,
            methods.join("\n")
        );
    }
}

fn constructor(fields: &[&Field]) -> String {
    let (mut parameters, mut values) = (String::new(), String::new());
    for field in fields {
        let Field {
            name, rust_type, ..
        } = field;
        match field.presence() {
            Some(Presence::Optional) => {
                let _ = write!(values, "{name}: None, ");
            }
            Some(Presence::Tolerated) => {
                let _ = write!(parameters, "{name}: {rust_type}, ");
                let _ = write!(values, "{name}: Some({name}), ");
            }
            Some(Presence::Required | Presence::Absent) | None => {
                let field_type = field.field_type().unwrap_or_default();
                let _ = write!(parameters, "{name}: {field_type}, ");
                let _ = write!(values, "{name}, ");
            }
        }
    }
    let docs = if fields
        .iter()
        .all(|field| field.presence() != Some(Presence::Optional))
    {
        "/// Creates a value from its parts."
    } else if parameters.is_empty() {
        "/// Creates a value with nothing set; all parts are optional."
    } else {
        "/// Creates a value from what the schema requires; what is optional is left out."
    };
    format!(
        "{docs}
        #[must_use]
        pub const fn new({parameters}) -> Self {{
            Self {{ {values} }}
        }}\n"
    )
}

pub(super) fn choices(model: &Model) -> String {
    let mut out = String::from(
        "//! What the schema leaves to choose: enums whose variants are the alternatives.\n\n\
         use super::*;\n",
    );
    for choice in &model.choices {
        enumeration(&mut out, choice);
        conversions(&mut out, choice);
    }
    out
}

fn enumeration(out: &mut String, choice: &Choice) {
    let name = &choice.name;
    let docs = comment(&choice.docs, 0);
    let growth = if names::COMPLETE.contains(&name.as_str()) {
        ""
    } else {
        "#[non_exhaustive]\n"
    };
    let _ = write!(
        out,
        "\n{docs}#[derive(Debug, Clone, PartialEq, Eq, Hash)]
        {SERDE}#[cfg_attr(
            feature = \"serde\",
            serde(rename_all = \"snake_case\")
        )]
        {growth}pub enum {name} {{\n"
    );
    for variant in &choice.variants {
        let name = &variant.name;
        let _ = write!(out, "{}", comment(&variant.docs, 4));
        let _ = match &variant.payload {
            Payload::Unit => writeln!(out, "{name},"),
            Payload::Child(payload) | Payload::Group(payload) => {
                writeln!(out, "{name}({payload}),")
            }
            Payload::Fields(fields) => {
                let mut parts = String::new();
                for field in fields {
                    let field_type = field.field_type().unwrap_or_default();
                    let docs = comment(&field_docs(field), 8);
                    let _ = writeln!(parts, "{docs}{}: {field_type},", field.name);
                }
                // A variant may grow where its enum may.
                writeln!(out, "{growth}{name} {{\n{parts}}},")
            }
        };
    }
    out.push_str("}\n");
}

/// `From` for every variant that holds one value.
fn conversions(out: &mut String, choice: &Choice) {
    let name = &choice.name;
    for variant in &choice.variants {
        if let Payload::Child(payload) | Payload::Group(payload) = &variant.payload {
            let variant = &variant.name;
            let _ = write!(
                out,
                "\nimpl From<{payload}> for {name} {{
                    fn from(value: {payload}) -> Self {{
                        Self::{variant}(value)
                    }}
                }}\n"
            );
        }
    }
}
