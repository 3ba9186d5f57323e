//! Each condition of a valid signature, by a package that breaks it and nothing else.

mod files;

use portal_asice::{Verifier, VerifyError};
use portal_certificate::{Certificate, KeyKind};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PublicKeyData, RsaKeySize,
};

use crate::forms::{Form, java, signatures};
use crate::sample_packages::{
    MANIFEST, now, pack, params, pdf, rsa, sender_params, small_package, unpack, world,
};

/// A package of one document and the manifest, signed by hand.
fn signed(form: &Form) -> Vec<u8> {
    let document = pdf(1, 500);
    let xml = signatures(form, &[&document, MANIFEST.as_bytes()]);
    pack(&vec![
        ("one (ø).pdf".into(), document),
        ("manifest.xml".into(), MANIFEST.into()),
        ("META-INF/signatures.xml".into(), xml.into_bytes()),
    ])
}

fn verify(form: &Form) -> Result<(), VerifyError> {
    world().verifier().verify(&signed(form), now()).map(drop)
}

fn read(certificate: &rcgen::Certificate) -> Certificate {
    Certificate::from_der(certificate.der().to_vec()).unwrap()
}

/// A form of a certificate that the world's root has issued, by a key of its own.
fn form_of(params: &CertificateParams, key: &KeyPair) -> Form {
    let leaf = read(&params.signed_by(key, &world().root).unwrap());
    Form {
        chain: vec![leaf.der().to_vec()],
        key: key.serialize_der(),
        serial: leaf.serial_decimal(),
        leaf,
        ..java()
    }
}

#[test]
fn nothing_is_wrong_with_what_the_others_are_made_from() {
    verify(&java()).unwrap();
    verify(&form_of(&sender_params(), &rsa(RsaKeySize::_2048))).unwrap();
}

#[test]
fn the_serial_number_has_to_be_the_certificates() {
    let serial = world().sender.leaf().serial_decimal();
    for (stated, accepted) in [
        (serial.clone(), true),
        (format!("0{serial}"), true),
        (format!("+{serial}"), true),
        (format!("{serial}0"), false),
        (format!("-{serial}"), false),
        ("1".to_owned(), false),
    ] {
        let mut form = java();
        form.serial.clone_from(&stated);
        match verify(&form) {
            Ok(()) => assert!(accepted, "{stated}"),
            Err(VerifyError::SigningCertificate) => assert!(!accepted, "{stated}"),
            Err(error) => panic!("{stated}: {error:?}"),
        }
    }
}

/// What is no number is no serial number, whatever a library would make of it.
#[test]
fn a_serial_number_is_digits() {
    let serial = world().sender.leaf().serial_decimal();
    for stated in [
        format!("{}_{}", &serial[..2], &serial[2..]),
        format!("{serial}_"),
        format!("0x{serial}"),
        format!("+-{serial}"),
        "+".to_owned(),
        String::new(),
        format!("{}{serial}", "0".repeat(65)),
    ] {
        let mut form = java();
        form.serial.clone_from(&stated);
        let error = verify(&form).unwrap_err();
        assert!(
            matches!(
                error,
                VerifyError::SignatureStructure {
                    element: "X509SerialNumber",
                    ..
                }
            ),
            "{stated}: {error:?}"
        );
    }
}

/// A form with another signing certificate, and no issuer.
fn certified_by(leaf: Certificate) -> Form {
    Form {
        chain: vec![leaf.der().to_vec()],
        serial: leaf.serial_decimal(),
        leaf,
        ..java()
    }
}

#[test]
fn keys_of_another_kind_or_size_are_refused() {
    // A certificate of an elliptic curve; whatever signs, its kind is looked at first.
    let curve = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let leaf = read(&sender_params().signed_by(&curve, &world().root).unwrap());
    match verify(&certified_by(leaf)).unwrap_err() {
        VerifyError::CertificateKey { found, .. } => {
            assert!(!matches!(found, KeyKind::Rsa { .. }), "{found:?}");
        }
        other => panic!("{other:?}"),
    }
    // A key of 1024 bits, which nothing here would make: its modulus is half of another's.
    let short = ShortKey(modulus_of_1024_bits());
    let leaf = read(&sender_params().signed_by(&short, &world().root).unwrap());
    match verify(&certified_by(leaf)).unwrap_err() {
        VerifyError::CertificateKey { found, .. } => {
            assert!(
                matches!(found, KeyKind::Rsa { bits: 1024, .. }),
                "{found:?}"
            );
        }
        other => panic!("{other:?}"),
    }
}

/// An RSA public key in DER.
struct ShortKey(Vec<u8>);

impl PublicKeyData for ShortKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

/// `RSAPublicKey` of an odd modulus of 1024 bits and the exponent 65537.
fn modulus_of_1024_bits() -> Vec<u8> {
    let mut der = vec![0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00];
    der.extend((0..128).map(|at: u8| at | 0x81));
    der.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
    der
}

