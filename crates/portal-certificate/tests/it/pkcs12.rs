//! Opening and writing PKCS#12 files.

use std::process::Command;

use portal_certificate::{Certificate, EnterpriseCertificate, FileFormat, LoadError};
use proptest::prelude::*;
use rcgen::{KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, RsaKeySize};

use crate::authority::{COMMON_NAME, Issued, SERIAL_NUMBER, enterprise, issue, params, rsa};
use crate::openssl::{self, PASSWORD, export};
use crate::pfx::{Encoding, outside_in_ber};

/// Ways of writing a file, by the options of `openssl pkcs12 -export`.
const FORMS: [(&str, &[&str]); 10] = [
    ("the default of OpenSSL 3", &[]),
    ("RC2-40 and 3DES, the default of old", &["-legacy"]),
    (
        "3DES for both",
        &[
            "-legacy",
            "-keypbe",
            "PBE-SHA1-3DES",
            "-certpbe",
            "PBE-SHA1-3DES",
        ],
    ),
    (
        "2-key 3DES, RC2-128",
        &[
            "-legacy",
            "-keypbe",
            "PBE-SHA1-2DES",
            "-certpbe",
            "PBE-SHA1-RC2-128",
        ],
    ),
    (
        "AES-128",
        &["-keypbe", "AES-128-CBC", "-certpbe", "AES-192-CBC"],
    ),
    ("MAC with SHA-512", &["-macalg", "sha512"]),
    (
        "MAC with SHA-384, few rounds",
        &["-macalg", "sha384", "-iter", "1"],
    ),
    ("no MAC", &["-nomac"]),
    (
        "nothing encrypted",
        &["-keypbe", "NONE", "-certpbe", "NONE"],
    ),
    (
        "PBES2 with 3DES",
        &["-keypbe", "DES-EDE3-CBC", "-certpbe", "DES-EDE3-CBC"],
    ),
];

#[test]
fn every_form_opens_and_a_wrong_password_does_not() {
    if !openssl::is_installed() {
        return;
    }
    let issued = enterprise();
    for (name, options) in FORMS {
        let file = export(&issued, PASSWORD, options);
        let opened = EnterpriseCertificate::from_pkcs12(&file, PASSWORD).expect(name);
        let chain: Vec<&[u8]> = opened.chain_der().collect();
        assert_eq!(
            chain,
            [&issued.leaf[..], &issued.intermediate, &issued.root],
            "{name}"
        );
        assert_eq!(opened.private_key_pkcs8(), issued.pkcs8, "{name}");
        for wrong in ["", "Pass ord æøå"] {
            let error = EnterpriseCertificate::from_pkcs12(&file, wrong).unwrap_err();
            assert!(
                matches!(error, LoadError::WrongPassword),
                "{name}: {error:?}"
            );
        }
    }
}

#[test]
fn an_empty_password_is_a_password() {
    if !openssl::is_installed() {
        return;
    }
    for options in [&[][..], &["-legacy"]] {
        let file = export(&enterprise(), "", options);
        assert!(EnterpriseCertificate::from_pkcs12(&file, "").is_ok());
        let error = EnterpriseCertificate::from_pkcs12(&file, "x").unwrap_err();
        assert!(matches!(error, LoadError::WrongPassword));
    }
}

#[test]
fn what_is_no_pkcs12_file_is_said_to_be_none() {
    let open = |file: &[u8]| EnterpriseCertificate::from_pkcs12(file, PASSWORD).unwrap_err();
    assert!(matches!(open(b""), LoadError::Empty { .. }));
    assert!(matches!(
        open(b"-----BEGIN CERTIFICATE-----"),
        LoadError::WrongFormat {
            found: FileFormat::Pem,
            ..
        }
    ));
    assert!(matches!(
        open(&enterprise().leaf),
        LoadError::WrongFormat {
            found: FileFormat::Certificate,
            ..
        }
    ));
    assert!(matches!(open(b"neither"), LoadError::NotPkcs12 { .. }));
}

