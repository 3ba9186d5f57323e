//! Norwegian organisation numbers: nine digits, the last of which is a check digit.
//!
//! ```
//! use portal_rules::organization_number::{Fault, inspect};
//!
//! assert_eq!(inspect("984661185"), Ok(()));
//! assert_eq!(inspect("123456789"), Err(Fault::CheckDigit));
//! assert_eq!(inspect("NO984661185"), Err(Fault::Format));
//! ```
//!
//! Source: the description of the organisation number by the Brønnøysund registers.

use crate::check_digit::{digits, weighted_sum};

/// Weights of the eight digits, and 1 for the check digit itself.
const WEIGHTS: [u32; 9] = [3, 2, 7, 6, 5, 4, 3, 2, 1];

/// Why a text is no organisation number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Not exactly nine of the digits 0 to 9.
    #[error("an organisation number is exactly 9 digits; write it without spaces and prefix")]
    Format,
    /// The last digit does not follow from the eight before it.
    #[error("the check digit of the organisation number does not hold; look for a slip of the pen")]
    CheckDigit,
}

/// Verifies format and check digit.
///
/// # Errors
///
/// [`Fault::Format`] before [`Fault::CheckDigit`].
pub fn inspect(number: &str) -> Result<(), Fault> {
    let digits: [u8; 9] = digits(number).ok_or(Fault::Format)?;
    let sum = weighted_sum(&digits, &WEIGHTS);
    if sum.is_multiple_of(11) {
        Ok(())
    } else {
        Err(Fault::CheckDigit)
    }
}
