//! The law of flipped bytes.
//!
//! If one byte of a package that this crate made is changed, the package is refused, wherever the
//! byte is. There is one exception, for lines of the directory at the package's end: "version
//! made by" and "external attributes" say which system wrote the package and with which rights a
//! file should be unpacked there. Other writers fill them differently, so the verifier takes
//! several values, and no signature covers them. They have no bearing on names or contents.

use proptest::prelude::*;

use crate::made::{now, small_package, world};

/// Positions of the fields of the exception.
fn uncovered(package: &[u8]) -> Vec<usize> {
    (0..package.len() - 46)
        .filter(|at| package[*at..].starts_with(b"PK\x01\x02"))
        .flat_map(|at| [at + 4, at + 5, at + 38, at + 39, at + 40, at + 41])
        .collect()
}

#[test]
fn one_bit_anywhere_is_noticed() {
    let package = small_package();
    let uncovered = uncovered(&package);
    assert_eq!(uncovered.len(), 4 * 6);
    let verifier = world().verifier();
    let positions = (0..package.len()).filter(|at| !uncovered.contains(at));
    let mut changed = package.clone();
    for at in positions {
        let bit = 1 << (at % 8);
        changed[at] ^= bit;
        assert!(
            verifier.verify(&changed, now()).is_err(),
            "byte {at}, bit {bit}"
        );
        changed[at] ^= bit;
    }
    assert!(verifier.verify(&changed, now()).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn any_other_byte_anywhere_is_noticed(place: prop::sample::Index, mask in 1u8..) {
        let mut package = small_package();
        let at = place.index(package.len());
        let uncovered = uncovered(&package).contains(&at);
        package[at] ^= mask;
        let outcome = world().verifier().verify(&package, now());
        prop_assert!(outcome.is_err() || uncovered, "byte {} by {:#x}", at, mask);
        if let Ok(verified) = outcome {
            prop_assert_eq!(verified.documents().len(), 2);
        }
    }
}
