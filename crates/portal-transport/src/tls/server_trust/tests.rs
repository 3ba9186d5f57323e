//! Anchors' dates, and what is said of anchors.

use jiff::ToSpan as _;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

use super::*;

fn anchor() -> Certificate {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    Certificate::from_der(certificate.der().as_ref()).unwrap()
}

#[test]
fn an_anchor_is_valid_from_its_first_second_to_its_last() {
    let row = KnownAnchor::new(EnvironmentKind::Test, &anchor());
    let anchor = ServerAnchor::known(&row);
    let (first, last) = (anchor.not_before, anchor.not_after);
    for (time, expected) in [
        (first - 1.second(), false),
        (first, true),
        (first + 1.second(), true),
        (last - 1.second(), true),
        (last, true),
        (last + 1.second(), false),
    ] {
        assert_eq!(anchor.is_valid_at(time), expected, "{time}");
    }
}

#[test]
fn an_anchor_that_is_none_is_named_by_its_place() {
    let good = anchor();
    let broken = ServerTrust::new([good.der(), good.der(), b"no certificate"]).unwrap_err();
    assert!(
        matches!(broken, ConfigError::TrustAnchor { number: 3, .. }),
        "{broken:?}"
    );
    // The same one twice is one.
    assert_eq!(
        ServerTrust::new([good.der(), good.der()])
            .unwrap()
            .anchors()
            .len(),
        1
    );
}

#[test]
fn debug_shows_what_is_trusted_and_no_key() {
    let row = KnownAnchor::new(EnvironmentKind::Test, &anchor());
    let anchor = ServerAnchor::known(&row);
    let shown = format!("{anchor:?}");
    assert!(shown.starts_with("ServerAnchor { subject: "), "{shown}");
    assert!(shown.contains("environment: Some(Test)"), "{shown}");
    let trust = ServerTrust::of_table(&[row], EnvironmentKind::Test).unwrap();
    assert_eq!(
        format!("{trust:?}"),
        "ServerTrust { anchors: 1, environment: Some(Test), organization_number: \"984661185\", .. }"
    );
}

#[test]
fn added_anchors_belong_to_one_environment() {
    let [unknown, first, second, production] = [(); 4].map(|()| anchor());
    let table = [
        KnownAnchor::new(EnvironmentKind::Test, &first),
        KnownAnchor::new(EnvironmentKind::Test, &second),
        KnownAnchor::new(EnvironmentKind::Production, &production),
    ];
    let ours = [unknown, first, second];
    let trust = ServerTrust::empty().with_certificates(&ours, &table);
    let trust = trust.unwrap();
    assert_eq!(trust.anchors().len(), 3);
    assert_eq!(trust.environment(), Some(EnvironmentKind::Test));
    // Servers of the other environment are recognised as such.
    let others = trust.of_other_environment.iter();
    let others: Vec<[u8; 32]> = others.map(|anchor| anchor.sha256).collect();
    assert_eq!(others, [production.sha256()]);
    let mixed = trust.with_certificates(&[production], &table).unwrap_err();
    assert!(
        matches!(mixed, ConfigError::MixedEnvironments { number: 1, .. }),
        "{mixed:?}"
    );
}
