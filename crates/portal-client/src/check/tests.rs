//! What a certificate and trust anchors are said to be, without a network.

use std::sync::OnceLock;

use jiff::Timestamp;
use portal_certificate::{Certificate, KNOWN_ANCHORS};
use portal_model::EnvironmentKind;
use portal_transport::ServerTrust;
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};

use super::certificate::{anchors, certificate};
use super::report::{CheckCode, CheckFinding, CheckStatus};
use crate::Environment;

use CheckStatus::{Fail, Pass, Warn};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-03-01T12:00:00Z")
}

/// An RSA key, made once.
fn rsa() -> &'static KeyPair {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap())
}

fn wanted() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2028, 1, 1);
    let number = DnType::CustomDnType(vec![2, 5, 4, 97]);
    params.distinguished_name.push(number, "NTRNO-123456789");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.not_after = date_time_ymd(2027, 1, 1);
    params
}

/// A certificate of an authority, with and without the authority's.
fn chain(
    params: &CertificateParams,
    key: &KeyPair,
    issuer: &CertificateParams,
) -> Vec<Certificate> {
    let authority_key = KeyPair::generate().unwrap();
    let root = issuer.self_signed(&authority_key).unwrap();
    let issuer = Issuer::from_params(issuer, &authority_key);
    let leaf = params.signed_by(key, &issuer).unwrap();
    [leaf, root]
        .iter()
        .map(|certificate| Certificate::from_der(certificate.der().to_vec()).unwrap())
        .collect()
}

fn issued(change: impl FnOnce(&mut CertificateParams)) -> Vec<Certificate> {
    let mut params = wanted();
    change(&mut params);
    chain(&params, rsa(), &authority("Test authority"))
}

fn odd(findings: &[CheckFinding]) -> Vec<(CheckCode, CheckStatus)> {
    let odd = findings.iter().filter(|finding| finding.status != Pass);
    odd.map(|finding| {
        assert!(finding.fix.is_some(), "{finding}");
        (finding.code, finding.status)
    })
    .collect()
}

fn of_custom(chain: &[Certificate]) -> Vec<(CheckCode, CheckStatus)> {
    let environment = Environment::custom("https://127.0.0.1:8443/api").unwrap();
    odd(&certificate(chain, &environment, true, now()))
}

