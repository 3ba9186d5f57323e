//! Reports on enterprise certificates.

use jiff::Timestamp;
use portal_certificate::{EnterpriseCertificate, Finding, Inspection};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyUsagePurpose, SerialNumber};

use crate::authority::{
    COMMON_NAME, Issued, ORGANIZATION_IDENTIFIER, enterprise, issue, params, some_key, usual_params,
};

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn load(issued: Issued, issuers: usize) -> EnterpriseCertificate {
    let chain = [issued.leaf, issued.intermediate, issued.root];
    let chain = chain.into_iter().take(1 + issuers);
    EnterpriseCertificate::all_from_der(chain, issued.pkcs8)
        .unwrap()
        .remove(0)
}

fn findings(change: impl FnOnce(&mut CertificateParams), time: &str) -> Vec<Finding> {
    let mut params = params(&[
        (COMMON_NAME, "Example AS"),
        (ORGANIZATION_IDENTIFIER, "NTRNO-123456789"),
    ]);
    change(&mut params);
    load(issue(&params, some_key()), 2)
        .inspect(at(time))
        .findings
}

/// The report as text, with what differs from run to run put aside.
fn text(inspection: &Inspection) -> String {
    let hex: String = inspection
        .sha256
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    inspection.to_string().replace(&hex, "[fingerprint]")
}

#[test]
fn a_good_certificate() {
    let mut params = usual_params();
    params.serial_number = Some(SerialNumber::from_slice(&[1; 11]));
    let inspection = load(issue(&params, some_key()), 2).inspect(at("2026-03-01T12:00:00Z"));
    assert!(inspection.is_usable() && inspection.usable_for_tls && inspection.usable_for_signing);
    assert_eq!(inspection.days_left, 5053);
    insta::assert_snapshot!(text(&inspection));
}

#[test]
fn a_certificate_with_everything_wrong() {
    let mut params = params(&[(COMMON_NAME, "Example AS, avd. \"=\"")]);
    params.key_usages = vec![KeyUsagePurpose::ContentCommitment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.serial_number = Some(SerialNumber::from_slice(&[0x7f; 20]));
    let inspection = load(issue(&params, some_key()), 0).inspect(at("2041-03-01T12:00:00Z"));
    assert!(!inspection.is_usable());
    insta::assert_snapshot!(text(&inspection));
}

#[test]
fn dates_are_reported_to_the_second() {
    let of = |time| findings(|_| {}, time);
    let own = |findings: Vec<Finding>| {
        findings
            .into_iter()
            .filter(|found| {
                !matches!(
                    found,
                    Finding::UnknownIssuer | Finding::IssuerOutsideDates { .. }
                )
            })
            .map(|found| found.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        own(of("2019-12-31T23:59:59Z")),
        ["the certificate is not valid before 2020-01-01T00:00:00Z; check the clock, or wait"]
    );
    assert_eq!(own(of("2020-01-01T00:00:00Z")), [""; 0]);
    assert_eq!(own(of("2039-11-01T00:00:00Z")), [""; 0]);
    assert_eq!(
        own(of("2039-12-30T12:00:00Z")),
        ["the certificate expires in 1 days; order a new one now"]
    );
    assert_eq!(
        own(of("2040-01-01T00:00:00Z")),
        ["the certificate expires in 0 days; order a new one now"]
    );
    assert_eq!(
        own(of("2040-01-01T00:00:01Z")),
        ["the certificate expired at 2040-01-01T00:00:00Z; order a new one"]
    );
}

#[test]
fn no_extended_key_usage_and_client_authentication_are_suitable() {
    let of = |usages: Vec<ExtendedKeyUsagePurpose>| {
        let found = findings(
            |params| params.extended_key_usages = usages,
            "2026-03-01T12:00:00Z",
        );
        found.contains(&Finding::NotForClients)
    };
    assert!(!of(vec![]));
    assert!(!of(vec![ExtendedKeyUsagePurpose::ClientAuth]));
    assert!(!of(vec![ExtendedKeyUsagePurpose::Any]));
    assert!(of(vec![ExtendedKeyUsagePurpose::EmailProtection]));
}

#[test]
fn nothing_secret_is_in_a_report() {
    let issued = enterprise();
    let report = load(issued.clone(), 2).inspect(at("2026-03-01T12:00:00Z"));
    let shown = format!("{report:?}{report}");
    assert!(!shown.contains("PRIVATE") && !shown.contains(&format!("{:?}", &issued.pkcs8[30..40])));
}
