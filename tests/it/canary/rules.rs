//! Drafts, reports and profiles.

use std::io::Cursor;

use jiff::Timestamp;
use portal_rules::chain::{OsloTime, order_groups};
use portal_rules::organization_number::OrganizationNumberError;
use portal_rules::personal_number::PersonalNumberError;
use portal_rules::{
    Code, DocumentFacts, Draft, EnvironmentKind, PrivacyPlace, Sector, SenderProfile, UnknownCode,
    UnknownPrivacyPlace, UnknownSector, lint, organization_number, personal_number, validate,
};

use super::model::{manifest, request};
use super::shown::Shown;
use super::{ADDRESS, CONTENT, NUMBER, VALID_NUMBER};

pub(super) fn show(shown: &mut Shown) {
    let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let (manifest, mut request) = (manifest(), request());
    let facts = [
        DocumentFacts::from_bytes(CONTENT.as_bytes()),
        DocumentFacts::from_reader(Cursor::new(CONTENT)).unwrap(),
    ];
    // Every text is broken by a personal number.
    request.polling_queue = Some(VALID_NUMBER.to_owned());
    let profile = SenderProfile::new(Sector::Public, EnvironmentKind::Production);
    let draft = Draft::new(&manifest)
        .with_request(&request)
        .with_documents(&facts);
    shown
        .debug("portal_rules::DocumentFacts", &facts[0])
        .debug("portal_rules::Draft", &draft);
    let report = lint(draft, &profile, now);
    assert!(report.violations().len() > 5, "{report}");
    for violation in report.violations() {
        shown.both("portal_rules::Violation", violation);
    }
    shown.error("portal_rules::Report", &report);
    let error = validate(manifest, request, &facts[..1], &profile, now).unwrap_err();
    shown.error("portal_rules::Report", &error);
    valid(shown, now);

    shown.json("portal_rules::Code", &Code::ReferenceMissing);
    shown.json("portal_rules::PrivacyPlace", &PrivacyPlace::Reference);
    shown.json("portal_rules::Sector", &Sector::Public);
    let profile = profile
        .raise(Code::ReferenceMissing)
        .allow_personal_numbers_in(PrivacyPlace::Reference);
    shown
        .debug("portal_rules::SenderProfile", &profile)
        .json("portal_rules::SenderProfile", &profile);
    errors(shown);
    shown.debug(
        "portal_rules::chain::OrderGroup",
        &order_groups([None], None, now)[0],
    );
    shown.both("portal_rules::chain::OsloTime", &OsloTime(now));
    shown.no_text(&[
        "portal_rules::chain::Window",
        "portal_rules::personal_number::Form",
        "portal_rules::Code",
        "portal_rules::Needs",
        "portal_rules::PrivacyPlace",
        "portal_rules::Sector",
        "portal_rules::Severity",
        "portal_rules::Rule",
    ]);
}

/// A job that the rules pass still shows nothing.
fn valid(shown: &mut Shown, now: Timestamp) {
    let (mut manifest, request) = (manifest(), request());
    let profile = SenderProfile::new(Sector::Unknown, EnvironmentKind::Test);
    let facts = DocumentFacts::from_bytes(&portal_sandbox::sample_pdf("Canary", &["canary"]));
    let mut signers = manifest.signers.clone().into_vec();
    for signer in &mut signers {
        signer.notify = portal_model::NotificationsUsingLookup::EMAIL_ONLY.into();
    }
    signers.truncate(1);
    manifest.signers = portal_model::Bounded::new(signers).unwrap();
    let job = validate(manifest, request, &[facts], &profile, now).unwrap();
    shown.debug("portal_rules::ValidJob", &job);
}

fn errors(shown: &mut Shown) {
    let code: UnknownCode = ADDRESS.parse::<Code>().unwrap_err();
    shown.error("portal_rules::UnknownCode", &code);
    let place: UnknownPrivacyPlace = ADDRESS.parse::<PrivacyPlace>().unwrap_err();
    shown.error("portal_rules::UnknownPrivacyPlace", &place);
    let sector: UnknownSector = ADDRESS.parse::<Sector>().unwrap_err();
    shown.error("portal_rules::UnknownSector", &sector);
    for text in [NUMBER, ADDRESS, "123456780"] {
        let error: OrganizationNumberError = organization_number::validate(text).unwrap_err();
        shown.error(
            "portal_rules::organization_number::OrganizationNumberError",
            &error,
        );
    }
    for text in [ADDRESS, "12345678911", "99999999999"] {
        let error: PersonalNumberError = personal_number::validate(text).unwrap_err();
        shown.error("portal_rules::personal_number::PersonalNumberError", &error);
    }
}
