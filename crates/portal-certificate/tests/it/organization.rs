//! Whose certificate it is.

use portal_certificate::organization_number;
use proptest::prelude::*;

use crate::made::{
    COMMON_NAME, ORGANIZATION_IDENTIFIER, SERIAL_NUMBER, Subject, issue, params, some_key,
};

fn number(subject: Subject<'_>) -> Option<String> {
    let certificate = issue(&params(subject), some_key());
    organization_number(&certificate.leaf).map(|number| number.as_str().to_owned())
}

#[test]
fn the_three_places_in_their_order() {
    const SEID_2: (&[u64], &str) = (ORGANIZATION_IDENTIFIER, "NTRNO-123456789");
    const SEID_1: (&[u64], &str) = (SERIAL_NUMBER, "984661185");
    const NAME: (&[u64], &str) = (COMMON_NAME, "988015814");
    for (subject, expected) in [
        (&[SEID_2][..], Some("123456789")),
        (&[(ORGANIZATION_IDENTIFIER, "123456789")], Some("123456789")),
        (&[SEID_1], Some("984661185")),
        (&[NAME], Some("988015814")),
        (&[NAME, SEID_1, SEID_2], Some("123456789")),
        (&[NAME, SEID_1], Some("984661185")),
        (
            &[NAME, (ORGANIZATION_IDENTIFIER, "PSDNO-FSA-1")],
            Some("988015814"),
        ),
        (&[], None),
    ] {
        assert_eq!(number(subject).as_deref(), expected, "{subject:?}");
    }
}

#[test]
fn a_value_that_only_holds_the_number_is_no_match() {
    for value in [
        "NTRNO-1234567890",
        "NTRNO-123456789 ",
        " NTRNO-123456789",
        "ntrno-123456789",
        "NTRNO:123456789",
        "NTRNO-NTRNO-123456789",
        "NTRSE-123456789",
        "12345678",
        "x123456789",
    ] {
        for kind in [ORGANIZATION_IDENTIFIER, SERIAL_NUMBER, COMMON_NAME] {
            assert_eq!(number(&[(kind, value)]), None, "{value:?}");
        }
    }
    assert_eq!(number(&[(SERIAL_NUMBER, "NTRNO-123456789")]), None);
    assert_eq!(number(&[(COMMON_NAME, "Example AS 123456789")]), None);
    assert_eq!(organization_number(b"no certificate"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_number_is_found_and_nothing_else_is(digits in "[0-9]{9}", other in "[ -~]{1,20}") {
        let value = format!("NTRNO-{digits}");
        let found = number(&[(COMMON_NAME, &other), (ORGANIZATION_IDENTIFIER, &value)]);
        prop_assert_eq!(found, Some(digits));
        if !(other.len() == 9 && other.bytes().all(|byte| byte.is_ascii_digit())) {
            prop_assert_eq!(number(&[(COMMON_NAME, &other)]), None);
        }
    }
}
