//! Single values: limits counted in characters, times with their offset, open and closed lists,
//! and nothing personal where it could leak.

use std::collections::HashSet;

use jiff::Timestamp;
use portal_model::{
    AuthenticationLevel, AvailableSeconds, Bounded, DateTime, DateTimeError, Description,
    EmailAddress, FacetError, Href, IdentifierInSignedDocuments, Mime, MobileNumber,
    NonsensitiveTitle, OrganizationNumber, PersonalIdentificationNumber, PortalSignatureJobStatus,
    SignatureJobId, SignatureJobReference, SignatureType, SignerIdentifier, SignerOrder,
    SignerStatus, SigningOnBehalfOf, Title, Url,
};

use crate::samples;

#[test]
fn lengths_count_characters() {
    assert!(Title::new("ø".repeat(80)).is_ok());
    assert!(Title::new("𝄞".repeat(80)).is_ok());
    assert!(Title::new("e\u{301}".repeat(40)).is_ok());
    assert_eq!(
        Title::new("ø".repeat(81)),
        Err(FacetError::MaxLength {
            type_name: "title",
            limit: 80,
            actual: 81
        })
    );
    assert_eq!(
        Title::new(""),
        Err(FacetError::MinLength {
            type_name: "title",
            limit: 1,
            actual: 0
        })
    );
}

#[test]
fn every_limit_of_every_text() {
    macro_rules! bounds {
        ($($type:ident $least:literal..=$greatest:literal),+ $(,)?) => {
            $(
                assert!($type::new("æ".repeat($least)).is_ok(), stringify!($type));
                assert!($type::new("æ".repeat($greatest)).is_ok(), stringify!($type));
                if let Some(fewer) = usize::checked_sub($least, 1) {
                    assert!($type::new("æ".repeat(fewer)).is_err(), stringify!($type));
                }
                assert!($type::new("æ".repeat($greatest + 1)).is_err(), stringify!($type));
            )+
        };
    }
    bounds!(
        Title 1..=80,
        NonsensitiveTitle 1..=80,
        Description 0..=220,
        Href 4..=100,
        Mime 1..=100,
        Url 0..=500,
        SignatureJobReference 0..=50,
        SignerIdentifier 1..=80,
    );
    for digits in [
        "",
        "1234567890",
        "123456789101",
        "1234567891a",
        "１２３４５６７８９１０",
        " 12345678910",
    ] {
        assert!(
            PersonalIdentificationNumber::new(digits).is_err(),
            "{digits}"
        );
    }
    assert!(PersonalIdentificationNumber::new("12345678910").is_ok());
    for digits in ["", "12345678", "1234567890", "12345678x", "123 456 789"] {
        assert!(OrganizationNumber::new(digits).is_err(), "{digits}");
    }
    assert_eq!(
        OrganizationNumber::new("984661185").unwrap().as_str(),
        "984661185"
    );
    assert!(EmailAddress::new("").is_ok() && MobileNumber::new("").is_ok());
}

#[test]
fn characters_that_xml_cannot_hold() {
    for c in [
        '\0', '\u{1}', '\u{8}', '\u{b}', '\u{c}', '\u{1f}', '\u{fffe}', '\u{ffff}',
    ] {
        let error = Title::new(format!("ab{c}")).unwrap_err();
        assert_eq!(
            error,
            FacetError::ForbiddenCharacter {
                type_name: "title",
                position: 2,
                code_point: c.into()
            }
        );
        assert!(SignerStatus::new(format!("{c}")).is_err());
        // Two of them do not cancel each other out.
        assert!(Title::new(format!("{c}{c}")).is_err());
    }
    assert!(Title::new("\t\n\r \u{7f}\u{85}\u{d7ff}\u{e000}\u{fffd}\u{10ffff}").is_ok());
}

#[test]
fn unchecked_values_say_so() {
    let title = Title::unchecked("");
    assert!(!title.is_valid());
    assert!(matches!(title.check(), Err(FacetError::MinLength { .. })));
    assert!(!SignerOrder::unchecked(-1).is_valid());
    assert!(!Bounded::<u8, 1, 2>::unchecked(vec![]).is_valid());
}

