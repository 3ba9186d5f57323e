//! Looks at many bytes at once: without a branch for each, and without an early end, such a search
//! compiles to wide instructions. That makes a difference on texts as short as those of XML.

/// What a function gives for all bytes together, or 0 for none. Bytes may be looked at twice.
#[inline]
pub(crate) fn all_bits<const WIDTH: usize>(bytes: &[u8], of: impl Fn(u8) -> u8) -> u8 {
    let Some(last) = bytes.last_chunk::<WIDTH>() else {
        return bytes.iter().fold(0, |all, byte| all | of(*byte));
    };
    let mut lanes = [0; WIDTH];
    for chunk in bytes.as_chunks::<WIDTH>().0.iter().chain([last]) {
        for (lane, byte) in lanes.iter_mut().zip(chunk) {
            *lane |= of(*byte);
        }
    }
    lanes.into_iter().fold(0, |all, lane| all | lane)
}

/// Whether two short texts are the same, without a call of `memcmp`.
#[inline]
pub(crate) fn same(one: &str, other: &str) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if let (Some(one_end), Some(other_end)) = (one.last_chunk::<8>(), other.last_chunk::<8>()) {
        let (one, other) = (one.as_chunks::<8>().0, other.as_chunks::<8>().0);
        return one.iter().zip(other).all(|(a, b)| a == b) && one_end == other_end;
    }
    let ends = (one.last_chunk::<4>(), other.last_chunk::<4>());
    if let (Some(one_end), Some(other_end)) = ends {
        return one.first_chunk::<4>() == other.first_chunk::<4>() && one_end == other_end;
    }
    one.iter().zip(other).all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_bits_are_those_of_each_byte(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let each = bytes.iter().fold(0, |all, byte| all | byte);
            prop_assert_eq!(all_bits::<8>(&bytes, |byte| byte), each);
            prop_assert_eq!(all_bits::<32>(&bytes, |byte| byte), each);
        }

        #[test]
        fn texts_are_the_same_as_by_comparison(one in "[ab]{0,20}", other in "[ab]{0,20}", at in 0..20_usize) {
            prop_assert_eq!(same(&one, &other), one == other);
            prop_assert!(same(&one, &one.clone()));
            let mut changed = one.clone();
            if at < changed.len() {
                changed.replace_range(at..=at, "c");
                prop_assert!(!same(&one, &changed));
            }
        }
    }
}
