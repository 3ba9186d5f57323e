//! Single values: limits counted in characters, open and closed lists,
//! and nothing personal where it could leak.

use std::collections::HashSet;

use portal_model::{
    AuthenticationLevel, AvailableSeconds, Bounded, Description, EmailAddress, FacetError, Href,
    IdentifierInSignedDocuments, Mime, MobileNumber, NonsensitiveTitle, OrganizationNumber,
    PersonalIdentificationNumber, PortalSignatureJobStatus, SignatureJobId, SignatureJobReference,
    SignatureType, SignerIdentifier, SignerOrder, SignerStatus, SigningOnBehalfOf, Title, Url,
};

use crate::samples;

#[test]
fn lengths_count_characters() {
    assert!(Title::new("ø".repeat(80)).is_ok());
    assert!(Title::new("𝄞".repeat(80)).is_ok());
    assert!(Title::new("e\u{301}".repeat(40)).is_ok());
    assert!(matches!(
        Title::new("ø".repeat(81)),
        Err(FacetError::MaxLength {
            type_name: "title",
            limit: 80,
            actual: 81,
            ..
        })
    ));
    assert!(matches!(
        Title::new(""),
        Err(FacetError::MinLength {
            type_name: "title",
            limit: 1,
            actual: 0,
            ..
        })
    ));
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
        assert!(
            matches!(
                error,
                FacetError::ForbiddenCharacter { type_name: "title", position: 2, code_point, .. }
                    if code_point == u32::from(c)
            ),
            "{error:?}"
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
    assert!(matches!(
        SignerOrder::new(10),
        Err(FacetError::MaxInclusive {
            type_name: "order",
            limit: 9,
            actual: 10,
            ..
        })
    ));
    assert!(matches!(
        SignerOrder::new(-1),
        Err(FacetError::MinInclusive {
            type_name: "order",
            limit: 0,
            actual: -1,
            ..
        })
    ));
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
