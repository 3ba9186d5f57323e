//! Trust anchors out of files, matched against a table.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use portal_certificate::Certificate;
use portal_transport::{
    AnchorError, AnchorNotice, EnvironmentKind, KnownAnchor, TlsSettings, TransportSettings,
    TrustAnchors,
};

use crate::authority::{Authority, POSTEN, Wish};
use crate::factory::reqwest;
use crate::mutual_tls::get;
use crate::server::{Server, hello, mutual};

fn root(authority: &Authority) -> Certificate {
    Certificate::from_der(authority.root_der()).unwrap()
}

/// A collection whose table has the authority's root for the test environment.
fn known(authority: &Authority, environment: EnvironmentKind) -> TrustAnchors {
    let row = KnownAnchor::new(EnvironmentKind::Test, &root(authority));
    TrustAnchors::of(environment).with_table(vec![row])
}

#[tokio::test]
async fn known_anchors_are_trusted_without_a_word() {
    let authority = Authority::new();
    let anchors = known(&authority, EnvironmentKind::Test);
    let anchors = anchors.add_bytes(authority.root_pem().as_bytes()).unwrap();
    let anchors = anchors.add_bytes(authority.root_der()).unwrap();
    let (trust, notices) = anchors.trust(Timestamp::now()).unwrap();
    assert_eq!(notices, []);

    let config = mutual(authority.issue(&Wish::of(POSTEN)), &authority);
    let server = Server::start(Some(config), hello).await;
    let tls = TlsSettings::new(authority.sender().identity().unwrap(), trust);
    let client = reqwest(TransportSettings::new(server.root(), tls)).unwrap();
    assert_eq!(get(&*client, server.url("/x")).await.unwrap(), "hello");
}

#[test]
fn an_unknown_anchor_is_trusted_with_a_notice() {
    let authority = Authority::new();
    let anchors = TrustAnchors::of(EnvironmentKind::Test);
    let anchors = anchors.add_chain(&authority.sender().identity().unwrap());
    let (_, notices) = anchors.trust(Timestamp::now()).unwrap();
    assert!(
        matches!(&notices[..], [AnchorNotice::Unknown { .. }]),
        "{notices:?}"
    );
}

#[test]
fn an_anchor_of_the_other_environment_is_refused() {
    let authority = Authority::new();
    let anchors = known(&authority, EnvironmentKind::Production);
    let anchors = anchors.add_bytes(authority.root_der()).unwrap();
    let error = anchors.trust(Timestamp::now()).unwrap_err();
    insta::assert_snapshot!(error);
}

#[test]
fn an_anchor_outside_its_dates_is_left_out() {
    let authority = Authority::new();
    let anchors = known(&authority, EnvironmentKind::Test);
    let anchors = anchors.add_bytes(authority.root_der()).unwrap();
    let later = root(&authority).not_after() + SignedDuration::from_secs(1);
    let error = anchors.clone().trust(later).unwrap_err();
    assert!(matches!(error, AnchorError::None));

    let other = Authority::new();
    let anchors = anchors.add_bytes(other.long_lived_root().as_ref()).unwrap();
    let (_, notices) = anchors.trust(later).unwrap();
    let left_out = |notice: &AnchorNotice| matches!(notice, AnchorNotice::OutsideDates { .. });
    assert_eq!(notices.iter().filter(|notice| left_out(notice)).count(), 1);
}

/// The sender's own certificate is in the same file.
#[test]
fn a_leaf_is_left_out_with_a_notice() {
    let authority = Authority::new();
    let leaf = authority.sender().chain[0].clone();
    let anchors = known(&authority, EnvironmentKind::Test);
    let only = anchors.clone().add_bytes(leaf.as_ref()).unwrap();
    let error = only.trust(Timestamp::now()).unwrap_err();
    assert!(matches!(error, AnchorError::None));

    let anchors = anchors.add_bytes(authority.root_der()).unwrap();
    let anchors = anchors.add_bytes(leaf.as_ref()).unwrap();
    let (trust, notices) = anchors.trust(Timestamp::now()).unwrap();
    assert!(
        matches!(&notices[..], [AnchorNotice::NotAnAuthority { subject, .. }]
            if subject.contains("Example AS")),
        "{notices:?}"
    );
    assert!(format!("{trust:?}").contains("anchors: 1"));
}

