//! Writes the plain values: texts, numbers and closed lists.

use std::fmt::Write as _;

use super::documentation::comment;
use super::model::{Base, Model, Text};

pub(super) fn texts(model: &Model) -> String {
    let mut out = String::from(
        "//! Texts with limits, each a type of its own.\n\n\
         use crate::facet::{Pattern, TextFacets};\n\
         use crate::text::{Text, text_type};\n",
    );
    for text in &model.texts {
        let Text { name, xml, .. } = text;
        let kind = if text.personal { "personal" } else { "open" };
        let docs = comment(&text.docs, 0);
        let facets = facets(text);
        let _ = write!(
            out,
            "\n{docs}#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub struct {name}(String);
            text_type!({name}, {kind});

            impl Text for {name} {{
                const NAME: &'static str = \"{xml}\";
                const FACETS: TextFacets = {facets};

                fn wrap(text: String) -> Self {{
                    Self(text)
                }}

                fn text(&self) -> &str {{
                    &self.0
                }}
            }}\n"
        );
    }
    out
}

fn facets(text: &Text) -> String {
    let mut fields = Vec::new();
    if let Some(length) = text.min_length {
        fields.push(format!("min_length: {length}"));
    }
    if let Some(length) = text.max_length {
        fields.push(format!("max_length: {length}"));
    }
    if let Some(count) = text.digits {
        fields.push(format!(
            "pattern: Some(Pattern {{
                source: \"[0-9]{{{count}}}\",
                form: \"exactly {count} digits\",
                digits: {count},
            }})"
        ));
    }
    if fields.is_empty() {
        return "TextFacets::NONE".to_owned();
    }
    fields.push("..TextFacets::NONE".to_owned());
    format!("TextFacets {{ {} }}", fields.join(", "))
}

pub(super) fn numbers(model: &Model) -> String {
    let mut out = String::from(
        "//! Whole numbers, each a type of its own.\n\n\
         use crate::number::{Number, number_type};\n",
    );
    for number in &model.numbers {
        let (name, xml) = (&number.name, &number.xml);
        let docs = comment(&number.docs, 0);
        let limited = number.least.is_some() || number.greatest.is_some();
        let kind = if limited { "limited" } else { "whole" };
        let limit = |limit: Option<i64>, none: &str| {
            limit.map_or_else(|| none.to_owned(), |limit| limit.to_string())
        };
        let (base, least, greatest, wrap, widen) = match number.base {
            Base::I32 => (
                "i32",
                "i32::MIN as i64",
                "i32::MAX as i64",
                "i32::try_from(number).ok().map(Self)",
                "self.0.into()",
            ),
            Base::I64 => (
                "i64",
                "i64::MIN",
                "i64::MAX",
                "Some(Self(number))",
                "self.0",
            ),
        };
        let limits = format!(
            "({}, {})",
            limit(number.least, least),
            limit(number.greatest, greatest)
        );
        let _ = write!(
            out,
            "\n{docs}#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub struct {name}({base});
            number_type!({name}, {base}, {kind});

            impl Number for {name} {{
                const NAME: &'static str = \"{xml}\";
                const RANGE: (i64, i64) = ({least}, {greatest});
                const LIMITS: (i64, i64) = {limits};

                fn wrap(number: i64) -> Option<Self> {{
                    {wrap}
                }}

                fn number(self) -> i64 {{
                    {widen}
                }}
            }}\n"
        );
    }
    out
}

pub(super) fn enumerations(model: &Model) -> String {
    let mut out = String::from(
        "//! Lists of values.\n\n\
         use crate::enumeration::{Enumeration, enumeration};\n",
    );
    for enumeration in &model.enumerations {
        let (name, xml) = (&enumeration.name, &enumeration.xml);
        let docs = comment(&enumeration.docs, 0);
        let derives = if enumeration.open {
            "Debug, Clone, PartialEq, Eq, Hash"
        } else {
            "Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord"
        };
        let _ = write!(
            out,
            "\n{docs}#[derive({derives})]\n#[non_exhaustive]\npub enum {name} {{\n"
        );
        let (mut values, mut from, mut to) = (String::new(), String::new(), String::new());
        for variant in &enumeration.variants {
            let (name, value) = (&variant.name, &variant.value);
            let docs = comment(&format!("`{value}`: {}", lower_first(&variant.docs)), 4);
            let _ = writeln!(out, "{docs}{name},");
            let _ = write!(values, "\"{value}\", ");
            let _ = writeln!(from, "\"{value}\" => Self::{name},");
            let _ = writeln!(to, "Self::{name} => \"{value}\",");
        }
        let (of, result, unknown) = if enumeration.open {
            out.push_str(
                "/// A value of a response that this crate does not know, as it came. It can't be
                /// written to XML.
                Unknown(String),\n",
            );
            to.push_str("Self::Unknown(text) => text,\n");
            (
                "fn as_str(&self)",
                "&str",
                "fn unknown(value: &str) -> Option<Self> {
                    Some(Self::Unknown(value.to_owned()))
                }\n",
            )
        } else {
            ("const fn as_str(self)", "&'static str", "")
        };
        let is_known = if enumeration.open {
            "
                /// Returns whether this is one of the values that the schema lists.
                #[must_use]
                pub const fn is_known(&self) -> bool {
                    !matches!(self, Self::Unknown(_))
                }\n"
        } else {
            ""
        };
        let _ = write!(
            out,
            "}}
            enumeration!({name});

            impl {name} {{
                /// Returns the text as it stands in XML.
                #[must_use]
                pub {of} -> {result} {{
                    match self {{
                        {to}
                    }}
                }}
                {is_known}
            }}

            impl Enumeration for {name} {{
                const NAME: &'static str = \"{xml}\";
                const VALUES: &'static [&'static str] = &[{values}];

                fn from_value(value: &str) -> Option<Self> {{
                    Some(match value {{
                        {from}_ => return None,
                    }})
                }}

                fn value(&self) -> &str {{
                    self.as_str()
                }}

                {unknown}
            }}\n"
        );
    }
    out
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}
