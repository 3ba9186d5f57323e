//! The small grammar of XML: white space, names, references, line ends, attributes.

use std::borrow::Cow;

use super::error::{IllFormed, XmlProblem};
use crate::bytes::all_bits;
use crate::facet::is_xml_character;

pub(super) const fn is_xml_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

const fn is_space_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[inline]
pub(super) fn is_whitespace(text: &str) -> bool {
    text.bytes().all(is_space_byte)
}

/// A tag's content in two: the name, and the attributes with the white space before them.
#[inline]
pub(super) fn split_tag(content: &str) -> (&str, &str) {
    let end = content.bytes().position(is_space_byte);
    content.split_at(end.unwrap_or(content.len()))
}

/// The text without white space at its ends, as the schema language collapses it for numbers and times.
#[inline]
pub(super) fn trim(text: &str) -> &str {
    trim_end(trim_start(text))
}

/// Whether the text is a name without a colon (`NCName`).
pub(super) fn is_nc_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(is_name_start) && characters.all(is_name_character)
}

const fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

const fn is_name_character(c: char) -> bool {
    is_name_start(c)
        || matches!(c,
            '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// The first attribute of a text that begins with it: its name, its value as written, and what follows.
pub(super) fn split_attribute(text: &str) -> Option<(&str, &str, &str)> {
    let (name, after) = split_once(text, b'=')?;
    let after = trim_start(after);
    let quote = *after.as_bytes().first()?;
    if !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let (value, after) = split_once(after.get(1..)?, quote)?;
    Some((trim_end(name), value, after))
}

/// Whether an XML declaration says what this crate reads: version 1.0, and UTF-8 if an encoding at all.
/// `content` is what stands between `<?xml` and `?>`.
pub(super) fn is_declaration(content: &str) -> bool {
    let mut rest = content;
    let mut last = 0;
    while !is_whitespace(rest) {
        let text = trim_start(rest);
        let Some((name, value, after)) = split_attribute(text) else {
            return false;
        };
        let (place, understood) = match name {
            "version" => (1, value == "1.0"),
            "encoding" => (2, value.eq_ignore_ascii_case("UTF-8")),
            "standalone" => (3, matches!(value, "yes" | "no")),
            _ => return false,
        };
        let spaced = text.len() < rest.len();
        let in_order = place > last && (last > 0 || place == 1);
        if !understood || !spaced || !in_order {
            return false;
        }
        last = place;
        rest = after;
    }
    last > 0
}

#[inline]
pub(super) fn trim_start(text: &str) -> &str {
    let start = text.bytes().position(|byte| !is_space_byte(byte));
    text.get(start.unwrap_or(text.len())..).unwrap_or_default()
}

#[inline]
fn trim_end(text: &str) -> &str {
    let last = text.bytes().rposition(|byte| !is_space_byte(byte));
    text.get(..last.map_or(0, |last| last + 1))
        .unwrap_or_default()
}

/// Splits at the first such byte, which is ASCII; much faster than `str::split_once` on short texts.
#[inline]
fn split_once(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|other| other == byte)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Line ends as a reader of XML must see them: `\n` for `\r\n` and for a lone `\r`.
#[inline]
pub(super) fn normalise_line_ends(text: &str) -> Cow<'_, str> {
    if text.as_bytes().contains(&b'\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// An attribute's value: references resolved, white space written plainly made into spaces, no `<`.
pub(super) fn normalise_attribute(raw: &str) -> Result<Cow<'_, str>, XmlProblem> {
    let delicate = |byte| u8::from((byte == b'&') | (byte == b'<') | (byte < b' '));
    if all_bits::<16>(raw.as_bytes(), delicate) == 0 {
        return Ok(Cow::Borrowed(raw));
    }
    if raw.contains('<') {
        return Err(XmlProblem::IllFormed(IllFormed::Attribute));
    }
    let mut value = String::with_capacity(raw.len());
    let lines = normalise_line_ends(raw);
    let mut rest = lines.as_ref();
    while let Some(at) = rest.find(['&', '\t', '\n']) {
        value.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(reference) = rest.strip_prefix('&') {
            let (name, after) = reference.split_once(';').ok_or(XmlProblem::Reference)?;
            value.push(resolve_reference(name)?);
            rest = after;
        } else {
            value.push(' ');
            rest = &rest[1..];
        }
    }
    value.push_str(rest);
    Ok(Cow::Owned(value))
}

/// The character that a reference stands for; `name` is what stands between `&` and `;`.
pub(super) fn resolve_reference(name: &str) -> Result<char, XmlProblem> {
    let Some(number) = name.strip_prefix('#') else {
        return match name {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            _ => Err(XmlProblem::Reference),
        };
    };
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // `from_str_radix` would take a sign, which XML does not know.
    if digits.starts_with(['+', '-']) {
        return Err(XmlProblem::Reference);
    }
    let code_point = u32::from_str_radix(digits, radix).map_err(|_| XmlProblem::Reference)?;
    char::from_u32(code_point)
        .filter(|c| is_xml_character(*c))
        .ok_or(XmlProblem::ForbiddenCharacter { code_point })
}
