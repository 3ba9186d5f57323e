//! Reports, overrides, and what is left unchecked.

use portal_model::{Mime, OrganizationNumber};
use portal_rules::{
    Code, Draft, EnvironmentKind, Report, Sector, SenderProfile, Severity, lint, rules, validate,
};

use crate::sample::Job;

/// One error, two warnings and an info.
fn mixed() -> Job {
    let mut job = Job::private();
    job.request.reference = None;
    job.set_orders(&[1, 2, 4]);
    job.set_file(1, b"");
    job
}

fn codes<'a>(violations: impl IntoIterator<Item = &'a portal_rules::Violation>) -> Vec<Code> {
    violations
        .into_iter()
        .map(|violation| violation.code)
        .collect()
}

#[test]
fn reports_can_be_filtered() {
    let report = mixed().report();
    let all = [
        Code::ReferenceMissing,
        Code::SignersOrderGap,
        Code::DocumentsEmpty,
        Code::AvailabilityChain,
    ];
    assert_eq!(codes(&report), all);
    assert_eq!(codes(report.violations()), all);
    assert_eq!(codes(report.at_least(Severity::Info)), all);
    assert_eq!(codes(report.at_least(Severity::Warning)), all[..3]);
    assert_eq!(codes(report.errors()), [Code::DocumentsEmpty]);
    assert_eq!(
        codes(report.of(Code::SignersOrderGap)),
        [Code::SignersOrderGap]
    );
    assert_eq!(report.of(Code::SignersCount).count(), 0);
    assert!(report.has_errors());
    assert!(!report.is_empty());
    assert!(
        report
            .to_string()
            .ends_with("errors: 1, warnings: 2, infos: 1")
    );

    let clean = Job::private().report();
    assert!(clean.is_empty());
    assert!(!clean.has_errors());
    assert_eq!(clean, Report::default());
    assert_eq!(clean.to_string(), "errors: 0, warnings: 0, infos: 0");
}

#[test]
fn warnings_are_raised_and_errors_stay() {
    let mut job = mixed();
    for code in Code::ALL {
        job.profile = job.profile.raise(*code);
    }
    let raised = job.report();
    assert_eq!(codes(&raised), codes(&mixed().report()));
    assert_eq!(
        codes(raised.errors()),
        [
            Code::ReferenceMissing,
            Code::SignersOrderGap,
            Code::DocumentsEmpty
        ]
    );
    assert_eq!(
        raised.of(Code::AvailabilityChain).next().unwrap().severity,
        Severity::Info
    );
}

#[test]
fn warnings_and_infos_are_silenced_and_errors_stay() {
    let mut job = mixed();
    job.profile = job.profile.silence(Code::SignersOrderGap);
    assert_eq!(job.report().of(Code::SignersOrderGap).count(), 0);
    assert_eq!(job.report().of(Code::ReferenceMissing).count(), 1);
    for code in Code::ALL {
        job.profile = job.profile.silence(*code);
    }
    assert_eq!(codes(&job.report()), [Code::DocumentsEmpty]);
    // The last word counts.
    job.profile = job.profile.raise(Code::ReferenceMissing);
    assert_eq!(
        codes(job.report().errors()),
        [Code::ReferenceMissing, Code::DocumentsEmpty]
    );
}

/// Where a format is given too, a forbidden character breaks both rules.
#[test]
fn forbidden_characters_are_found_in_every_text() {
    let mut job = Job::private();
    job.set_number(0, "0101330000\u{1}");
    job.set_contact(1, Some("name\u{2}@example.com"), Some("9123456\u{3}"));
    job.manifest.sender.organization_number = OrganizationNumber::unchecked("98466118\u{4}");
    job.document(1).mime = Mime::unchecked("\u{5}");
    let report = job.report();
    let places: Vec<(&str, bool)> = report
        .of(Code::XmlCharacters)
        .map(|violation| (violation.path.as_str(), violation.problem.contains("U+000")))
        .collect();
    assert_eq!(
        places,
        [
            ("signers[0].personal-identification-number", true),
            ("signers[1].notifications.email", true),
            ("signers[1].notifications.sms", true),
            ("sender.organization-number", true),
            ("documents[1].mime", true),
        ]
    );
}

/// What nobody sees in contact information breaks the rule of its format too.
#[test]
fn invisible_characters_are_found_in_contact_information() {
    let mut job = Job::private();
    job.set_contact(
        1,
        Some("na\u{200B}me@example.com"),
        Some("+47\u{202D}91234567"),
    );
    let report = job.report();
    let found: Vec<(Code, &str)> = report
        .violations()
        .iter()
        .map(|violation| (violation.code, violation.path.as_str()))
        .collect();
    let (email, mobile) = (
        "signers[1].notifications.email",
        "signers[1].notifications.sms",
    );
    assert_eq!(
        found,
        [
            (Code::SignerEmailFormat, email),
            (Code::TextInvisible, email),
            (Code::SignerMobileFormat, mobile),
            (Code::TextInvisible, mobile),
        ]
    );
    assert!(!report.has_errors());
}

