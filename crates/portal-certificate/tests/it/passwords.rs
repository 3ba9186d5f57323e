//! Passwords and methods of encryption and authentication of PKCS#12 files and encrypted keys.

use portal_certificate::{EnterpriseCertificate, LoadError, LoadNotice};

use crate::authority::{enterprise, pem};
use crate::openssl::{self, PASSWORD};
use crate::pfx::{Cipher, Encoding, Mac, Pfx};

/// A whole file, to be changed.
fn whole(password: &str) -> Pfx {
    let issued = enterprise();
    let certificates = [issued.leaf, issued.intermediate, issued.root];
    Pfx {
        certificates: certificates.map(|der| (der, None)).to_vec(),
        keys: vec![(issued.pkcs8, None)],
        ..Pfx::new(password)
    }
}

fn open(file: &[u8], password: &str) -> Result<EnterpriseCertificate, LoadError> {
    EnterpriseCertificate::from_pkcs12(file, password)
}

#[test]
fn pbmac1_is_checked() {
    for encoding in [Encoding::Der, Encoding::Ber] {
        for length in [20, 32, 64] {
            let file = Pfx {
                encoding,
                mac: Mac::Pbmac1(length),
                ..whole(PASSWORD)
            };
            let bytes = file.write();
            assert_eq!(open(&bytes, PASSWORD).unwrap().chain().len(), 3);
            assert!(matches!(
                open(&bytes, "wrong"),
                Err(LoadError::WrongPassword)
            ));
            // Another file's MAC.
            let mut other = file.write();
            let last = other.len() - if encoding == Encoding::Ber { 60 } else { 20 };
            other[last] ^= 1;
            assert!(open(&other, PASSWORD).is_err());
        }
    }
}

/// Whoever can guess the key can forge the file: its own parameters must not make that easy.
#[test]
fn pbmac1_needs_a_key_of_20_bytes() {
    for (length, opens) in [(1, false), (16, false), (19, false), (20, true)] {
        let file = Pfx {
            mac: Mac::Pbmac1(length),
            ..whole(PASSWORD)
        };
        let opened = open(&file.write(), PASSWORD);
        assert_eq!(opened.is_ok(), opens, "{length}: {opened:?}");
    }
}

#[test]
fn aes_gcm_is_named_with_what_to_do() {
    let file = Pfx {
        cipher: Cipher::AesGcm,
        ..whole(PASSWORD)
    };
    let error = open(&file.write(), PASSWORD).unwrap_err();
    assert!(matches!(error, LoadError::UnsupportedPkcs12 { .. }));
    let text = error.to_string();
    assert!(
        text.contains("AES-256-GCM") && text.contains("AES-256-CBC"),
        "{text}"
    );
}

#[test]
fn bytes_after_the_end_are_ignored_and_counted() {
    for encoding in [Encoding::Der, Encoding::Ber] {
        let mut file = Pfx {
            encoding,
            ..whole(PASSWORD)
        }
        .write();
        file.extend(b"\r\n\0\0");
        let opened = open(&file, PASSWORD).unwrap();
        assert!(matches!(
            opened.notices(),
            [LoadNotice::TrailingBytes { count: 4, .. }]
        ));
    }
}

/// PBES2 takes the password's bytes, whatever the terminal's encoding was.
#[test]
fn a_password_in_latin_1_opens() {
    let file = Pfx {
        password: b"bl\xe5b\xe6r".to_vec(),
        ..whole("")
    };
    assert!(open(&file.write(), "blåbær").is_ok());
    assert!(matches!(
        open(&file.write(), "blabar"),
        Err(LoadError::WrongPassword)
    ));
}

/// The wrong form of a password gives padding that looks right once in 256 times, and bytes that
/// mean nothing. That must not end the search for the right form.
#[test]
fn padding_that_looks_right_is_not_enough() {
    let issued = enterprise();
    for salt in 0..1000_u32 {
        let mut file = Pfx {
            certificates: vec![(issued.leaf.clone(), None)],
            keys: vec![(issued.pkcs8.clone(), None)],
            password: b"\xe5".to_vec(),
            ..Pfx::new("")
        };
        file.salt[..4].copy_from_slice(&salt.to_be_bytes());
        let opened = open(&file.write(), "å");
        assert!(opened.is_ok(), "{salt}: {opened:?}");
    }
}

/// Before version 1.1, OpenSSL widened each byte of the password. A password that has the same
/// bytes in today's encoding makes today's OpenSSL write such a file.
#[test]
fn a_password_as_before_openssl_1_1_opens() {
    if !openssl::is_installed() {
        return;
    }
    let password = "blåbær";
    let as_then: String = password.bytes().map(char::from).collect();
    let old = [
        "-legacy",
        "-keypbe",
        "PBE-SHA1-3DES",
        "-certpbe",
        "PBE-SHA1-RC2-40",
    ];
    for options in [&old[..], &[old.as_slice(), &["-nomac"]].concat()] {
        let file = openssl::export(&enterprise(), &as_then, options);
        assert_eq!(open(&file, password).unwrap().chain().len(), 3);
        assert!(matches!(
            open(&file, "blabar"),
            Err(LoadError::WrongPassword)
        ));
    }
}

/// The form of an empty password that the MAC matched is the only one that is tried on the bags:
/// the other form gives padding that looks right once in 256 times.
#[test]
fn an_empty_password_opens_every_time() {
    let issued = enterprise();
    let chain = [&issued.leaf, &issued.intermediate, &issued.root].map(Clone::clone);
    let certificate = EnterpriseCertificate::from_der(chain, issued.pkcs8).unwrap();
    for _ in 0..20 {
        let file = certificate.to_pkcs12("", "sender").unwrap();
        assert!(open(&file, "").is_ok());
    }
    if openssl::is_installed() {
        for _ in 0..40 {
            let file = openssl::export(&enterprise(), "", &["-legacy", "-iter", "1"]);
            assert!(open(&file, "").is_ok());
            let file = openssl::export(&enterprise(), "", &["-legacy", "-iter", "1", "-nomac"]);
            assert!(open(&file, "").is_ok());
        }
    }
}

#[test]
fn too_many_rounds_are_refused_with_their_number() {
    let file = Pfx {
        rounds: 5_000_001,
        ..whole(PASSWORD)
    };
    let error = open(&file.write(), PASSWORD).unwrap_err();
    assert!(error.to_string().contains("5000001 rounds"), "{error}");
}

#[test]
fn an_encrypted_key_is_said_to_be_encrypted() {
    const SCRYPT: &str = include_str!("fixtures/key_scrypt.pem");
    let certificate = pem("CERTIFICATE", &enterprise().leaf);
    let chain = certificate.as_bytes();
    for error in [
        EnterpriseCertificate::from_pem(chain, SCRYPT.as_bytes()),
        EnterpriseCertificate::from_encrypted_pem(chain, SCRYPT.as_bytes(), "hemmelig"),
    ] {
        let error = error.unwrap_err();
        assert!(matches!(error, LoadError::UnsupportedKeyEncryption { .. }));
        let text = error.to_string();
        assert!(
            text.contains("scrypt") && text.contains("openssl pkcs8 -topk8"),
            "{text}"
        );
    }
    // As OpenSSL used to write it.
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\
               DEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    for error in [
        EnterpriseCertificate::from_pem(chain, old.as_bytes()),
        EnterpriseCertificate::from_encrypted_pem(chain, old.as_bytes(), "hemmelig"),
    ] {
        assert!(matches!(error, Err(LoadError::EncryptedKey)));
    }
}
