//! Kinds of servers, and of certificates, that must not pass for the service, and some that may.

use std::sync::{Arc, Mutex};

use portal_transport::{ConfigError, ServerTrust, TlsFailure, TlsSettings};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, GeneralSubtree, IsCa,
    KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::TLS13;
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
    SupportedProtocolVersion,
};

use crate::authority::{Authority, Issued, POSTEN, Wish};
use crate::factory::{Factory, hyper, reqwest};
use crate::mutual_tls::{VERSIONS, call, get, make, refusal};
use crate::server::{Server, hello, mutual};

const FACTORIES: [Factory; 2] = [reqwest, hyper];

/// Takes any client, or none; offers some schemes of signatures.
#[derive(Debug)]
struct AnyClient(Vec<SignatureScheme>);

impl ClientCertVerifier for AnyClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}

/// A server that shows the chain of one certificate, and signs with the key of another.
fn server(
    chain: Issued,
    key: &Issued,
    schemes: Vec<SignatureScheme>,
    version: &'static SupportedProtocolVersion,
) -> ServerConfig {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let key = provider.key_provider.load_private_key(key.key.clone_key());
    // Not the constructor that compares the two.
    let certified = CertifiedKey::new(chain.chain, key.unwrap());
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(Arc::new(AnyClient(schemes)))
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)))
}

fn usual_schemes() -> Vec<SignatureScheme> {
    let provider = aws_lc_rs::default_provider();
    provider
        .signature_verification_algorithms
        .supported_schemes()
}

#[tokio::test]
async fn a_server_without_the_certificates_key_is_refused() {
    let authority = Authority::new();
    for version in VERSIONS {
        for factory in FACTORIES {
            let right = authority.issue(&Wish::of(POSTEN));
            let other = authority.issue(&Wish::of(POSTEN));
            let config = server(right, &other, usual_schemes(), version);
            let server = Server::start(Some(config), hello).await;
            let client = make(factory, &server, authority.settings());
            let failure = refusal(get(&*client, server.url("/x")).await);
            assert_eq!(failure, TlsFailure::NoProofOfKey);
            assert_eq!(server.requests(), 0);
        }
    }
}

/// The same server with its own key: nothing else in it is wrong.
#[tokio::test]
async fn a_server_with_the_certificates_key_is_not() {
    let authority = Authority::new();
    for version in VERSIONS {
        let right = authority.issue(&Wish::of(POSTEN));
        let key = Issued {
            chain: Vec::new(),
            key: right.key.clone_key(),
        };
        let config = server(right, &key, usual_schemes(), version);
        let server = Server::start(Some(config), hello).await;
        let client = make(reqwest, &server, authority.settings());
        assert_eq!(get(&*client, server.url("/x")).await.unwrap(), "hello");
    }
}

/// The server would go on without a certificate.
#[tokio::test]
async fn an_empty_client_certificate_is_an_error() {
    let authority = Authority::new();
    for version in VERSIONS {
        for factory in FACTORIES {
            let right = authority.issue(&Wish::of(POSTEN));
            let key = Issued {
                chain: Vec::new(),
                key: right.key.clone_key(),
            };
            // An RSA key, which a sender's is, signs neither way.
            let schemes = vec![
                SignatureScheme::ED25519,
                SignatureScheme::ECDSA_NISTP256_SHA256,
            ];
            let config = server(right, &key, schemes, version);
            let server = Server::start(Some(config), hello).await;
            let client = make(factory, &server, authority.settings());
            let failure = refusal(get(&*client, server.url("/x")).await);
            assert_eq!(failure, TlsFailure::NoCommonSignatureScheme);
            assert_eq!(server.requests(), 0);
        }
    }
}

async fn refused(authority: &Authority, certificate: impl Fn() -> Issued) -> Vec<TlsFailure> {
    let mut failures = Vec::new();
    for version in VERSIONS {
        for factory in FACTORIES {
            failures.push(refusal(
                call(factory, authority, certificate(), version).await,
            ));
        }
    }
    failures
}

#[tokio::test]
async fn a_persons_certificate_is_refused() {
    let authority = Authority::new();
    for name in [vec![2, 5, 4, 42], vec![2, 5, 4, 4]] {
        let mut wish = Wish::of(POSTEN);
        let kind = DnType::CustomDnType(name);
        wish.subject.push((kind, "Example".to_owned()));
        for failure in refused(&authority, || authority.issue(&wish)).await {
            assert!(
                matches!(failure, TlsFailure::PersonalCertificate { .. }),
                "{failure:?}"
            );
        }
    }
}

#[tokio::test]
async fn an_authority_is_no_server() {
    let authority = Authority::new();
    let certificate = || {
        authority.issue_changed(&Wish::of(POSTEN), |params| {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        })
    };
    for failure in refused(&authority, certificate).await {
        assert!(
            matches!(failure, TlsFailure::AuthorityAsServer { .. }),
            "{failure:?}"
        );
    }
}

