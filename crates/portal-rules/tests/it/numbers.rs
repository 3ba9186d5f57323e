//! Personal numbers, organisation numbers, and how to reach people.

use portal_rules::contact::{is_email, is_mobile};
use portal_rules::organization_number;
use portal_rules::personal_number::{Form, PersonalNumberError, check_digits, validate};
use proptest::prelude::*;

/// Legal numbers of every form, made from day, month, year, individual number and form.
fn legal_number() -> impl Strategy<Value = (String, Form)> {
    let date = (
        1..=12_usize,
        0..100_u8,
        0..1000_u16,
        any::<bool>(),
        proptest::sample::select(vec![0, 40, 80]),
    );
    date.prop_flat_map(|parts| {
        let longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][parts.0 - 1];
        (Just(parts), 1..=longest)
    })
    .prop_filter_map("a check digit would be 10", |(parts, day)| {
        let (month, year, individual, d_number, shift) = parts;
        let day = if d_number { day + 40 } else { day };
        let first = format!("{day:02}{:02}{year:02}{individual:03}", month + shift);
        let [tenth, eleventh] = check_digits(digits(&first).try_into().ok()?)?;
        let form = Form {
            d_number,
            synthetic: shift != 0,
        };
        Some((format!("{first}{tenth}{eleventh}"), form))
    })
}

fn digits(text: &str) -> Vec<u8> {
    text.bytes().map(|byte| byte - b'0').collect()
}

proptest! {
    #[test]
    fn every_legal_number_passes_with_its_form((number, form) in legal_number()) {
        prop_assert_eq!(validate(&number), Ok(form));
    }

    /// All weights of the first check digit and of the second are prime to eleven, so no change of a
    /// single digit goes unnoticed.
    #[test]
    fn every_change_of_a_single_digit_is_caught(
        (number, _) in legal_number(),
        place in 0_usize..11,
        other in 1_u8..10,
    ) {
        let mut changed = number.into_bytes();
        changed[place] = b'0' + (changed[place] - b'0' + other) % 10;
        prop_assert!(validate(std::str::from_utf8(&changed).unwrap()).is_err());
    }

    /// Neighbouring weights of the first check digit differ, so no swap goes unnoticed either.
    #[test]
    fn every_swap_of_unequal_neighbours_is_caught((number, _) in legal_number(), place in 0_usize..10) {
        let mut swapped = number.clone().into_bytes();
        swapped.swap(place, place + 1);
        let swapped = String::from_utf8(swapped).unwrap();
        prop_assert_eq!(validate(&swapped).is_err(), swapped != number);
    }

    #[test]
    fn of_all_check_digits_only_one_pair_holds((number, _) in legal_number(), pair in 0..100) {
        let other = format!("{}{pair:02}", &number[..9]);
        prop_assert_eq!(validate(&other).is_ok(), other == number);
    }

    #[test]
    fn any_text_is_inspected_without_panic(text in any::<String>()) {
        _ = validate(&text);
        _ = organization_number::validate(&text);
        _ = is_email(&text);
        _ = is_mobile(&text);
    }
}

#[test]
fn the_documentations_sample_numbers_do_not_hold() {
    assert_eq!(
        validate("01013300001"),
        Err(PersonalNumberError::CheckDigits(Form::NATIONAL_ID))
    );
    assert_eq!(
        validate("02038412546"),
        Err(PersonalNumberError::CheckDigits(Form::NATIONAL_ID))
    );
    assert_eq!(validate("12345678910"), Err(PersonalNumberError::Date));
    assert_eq!(validate("10987654321"), Err(PersonalNumberError::Date));
}

#[test]
fn dates_are_those_of_some_year() {
    let date = |date: &str| validate(&format!("{date}00000")) != Err(PersonalNumberError::Date);
    let dates = [
        "010100", "310100", "290200", "300400", "311200", "410100", "710100", "690200", "018100",
        "319200", "014100", "015200", "418100", "719200",
    ];
    for legal in dates {
        assert!(date(legal), "{legal}");
    }
    let none = [
        "000100", "320100", "300200", "310400", "310600", "310900", "311100", "010000", "011300",
        "400100", "720100", "700200", "810100", "014000", "015300", "018000", "019300", "708200",
        "304200",
    ];
    for illegal in none {
        assert!(!date(illegal), "{illegal}");
    }
}

