//! The whole table of anchors, each row with a key of ours in place of its holder's.

use jiff::SignedDuration;
use portal_certificate::{KNOWN_ANCHORS, KnownAnchor};
use portal_model::EnvironmentKind;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::crypto::aws_lc_rs;

use super::*;

struct Row {
    anchor: KnownAnchor,
    server: CertificateDer<'static>,
}

fn row(number: usize, known: &KnownAnchor) -> Row {
    let mut params = CertificateParams::default();
    let name = format!("Issuer {number}");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let certificate = Certificate::from_der(issuer.der().as_ref()).unwrap();
    let mut anchor = KnownAnchor::new(known.environment, &certificate);
    anchor.for_servers = known.for_servers;
    anchor.is_root = known.is_root;
    (anchor.not_before, anchor.not_after) = (known.not_before, known.not_after);

    // The dates of rcgen's parameters are from 1975 to 4096.
    let mut params = CertificateParams::default();
    let number = DnType::CustomDnType(vec![2, 5, 4, 97]);
    params.distinguished_name.push(number, "NTRNO-984661185");
    let server = params.signed_by(&KeyPair::generate().unwrap(), &issuer);
    let server = server.unwrap().der().clone();
    Row { anchor, server }
}

fn check(
    trust: &ServerTrust,
    server: &CertificateDer<'_>,
    at: Timestamp,
) -> Result<(), TlsFailure> {
    let verifier = OrganizationVerifier {
        trust: trust.clone(),
        algorithms: aws_lc_rs::default_provider().signature_verification_algorithms,
        observer: None,
        mismatch_logged: Once::new(),
    };
    let at = u64::try_from(at.as_second()).unwrap();
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(at));
    let name = ServerName::try_from("localhost").unwrap();
    verifier.check(server, &[], &name, at).map(|_| ())
}

/// Each sends its own certificate alone: the table's intermediates are issuers too.
#[test]
fn every_anchor_of_the_table_counts_in_its_environment_within_its_dates() {
    let rows: Vec<Row> = (0..)
        .zip(KNOWN_ANCHORS)
        .map(|(n, known)| row(n, known))
        .collect();
    let table: Vec<KnownAnchor> = rows.iter().map(|row| row.anchor.clone()).collect();
    let now: Timestamp = "2026-01-15T12:00:00Z".parse().unwrap();
    let mut accepted = 0;
    for environment in [EnvironmentKind::Production, EnvironmentKind::Test] {
        let trust = ServerTrust::of_table(&table, environment).unwrap();
        for Row { anchor, server } in &rows {
            let after = anchor.not_after + SignedDuration::from_secs(1);
            let before = anchor.not_before - SignedDuration::from_secs(1);
            for at in [now, before, after] {
                let outcome = check(&trust, server, at);
                let what = format!("{environment} at {at}: {anchor}: {outcome:?}");
                if anchor.environment != environment {
                    let other = matches!(outcome, Err(TlsFailure::OtherEnvironment { .. }));
                    assert!(other, "{what}");
                } else if !anchor.for_servers {
                    let unknown = matches!(outcome, Err(TlsFailure::UnknownIssuer { .. }));
                    assert!(unknown, "{what}");
                } else if !anchor.is_valid_at(at) {
                    let ended = matches!(outcome, Err(TlsFailure::AnchorOutsideDates { .. }));
                    assert!(ended, "{what}");
                } else {
                    assert_eq!(outcome, Ok(()), "{what}");
                    accepted += 1;
                }
            }
        }
    }
    // Of eleven in each environment, one is not for servers and two have expired.
    assert_eq!(accepted, 2 * (11 - 1 - 2));
}

#[test]
fn the_known_anchors_of_an_environment_are_trusted() {
    for environment in [EnvironmentKind::Production, EnvironmentKind::Test] {
        let trust = ServerTrust::of_environment(environment);
        assert_eq!(trust.environment(), Some(environment));
        assert_eq!(trust.anchors().len(), 10);
        for known in KNOWN_ANCHORS {
            let trusted = trust
                .anchors()
                .iter()
                .find(|anchor| anchor.sha256 == known.sha256);
            let wanted = known.for_servers && known.environment == environment;
            assert_eq!(trusted.is_some(), wanted, "{known}");
            if let Some(anchor) = trusted {
                assert_eq!(anchor.not_after, known.not_after);
                assert!(!anchor.anchor.subject.is_empty());
                assert!(!anchor.anchor.subject_public_key_info.is_empty());
            }
        }
    }
}

#[test]
fn refusals_of_issuers_say_what_to_do() {
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let seen = || {
        Box::new(SeenCertificate {
            subject: "CN=server".to_owned(),
            issuer: "CN=issuer".to_owned(),
            serial: "01".to_owned(),
            not_before: time("2026-01-01T00:00:00Z"),
            not_after: time("2027-01-01T00:00:00Z"),
        })
    };
    let ended = TlsFailure::AnchorOutsideDates {
        anchor: "CN=root".to_owned(),
        not_before: time("2010-01-01T00:00:00Z"),
        not_after: time("2025-01-01T00:00:00Z"),
        seen: seen(),
    };
    let other = TlsFailure::OtherEnvironment {
        trusted: EnvironmentKind::Test,
        found: EnvironmentKind::Production,
        seen: seen(),
    };
    insta::assert_snapshot!(format!("{ended}\n{other}"));
}

#[test]
fn settings_and_verifier_show_whom_they_trust() {
    let trust = ServerTrust::of_environment(EnvironmentKind::Test);
    let settings = TlsSettings::without_client_certificate(trust.clone());
    let shown = format!("{settings:?}");
    assert!(
        shown.starts_with("TlsSettings { identity: None, trust: Service(ServerTrust {"),
        "{shown}"
    );
    let provider = aws_lc_rs::default_provider();
    let verifier = OrganizationVerifier::new(&trust, &settings, &provider);
    let shown = format!("{verifier:?}");
    assert!(
        shown.starts_with("OrganizationVerifier { trust: ServerTrust {"),
        "{shown}"
    );
}

#[test]
fn versions_have_their_usual_names() {
    let versions = [TlsVersion::Tls12, TlsVersion::Tls13];
    assert_eq!(
        versions.map(|version| version.to_string()),
        ["TLS 1.2", "TLS 1.3"]
    );
    assert_eq!(format!("{:>9}", TlsVersion::Tls13), "  TLS 1.3");
}
