//! The law of flipped bits.
//!
//! If one bit of a package that this crate made is flipped, the package is refused, wherever the bit
//! is. There is one exception, for lines of the directory at the package's end: "version made by" and
//! "external attributes" say which system wrote the package and with which rights a file should be
//! unpacked there. Other writers fill them differently, so the verifier takes several values, and no
//! signature covers them. They have no bearing on names or contents.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::sample_packages::{now, small_package, world};

/// The place of each line of the directory.
fn lines(package: &[u8]) -> Vec<usize> {
    (0..package.len() - 46)
        .filter(|at| package[*at..].starts_with(b"PK\x01\x02"))
        .collect()
}

/// What a byte is, if it is of the exception: its place in its line.
fn uncovered(package: &[u8], at: usize) -> Option<usize> {
    let line = lines(package).into_iter().rfind(|line| *line <= at)?;
    Some(at - line).filter(|place| matches!(place, 4 | 5 | 38..=41))
}

/// Single bits: which are accepted, how many of them, and what they are.
#[test]
fn the_bits_that_may_be_flipped_are_counted() {
    let package = small_package();
    let verifier = world().verifier();
    let expected = verifier.verify(&package, now()).unwrap();
    let mut accepted: BTreeMap<(usize, u8), usize> = BTreeMap::new();
    let mut changed = package.clone();
    for at in 0..package.len() {
        // Every bit of the headers; of long contents, which are all digested, one bit of each byte.
        let is_header = at < 100 || at + 400 > package.len();
        for bit in 0..8 {
            if !is_header && bit != at % 8 {
                continue;
            }
            changed[at] ^= 1 << bit;
            if let Ok(verified) = verifier.verify(&changed, now()) {
                let place = uncovered(&package, at);
                let place = place.unwrap_or_else(|| panic!("byte {at}, bit {bit}"));
                *accepted
                    .entry((place, u8::try_from(bit).unwrap()))
                    .or_default() += 1;
                // Whatever they say, what is read is the same.
                assert_eq!(verified.manifest(), expected.manifest());
                let pairs = verified.documents().iter().zip(expected.documents());
                for (found, expected) in pairs {
                    assert_eq!(found.bytes(), expected.bytes());
                    assert_eq!(found.reveal_name(), expected.reveal_name());
                    assert_eq!(found.mime(), expected.mime());
                }
            }
            changed[at] ^= 1 << bit;
        }
    }
    let files = lines(&package).len();
    assert_eq!(files, 4);
    let mut law: BTreeMap<(usize, u8), usize> = BTreeMap::new();
    for bit in 0..8 {
        // The version of the writer: any.
        law.insert((4, bit), files);
        for place in 38..42 {
            law.insert((place, bit), files);
        }
    }
    // No flip of one bit leads from MS-DOS (0) to another system that is known, so byte 5 is not here.
    // Attributes that make a folder or a volume label of a file are refused.
    law.remove(&(38, 3));
    law.remove(&(38, 4));
    assert_eq!(accepted, law);
    let bits: usize = law.values().sum();
    let share = bits as f64 / (package.len() * 8) as f64;
    assert!((0.002..0.01).contains(&share), "{share}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn any_other_byte_anywhere_is_noticed(place: prop::sample::Index, mask in 1u8..) {
        let mut package = small_package();
        let at = place.index(package.len());
        let uncovered = uncovered(&package, at).is_some();
        package[at] ^= mask;
        let outcome = world().verifier().verify(&package, now());
        prop_assert!(outcome.is_err() || uncovered, "byte {} by {:#x}", at, mask);
        if let Ok(verified) = outcome {
            prop_assert_eq!(verified.documents().len(), 2);
        }
    }
}
