//! The small grammar of XML: attributes, references, names, the declaration.

const fn is_xml_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n')
}

/// Takes the first attribute off a tag's text: its name, its value as written, and what follows. None
/// when nothing is left.
pub(super) fn next_attribute(text: &str) -> Result<Option<(&str, &str, &str)>, &'static str> {
    let rest = text.trim_start_matches(is_xml_space);
    if rest.is_empty() {
        return Ok(None);
    }
    if rest.len() == text.len() {
        return Err("there is no white space before an attribute");
    }
    let parts = || {
        let (name, rest) = rest.split_once('=')?;
        let rest = rest.trim_start_matches(is_xml_space);
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, rest) = rest.get(1..)?.split_once(quote)?;
        Some((name.trim_end_matches(is_xml_space), value, rest))
    };
    parts().map(Some).ok_or("an attribute is not well-formed")
}

/// Checks what stands between `<?xml` and `?>`: version 1.0, then UTF-8 and standalone if at all.
pub(super) fn check_declaration(content: &str) -> Result<(), &'static str> {
    let mut rest = content;
    let mut last = 0;
    while let Some((name, value, after)) = next_attribute(rest)? {
        let (place, understood) = match name {
            "version" if value != "1.0" => return Err("the XML version is not 1.0"),
            "version" => (1, true),
            "encoding" if !value.eq_ignore_ascii_case("UTF-8") => {
                return Err("the encoding is not UTF-8");
            }
            "encoding" => (2, true),
            "standalone" => (3, matches!(value, "yes" | "no")),
            _ => (0, false),
        };
        if !understood || place <= last || (last == 0 && place != 1) {
            return Err("the XML declaration is not well-formed");
        }
        last = place;
        rest = after;
    }
    if last == 0 {
        return Err("the XML declaration is not well-formed");
    }
    Ok(())
}

/// The value of an attribute as XML normalises it.
pub(super) fn attribute_value(raw: &str) -> Result<String, &'static str> {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(character) = rest.chars().next() {
        let mut length = character.len_utf8();
        match character {
            '<' => return Err("there is < in an attribute"),
            '&' => {
                let end = rest.find(';').ok_or("a reference is not closed")?;
                value.push(resolve(&rest[1..end])?);
                length = end + 1;
            }
            '\t' | '\n' => value.push(' '),
            other => value.push(other),
        }
        rest = &rest[length..];
    }
    Ok(value)
}

/// The character that a reference stands for, given without `&` and `;`.
pub(super) fn resolve(reference: &str) -> Result<char, &'static str> {
    match reference {
        "amp" => return Ok('&'),
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => {}
    }
    let number = match reference.strip_prefix("#x") {
        Some(digits) if is_number(digits, 16) => u32::from_str_radix(digits, 16).ok(),
        Some(_) => None,
        None => reference
            .strip_prefix('#')
            .filter(|digits| is_number(digits, 10))
            .and_then(|digits| digits.parse().ok()),
    };
    number
        .and_then(char::from_u32)
        .filter(|character| is_xml_character(*character))
        .ok_or("there is a reference to an entity or to a character that XML does not allow")
}

fn is_number(digits: &str, radix: u32) -> bool {
    !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix))
}

pub(super) fn is_xml_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Prefix and name. Names are held to a subset of XML's that has all that schemas use.
pub(super) fn split_name(name: &str) -> Result<(&str, &str), &'static str> {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    let is_name = |text: &str| {
        text.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && text
                .chars()
                .all(|other| other.is_alphanumeric() || matches!(other, '_' | '-' | '.'))
    };
    let prefix_is_name = !name.contains(':') || is_name(prefix);
    if is_name(local) && prefix_is_name {
        Ok((prefix, local))
    } else {
        Err("a name is not allowed")
    }
}