#[tokio::test]
async fn who_may_not_issue_has_not_issued() {
    let no_signing = |params: &mut CertificateParams| {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    };
    // A key usage that is no bit string.
    let malformed = |params: &mut CertificateParams| {
        params.key_usages = Vec::new();
        let usage = CustomExtension::from_oid_content(&[2, 5, 29, 15], vec![4, 1, 6]);
        params.custom_extensions.push(usage);
    };
    let changes: [&dyn Fn(&mut CertificateParams); 2] = [&no_signing, &malformed];
    for change in changes {
        let authority = Authority::with_intermediate(change);
        let certificate = || authority.issue(&Wish::of(POSTEN));
        for failure in refused(&authority, certificate).await {
            assert!(
                matches!(failure, TlsFailure::IssuerMayNotIssue { .. }),
                "{failure:?}"
            );
        }
    }
    // Without a key usage an authority may issue.
    let authority = Authority::with_intermediate(|params| params.key_usages = Vec::new());
    let certificate = authority.issue(&Wish::of(POSTEN));
    let outcome = call(reqwest, &authority, certificate, &TLS13).await;
    assert_eq!(outcome.unwrap(), "hello");
}

#[tokio::test]
async fn a_server_whose_key_usage_is_unreadable_is_refused() {
    let authority = Authority::new();
    let certificate = || {
        authority.issue_changed(&Wish::of(POSTEN), |params| {
            params.key_usages = Vec::new();
            let usage = CustomExtension::from_oid_content(&[2, 5, 29, 15], vec![4, 1, 6]);
            params.custom_extensions.push(usage);
        })
    };
    for failure in refused(&authority, certificate).await {
        assert!(
            matches!(
                failure,
                TlsFailure::WrongUsage { .. } | TlsFailure::UnsoundCertificate
            ),
            "{failure:?}"
        );
    }
}

fn dns(names: &[&str]) -> Vec<SanType> {
    let names = names.iter();
    names
        .map(|name| SanType::DnsName((*name).try_into().unwrap()))
        .collect()
}

#[tokio::test]
async fn a_name_outside_the_constraints_is_refused() {
    let authority = Authority::with_intermediate(|params| {
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName("example.com".to_owned())],
            excluded_subtrees: Vec::new(),
        });
    });
    let certificate = || {
        authority.issue_changed(&Wish::of(POSTEN), |params| {
            params.subject_alt_names = dns(&["example.org"]);
        })
    };
    for failure in refused(&authority, certificate).await {
        assert!(
            matches!(failure, TlsFailure::NameConstraints { .. }),
            "{failure:?}"
        );
    }
}

#[tokio::test]
async fn names_of_other_hosts_are_reported_and_accepted() {
    let authority = Authority::new();
    for (names, other_host) in [
        (&[][..], false),
        (&["localhost"], false),
        (&["www.example.com", "localhost"], false),
        (&["www.example.com", "example.com"], true),
    ] {
        let certificate = authority.issue_changed(&Wish::of(POSTEN), |params| {
            params.subject_alt_names = dns(names);
        });
        let server = Server::start(Some(mutual(certificate, &authority)), hello).await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let settings = authority.settings().with_server_observer(move |server| {
            log.lock().unwrap().push(server.clone());
        });
        let client = make(hyper, &server, settings);
        assert_eq!(get(&*client, server.url("/x")).await.unwrap(), "hello");
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].dns_names, names);
        assert_eq!(seen[0].is_for_another_host, other_host, "{names:?}");
        assert!(seen[0].certificate.subject.contains("Example AS"));
        assert_eq!(seen[0].tls_version, TlsVersion::Tls13);
    }
}

#[test]
fn only_authorities_are_trust_anchors() {
    let authority = Authority::new();
    let sender = authority.sender();
    let refused = ServerTrust::new([authority.root_der(), sender.chain[0].as_ref()]);
    let Err(ConfigError::NotAnAuthority {
        number, subject, ..
    }) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!(number, 2);
    assert!(subject.contains("Example AS"), "{subject}");
    // An intermediate is one too.
    assert!(ServerTrust::new([sender.chain[1].as_ref()]).is_ok());
    let no_signing = Authority::with_intermediate(|params| {
        params.key_usages = vec![KeyUsagePurpose::CrlSign];
    });
    assert!(ServerTrust::new([no_signing.sender().chain[1].as_ref()]).is_err());
}

/// The sender's own certificate beside the root: whoever has its key is not the service.
#[tokio::test]
async fn the_senders_own_certificate_is_not_the_service() {
    let authority = Authority::new();
    let sender = authority.sender();
    let chain = sender.chain.iter().map(AsRef::as_ref);
    assert!(ServerTrust::new(chain).is_err());
    let settings = TlsSettings::new(
        sender.identity().unwrap(),
        ServerTrust::new([authority.root_der()]).unwrap(),
    );
    let config = mutual(sender, &authority);
    let server = Server::start(Some(config), hello).await;
    let client = make(reqwest, &server, settings);
    let failure = refusal(get(&*client, server.url("/x")).await);
    assert!(matches!(failure, TlsFailure::OtherOrganization { .. }));
}
