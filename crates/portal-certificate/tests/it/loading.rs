//! Loading from PEM and DER.

use portal_certificate::{EnterpriseCertificate, LoadError};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};

use crate::authority::{self, enterprise, pem};
use crate::openssl;

#[test]
fn der_in_any_order_gives_the_chain_in_order() {
    let issued = enterprise();
    for chain in [
        [&issued.leaf, &issued.intermediate, &issued.root],
        [&issued.root, &issued.leaf, &issued.intermediate],
        [&issued.intermediate, &issued.root, &issued.leaf],
    ] {
        let chain = chain.map(Clone::clone);
        let loaded = EnterpriseCertificate::from_der(chain, issued.pkcs8.clone()).unwrap();
        let ders: Vec<&[u8]> = loaded.chain_der().collect();
        assert_eq!(ders, [&issued.leaf[..], &issued.intermediate, &issued.root]);
        assert_eq!(loaded.organization_number().unwrap().as_str(), "123456789");
    }
}

#[test]
fn pem_with_text_between_and_all_in_one_file() {
    let issued = enterprise();
    let file = format!(
        "Bag Attributes\r\n    friendlyName: example\r\n{}\r\nissuer=...\r\n{}{}{}",
        pem("CERTIFICATE", &issued.root).replace('\n', "\r\n"),
        pem("CERTIFICATE", &issued.leaf),
        issued.key_pem,
        pem("CERTIFICATE", &issued.intermediate),
    );
    let loaded = EnterpriseCertificate::from_pem(file.as_bytes(), file.as_bytes()).unwrap();
    assert_eq!(loaded.chain().len(), 3);
    assert_eq!(loaded.private_key_pkcs8(), issued.pkcs8);
    assert!(!format!("{loaded:?}").contains(&format!("{:?}", &issued.pkcs8[..4])));
}

#[test]
fn each_kind_of_wrong_input_has_its_error() {
    let issued = enterprise();
    let certificate = pem("CERTIFICATE", &issued.leaf);
    let from_pem = |chain: &str, key: &str| {
        EnterpriseCertificate::from_pem(chain.as_bytes(), key.as_bytes()).unwrap_err()
    };
    assert!(matches!(
        from_pem("", &issued.key_pem),
        LoadError::Empty { .. }
    ));
    assert!(matches!(
        from_pem("text", &issued.key_pem),
        LoadError::NoCertificate { .. }
    ));
    assert!(matches!(
        from_pem(&certificate, "text"),
        LoadError::NoPrivateKey { .. }
    ));
    let encrypted = pem("ENCRYPTED PRIVATE KEY", &[0x30, 0]);
    assert!(matches!(
        from_pem(&certificate, &encrypted),
        LoadError::EncryptedKey
    ));
    let other = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
        .unwrap()
        .serialize_pem();
    assert!(matches!(from_pem(&certificate, &other), LoadError::NotRsa));
    let other = authority::rsa(rcgen::RsaKeySize::_2048).serialize_pem();
    assert!(matches!(
        from_pem(&certificate, &other),
        LoadError::NoCertificateForKey
    ));
    let cut = certificate.replace("-----END", "-----EN");
    assert!(matches!(
        from_pem(&cut, &issued.key_pem),
        LoadError::DamagedPem { position: 1, .. }
    ));
}

#[test]
fn an_encrypted_key_in_pem_opens_with_its_password() {
    if !openssl::is_installed() {
        return;
    }
    let issued = enterprise();
    let certificate = pem("CERTIFICATE", &issued.leaf);
    for cipher in ["aes-256-cbc", "aes-128-cbc", "des3"] {
        let key = openssl::encrypt_key(&issued.key_pem, cipher);
        let open = |password: &str| {
            let chain = certificate.as_bytes();
            EnterpriseCertificate::from_encrypted_pem(chain, key.as_bytes(), password)
        };
        assert_eq!(
            open(openssl::PASSWORD).unwrap().private_key_pkcs8(),
            issued.pkcs8
        );
        assert!(
            matches!(open("wrong").unwrap_err(), LoadError::WrongPassword),
            "{cipher}"
        );
    }
}

#[test]
fn short_keys_are_refused_with_their_length() {
    if !openssl::is_installed() {
        return;
    }
    let file = openssl::self_signed(1024);
    let error = EnterpriseCertificate::from_pem(file.as_bytes(), file.as_bytes()).unwrap_err();
    assert!(
        matches!(error, LoadError::KeyLength { bits: 1024, .. }),
        "{error:?}"
    );
}
