//! Documents' names.

use portal_asice::{DocumentName, NameError, document_names};
use portal_model::Href;
use proptest::prelude::*;

fn named(title: &str) -> String {
    document_names([(title, "application/pdf")])[0]
        .reveal()
        .to_owned()
}

#[test]
fn titles_give_readable_names() {
    for (title, name) in [
        ("Document title", "01_document_title.pdf"),
        (
            "Åpning av «konto» / side 2",
            "01_aapning_av_konto_side_2.pdf",
        ),
        ("Vår/høst-avtale (2026)", "01_vaar_hoest-avtale_2026.pdf"),
        ("İstanbul Ćevap", "01_istanbul_cevap.pdf"),
        ("A\u{30a}pen", "01_apen.pdf"),
        ("日本語", "01_document.pdf"),
        ("عقد الإيجار", "01_document.pdf"),
        ("😀😀", "01_document.pdf"),
        ("...---...", "01_document.pdf"),
        ("", "01_document.pdf"),
        ("con", "01_con.pdf"),
    ] {
        assert_eq!(named(title), name, "{title}");
    }
    assert_eq!(named(&"Æ".repeat(80)).len(), "01_.pdf".len() + 60);
}

#[test]
fn a_name_of_the_callers_is_checked() {
    for (name, error) in [
        ("a.p", NameError::Length { length: 3 }),
        (&*"x".repeat(101), NameError::Length { length: 101 }),
        ("æøå b.pdf", NameError::Character { position: 1 }),
        ("a b.pdf", NameError::Character { position: 2 }),
        ("../a.pdf", NameError::Character { position: 3 }),
        (".hidden.pdf", NameError::Dot),
        ("name.pdf.", NameError::Dot),
        ("Manifest.XML", NameError::Reserved),
        ("mimetype", NameError::Reserved),
        ("con.pdf", NameError::Reserved),
        ("LPT1.pdf", NameError::Reserved),
    ] {
        assert_eq!(DocumentName::new(name), Err(error), "{name}");
    }
    for name in [
        "a.pdf",
        "console.pdf",
        "com10.pdf",
        "A-b_c.1.PDF",
        &"x".repeat(100),
    ] {
        assert!(DocumentName::new(name).is_ok(), "{name}");
    }
}

proptest! {
    #[test]
    fn every_title_gives_a_name_that_is_unique_and_in_limits(
        titles in prop::collection::vec(prop_oneof!["\\PC{0,80}", ".{0,80}", "[ÆØÅæøå ./-]{1,80}"], 1..20),
    ) {
        let names = document_names(titles.iter().map(|title| (title.as_str(), "application/pdf")));
        prop_assert_eq!(names.len(), titles.len());
        for (index, name) in names.iter().enumerate() {
            prop_assert_eq!(DocumentName::new(name.reveal()), Ok(name.clone()));
            prop_assert!(Href::from(name.clone()).is_valid());
            let twice = names[..index]
                .iter()
                .any(|other| other.reveal().eq_ignore_ascii_case(name.reveal()));
            prop_assert!(!twice);
        }
    }
}