#[test]
fn a_certificate_that_is_there_twice_is_refused() {
    for (twice, expected) in [(0, 4), (1, 4), (2, 4)] {
        let mut form = java();
        let again = form.chain[twice].clone();
        form.chain.push(again);
        let error = verify(&form).unwrap_err();
        assert!(
            matches!(error, VerifyError::StrayCertificate { position , .. } if position == expected),
            "{error:?}"
        );
    }
}

/// A certificate above the anchor that bears the root's name and key, but did not issue itself: its
/// signature is somebody else's.
#[test]
fn a_self_issued_certificate_must_have_issued_itself() {
    let mut root = params("Another Root");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let root = CertifiedIssuer::self_signed(root, rsa(RsaKeySize::_2048)).unwrap();
    let mut below = params("Another CA");
    below.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    below.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let below = CertifiedIssuer::signed_by(below, rsa(RsaKeySize::_2048), &root).unwrap();
    let key = rsa(RsaKeySize::_2048);
    let leaf = read(&sender_params().signed_by(&key, &below).unwrap());
    // The same name and key, signed by a stranger of that name.
    let mut named = params("Another Root");
    named.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let stranger = rsa(RsaKeySize::_2048);
    let forged = named
        .clone()
        .signed_by(root.key(), &Issuer::new(named, &stranger))
        .unwrap();
    let verifier = Verifier::new([Certificate::from_der(below.der().to_vec()).unwrap()]);
    let with = |top: Vec<u8>| {
        let form = Form {
            chain: vec![leaf.der().to_vec(), below.der().to_vec(), top],
            key: key.serialize_der(),
            serial: leaf.serial_decimal(),
            leaf: leaf.clone(),
            ..java()
        };
        verifier.verify(&signed(&form), now()).map(drop)
    };
    with(root.der().to_vec()).unwrap();
    let error = with(forged.der().to_vec()).unwrap_err();
    assert!(
        matches!(error, VerifyError::StrayCertificate { position: 3, .. }),
        "{error:?}"
    );
}

#[test]
fn an_organisation_that_is_demanded_must_be_named_by_the_certificate() {
    let number = |digits: &str| portal_model::OrganizationNumber::new(digits).unwrap();
    let mut nobody = params("Nobody in particular");
    nobody.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let package = signed(&form_of(&nobody, &rsa(RsaKeySize::_2048)));
    let verified = world().verifier().verify(&package, now()).unwrap();
    assert_eq!(verified.organization_number(), None);
    let demanding = world().verifier().organization(number("123456789"));
    let error = demanding.verify(&package, now()).unwrap_err();
    assert!(
        matches!(error, VerifyError::Organization { .. }),
        "{error:?}"
    );
}

/// Certificates may stand in any order; the stated digest says which one signed.
#[test]
fn the_signing_certificate_is_found_by_its_digest() {
    let mut form = java();
    form.chain.swap(0, 1);
    verify(&form).unwrap();
    // Another certificate of the same key, name and serial number is not the stated one.
    let key = rsa(RsaKeySize::_2048);
    let mut form = form_of(&sender_params(), &key);
    let mut longer = sender_params();
    longer.not_after = rcgen::date_time_ymd(2041, 1, 1);
    let other = read(&longer.signed_by(&key, &world().root).unwrap());
    assert_eq!(other.serial_decimal(), form.serial);
    form.leaf = other;
    let error = verify(&form).unwrap_err();
    assert!(
        matches!(error, VerifyError::SigningCertificate),
        "{error:?}"
    );
}

/// The service's C# client takes serial numbers for signed ones.
#[test]
fn a_serial_number_may_be_stated_as_a_signed_one() {
    let mut params = sender_params();
    params.serial_number = Some(rcgen::SerialNumber::from_slice(&[0xff, 0x00]));
    let mut form = form_of(&params, &rsa(RsaKeySize::_2048));
    assert_eq!(form.serial, "65280");
    verify(&form).unwrap();
    form.serial = "-256".to_owned();
    verify(&form).unwrap();
    form.serial = "-255".to_owned();
    assert!(matches!(
        verify(&form),
        Err(VerifyError::SigningCertificate)
    ));
}

/// Where any signing time is taken, the certificate has to be valid at that time, and not now.
#[test]
fn an_old_package_is_held_against_the_dates_of_its_time() {
    let mut params = sender_params();
    params.not_after = rcgen::date_time_ymd(2026, 4, 1);
    let package = signed(&form_of(&params, &rsa(RsaKeySize::_2048)));
    let verifier = world().verifier().any_signing_time();
    let later = "2030-01-01T00:00:00Z".parse().unwrap();
    verifier.verify(&package, later).unwrap();
    params.not_before = rcgen::date_time_ymd(2026, 3, 2);
    let package = signed(&form_of(&params, &rsa(RsaKeySize::_2048)));
    let error = verifier.verify(&package, later).unwrap_err();
    assert!(matches!(error, VerifyError::Chain { .. }), "{error:?}");
}