#[test]
fn numbers() {
    for order in 0..=9 {
        assert_eq!(SignerOrder::new(order).unwrap().get(), order);
    }
    assert_eq!(
        SignerOrder::new(10),
        Err(FacetError::MaxInclusive {
            type_name: "order",
            limit: 9,
            actual: 10
        })
    );
    assert_eq!(
        SignerOrder::new(-1),
        Err(FacetError::MinInclusive {
            type_name: "order",
            limit: 0,
            actual: -1
        })
    );
    assert!(AvailableSeconds::new(-1).is_err());
    assert_eq!(AvailableSeconds::new(i64::MAX).unwrap().get(), i64::MAX);
    assert_eq!(
        SignatureJobId::new(i64::MIN).to_string(),
        i64::MIN.to_string()
    );
}

#[test]
fn lists() {
    assert!(Bounded::<u8, 1, 3>::new(vec![]).is_err());
    assert!(Bounded::<u8, 1, 3>::new(vec![1, 2, 3, 4]).is_err());
    let mut list = Bounded::<u8, 1, 3>::new(vec![1, 2]).unwrap();
    list[1] = 3;
    assert_eq!(list.iter().sum::<u8>(), 4);
    assert_eq!((&list).into_iter().count(), 2);
    assert_eq!(list.into_vec(), [1, 3]);
}

#[test]
fn closed_lists() {
    assert_eq!("SELF".parse(), Ok(SigningOnBehalfOf::Oneself));
    assert_eq!("4".parse(), Ok(AuthenticationLevel::Level4));
    assert_eq!(
        PortalSignatureJobStatus::InProgress.to_string(),
        "IN_PROGRESS"
    );
    assert_eq!(
        SignatureType::AuthenticatedElectronicSignature.as_str(),
        "AUTHENTICATED_ELECTRONIC_SIGNATURE"
    );
    assert!("name".parse::<IdentifierInSignedDocuments>().is_err());
    let error = "POSTPONED".parse::<PortalSignatureJobStatus>().unwrap_err();
    insta::assert_snapshot!(error);
    let error = "First Last"
        .parse::<PortalSignatureJobStatus>()
        .unwrap_err();
    insta::assert_snapshot!(error);
}

#[test]
fn signer_status_is_open_and_tolerant() {
    assert_eq!(SignerStatus::KNOWN.len(), 10);
    for status in SignerStatus::KNOWN {
        let written = format!("\n {} ", status.as_str().to_lowercase());
        let read = SignerStatus::new(written.clone()).unwrap();
        assert_eq!(read, status);
        assert_eq!(read.as_str(), written);
        assert_eq!(read.to_string(), written.trim());
        assert!(read.is_known());
        let mut set = HashSet::new();
        set.insert(status);
        assert!(set.contains(&read));
    }
    let new = SignerStatus::new("SIGNED_BY_PROXY").unwrap();
    assert!(!new.is_known());
    assert_ne!(new, SignerStatus::SIGNED);
}