#[test]
fn what_was_written_opens_with_its_password_alone() {
    let issued = enterprise();
    let certificate = loaded(&issued);
    for password in ["sandbox", "", PASSWORD] {
        let file = certificate.to_pkcs12(password, "sender").unwrap();
        let opened = EnterpriseCertificate::from_pkcs12(&file, password).unwrap();
        assert!(opened.chain_der().eq(certificate.chain_der()));
        assert_eq!(opened.private_key_pkcs8(), issued.pkcs8);
        let error = EnterpriseCertificate::from_pkcs12(&file, "Sandbox").unwrap_err();
        assert!(matches!(error, LoadError::WrongPassword));
    }
}

#[test]
fn openssl_opens_what_was_written() {
    if !openssl::is_installed() {
        return;
    }
    let file = loaded(&enterprise())
        .to_pkcs12("sandbox", "sender")
        .unwrap();
    let text = openssl::import(&file, "sandbox");
    assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 3);
    assert_eq!(text.matches("BEGIN PRIVATE KEY").count(), 1);
    assert!(text.contains("friendlyName: sender"));
}

#[test]
fn java_opens_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sender.p12");
    let file = loaded(&enterprise())
        .to_pkcs12("sandbox", "sender")
        .unwrap();
    std::fs::write(&path, file).unwrap();
    let listed = Command::new("keytool")
        .args([
            "-list",
            "-v",
            "-storetype",
            "PKCS12",
            "-storepass",
            "sandbox",
            "-keystore",
        ])
        .arg(&path)
        .env("JAVA_TOOL_OPTIONS", "-Duser.language=en")
        .output();
    let Ok(listed) = listed else {
        println!("no JDK is installed: its key store is not tried");
        return;
    };
    let text = String::from_utf8_lossy(&listed.stdout);
    assert!(listed.status.success(), "{text}");
    assert!(text.contains("Alias name: sender"), "{text}");
    assert!(text.contains("Certificate chain length: 3"), "{text}");
}

fn loaded(issued: &Issued) -> EnterpriseCertificate {
    let chain = [&issued.leaf, &issued.intermediate, &issued.root].map(Clone::clone);
    EnterpriseCertificate::from_der(chain, issued.pkcs8.clone()).unwrap()
}

#[test]
fn ber_outside_with_a_mac() {
    if !openssl::is_installed() {
        return;
    }
    for (name, options) in FORMS {
        let file = outside_in_ber(&export(&enterprise(), PASSWORD, options));
        let opened = EnterpriseCertificate::from_pkcs12(&file, PASSWORD).expect(name);
        assert_eq!(opened.chain().len(), 3, "{name}");
    }
}

#[test]
fn ber_at_every_depth_and_any_order() {
    let issued = enterprise();
    for encoding in [Encoding::Ber, Encoding::Der] {
        for certificates in [
            [&issued.leaf, &issued.intermediate, &issued.root],
            [&issued.root, &issued.intermediate, &issued.leaf],
            [&issued.intermediate, &issued.leaf, &issued.root],
        ] {
            let file = encoding.file(
                &certificates.map(|der| &der[..]),
                &[&issued.pkcs8],
                PASSWORD,
            );
            let opened = EnterpriseCertificate::from_pkcs12(&file, PASSWORD).unwrap();
            let chain: Vec<&[u8]> = opened.chain_der().collect();
            assert_eq!(
                chain,
                [&issued.leaf[..], &issued.intermediate, &issued.root]
            );
            let error = EnterpriseCertificate::from_pkcs12(&file, "wrong").unwrap_err();
            assert!(matches!(error, LoadError::WrongPassword), "{error:?}");
        }
    }
}

