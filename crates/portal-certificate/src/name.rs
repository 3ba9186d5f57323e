//! Distinguished names: as text, and the organisation number in a subject.

use std::fmt::Write as _;

use der::asn1::BmpString;
use der::{Encode as _, Tag, Tagged as _};
use portal_model::OrganizationNumber;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::Name;

use const_oid::ObjectIdentifier;

const ORGANIZATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const GIVEN_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.42");
const SURNAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.4");

/// The attribute names that RFC 2253 gives; every other type is written as its number.
const RFC_2253_NAMES: [(ObjectIdentifier, &str); 9] = [
    (COMMON_NAME, "CN"),
    (ObjectIdentifier::new_unwrap("2.5.4.7"), "L"),
    (ObjectIdentifier::new_unwrap("2.5.4.8"), "ST"),
    (ObjectIdentifier::new_unwrap("2.5.4.10"), "O"),
    (ObjectIdentifier::new_unwrap("2.5.4.11"), "OU"),
    (ObjectIdentifier::new_unwrap("2.5.4.6"), "C"),
    (ObjectIdentifier::new_unwrap("2.5.4.9"), "STREET"),
    (
        ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25"),
        "DC",
    ),
    (
        ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1"),
        "UID",
    ),
];

/// Names for people to read, in addition to those above.
const READABLE_NAMES: [(ObjectIdentifier, &str); 5] = [
    (ORGANIZATION_IDENTIFIER, "organizationIdentifier"),
    (SERIAL_NUMBER, "serialNumber"),
    (SURNAME, "SN"),
    (ObjectIdentifier::new_unwrap("2.5.4.12"), "title"),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1"),
        "emailAddress",
    ),
];

/// Returns the organisation number in a subject.
///
/// One kind of attribute decides: `organizationIdentifier` (OID 2.5.4.97, SEID 2) with or without
/// the prefix `NTRNO-` if it is there, else `serialNumber` (OID 2.5.4.5, SEID 1), and the common
/// name only where both are missing. Otherwise the number of some other register, or of a person,
/// would leave the decision to an attribute that anybody can choose. The whole value has to be the
/// number, and several values have to agree.
pub(crate) fn organization_number(subject: &Name) -> Option<OrganizationNumber> {
    let deciding = [ORGANIZATION_IDENTIFIER, SERIAL_NUMBER, COMMON_NAME]
        .into_iter()
        .find(|wanted| subject.iter().any(|attribute| attribute.oid == *wanted))?;
    let mut numbers = subject
        .iter()
        .filter(|attribute| attribute.oid == deciding)
        .map(|attribute| number(&any_text(attribute)?, deciding));
    let first = numbers.next()??;
    numbers
        .all(|other| other.as_ref() == Some(&first))
        .then_some(first)
}

fn number(value: &str, attribute: ObjectIdentifier) -> Option<OrganizationNumber> {
    const PREFIX: &str = "NTRNO-";
    let prefixed = attribute == ORGANIZATION_IDENTIFIER
        && value
            .get(..PREFIX.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX));
    let digits = if prefixed {
        &value[PREFIX.len()..]
    } else {
        value
    };
    OrganizationNumber::new(digits.to_owned()).ok()
}

/// Whether the name is a person's.
pub(crate) fn is_personal(name: &Name) -> bool {
    name.iter()
        .any(|attribute| [GIVEN_NAME, SURNAME].contains(&attribute.oid))
}

/// The name as RFC 2253 and RFC 4514 write it: last part first, no blanks between parts.
///
/// Follows the form that the service is known to take: a type without a name in RFC 2253 is its
/// number with the value's DER in hexadecimal, and `,=+<>#;"\` are escaped wherever they stand.
pub(crate) fn rfc_2253(name: &Name) -> String {
    render(name, |oid| keyword(&RFC_2253_NAMES, oid))
}

/// The name for people to read: as [`rfc_2253`], with more types named.
pub(crate) fn readable(name: &Name) -> String {
    render(name, |oid| {
        keyword(&RFC_2253_NAMES, oid).or_else(|| keyword(&READABLE_NAMES, oid))
    })
}

fn keyword(
    names: &[(ObjectIdentifier, &'static str)],
    wanted: ObjectIdentifier,
) -> Option<&'static str> {
    names
        .iter()
        .find(|(oid, _)| *oid == wanted)
        .map(|(_, name)| *name)
}

fn render(name: &Name, keyword: impl Fn(ObjectIdentifier) -> Option<&'static str>) -> String {
    let mut parts: Vec<String> = name
        .iter_rdn()
        .map(|part| {
            let attributes: Vec<String> = part
                .iter()
                .map(|attribute| render_attribute(attribute, &keyword))
                .collect();
            attributes.join("+")
        })
        .collect();
    parts.reverse();
    parts.join(",")
}

fn render_attribute(
    attribute: &AttributeTypeAndValue,
    keyword: impl Fn(ObjectIdentifier) -> Option<&'static str>,
) -> String {
    match (keyword(attribute.oid), text(attribute)) {
        (Some(name), Some(value)) => format!("{name}={}", escape(&value)),
        _ => {
            let mut hex = String::new();
            for byte in attribute.value.to_der().unwrap_or_default() {
                // Writing to a String can't fail.
                let _ = write!(hex, "{byte:02x}");
            }
            format!("{}=#{hex}", attribute.oid)
        }
    }
}

fn escape(value: &str) -> String {
    let blanks_before = value.len() - value.trim_start_matches(' ').len();
    let blanks_after = value.trim_end_matches(' ').len();
    let mut escaped = String::with_capacity(value.len() + 8);
    for (at, character) in value.char_indices() {
        match character {
            '\0' => escaped.push_str("\\00"),
            ',' | '=' | '+' | '<' | '>' | '#' | ';' | '"' | '\\' => {
                escaped.push('\\');
                escaped.push(character);
            }
            ' ' if at < blanks_before || at >= blanks_after => escaped.push_str("\\ "),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The value as text, whatever kind of text it is.
fn any_text(attribute: &AttributeTypeAndValue) -> Option<String> {
    let bytes = attribute.value.value();
    match attribute.value.tag() {
        Tag::NumericString | Tag::VisibleString | Tag::GeneralString if bytes.is_ascii() => {
            String::from_utf8(bytes.to_vec()).ok()
        }
        _ => text(attribute),
    }
}

/// The value as text, if it is of a kind that is written as text in RFC 2253 by the service too;
/// others are written in hexadecimal.
fn text(attribute: &AttributeTypeAndValue) -> Option<String> {
    let bytes = attribute.value.value();
    match attribute.value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
            String::from_utf8(bytes.to_vec()).ok()
        }
        // T.61 is written as Latin-1 by all who still write it.
        Tag::TeletexString => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Tag::BmpString => BmpString::from_ucs2(bytes.to_vec())
            .ok()
            .map(|value| value.to_string()),
        _ => None,
    }
}
