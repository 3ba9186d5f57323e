//! The files of RFC 9579, appendix A, that are authenticated by PBMAC1.
//!
//! A.1 has HMAC and PRF by SHA-256, A.3 by SHA-512. A.4 to A.6, which must be refused, differ from A.1 in
//! the number of rounds, in the salt, and in that the key's length is missing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portal_certificate::{EnterpriseCertificate, LoadError};

const PASSWORD: &str = "1234";

/// Where A.1 has the salt, the number of rounds and the key's length.
const SALT: usize = 2612;
const ROUNDS: usize = 2622;
const KEY_LENGTH: std::ops::Range<usize> = 2624..2627;

fn file(base64: &str) -> Vec<u8> {
    STANDARD.decode(base64.replace('\n', "")).unwrap()
}

fn a1() -> Vec<u8> {
    file(include_str!("../rfc9579/a1.txt"))
}

fn open(file: &[u8], password: &str) -> Result<Vec<EnterpriseCertificate>, LoadError> {
    EnterpriseCertificate::all_from_pkcs12(file, password)
}

#[test]
fn valid_files_open() {
    for bytes in [a1(), file(include_str!("../rfc9579/a3.txt"))] {
        let found = open(&bytes, PASSWORD).unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].leaf().subject().contains("tt"));
        assert!(matches!(
            open(&bytes, "12345"),
            Err(LoadError::WrongPassword)
        ));
    }
}

#[test]
fn another_number_of_rounds_or_salt_is_refused() {
    let rounds = [0x08, 0x00];
    assert_eq!(a1()[ROUNDS..ROUNDS + 2], rounds);
    for place in [SALT, ROUNDS + 1] {
        let mut changed = a1();
        changed[place] ^= 1;
        assert!(
            matches!(open(&changed, PASSWORD), Err(LoadError::WrongPassword)),
            "{place}"
        );
    }
}

#[test]
fn a_missing_key_length_is_refused() {
    let mut changed = a1();
    assert_eq!(changed[KEY_LENGTH], [0x02, 0x01, 0x20]);
    changed.drain(KEY_LENGTH);
    // Lengths of what the parameter stands in.
    for length in [3, 2577, 2579, 2581, 2594, 2596, 2609] {
        changed[length] -= 3;
    }
    assert!(matches!(
        open(&changed, PASSWORD),
        Err(LoadError::NotPkcs12 { .. })
    ));
}
