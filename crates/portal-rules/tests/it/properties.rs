//! Laws that hold for every job.

use std::collections::BTreeSet;

use portal_model::XmlDocument;
use portal_rules::{Code, Severity, check, validate};
use proptest::prelude::*;

use crate::mutation;
use crate::sample::Job;
use crate::strategy::{draw, signer, valid_job};
use crate::strategy_any::{any_job, nearly_valid_job};

/// Code and path of everything of a severity and above.
fn found(job: &Job, severity: Severity) -> BTreeSet<(Code, String)> {
    let report = job.report();
    report
        .at_least(severity)
        .map(|violation| (violation.code, violation.path.clone()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_valid_job_has_no_errors(job in valid_job()) {
        let report = job.report();
        prop_assert!(!report.has_errors(), "{}", report);
        let Job { manifest, request, files, profile, now, .. } = job;
        let valid = validate(manifest.clone(), request.clone(), &files, &profile, now).unwrap();
        prop_assert_eq!(valid.manifest(), &manifest);
        prop_assert_eq!(valid.request(), &request);
        prop_assert_eq!(valid.documents(), &files[..]);
        prop_assert_eq!(valid.report(), &report);
        prop_assert_eq!(valid.into_parts(), (manifest, request));
    }

    #[test]
    fn one_changed_field_gives_exactly_the_expected_code(
        job in valid_job(),
        choice in any::<proptest::sample::Index>(),
        which in any::<proptest::sample::Index>(),
    ) {
        let mutations = mutation::all();
        let mutation = choice.get(&mutations);
        let before = found(&job, mutation.severity(&job));
        let mut mutant = job.clone();
        prop_assume!((mutation.apply)(&mut mutant, which));
        prop_assume!(before.iter().all(|(code, _)| *code != mutation.code));
        let after = found(&mutant, mutation.severity(&job));
        let new: BTreeSet<Code> = after.difference(&before).map(|(code, _)| *code).collect();
        prop_assert_eq!(new, BTreeSet::from([mutation.code]), "{}", mutant.report());
    }

    #[test]
    fn adding_a_signer_never_removes_a_violation_of_another(
        job in prop_oneof![valid_job(), nearly_valid_job(), any_job()],
        draw in draw(),
        place in any::<proptest::sample::Index>(),
    ) {
        let mut more = job.clone();
        let mut signers = more.manifest.signers.to_vec();
        let place = place.index(signers.len() + 1);
        signers.insert(place, signer(&draw, 99, &job.profile, false));
        more.set_signers(signers);

        let moved = |path: &str| {
            let (index, rest) = path.strip_prefix("signers[")?.split_once(']')?;
            let index: usize = index.parse().ok()?;
            Some(format!("signers[{}]{rest}", if index < place { index } else { index + 1 }))
        };
        let after = found(&more, Severity::Info);
        for (code, path) in found(&job, Severity::Info) {
            if let Some(path) = moved(&path) {
                prop_assert!(after.contains(&(code, path.clone())), "{code} at {path} is gone");
            }
        }
    }

    #[test]
    fn ninety_days_pass_and_a_second_more_does_not(
        job in valid_job(),
        activation in -60_000_000_000_i64..250_000_000_000,
    ) {
        let activation = jiff::Timestamp::from_second(activation).unwrap();
        let mut job = job;
        job.set_availability(Some(activation), Some(90 * 24 * 60 * 60));
        prop_assert!(!job.report().has_errors());
        job.set_availability(Some(activation), Some(90 * 24 * 60 * 60 + 1));
        let codes: Vec<Code> = job.report().errors().map(|violation| violation.code).collect();
        prop_assert_eq!(codes, [Code::AvailabilityMaximum]);
    }

    #[test]
    fn any_job_is_checked_without_panic_and_in_document_order(job in any_job()) {
        let report = job.report();
        prop_assert_eq!(&report, &job.report());
        let lists = |list: &str| -> Vec<usize> {
            let paths = report.violations().iter().map(|violation| &violation.path);
            let indexes = paths.filter_map(|path| path.strip_prefix(list)?.split_once(']'));
            indexes.map(|(index, _)| index.parse().unwrap()).collect()
        };
        prop_assert!(lists("signers[").is_sorted());
        prop_assert!(lists("documents[").is_sorted());
        let families = ["request", "reference", "polling-queue", "signers", "sender", "title",
            "nonsensitive-title", "description", "document", "availability", "identifier"];
        let family = |path: &str| families.iter().position(|family| path.starts_with(family)).unwrap();
        prop_assert!(report.violations().is_sorted_by_key(|violation| family(&violation.path)));
        if !job.manifest_only {
            let Job { manifest, request, files, profile, now, .. } = job;
            prop_assert_eq!(&check(&manifest, &request, &files, &profile, now), &report);
            let errors = report.has_errors();
            prop_assert_eq!(validate(manifest, request, &files, &profile, now).is_err(), errors);
        }
    }

    /// The rules know every limit of the schema: what they let pass can be written and read again.
    #[test]
    fn what_passes_can_be_written_and_read(job in prop_oneof![valid_job(), nearly_valid_job()]) {
        let Job { manifest, request, files, profile, now, .. } = job;
        if let Ok(valid) = validate(manifest, request, &files, &profile, now) {
            let xml = valid.manifest().to_xml().unwrap();
            prop_assert!(portal_model::PortalSignatureJobManifest::from_xml(xml.as_bytes()).is_ok());
            let xml = valid.request().to_xml().unwrap();
            prop_assert!(portal_model::PortalSignatureJobRequest::from_xml(xml.as_bytes()).is_ok());
        }
    }
}

#[test]
fn nearly_every_rule_has_such_a_change() {
    let codes: BTreeSet<Code> = mutation::all()
        .iter()
        .map(|mutation| mutation.code)
        .collect();
    let without: Vec<Code> = Code::ALL
        .iter()
        .copied()
        .filter(|code| !codes.contains(code))
        .collect();
    // What is unknown of a job is no field of it.
    assert_eq!(without, [Code::UncheckedDocuments, Code::UncheckedRequest]);
}

/// Texts that stand out from what a report says in its own words.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{11}",
        "[+]47[0-9]{8}",
        "[a-z]{3,8}@[a-z]{3,8}[.]no",
        "[A-Z0-9.@+]{8,20}"
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_report_holds_personal_data(
        job in prop_oneof![valid_job(), any_job()],
        secrets in proptest::collection::vec(secret(), 7),
    ) {
        let mut job = job;
        let [number, email, mobile, title, href, reference, queue] = &secrets[..] else { panic!() };
        job.set_signers(vec![crate::sample::by_number(1); 2]);
        job.set_number(0, number);
        job.set_contact(0, Some(email), Some(mobile));
        job.set_number(1, number);
        job.set_contact(1, Some(email), Some(mobile));
        job.replace_texts(title, href);
        job.request.reference = Some(portal_model::SignatureJobReference::unchecked(reference));
        job.request.polling_queue = Some(queue.clone());
        let report = job.report();
        let mut said = format!("{report} {report:?}");
        if cfg!(feature = "serde") {
            said += &json(&report);
        }
        for secret in &secrets {
            prop_assert!(!said.contains(secret.as_str()), "{secret} is in the report");
        }
    }
}

#[cfg(feature = "serde")]
fn json(report: &portal_rules::Report) -> String {
    serde_json::to_string(report).unwrap()
}

#[cfg(not(feature = "serde"))]
fn json(_: &portal_rules::Report) -> String {
    String::new()
}
