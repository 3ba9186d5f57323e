//! Norwegian organisation numbers: nine digits, the last of which is a check digit.
//!
//! ```
//! use portal_rules::organization_number::{OrganizationNumberError, validate};
//!
//! assert_eq!(validate("984661185"), Ok(()));
//! assert_eq!(validate("123456789"), Err(OrganizationNumberError::CheckDigit));
//! assert_eq!(validate("NO984661185"), Err(OrganizationNumberError::Format));
//! ```
//!
//! Source: the description of the organisation number by the Brønnøysund registers.

use crate::check_digit::{digits, weighted_sum};

/// Weights of the eight digits, and 1 for the check digit itself.
const WEIGHTS: [u32; 9] = [3, 2, 7, 6, 5, 4, 3, 2, 1];

/// Why a text is no organisation number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OrganizationNumberError {
    /// Not exactly nine of the digits 0 to 9.
    #[error("an organisation number is exactly 9 digits; write it without spaces and prefix")]
    Format,
    /// Nine zeros. The check digit holds by arithmetic, but no organisation has the number.
    #[error("the organisation number is all zeros; give the sender's number")]
    Zeros,
    /// The last digit does not follow from the eight before it.
    #[error("the check digit of the organisation number does not hold; look for a typo")]
    CheckDigit,
}

/// Verifies format and check digit.
///
/// # Errors
///
/// The first [`OrganizationNumberError`] found, in the order of its variants.
pub fn validate(number: &str) -> Result<(), OrganizationNumberError> {
    let digits: [u8; 9] = digits(number).ok_or(OrganizationNumberError::Format)?;
    if digits == [0; 9] {
        return Err(OrganizationNumberError::Zeros);
    }
    if weighted_sum(&digits, &WEIGHTS).is_multiple_of(11) {
        Ok(())
    } else {
        Err(OrganizationNumberError::CheckDigit)
    }
}
