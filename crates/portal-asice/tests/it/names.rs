//! Documents' names.

use portal_asice::{DocumentName, NameError, document_names};
use portal_model::{Href, MediaType};
use proptest::prelude::*;

#[test]
fn a_name_of_the_callers_is_checked() {
    let length = |name: &str| match DocumentName::new(name) {
        Err(NameError::Length { length, .. }) => length,
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(length("a.p"), 3);
    assert_eq!(length(&"x".repeat(101)), 101);
    let character = |name: &str| match DocumentName::new(name) {
        Err(NameError::Character { position, .. }) => position,
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(character("æøå b.pdf"), 1);
    assert_eq!(character("a b.pdf"), 2);
    assert_eq!(character("../a.pdf"), 3);
    for (name, error) in [
        (".hidden.pdf", NameError::Dot),
        ("name.pdf.", NameError::Dot),
        ("Manifest.XML", NameError::Reserved),
        ("mimetype", NameError::Reserved),
        ("META-INF", NameError::Reserved),
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
    fn made_names_are_unique_and_within_the_limits(
        media_types in prop::collection::vec(prop::sample::select(&MediaType::ALL[..]), 1..200),
    ) {
        let names = document_names(media_types.iter().copied());
        prop_assert_eq!(names.len(), media_types.len());
        for (index, (name, media_type)) in names.iter().zip(media_types).enumerate() {
            prop_assert_eq!(DocumentName::new(name.reveal()), Ok(name.clone()));
            prop_assert!(Href::from(name.clone()).is_valid());
            prop_assert!(name.reveal().ends_with(media_type.extension()));
            prop_assert!(!names[..index].contains(name));
        }
    }

    /// What this crate takes for a name, the definition that all crates share takes, too.
    #[test]
    fn a_name_has_no_problem(name in "[A-Za-z0-9._-]{1,8}(\\.pdf|\\.txt)?") {
        if DocumentName::new(name.clone()).is_ok() {
            prop_assert_eq!(portal_model::document_name::problem(&name), None);
        }
    }
}