#[test]
fn numbers_of_another_format_are_told_apart() {
    for text in [
        "",
        "0101330000",
        "010133000011",
        "0101330000x",
        "०१०१३३०००",
        "0101330000\u{A0}",
    ] {
        assert_eq!(validate(text), Err(PersonalNumberError::Format), "{text}");
    }
    // As many bytes as a number has digits.
    assert_eq!(validate("010133000ø"), Err(PersonalNumberError::Format));
}

#[test]
fn check_digits_that_would_be_ten_do_not_exist() {
    let mut none = 0;
    for individual in 0..1000 {
        let first = digits(&format!("010190{individual:03}"));
        none += usize::from(check_digits(first.try_into().unwrap()).is_none());
    }
    // One in eleven for either digit.
    assert!((150..200).contains(&none), "{none}");
}

#[test]
fn organisation_numbers() {
    use organization_number::{OrganizationNumberError, validate};
    for right in ["984661185", "988015814", "000000000"] {
        assert_eq!(validate(right), Ok(()), "{right}");
    }
    assert_eq!(
        validate("123456789"),
        Err(OrganizationNumberError::CheckDigit)
    );
    for other in [
        "",
        "98466118",
        "9846611850",
        "98466118x",
        "NO984661185",
        "9846611ø",
    ] {
        assert_eq!(
            validate(other),
            Err(OrganizationNumberError::Format),
            "{other}"
        );
    }
}

proptest! {
    #[test]
    fn every_change_of_a_digit_of_an_organisation_number_is_caught(
        place in 0_usize..9,
        other in 1_u8..10,
    ) {
        let mut changed = *b"984661185";
        changed[place] = b'0' + (changed[place] - b'0' + other) % 10;
        let changed = std::str::from_utf8(&changed).unwrap();
        prop_assert_eq!(
            organization_number::validate(changed),
            Err(organization_number::OrganizationNumberError::CheckDigit)
        );
    }
}

#[test]
fn addresses() {
    let long_local = format!("{}@example.com", "a".repeat(64));
    let long = format!("a@{}com", "abcdefghi.".repeat(24) + "abcdefgh.");
    assert_eq!(long.len(), 254);
    for right in [
        "email@example.com",
        "o@e.no",
        "first.last+sign@mail.example.com",
        "email@xn--rdal-gra.example.com",
        "åse@blåbær.no",
        "o'hara@example.com",
        &long_local,
        &long,
        "1@2.3",
    ] {
        assert!(is_email(right), "{right}");
    }
    let too_long_local = format!("{}@example.com", "a".repeat(65));
    let too_long = format!("a{long}");
    for wrong in [
        "",
        "@",
        "email",
        "email@",
        "@example.com",
        "email@example",
        "email@example.",
        "email@.com",
        "email@example..com",
        "email@-example.com",
        "email@example-.com",
        "first last@example.com",
        "email@exam ple.com",
        "email@email@example.com",
        "<email@example.com>",
        "a,email@example.com",
        "a;email@example.com",
        "email\n@example.com",
        "email\0@example.com",
        "email@exam_ple.com",
        &too_long_local,
        &too_long,
    ] {
        assert!(!is_email(wrong), "{wrong}");
    }
}

#[test]
fn mobile_numbers() {
    for right in [
        "41234567",
        "91234567",
        "+4741234567",
        "+4791234567",
        "+46701234567",
        "+1234567",
        "+123456789012345",
        "+4812345678",
    ] {
        assert!(is_mobile(right), "{right}");
    }
    for wrong in [
        "",
        "+",
        "12345678",
        "00000000",
        "22334455",
        "4123456",
        "412345678",
        "912 34 567",
        "+4722334455",
        "+479123456",
        "+47912345678",
        "+47",
        "004791234567",
        "+0123456789",
        "+123456",
        "+1234567890123456",
        "+46 701234567",
        "9123456x",
        "++4791234567",
        "4791234567",
        "９１２３４５６７",
    ] {
        assert!(!is_mobile(wrong), "{wrong}");
    }
}