#[test]
fn times_that_are_understood() {
    for (text, instant, written) in [
        (
            "2016-02-10T12:00:00+01:00",
            "2016-02-10T11:00:00Z",
            "2016-02-10T12:00:00+01:00",
        ),
        (
            "2016-02-10T12:00:00Z",
            "2016-02-10T12:00:00Z",
            "2016-02-10T12:00:00Z",
        ),
        (
            "2016-02-10T12:00:00+00:00",
            "2016-02-10T12:00:00Z",
            "2016-02-10T12:00:00Z",
        ),
        (
            "2016-02-10T12:00:00-00:00",
            "2016-02-10T12:00:00Z",
            "2016-02-10T12:00:00Z",
        ),
        (
            "2016-02-10T12:00:00-09:30",
            "2016-02-10T21:30:00Z",
            "2016-02-10T12:00:00-09:30",
        ),
        (
            "2016-02-10T12:00:00+14:00",
            "2016-02-09T22:00:00Z",
            "2016-02-10T12:00:00+14:00",
        ),
        (
            "2016-02-29T23:59:59.1Z",
            "2016-02-29T23:59:59.1Z",
            "2016-02-29T23:59:59.1Z",
        ),
        (
            "2016-02-10T12:00:00.123456789+01:00",
            "2016-02-10T11:00:00.123456789Z",
            "2016-02-10T12:00:00.123456789+01:00",
        ),
        (
            "2016-02-10T12:00:00.100000000Z",
            "2016-02-10T12:00:00.1Z",
            "2016-02-10T12:00:00.1Z",
        ),
        (
            "2016-02-10T24:00:00Z",
            "2016-02-11T00:00:00Z",
            "2016-02-11T00:00:00Z",
        ),
        (
            "2016-12-31T24:00:00.000+01:00",
            "2016-12-31T23:00:00Z",
            "2017-01-01T00:00:00+01:00",
        ),
        (
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
        ),
        (
            "9999-12-30T21:59:59Z",
            "9999-12-30T21:59:59Z",
            "9999-12-30T21:59:59Z",
        ),
    ] {
        let time: DateTime = text
            .parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(
            time.timestamp(),
            Some(instant.parse::<Timestamp>().unwrap()),
            "{text}"
        );
        assert_eq!(time.to_string(), written, "{text}");
        assert_eq!(written.parse::<DateTime>().unwrap(), time);
    }
}

#[test]
fn times_in_debug_and_equality() {
    let time = |text: &str| text.parse::<DateTime>().unwrap();
    let (oslo, utc) = (
        time("2016-02-10T12:00:00+01:00"),
        time("2016-02-10T11:00:00Z"),
    );
    assert_eq!(format!("{oslo:?}"), "DateTime(2016-02-10T12:00:00+01:00)");
    // The same instant, but not written the same way.
    assert_ne!(oslo, utc);
    assert_eq!(oslo.timestamp(), utc.timestamp());
    assert_eq!(oslo.offset().unwrap().seconds(), 3600);
    assert_eq!(oslo.local(), "2016-02-10T12:00:00".parse().unwrap());
    assert_eq!(DateTime::utc(oslo.timestamp().unwrap()), Ok(utc));
}

