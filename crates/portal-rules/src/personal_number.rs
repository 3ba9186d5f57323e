//! Norwegian personal identification numbers: which form a number has, and whether its two check
//! digits hold.
//!
//! ```
//! use portal_rules::personal_number::{PersonalNumberError, validate};
//!
//! // The documentation's sample numbers are made up, and their check digits do not hold.
//! assert!(matches!(
//!     validate("01013300001"),
//!     Err(PersonalNumberError::CheckDigits { form, .. }) if !form.synthetic
//! ));
//! assert_eq!(validate("12345678910"), Err(PersonalNumberError::Date));
//! assert_eq!(validate("1234"), Err(PersonalNumberError::Format));
//! ```
//!
//! Dates are checked leniently on purpose: the day must exist in the month in some year, since the
//! century is hidden in digits whose meaning has changed over time. A number that passes here may
//! still belong to nobody.
//!
//! From 2032, numbers are given out whose first check digit leaves a remainder of 0 to 3 instead of
//! 0. They are legal, and [`Form::from_2032`] marks them.
//!
//! Source: the tax administration's description of the national identity number and D-number, and of
//! the numbers from 2032.

use crate::check_digit::{digits, weighted_sum};

/// Weights of the first check digit over the nine digits before it, and 1 for itself.
const FIRST: [u32; 10] = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1];
/// Weights of the second check digit over the ten digits before it, and 1 for itself.
const SECOND: [u32; 11] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
/// Remainders that the first check digit may leave from 2032.
const FIRST_FROM_2032: std::ops::RangeInclusive<u32> = 0..=3;
/// Longest each month can be.
const DAYS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// What kind of number a personal number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Form {
    /// A D-number, given to persons without a national identity number: 40 is added to the day.
    pub d_number: bool,
    /// A synthetic number for tests: 80, or in older test data 40, is added to the month.
    pub synthetic: bool,
    /// The first check digit holds only by the rule for numbers that are given out from 2032.
    pub from_2032: bool,
}

impl Form {
    /// An ordinary national identity number.
    pub const NATIONAL_ID: Form = Form {
        d_number: false,
        synthetic: false,
        from_2032: false,
    };
}

/// Why a text is no legal personal number. Holds nothing of the number itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PersonalNumberError {
    /// Not exactly eleven of the digits 0 to 9.
    #[error("a personal number is exactly 11 digits; write it without spaces")]
    Format,
    /// The first six digits are no date in any legal form.
    #[error("the personal number does not begin with a date in any legal form; look it up again")]
    Date,
    /// The last two digits do not follow from the nine before them.
    #[error("the check digits of the personal number do not hold; look for a typo")]
    #[non_exhaustive]
    CheckDigits {
        /// The form that the date shows.
        form: Form,
    },
}

/// Finds the form of a number and verifies its check digits.
///
/// # Errors
///
/// The first [`PersonalNumberError`] found, in the order of its variants.
pub fn validate(number: &str) -> Result<Form, PersonalNumberError> {
    let digits: [u8; 11] = digits(number).ok_or(PersonalNumberError::Format)?;
    let form = form(&digits).ok_or(PersonalNumberError::Date)?;
    let [first, second] = [&FIRST[..], &SECOND].map(|weights| weighted_sum(&digits, weights) % 11);
    if second == 0 && FIRST_FROM_2032.contains(&first) {
        Ok(Form {
            from_2032: first != 0,
            ..form
        })
    } else {
        Err(PersonalNumberError::CheckDigits { form })
    }
}

/// Returns the two check digits that belong after nine digits, by the rule that has always held.
///
/// Returns `None` if no number begins so, which is the case for about one in six: a check digit
/// would have to be 10.
#[must_use]
pub fn check_digits(first_nine: [u8; 9]) -> Option<[u8; 2]> {
    let mut digits = [0; 11];
    digits[..9].copy_from_slice(&first_nine);
    digits[9] = missing_digit(&digits, &FIRST)?;
    digits[10] = missing_digit(&digits, &SECOND)?;
    Some([digits[9], digits[10]])
}

/// The digit that makes the weighted sum a multiple of eleven, when there is one.
fn missing_digit(digits: &[u8], weights: &[u32]) -> Option<u8> {
    let digit = (11 - weighted_sum(digits, weights) % 11) % 11;
    u8::try_from(digit).ok().filter(|digit| *digit < 10)
}

/// The form that the date shows.
fn form(digits: &[u8; 11]) -> Option<Form> {
    let (day, month) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3]);
    let (day, d_number) = match day {
        41..=71 => (day - 40, true),
        _ => (day, false),
    };
    let (month, synthetic) = match month {
        81..=92 => (month - 80, true),
        41..=52 => (month - 40, true),
        _ => (month, false),
    };
    let longest = DAYS.get(usize::from(month).checked_sub(1)?)?;
    (1..=*longest).contains(&day).then_some(Form {
        d_number,
        synthetic,
        from_2032: false,
    })
}