#[test]
fn each_flaw_of_a_certificate_is_one_finding() {
    assert_eq!(of_custom(&issued(|_| {})), []);
    let elliptic = KeyPair::generate().unwrap();
    let elliptic = chain(&wanted(), &elliptic, &authority("Test authority"));
    assert_eq!(of_custom(&elliptic), [(CheckCode::CertificateKey, Fail)]);
    let enciphers = issued(|params| params.key_usages = vec![KeyUsagePurpose::KeyEncipherment]);
    assert_eq!(of_custom(&enciphers), [(CheckCode::CertificateUsage, Fail)]);
    let server = issued(|params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    assert_eq!(of_custom(&server), [(CheckCode::CertificateUsage, Fail)]);
    let ended = issued(|params| params.not_after = date_time_ymd(2026, 2, 1));
    assert_eq!(of_custom(&ended), [(CheckCode::CertificateDates, Fail)]);
    let early = issued(|params| params.not_before = date_time_ymd(2026, 4, 1));
    assert_eq!(of_custom(&early), [(CheckCode::CertificateDates, Fail)]);
    let soon = issued(|params| params.not_after = date_time_ymd(2026, 3, 30));
    assert_eq!(of_custom(&soon), [(CheckCode::CertificateDates, Warn)]);
}

#[test]
fn a_chain_that_a_package_needs() {
    let whole = issued(|_| {});
    assert_eq!(
        of_custom(&whole[..1]),
        [(CheckCode::CertificateChain, Warn)]
    );
    let mut ended = authority("Test authority");
    ended.not_after = date_time_ymd(2026, 2, 1);
    let ended = chain(&wanted(), rsa(), &ended);
    assert_eq!(of_custom(&ended), [(CheckCode::CertificateChain, Warn)]);
    assert!(certificate(&[], &Environment::difitest(), true, now()).is_empty());
}

#[test]
fn an_organisation_is_needed_where_the_certificate_identifies() {
    let without = issued(|params| params.distinguished_name = rcgen::DistinguishedName::new());
    assert_eq!(
        of_custom(&without),
        [(CheckCode::CertificateOrganization, Fail)]
    );
    let environment = Environment::custom("https://127.0.0.1:8443/api").unwrap();
    assert_eq!(odd(&certificate(&without, &environment, false, now())), []);
}

/// By the issuer's name here; by its certificate where the chain has it.
#[test]
fn certificates_of_the_other_environment_are_found() {
    let known = |environment| {
        let of = |known: &&portal_certificate::KnownAnchor| known.environment == environment;
        let known = KNOWN_ANCHORS.iter().find(of).unwrap();
        issuer_named(known)
    };
    let (production, test) = (EnvironmentKind::Production, EnvironmentKind::Test);
    let code = CheckCode::CertificateEnvironment;
    for (issuer, environment, expected) in [
        (Some(production), Environment::production(), Some(Pass)),
        (Some(test), Environment::production(), Some(Fail)),
        (Some(production), Environment::difitest(), Some(Fail)),
        (Some(test), Environment::difiqa(), Some(Pass)),
        (None, Environment::production(), Some(Warn)),
        (
            Some(test),
            Environment::custom("https://127.0.0.1/api").unwrap(),
            Some(Pass),
        ),
        (
            None,
            Environment::custom("https://127.0.0.1/api").unwrap(),
            None,
        ),
    ] {
        let chain = issuer.map_or_else(|| issued(|_| {}), known);
        let findings = certificate(&chain[..1], &environment, true, now());
        let finding = findings.iter().find(|finding| finding.code == code);
        assert_eq!(
            finding.map(|finding| finding.status),
            expected,
            "{issuer:?} at {environment:?}"
        );
    }
}

/// A certificate whose issuer has a name of the table, and another key.
fn issuer_named(known: &portal_certificate::KnownAnchor) -> Vec<Certificate> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.distinguished_name = rcgen::DistinguishedName::new();
    // The names of the table are written from the end of the DER to its beginning.
    for part in split(&known.subject).into_iter().rev() {
        let (kind, value) = part.split_once('=').unwrap();
        let kind = match kind {
            "CN" => DnType::CommonName,
            "O" => DnType::OrganizationName,
            "OU" => DnType::OrganizationalUnitName,
            "C" => DnType::CountryName,
            "ST" => DnType::StateOrProvinceName,
            "L" => DnType::LocalityName,
            _ => DnType::CustomDnType(vec![2, 5, 4, 97]),
        };
        params.distinguished_name.push(kind, value);
    }
    let chain = chain(&wanted(), rsa(), &params);
    assert_eq!(chain[0].issuer(), known.subject);
    chain
}

fn split(name: &str) -> Vec<&str> {
    name.split([',']).map(str::trim).collect()
}

#[test]
fn anchors_are_listed_with_their_dates() {
    for environment in [EnvironmentKind::Production, EnvironmentKind::Test] {
        let trust = ServerTrust::of_environment(environment);
        let finding = anchors(&trust, Some(environment), now());
        assert_eq!(finding.status, Pass, "{finding}");
        assert_eq!(finding.details.len(), trust.anchors().len());
        let ended = finding
            .details
            .iter()
            .filter(|line| line.contains(" ended "));
        assert_eq!(ended.count(), 2, "{finding}");
        let far = anchors(&trust, Some(environment), at("2100-01-01T00:00:00Z"));
        assert_eq!(far.status, Fail, "{far}");
    }
    // A custom one, which ends at the beginning of 2027.
    let root = &issued(|_| {})[1];
    let trust = ServerTrust::new([root.der()]).unwrap();
    for (time, expected) in [
        ("2026-11-01T00:00:00Z", Pass),
        ("2026-12-15T00:00:00Z", Warn),
        ("2027-01-02T00:00:00Z", Fail),
    ] {
        let finding = anchors(&trust, None, at(time));
        assert_eq!(finding.status, expected, "{finding}");
    }
}
