//! Whose certificate it is.

use portal_certificate::{Certificate, organization_number};
use proptest::prelude::*;

use crate::authority::{
    self, COMMON_NAME, ORGANIZATION_IDENTIFIER, SERIAL_NUMBER, Subject, Value, issue, params,
    some_key,
};

fn number(subject: Subject<'_>) -> Option<String> {
    let certificate = issue(&params(subject), some_key());
    organization_number(&certificate.leaf).map(|number| number.as_str().to_owned())
}

/// The number in a subject whose values are of any kind and may repeat.
fn number_in(attributes: &[(&[u64], Value)]) -> Option<String> {
    let certificate = authority::with_subject(attributes);
    organization_number(&certificate).map(|number| number.as_str().to_owned())
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
            &[(ORGANIZATION_IDENTIFIER, "ntrno-123456789")],
            Some("123456789"),
        ),
        (&[(COMMON_NAME, "Example AS"), SEID_1], Some("984661185")),
        (&[], None),
    ] {
        assert_eq!(number(subject).as_deref(), expected, "{subject:?}");
    }
}

/// Anybody can choose a common name: it must not stand in for a number that can't be read.
#[test]
fn an_attribute_that_is_there_decides_alone() {
    const NUMBER: (&[u64], &str) = (COMMON_NAME, "984661185");
    const SEID_1: (&[u64], &str) = (SERIAL_NUMBER, "984661185");
    for foreign in ["NTRSE-5560000000", "PSDNO-FSA-1", "VATNO-984661185", ""] {
        let foreign = (ORGANIZATION_IDENTIFIER, foreign);
        for subject in [
            &[NUMBER, foreign][..],
            &[foreign, NUMBER],
            &[SEID_1, foreign],
            &[NUMBER, SEID_1, foreign],
        ] {
            assert_eq!(number(subject), None, "{subject:?}");
        }
    }
    // A person's certificate.
    let person = (SERIAL_NUMBER, "9578-4050-123456789");
    assert_eq!(number(&[NUMBER, person]), None);
}

#[test]
fn a_persons_certificate_is_known_by_given_name_or_surname() {
    let personal = |subject: Subject<'_>| {
        let certificate = issue(&params(subject), some_key()).leaf;
        Certificate::from_der(certificate).unwrap().is_personal()
    };
    let organization = (ORGANIZATION_IDENTIFIER, "NTRNO-123456789");
    assert!(!personal(&[(COMMON_NAME, "Example AS"), organization]));
    for name in [&[2, 5, 4, 42][..], &[2, 5, 4, 4]] {
        assert!(personal(&[organization, (name, "Example")]));
    }
}

#[test]
fn several_values_have_to_agree() {
    let of = |values: &[&str], kind: &[u64]| {
        let attributes: Vec<(&[u64], Value)> = values
            .iter()
            .map(|value| (kind, Value::Utf8((*value).to_owned())))
            .collect();
        number_in(&attributes)
    };
    for kind in [ORGANIZATION_IDENTIFIER, SERIAL_NUMBER, COMMON_NAME] {
        let same = ["984661185", "984661185"];
        assert_eq!(of(&same, kind).as_deref(), Some("984661185"));
        assert_eq!(of(&["984661185", "988015814"], kind), None);
        assert_eq!(of(&["984661185", "Example AS"], kind), None);
        assert_eq!(of(&["Example AS", "984661185"], kind), None);
    }
}

#[test]
fn every_kind_of_text_is_read() {
    let number = b"984661185";
    let wide: Vec<u8> = number.iter().flat_map(|digit| [0, *digit]).collect();
    for (kind, bytes) in [
        (12, &number[..]), // UTF8String
        (18, number),      // NumericString
        (19, number),      // PrintableString
        (20, number),      // TeletexString
        (22, number),      // IA5String
        (26, number),      // VisibleString
        (27, number),      // GeneralString
        (30, &wide),       // BMPString
    ] {
        for attribute in [ORGANIZATION_IDENTIFIER, SERIAL_NUMBER, COMMON_NAME] {
            let value = Value::Raw(kind, bytes.to_vec());
            let found = number_in(&[(attribute, value)]);
            assert_eq!(found.as_deref(), Some("984661185"), "tag {kind}");
        }
    }
    // An octet string is no text, and what can't be read decides nevertheless.
    let unreadable = (ORGANIZATION_IDENTIFIER, Value::Raw(4, number.to_vec()));
    let common_name = (COMMON_NAME, Value::Utf8("984661185".to_owned()));
    assert_eq!(number_in(&[unreadable, common_name]), None);
}

#[test]
fn a_value_that_only_holds_the_number_is_no_match() {
    for value in [
        "NTRNO-1234567890",
        "NTRNO-123456789 ",
        " NTRNO-123456789",
        "ntrno-1234567890",
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