/// A file as Buypass delivers it: one key for authentication and encryption, one for sealing.
#[test]
fn of_two_keys_the_one_for_signing_data_is_taken() {
    let sealing_key = rsa(RsaKeySize::_2048);
    let mut sealing = params(&[(COMMON_NAME, "Example AS")]);
    sealing.key_usages = vec![KeyUsagePurpose::ContentCommitment];
    let sealing = issue(&sealing, &sealing_key);
    let issued = enterprise();
    let certificates = [
        &*sealing.leaf,
        &issued.root,
        &issued.leaf,
        &issued.intermediate,
    ];
    for keys in [
        [&*sealing.pkcs8, &issued.pkcs8],
        [&issued.pkcs8, &*sealing.pkcs8],
    ] {
        let file = Encoding::Ber.file(&certificates, &keys, PASSWORD);
        let opened = EnterpriseCertificate::from_pkcs12(&file, PASSWORD).unwrap();
        assert_eq!(opened.leaf_der(), issued.leaf);
        assert_eq!(opened.chain().len(), 3);
        let all = EnterpriseCertificate::all_from_pkcs12(&file, PASSWORD).unwrap();
        let keys_found: Vec<&[u8]> = all
            .iter()
            .map(EnterpriseCertificate::private_key_pkcs8)
            .collect();
        assert_eq!(keys_found, keys);
    }
}

#[test]
fn when_there_is_a_choice_the_caller_makes_it() {
    let other_key = rsa(RsaKeySize::_2048);
    let subject = [(COMMON_NAME, "Example 2 AS"), (SERIAL_NUMBER, "988015814")];
    let other = issue(&params(&subject), &other_key);
    let issued = enterprise();
    let file = Encoding::Der.file(
        &[
            &issued.leaf,
            &other.leaf,
            &issued.intermediate,
            &issued.root,
        ],
        &[&other.pkcs8, &issued.pkcs8],
        PASSWORD,
    );
    let error = EnterpriseCertificate::from_pkcs12(&file, PASSWORD).unwrap_err();
    assert!(matches!(error, LoadError::SeveralKeys { count: 2, .. }));
    assert_eq!(
        EnterpriseCertificate::all_from_pkcs12(&file, PASSWORD)
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn what_lacks_or_does_not_fit_is_said() {
    let issued = enterprise();
    let open = |certificates: &[&[u8]], keys: &[&[u8]]| {
        let file = Encoding::Ber.file(certificates, keys, PASSWORD);
        EnterpriseCertificate::from_pkcs12(&file, PASSWORD).unwrap_err()
    };
    assert!(matches!(
        open(&[&issued.leaf], &[]),
        LoadError::NoPrivateKey { .. }
    ));
    assert!(matches!(
        open(&[], &[&issued.pkcs8]),
        LoadError::NoCertificate { .. }
    ));
    assert!(matches!(
        open(&[&issued.root], &[&issued.pkcs8]),
        LoadError::NoCertificateForKey
    ));
    let elliptic = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
        .unwrap()
        .serialize_der();
    assert!(matches!(
        open(&[&issued.leaf], &[&elliptic]),
        LoadError::NotRsa
    ));
    assert!(matches!(
        open(&[b"no certificate"], &[&issued.pkcs8]),
        LoadError::Certificate { position: 1, .. }
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// Damage never panics, and never gives another key. (Without a MAC, damage to other things
    /// than the key may go unnoticed here: nothing says what they were.)
    #[test]
    fn a_damaged_file_gives_an_error_or_the_same_key(place: prop::sample::Index, mask in 1u8..) {
        let issued = enterprise();
        let certificates = [&*issued.leaf, &issued.intermediate, &issued.root];
        let mut file = Encoding::Ber.file(&certificates, &[&issued.pkcs8], PASSWORD);
        let at = place.index(file.len());
        file[at] ^= mask;
        if let Ok(opened) = EnterpriseCertificate::from_pkcs12(&file, PASSWORD) {
            let leaf = Certificate::from_der(issued.leaf).unwrap();
            prop_assert!(opened.leaf().public_key() == leaf.public_key());
        }
    }
}

#[test]
fn a_cipher_that_is_not_supported_is_named() {
    if !openssl::is_installed() {
        return;
    }
    let options = ["-legacy", "-keypbe", "PBE-SHA1-RC4-128"];
    let file = export(&enterprise(), PASSWORD, &options);
    let error = EnterpriseCertificate::from_pkcs12(&file, PASSWORD).unwrap_err();
    assert!(
        error.to_string().contains("1.2.840.113549.1.12.1.1"),
        "{error}"
    );
    assert!(matches!(error, LoadError::UnsupportedPkcs12 { .. }));
}