/// The schema allows a time without an offset; it is kept as it was written, and no zone is guessed.
#[test]
fn times_without_offset() {
    for (text, local) in [
        ("2016-02-10T12:00:00", "2016-02-10T12:00:00"),
        ("2016-02-10T12:00:00.1234567", "2016-02-10T12:00:00.1234567"),
        ("2016-02-10T12:00:00.000", "2016-02-10T12:00:00"),
        ("2016-02-10T12:00:00.120", "2016-02-10T12:00:00.12"),
        ("2016-02-29T24:00:00", "2016-03-01T00:00:00"),
        ("2016-02-29T24:00:00.00", "2016-03-01T00:00:00"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00"),
        (
            "9999-12-31T23:59:59.999999999",
            "9999-12-31T23:59:59.999999999",
        ),
    ] {
        let time: DateTime = text.parse().unwrap();
        assert_eq!(time.to_string(), text);
        assert_eq!((time.timestamp(), time.offset()), (None, None), "{text}");
        let local: jiff::civil::DateTime = local.parse().unwrap();
        assert_eq!(time.local(), local, "{text}");
        let made = DateTime::without_offset(local).unwrap();
        assert_eq!(made.to_string().parse::<DateTime>(), Ok(made));
        assert_eq!(made.local(), local);
    }
    let time = |text: &str| text.parse::<DateTime>().unwrap();
    assert_ne!(time("2016-02-10T12:00:00"), time("2016-02-10T12:00:00Z"));
    let too_early = jiff::civil::date(-1, 1, 1).at(0, 0, 0, 0);
    assert_eq!(
        DateTime::without_offset(too_early),
        Err(DateTimeError::Year)
    );
}

#[test]
fn times_that_are_refused() {
    use DateTimeError::{Form, FractionDigits, NoSuchTime, Offset, TooLate, Year};
    for (text, error) in [
        ("", Form),
        ("2016-02-10", Form),
        ("2016-02-10 12:00:00Z", Form),
        ("2016-02-10t12:00:00Z", Form),
        ("2016-02-10T12:00:00z", Form),
        ("2016-02-10T12:00Z", Form),
        ("2016-2-10T12:00:00Z", Form),
        ("16-02-10T12:00:00Z", Form),
        ("+2016-02-10T12:00:00Z", Form),
        ("-2016-02-10T12:00:00Z", Form),
        ("12016-02-10T12:00:00Z", Form),
        ("2016-02-10T12:00:00.Z", Form),
        ("2016-02-10T12:00:00,5Z", Form),
        ("2016-02-10T12:00:00Z ", Form),
        (" 2016-02-10T12:00:00Z", Form),
        ("2016-02-10T12:00:00+1:00", Form),
        ("2016-02-10T12:00:00+0100", Form),
        ("2016-02-10T12:00:00+01", Form),
        ("2016-02-10T12:00:00+01:00[Europe/Oslo]", Form),
        ("2016-02-10T12:00:00UTC", Form),
        ("Wed, 10 Feb 2016 12:00:00 GMT", Form),
        ("２０１６-02-10T12:00:00Z", Form),
        ("2016-02-10T12:00:00.1234567891Z", FractionDigits),
        ("2015-02-29T12:00:00Z", NoSuchTime),
        ("2016-13-10T12:00:00Z", NoSuchTime),
        ("2016-00-10T12:00:00Z", NoSuchTime),
        ("2016-02-00T12:00:00Z", NoSuchTime),
        ("2016-02-10T25:00:00Z", NoSuchTime),
        ("2016-02-10T24:00:01Z", NoSuchTime),
        ("2016-02-10T12:60:00Z", NoSuchTime),
        ("2016-02-10T12:00:60Z", NoSuchTime),
        ("2016-02-10T12:00:00+14:01", Offset),
        ("2016-02-10T12:00:00-15:00", Offset),
        ("2016-02-10T12:00:00+01:60", Offset),
        ("0000-01-01T00:00:00Z", Year),
        ("0000-01-01T00:00:00", Year),
        ("9999-12-31T24:00:00Z", Year),
        ("9999-12-31T24:00:00", Year),
        ("9999-12-30T22:00:01Z", TooLate),
        ("9999-12-31T12:00:00Z", TooLate),
        ("9999-12-31T23:59:59+01:00", TooLate),
        ("2015-02-29T12:00:00", NoSuchTime),
        ("2016-02-10T24:00:01", NoSuchTime),
        ("2016-02-10T12:00:00.", Form),
        ("2016-02-10T12:00:00.1234567891", FractionDigits),
    ] {
        assert_eq!(text.parse::<DateTime>(), Err(error), "{text}");
    }
    assert_eq!(
        DateTime::new(Timestamp::UNIX_EPOCH, jiff::tz::Offset::constant(15)),
        Err(Offset)
    );
    let seconds = jiff::tz::Offset::from_seconds(3601).unwrap();
    assert_eq!(DateTime::new(Timestamp::UNIX_EPOCH, seconds), Err(Offset));
}

#[test]
fn nothing_personal_in_debug() {
    let manifest = samples::manifest();
    let legacy = samples::legacy_manifest();
    let change = samples::status_change();
    // What the service says may quote what it was sent.
    let mut error = samples::error();
    error.error_message.push_str(" 12345678910");
    let shown = format!("{manifest:?} {legacy:#?} {change:?} {error:?}");
    assert!(shown.contains("SCHEMA_VALIDATION_ERROR"));
    for secret in [
        "12345678910",
        "10987654321",
        "01013300001",
        "02038412546",
        "signer1",
        "signer2",
        "00000000",
        "Job title",
        "A document to sign",
        "Friday",
        "First",
        "document.pdf",
        "Nonsensitive title",
        "Message",
    ] {
        assert!(!shown.contains(secret), "{secret}");
    }
    // What is not personal is there to be read.
    assert!(shown.contains("123456789") && shown.contains("application/pdf"));
    assert_eq!(format!("{:?}", Title::new("x").unwrap()), "Title(redacted)");
}
