//! Personal numbers, organisation numbers, and how to reach people.

use portal_rules::contact::{is_email, is_mobile, usual_mobile};
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
        let mut form = Form::NATIONAL_ID;
        form.d_number = d_number;
        form.synthetic = shift != 0;
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

    /// All weights of the first check digit and of the second are prime to eleven, so a number in
    /// which a single digit is changed is no number of the same rule. By the rule of 2032 some
    /// changes of both sums pass.
    #[test]
    fn every_change_of_a_single_digit_is_caught(
        (number, _) in legal_number(),
        place in 0_usize..11,
        other in 1_u8..10,
    ) {
        let mut changed = number.into_bytes();
        changed[place] = b'0' + (changed[place] - b'0' + other) % 10;
        let validated = validate(std::str::from_utf8(&changed).unwrap());
        // The second check digit covers the whole number, by either rule.
        prop_assert!(validated.is_err());
    }

    /// Neighbouring weights of the first check digit differ, so no swap goes unnoticed either.
    #[test]
    fn every_swap_of_unequal_neighbours_is_caught((number, _) in legal_number(), place in 0_usize..10) {
        let mut swapped = number.clone().into_bytes();
        swapped.swap(place, place + 1);
        let swapped = String::from_utf8(swapped).unwrap();
        let is_as_before = validate(&swapped).is_ok_and(|form| !form.from_2032);
        prop_assert_eq!(is_as_before, swapped == number);
    }

    #[test]
    fn of_all_check_digits_one_pair_holds_and_up_to_three_more_from_2032((number, form) in legal_number()) {
        let mut later = 0;
        for pair in 0..100 {
            let other = format!("{}{pair:02}", &number[..9]);
            match validate(&other) {
                Ok(found) if found.from_2032 => {
                    prop_assert_eq!((found.d_number, found.synthetic), (form.d_number, form.synthetic));
                    let first = |number: &str| number.as_bytes()[9] - b'0';
                    // The first check digit is 1 to 3 more than before, beyond 10 from 0 again.
                    let more = (first(&other) + 11 - first(&number)) % 11;
                    prop_assert!((1..=3).contains(&more));
                    later += 1;
                }
                found => prop_assert_eq!(found.is_ok(), other == number),
            }
        }
        prop_assert!(later <= 3);
    }

    #[test]
    fn any_text_is_inspected_without_panic(text in any::<String>()) {
        _ = validate(&text);
        _ = organization_number::validate(&text);
        _ = is_email(&text);
        _ = is_mobile(&text);
        // The usual spelling is usual, and has no other.
        if let Some(usual) = usual_mobile(&text) {
            prop_assert!(is_mobile(&usual));
            prop_assert_eq!(usual_mobile(&usual), Some(usual));
        }
    }

    #[test]
    fn a_number_has_one_usual_spelling(
        number in "[49][0-9]{7}",
        prefix in proptest::sample::select(vec!["", "+47", "0047", "47", "+47 ", "00 47 ", "(+47)", "47-"]),
        separators in "[ .\u{A0}/-]{0,2}",
        place in 1_usize..8,
    ) {
        let (start, end) = number.split_at(place);
        let written = format!("{prefix}{start}{separators}{end}");
        prop_assert_eq!(usual_mobile(&written), Some(format!("+47{number}")));
        prop_assert_eq!(is_mobile(&written), separators.is_empty() && matches!(prefix, "" | "+47"));
    }
}

#[test]
fn the_documentations_sample_numbers_do_not_hold() {
    for sample in ["01013300001", "02038412546"] {
        assert!(matches!(
            validate(sample),
            Err(PersonalNumberError::CheckDigits { form, .. }) if form == Form::NATIONAL_ID
        ));
    }
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
    for right in ["984661185", "988015814"] {
        assert_eq!(validate(right), Ok(()), "{right}");
    }
    assert_eq!(validate("000000000"), Err(OrganizationNumberError::Zeros));
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
        "a!#$%&'*+-/=?^_`{|}~z@example.com",
        &long_local,
        &long,
        "1@2.3",
    ] {
        assert!(is_email(right), "{right}");
    }
    let too_long_local = format!("{}@example.com", "a".repeat(65));
    let too_long = format!("a{long}");
    let too_long_label = format!("email@{}.com", "a".repeat(64));
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
        "mailto:email@example.com",
        "first..last@example.com",
        ".email@example.com",
        "email.@example.com",
        "em\u{200B}ail@example.com",
        "\u{202E}email@example.com",
        "email\u{FEFF}@example.com",
        "email@exam\u{AD}ple.com",
        "email@example.com\u{200D}",
        "\u{3164}@example.com",
        "\"first last\"@example.com",
        "email(me)@example.com",
        "em\\ail@example.com",
        &too_long_label,
        &too_long_local,
        &too_long,
    ] {
        assert!(!is_email(wrong), "{wrong}");
    }
}

#[test]
fn numbers_of_other_countries_and_what_is_no_number() {
    for (written, usual) in [
        ("+46 70-123 45 67", Some("+46701234567")),
        ("+46 (0)70 123 45 67", Some("+46701234567")),
        ("0046701234567", Some("+46701234567")),
        ("+4791234567", Some("+4791234567")),
        ("22 33 44 55", None),
        ("+47 22 33 44 55", None),
        ("4722334455", None),
        ("46701234567", None),
        ("call me", None),
        ("912 34 567 (work)", None),
        ("+", None),
        ("00", None),
        ("-", None),
        ("", None),
    ] {
        assert_eq!(usual_mobile(written).as_deref(), usual, "{written}");
    }
}

#[test]
fn numbers_from_2032_are_told_apart() {
    // The first check digits leave 0, 1, 2, 3 and 4; the second ones always hold.
    let numbers = [
        "01013200056",
        "01013200064",
        "01013200072",
        "01013200080",
        "01013200099",
    ];
    let found = numbers.map(|number| validate(number).ok().map(|form| form.from_2032));
    assert_eq!(
        found,
        [Some(false), Some(true), Some(true), Some(true), None]
    );
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