#[test]
fn files_and_folders_are_read() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("root.PEM"), authority.root_pem()).unwrap();
    std::fs::write(at("root.cer"), authority.root_der()).unwrap();
    std::fs::write(at("notes.txt"), "not a certificate").unwrap();
    let anchors = known(&authority, EnvironmentKind::Test);
    let read = anchors.clone().add_path(folder.path()).unwrap();
    assert!(read.trust(Timestamp::now()).is_ok());

    let refused = anchors.clone().add_path(&at("notes.txt")).unwrap_err();
    assert!(matches!(refused, AnchorError::NotACertificate { .. }));
    let missing = anchors.clone().add_path(&at("missing.pem")).unwrap_err();
    assert!(matches!(missing, AnchorError::Unreadable { .. }));
    std::fs::write(at("broken.der"), "no").unwrap();
    assert!(anchors.add_path(folder.path()).is_err());
}

/// A root that was issued again for the same key has another fingerprint.
#[test]
fn an_issued_again_anchor_of_the_other_environment_is_refused() {
    let authority = Authority::new();
    let anchors = known(&authority, EnvironmentKind::Production);
    let again = authority.long_lived_root();
    assert_ne!(again.as_ref(), authority.root_der());
    let error = anchors.add_bytes(&again).unwrap().trust(Timestamp::now());
    let error = error.unwrap_err();
    let other = matches!(error, AnchorError::OtherEnvironment { .. });
    assert!(other, "{error:?}");

    let anchors = known(&authority, EnvironmentKind::Test);
    let (_, notices) = anchors
        .add_bytes(&again)
        .unwrap()
        .trust(Timestamp::now())
        .unwrap();
    assert_eq!(notices, []);
}

#[test]
fn an_anchor_that_is_not_for_servers_is_left_out() {
    let authority = Authority::new();
    let mut row = KnownAnchor::new(EnvironmentKind::Test, &root(&authority));
    row.for_servers = false;
    let anchors = TrustAnchors::of(EnvironmentKind::Test).with_table(vec![row]);
    let anchors = anchors.add_bytes(authority.root_der()).unwrap();
    let error = anchors.clone().trust(Timestamp::now()).unwrap_err();
    assert!(matches!(error, AnchorError::None));
    let anchors = anchors.add_bytes(Authority::new().root_der()).unwrap();
    let (trust, notices) = anchors.trust(Timestamp::now()).unwrap();
    assert_eq!(trust.anchors().len(), 1);
    let left_out = |notice: &AnchorNotice| matches!(notice, AnchorNotice::NotForServers { .. });
    assert!(notices.iter().any(left_out), "{notices:?}");
}

#[test]
fn known_anchors_can_be_added_to_those_of_files() {
    let authority = Authority::new();
    let anchors = TrustAnchors::of(EnvironmentKind::Test).with_known();
    let damaged = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let file = format!("\u{feff}{damaged}{}", authority.root_pem()).replace('\n', "\r\n");
    let anchors = anchors.add_bytes(file.as_bytes()).unwrap();
    let (trust, notices) = anchors.trust(Timestamp::now()).unwrap();
    assert_eq!(trust.anchors().len(), 11);
    assert!(
        matches!(
            &notices[..],
            [
                AnchorNotice::Unreadable { .. },
                AnchorNotice::Unknown { .. }
            ]
        ),
        "{notices:?}"
    );
}

/// Where the issuers' certificates are at hand, each is recognised.
#[test]
fn the_issuers_certificates_are_recognised() {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/certificates");
    if !folder.exists() {
        println!("the issuers' certificates are not here: not compared");
        return;
    }
    let now: Timestamp = "2026-01-15T12:00:00Z".parse().unwrap();
    for (name, environment, other) in [
        ("prod", EnvironmentKind::Production, EnvironmentKind::Test),
        ("test", EnvironmentKind::Test, EnvironmentKind::Production),
    ] {
        let read = |environment| TrustAnchors::of(environment).add_path(&folder.join(name));
        let (_, notices) = read(environment).unwrap().trust(now).unwrap();
        let outside = |notice: &&AnchorNotice| matches!(notice, AnchorNotice::OutsideDates { .. });
        assert_eq!(notices.iter().filter(outside).count(), 2, "{notices:?}");
        let digipost =
            |notice: &&AnchorNotice| matches!(notice, AnchorNotice::NotForServers { .. });
        assert_eq!(notices.iter().filter(digipost).count(), 1, "{notices:?}");
        assert_eq!(notices.len(), 3, "{notices:?}");
        let error = read(other).unwrap().trust(now).unwrap_err();
        assert!(matches!(error, AnchorError::OtherEnvironment { .. }));
    }
}
