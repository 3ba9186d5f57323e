//! The arithmetic shared by Norwegian check digits.

/// The digits of a text that consists of exactly `COUNT` of them.
pub(crate) fn digits<const COUNT: usize>(text: &str) -> Option<[u8; COUNT]> {
    let bytes: [u8; COUNT] = text.as_bytes().try_into().ok()?;
    bytes
        .iter()
        .all(u8::is_ascii_digit)
        .then(|| bytes.map(|byte| byte - b'0'))
}

/// Sum of digit times weight, over as many places as both have.
pub(crate) fn weighted_sum(digits: &[u8], weights: &[u32]) -> u32 {
    digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| u32::from(*digit) * weight)
        .sum()
}
