//! How e-mail addresses and mobile numbers must look to be of use for a notification.
//!
//! Neither check says that the address exists; both only catch what can never be delivered to.

/// Longest address that the mail protocols carry, in bytes (RFC 5321, section 4.5.3.1.3).
const ADDRESS_BYTES: usize = 254;
/// Longest local part, in bytes (RFC 5321, section 4.5.3.1.1).
const LOCAL_BYTES: usize = 64;

/// Whether the text is an address with a local part and a domain: one `@` that parts them, no
/// white space or control characters, and a domain of at least two labels.
///
/// International addresses (RFC 6531) pass; quoted local parts with spaces do not.
///
/// ```
/// assert!(portal_rules::contact::is_email("email@example.com"));
/// assert!(!portal_rules::contact::is_email("email@example"));
/// ```
#[must_use]
pub fn is_email(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let forbidden =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '@' | '<' | '>' | ',' | ';');
    address.len() <= ADDRESS_BYTES
        && (1..=LOCAL_BYTES).contains(&local.len())
        && !local.contains(forbidden)
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

/// A part of a domain name between dots.
fn is_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
}

/// Whether the text is a mobile number: eight digits beginning with 4 or 9 for a Norwegian number
/// (with or without `+47` before), or `+` and 7 to 15 digits for one of another country (E.164).
///
/// ```
/// assert!(portal_rules::contact::is_mobile("+4791234567"));
/// assert!(!portal_rules::contact::is_mobile("22334455")); // a land line
/// ```
#[must_use]
pub fn is_mobile(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or(number);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    match number.strip_prefix("+47") {
        Some(national) => is_norwegian_mobile(national),
        None if number.starts_with('+') => {
            (7..=15).contains(&digits.len()) && !digits.starts_with('0')
        }
        None => is_norwegian_mobile(number),
    }
}

fn is_norwegian_mobile(digits: &str) -> bool {
    digits.len() == 8 && digits.starts_with(['4', '9'])
}

/// One spelling for numbers that reach the same telephone.
pub(crate) fn without_country_code(number: &str) -> &str {
    number.strip_prefix("+47").unwrap_or(number)
}