/// The service decodes names as it does URLs.
#[test]
fn escapes_in_a_document_name_hide_no_personal_number() {
    let number = crate::sample::number("010190", 0);
    let mut job = Job::private();
    job.set_href(0, &format!("{}%20{}.pdf", &number[..6], &number[6..]));
    let report = job.report();
    let violation = report.of(Code::PrivacyPersonalNumber).next().unwrap();
    assert_eq!(
        (violation.severity, violation.path.as_str()),
        (Severity::Error, "documents[0].href")
    );
}

#[test]
fn a_contact_in_other_spellings_is_the_same_contact() {
    let contacts: [[(Option<&str>, Option<&str>); 3]; 2] = [
        [
            (None, Some("91234567")),
            (None, Some("+47 912 34 567")),
            (None, Some("0047-91234567")),
        ],
        [
            (Some("name@example.com"), None),
            (Some("mailto:NAME@example.com"), None),
            (Some(" na\u{AD}me@Example.com"), None),
        ],
    ];
    for spellings in contacts {
        let mut job = Job::private();
        job.set_signers((1..=3).map(crate::sample::by_contact).collect());
        for (index, (email, mobile)) in spellings.into_iter().enumerate() {
            job.set_contact(index, email, mobile);
        }
        let before = job.manifest.clone();
        let report = job.report();
        let paths: Vec<&str> = report
            .of(Code::SignersDuplicate)
            .map(|violation| violation.path.as_str())
            .collect();
        assert_eq!(
            paths,
            ["signers[1].notifications", "signers[2].notifications"]
        );
        // What is sent stays as it was given.
        assert_eq!(job.manifest, before);
    }
}

#[test]
fn a_number_in_another_spelling_is_shown_its_form() {
    let mut job = Job::private();
    for (number, form) in [
        ("0047 912 34 567", "+47xxxxxxxx"),
        ("0046701234567", "+xxxxxxxxxxx"),
    ] {
        job.set_contact(1, None, Some(number));
        let report = job.report();
        let violation = report.of(Code::SignerMobileFormat).next().unwrap();
        assert!(violation.problem.contains(form), "{violation}");
        assert!(!violation.problem.contains("912") && !violation.problem.contains("701"));
    }
}

#[test]
fn sectors_are_read_from_their_names() {
    for (name, sector) in [
        ("public", Sector::Public),
        ("private", Sector::Private),
        ("unknown", Sector::Unknown),
    ] {
        assert_eq!(name.parse(), Ok(sector));
    }
    let error = "Public".parse::<Sector>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "no such sector; write public, private or unknown"
    );
}

#[test]
fn a_draft_is_checked_with_as_much_as_is_known() {
    let job = Job::private();
    let codes_of = |draft: Draft<'_>| codes(&lint(draft, &job.profile, job.now));
    let draft = Draft::new(&job.manifest);
    assert_eq!(
        codes_of(draft),
        [Code::UncheckedRequest, Code::UncheckedDocuments]
    );
    let draft = draft.with_request(&job.request);
    assert_eq!(codes_of(draft), [Code::UncheckedDocuments]);
    assert_eq!(codes_of(draft.with_documents(&job.files)), []);
}

#[test]
fn a_proof_keeps_the_warnings() {
    let Job {
        manifest,
        mut request,
        files,
        profile,
        now,
        ..
    } = Job::private();
    request.reference = None;
    let valid = validate(manifest.clone(), request.clone(), &files, &profile, now).unwrap();
    assert_eq!(codes(valid.report()), [Code::ReferenceMissing]);

    let strict = profile.raise(Code::ReferenceMissing);
    let report = validate(manifest, request, &files, &strict, now).unwrap_err();
    assert_eq!(codes(report.errors()), [Code::ReferenceMissing]);
}

#[test]
fn an_unknown_sector_leaves_its_rules_unchecked_and_says_which() {
    let mut job = Job::public();
    job.signer(0).signature_type = Some(portal_model::SignatureType::AdvancedElectronicSignature);
    assert!(job.report().has_errors());
    job.profile.sector = Sector::Unknown;
    let report = job.report();
    let [info] = report.violations() else {
        panic!("{report}")
    };
    assert_eq!(
        (info.code, info.severity),
        (Code::UncheckedSector, Severity::Info)
    );
    for rule in rules().filter(|rule| rule.code != Code::UncheckedSector) {
        let depends = ["ublic sender", "rivate sender"]
            .iter()
            .any(|s| rule.summary.contains(s));
        assert_eq!(
            info.problem.contains(rule.code.as_str()),
            depends,
            "{}",
            rule.code
        );
    }
}

#[test]
fn a_manifest_alone_is_checked_as_far_as_it_goes() {
    let mut job = Job::private();
    job.set_signers(vec![]);
    let report = lint(Draft::new(&job.manifest), &job.profile, job.now);
    assert_eq!(
        codes(&report),
        [
            Code::UncheckedRequest,
            Code::SignersCount,
            Code::UncheckedDocuments
        ]
    );
    let unchecked = |code: Code, of: &str| {
        let problem = &report.of(code).next().unwrap().problem;
        rules()
            .filter(|rule| problem.contains(rule.code.as_str()))
            .all(|rule| rule.code.as_str().starts_with(of))
    };
    assert!(unchecked(Code::UncheckedDocuments, "documents."));
}

#[test]
fn defaults_are_the_careful_ones() {
    let profile = SenderProfile::default();
    assert_eq!(
        profile,
        SenderProfile::new(Sector::Unknown, EnvironmentKind::Production)
    );
}
