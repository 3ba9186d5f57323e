//! Cuts DER into tag, length and value, where the bytes themselves are wanted and not what they say.

/// One element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: u8,
    pub(crate) value: &'a [u8],
    /// With tag and length.
    pub(crate) whole: &'a [u8],
}

/// The first element and what follows it. None for indefinite lengths, tags of several bytes, and
/// what ends too early.
pub(crate) fn read(bytes: &[u8]) -> Option<(Tlv<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits
                .iter()
                .fold(0_u64, |length, &digit| length << 8 | u64::from(digit));
            (usize::try_from(length).ok()?, rest)
        }
        _ => return None,
    };
    let (value, after) = rest.split_at_checked(length)?;
    let whole = &bytes[..bytes.len() - after.len()];
    Some((Tlv { tag, value, whole }, after))
}

/// The elements one after the other, up to the first that is none.
pub(crate) fn all(bytes: &[u8]) -> impl Iterator<Item = Tlv<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (element, after) = read(rest)?;
        rest = after;
        Some(element)
    })
}
