//! Signing with the private key that was loaded.

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    UnparsedPublicKey,
};
use portal_certificate::{Certificate, EnterpriseCertificate, RsaScheme};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};

use crate::authority::{COMMON_NAME, enterprise, params, pem};

#[test]
fn every_scheme_signs() {
    let issued = enterprise();
    let certificate = EnterpriseCertificate::from_der([issued.leaf], issued.pkcs8).unwrap();
    let key = certificate.private_key().clone();
    let schemes: [(RsaScheme, &'static RsaParameters); 6] = [
        (RsaScheme::Pkcs1Sha256, &RSA_PKCS1_2048_8192_SHA256),
        (RsaScheme::Pkcs1Sha384, &RSA_PKCS1_2048_8192_SHA384),
        (RsaScheme::Pkcs1Sha512, &RSA_PKCS1_2048_8192_SHA512),
        (RsaScheme::PssSha256, &RSA_PSS_2048_8192_SHA256),
        (RsaScheme::PssSha384, &RSA_PSS_2048_8192_SHA384),
        (RsaScheme::PssSha512, &RSA_PSS_2048_8192_SHA512),
    ];
    for (scheme, algorithm) in schemes {
        let signature = key.sign(scheme, b"message").unwrap();
        for (message, expected) in [(&b"message"[..], true), (b"massage", false)] {
            let key = UnparsedPublicKey::new(algorithm, certificate.leaf().public_key());
            let holds = key.verify(message, &signature).is_ok();
            assert_eq!(holds, expected, "{scheme:?}");
        }
    }
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"message");
    let digest = digest.as_ref().try_into().unwrap();
    assert_eq!(
        key.sign_sha256_digest(digest).unwrap(),
        key.sign(RsaScheme::Pkcs1Sha256, b"message").unwrap()
    );
    assert_eq!(key.public_key(), certificate.leaf().public_key());
}

/// The key is parsed once: what it says of one signature does not show on the next.
#[test]
fn a_certificate_knows_the_signatures_of_its_key() {
    let issued = enterprise();
    let certificate = EnterpriseCertificate::from_der([issued.leaf], issued.pkcs8).unwrap();
    let (leaf, key) = (certificate.leaf(), certificate.private_key());
    let digest = [7; 32];
    let right = key.sign_sha256_digest(&digest).unwrap();
    for place in [0, 100, 255] {
        let mut changed = right.clone();
        changed[place] ^= 1;
        assert!(!leaf.verifies_sha256_digest(&digest, &changed));
        assert!(leaf.verifies_sha256_digest(&digest, &right));
        assert!(!leaf.verifies_sha256_digest(&[8; 32], &right));
    }
    assert!(!leaf.verifies_sha256_digest(&digest, &right[1..]));
    assert!(!leaf.verifies_sha256_digest(&digest, b""));
    let intermediate = Certificate::from_der(issued.intermediate).unwrap();
    assert!(!intermediate.verifies_sha256_digest(&digest, &right));
    let pss = key.sign(RsaScheme::PssSha256, b"message").unwrap();
    let message = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"message");
    let message = message.as_ref().try_into().unwrap();
    assert!(!leaf.verifies_sha256_digest(message, &pss));

    let elliptic = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let elliptic = params(&[(COMMON_NAME, "Example")]).self_signed(&elliptic);
    let elliptic = Certificate::from_der(elliptic.unwrap().der().to_vec()).unwrap();
    assert!(!elliptic.verifies_sha256_digest(&digest, &right));
}

#[test]
fn the_key_is_in_no_output() {
    let issued = enterprise();
    let certificate = EnterpriseCertificate::from_der([issued.leaf], issued.pkcs8).unwrap();
    let shown = format!("{:?} {certificate:?}", certificate.private_key());
    let secret = certificate.private_key_pkcs8();
    // A part of the private exponent, in the ways that bytes are shown.
    let part = &secret[600..606];
    let hex: String = part.iter().map(|byte| format!("{byte:02x}")).collect();
    let decimal = format!("{part:?}");
    let decimal = decimal.trim_matches(['[', ']']);
    let base64 = pem("", part);
    let base64 = base64.lines().nth(1).unwrap();
    for secret in [&*hex, decimal, base64] {
        assert!(!shown.contains(secret));
    }
}

/// PKCS#1 and PKCS#8 give the same key, in the same bytes.
#[test]
fn pkcs1_is_read_too() {
    let issued = enterprise();
    // PrivateKeyInfo: version, algorithm, key.
    let parts = crate::authority::children(&issued.pkcs8);
    let pkcs1 = &parts[2][4..];
    let key = pem("RSA PRIVATE KEY", pkcs1);
    let certificate = pem("CERTIFICATE", &issued.leaf);
    let loaded = EnterpriseCertificate::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
    assert_eq!(loaded.private_key_pkcs8(), issued.pkcs8);
}
