//! What e-mail addresses and mobile numbers must look like to be of use for a notification.
//!
//! No check here says that an address exists. The checks catch what can never be delivered to.
//!
//! Mobile numbers are written in many ways. [`usual_mobile`] gives the one spelling by which they can
//! be compared, stored and shown:
//!
//! ```
//! use portal_rules::contact::usual_mobile;
//!
//! for spelling in ["91234567", "912 34 567", "+47 91234567", "004791234567", "4791234567"] {
//!     assert_eq!(usual_mobile(spelling).as_deref(), Some("+4791234567"));
//! }
//! ```

use portal_model::document_name::is_invisible;

/// Longest address that the mail protocols carry, in bytes (RFC 5321, section 4.5.3.1.3).
const ADDRESS_BYTES: usize = 254;
/// Longest local part, in bytes (RFC 5321, section 4.5.3.1.1).
const LOCAL_BYTES: usize = 64;
/// Longest part of a domain name between dots, in bytes (RFC 1035, section 2.3.4).
const LABEL_BYTES: usize = 63;
/// Country code of Norway.
const NORWAY: &str = "+47";

/// Returns whether the text is an address with a local part and a domain of at least two labels.
///
/// The local part consists of letters, digits, the signs of RFC 5322, and dots between them.
/// International addresses (RFC 6531) pass. Quoted local parts, `mailto:` and invisible characters
/// do not.
///
/// ```
/// assert!(portal_rules::contact::is_email("email@example.com"));
/// assert!(!portal_rules::contact::is_email("email@example"));
/// assert!(!portal_rules::contact::is_email("first..last@example.com"));
/// ```
#[must_use]
pub fn is_email(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    address.len() <= ADDRESS_BYTES
        && local.len() <= LOCAL_BYTES
        && local.split('.').all(is_atom)
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

/// A part of a local part between dots (RFC 5322, section 3.2.3, and RFC 6531, section 3.3).
fn is_atom(part: &str) -> bool {
    let is_allowed = |c: char| {
        c.is_ascii_alphanumeric()
            || "!#$%&'*+-/=?^_`{|}~".contains(c)
            || !(c.is_ascii() || c.is_whitespace() || c.is_control() || is_invisible(c))
    };
    !part.is_empty() && part.chars().all(is_allowed)
}

/// A part of a domain name between dots.
fn is_label(label: &str) -> bool {
    (1..=LABEL_BYTES).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .chars()
            .all(|c| (c.is_alphanumeric() && !is_invisible(c)) || c == '-')
}

/// The spelling by which two addresses are compared: lower case, without what is not seen and
/// without `mailto:`.
pub(crate) fn comparable_email(address: &str) -> String {
    let seen = address
        .chars()
        .filter(|c| !(c.is_whitespace() || is_invisible(*c)));
    let lower: String = seen.flat_map(char::to_lowercase).collect();
    match lower.strip_prefix("mailto:") {
        Some(address) => address.to_owned(),
        None => lower,
    }
}

/// Returns whether the text is a mobile number in the usual spelling: eight digits beginning with 4
/// or 9 for a Norwegian number, with or without `+47` before, or `+` and 7 to 15 digits for one of
/// another country (E.164).
///
/// ```
/// assert!(portal_rules::contact::is_mobile("+4791234567"));
/// assert!(!portal_rules::contact::is_mobile("912 34 567"));
/// assert!(!portal_rules::contact::is_mobile("22334455")); // a land line
/// ```
#[must_use]
pub fn is_mobile(number: &str) -> bool {
    usual_mobile(number)
        .is_some_and(|usual| number == usual || Some(number) == usual.strip_prefix(NORWAY))
}

/// Returns a mobile number in the usual spelling, `+` with country code and number (E.164).
///
/// Blanks, hyphens, dots, slashes and parentheses between the digits are left out, `00` becomes `+`,
/// and a Norwegian number without a country code, or with `47` alone, gets `+47`. Returns `None` if
/// the text is no mobile number in any spelling.
#[must_use]
pub fn usual_mobile(number: &str) -> Option<String> {
    let number = comparable_mobile(number)?;
    let is_usual = match number.strip_prefix(NORWAY) {
        Some(national) => is_norwegian_mobile(national),
        None => number
            .strip_prefix('+')
            .is_some_and(|digits| (7..=15).contains(&digits.len()) && !digits.starts_with('0')),
    };
    is_usual.then_some(number)
}

/// The spelling by which two telephone numbers are compared; `None` if the text is no number.
pub(crate) fn comparable_mobile(number: &str) -> Option<String> {
    let written: String = number
        .chars()
        .filter(|c| !(c.is_whitespace() || is_invisible(*c)))
        .collect();
    // A trunk prefix, as in +46 (0)70, is not dialled after the country code.
    let written = written.replacen("(0)", "", 1);
    let compact: String = written.chars().filter(|c| !is_separator(*c)).collect();
    let international = compact
        .strip_prefix('+')
        .or_else(|| compact.strip_prefix("00"));
    let digits = international.unwrap_or(&compact);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(match (international, digits.strip_prefix("47")) {
        (None, _) if digits.len() == 8 => format!("{NORWAY}{digits}"),
        (None, Some(national)) if is_norwegian_mobile(national) => format!("{NORWAY}{national}"),
        (None, _) => digits.to_owned(),
        (Some(_), _) => format!("+{digits}"),
    })
}

/// What people put between the digits of a telephone number.
fn is_separator(character: char) -> bool {
    matches!(
        character,
        '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}'
    )
}

fn is_norwegian_mobile(digits: &str) -> bool {
    digits.len() == 8 && digits.starts_with(['4', '9'])
}
