//! The arithmetic shared by Norwegian check digits.

/// Sum of digit times weight, over as many places as both have.
pub(crate) fn weighted_sum(digits: &[u8], weights: &[u32]) -> u32 {
    digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| u32::from(*digit) * weight)
        .sum()
}
