//! Which of several certificates and keys in a file is taken.

use portal_certificate::{EnterpriseCertificate, LoadError, LoadNotice, PassedOver};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    RsaKeySize, date_time_ymd,
};

use crate::authority::{
    COMMON_NAME, ORGANIZATION_IDENTIFIER, authority, der, enterprise, issue, params, pem, rsa,
    some_key,
};
use crate::openssl::PASSWORD;
use crate::pfx::{Pfx, Tied};

const AUTHENTICATION: &[KeyUsagePurpose] = &[KeyUsagePurpose::DigitalSignature];
const SEALING: &[KeyUsagePurpose] = &[KeyUsagePurpose::ContentCommitment];

/// Parameters of an enterprise certificate that is valid in these years.
fn enterprise_params(from: i32, to: i32, usages: &[KeyUsagePurpose]) -> CertificateParams {
    let mut params = params(&[
        (COMMON_NAME, "Example AS"),
        (ORGANIZATION_IDENTIFIER, "NTRNO-123456789"),
    ]);
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(to, 1, 1);
    params.key_usages = usages.to_vec();
    params
}

fn leaf(from: i32, to: i32, usages: &[KeyUsagePurpose]) -> Vec<u8> {
    issue(&enterprise_params(from, to, usages), some_key()).leaf
}

fn file(certificates: Vec<Tied>, keys: Vec<Tied>) -> Vec<u8> {
    Pfx {
        certificates,
        keys,
        ..Pfx::new(PASSWORD)
    }
    .write()
}

fn open(file: &[u8]) -> EnterpriseCertificate {
    EnterpriseCertificate::from_pkcs12(file, PASSWORD).unwrap()
}

fn key() -> Vec<u8> {
    some_key().serialize_der()
}

fn reasons(certificate: &EnterpriseCertificate) -> Vec<PassedOver> {
    let reason = |notice: &LoadNotice| match notice {
        LoadNotice::OtherCertificate { reason, .. } => Some(*reason),
        _ => None,
    };
    certificate.notices().iter().filter_map(reason).collect()
}

/// As a renewal leaves it: the old certificate first.
#[test]
fn of_two_certificates_for_one_key_the_valid_one_is_taken() {
    let (old, new) = (
        leaf(2015, 2018, AUTHENTICATION),
        leaf(2018, 2090, AUTHENTICATION),
    );
    for (old_id, new_id) in [(Some(1), Some(2)), (None, None), (Some(2), None)] {
        for certificates in [
            vec![(old.clone(), old_id), (new.clone(), new_id)],
            vec![(new.clone(), new_id), (old.clone(), old_id)],
        ] {
            let file = file(certificates, vec![(key(), Some(2))]);
            let opened = open(&file);
            assert_eq!(opened.leaf_der(), new);
            assert_eq!(reasons(&opened), [PassedOver::OutsideDates]);
            let all = EnterpriseCertificate::all_from_pkcs12(&file, PASSWORD).unwrap();
            let leaves: Vec<&[u8]> = all.iter().map(EnterpriseCertificate::leaf_der).collect();
            assert_eq!(leaves, [&new[..], &old]);
        }
    }
}

/// As `keytool` leaves it: the key twice, each with its certificate.
#[test]
fn of_one_key_that_stands_twice_the_valid_certificate_is_taken() {
    let (old, new) = (
        leaf(2015, 2018, AUTHENTICATION),
        leaf(2018, 2090, AUTHENTICATION),
    );
    let file = file(
        vec![(old.clone(), Some(1)), (new.clone(), Some(2))],
        vec![(key(), Some(1)), (key(), Some(2))],
    );
    assert_eq!(open(&file).leaf_der(), new);
    let all = EnterpriseCertificate::all_from_pkcs12(&file, PASSWORD).unwrap();
    assert_eq!(all.len(), 2);
}

#[test]
fn a_certificate_that_is_not_valid_yet_waits() {
    let (now, next) = (
        leaf(2018, 2080, AUTHENTICATION),
        leaf(2070, 2090, AUTHENTICATION),
    );
    let file = file(vec![(next, None), (now.clone(), None)], vec![(key(), None)]);
    assert_eq!(open(&file).leaf_der(), now);
}

/// By a clock that isn't the system's.
#[test]
fn the_choice_is_as_of_a_time() {
    let (old, new) = (
        leaf(2015, 2018, AUTHENTICATION),
        leaf(2018, 2090, AUTHENTICATION),
    );
    let certificates = vec![(old.clone(), None), (new.clone(), None)];
    let file = file(certificates, vec![(key(), None)]);
    let all = EnterpriseCertificate::all_from_pkcs12(&file, PASSWORD).unwrap();
    for (at, expected) in [
        ("2016-01-01T00:00:00Z", &old),
        ("2020-01-01T00:00:00Z", &new),
    ] {
        let chosen = EnterpriseCertificate::choose(&all, at.parse().unwrap()).unwrap();
        assert_eq!(chosen.leaf_der(), expected);
        assert_eq!(reasons(&chosen), [PassedOver::OutsideDates]);
    }
    assert!(matches!(
        EnterpriseCertificate::choose(&[], jiff::Timestamp::now()),
        Err(LoadError::NoCertificateForKey)
    ));
}

#[test]
fn of_two_that_are_valid_the_files_own_link_decides_then_the_later_end() {
    let (short, long) = (
        leaf(2018, 2080, AUTHENTICATION),
        leaf(2018, 2090, AUTHENTICATION),
    );
    let of = |short_id, long_id| {
        let certificates = vec![(short.clone(), short_id), (long.clone(), long_id)];
        open(&file(certificates, vec![(key(), Some(7))]))
    };
    assert_eq!(of(None, None).leaf_der(), long);
    assert_eq!(of(Some(7), None).leaf_der(), short);
    assert_eq!(of(None, Some(7)).leaf_der(), long);
    assert_eq!(reasons(&of(Some(7), None)), [PassedOver::Preferred]);
}

#[test]
fn usage_and_organisation_number_decide_as_well() {
    let good = leaf(2018, 2080, AUTHENTICATION);
    let sealing = leaf(2018, 2090, SEALING);
    let mut nobody = enterprise_params(2018, 2090, AUTHENTICATION);
    nobody.distinguished_name = params(&[(COMMON_NAME, "Example AS")]).distinguished_name;
    let nobody = issue(&nobody, some_key()).leaf;
    let self_signed = enterprise_params(2018, 2090, AUTHENTICATION);
    let self_signed = self_signed.self_signed(some_key()).unwrap().der().to_vec();
    for (other, reason) in [
        (&sealing, PassedOver::Usage),
        (&nobody, PassedOver::NoOrganizationNumber),
        (&self_signed, PassedOver::SelfSigned),
    ] {
        let certificates = vec![(other.clone(), Some(7)), (good.clone(), None)];
        let opened = open(&file(certificates, vec![(key(), Some(7))]));
        assert_eq!(opened.leaf_der(), good, "{reason}");
        assert_eq!(reasons(&opened), [reason]);
    }
}

/// Issuers send three files; "auth" is the one to take.
#[test]
fn a_certificate_for_something_else_is_refused_where_one_is_asked_for() {
    let encryption = [
        KeyUsagePurpose::KeyEncipherment,
        KeyUsagePurpose::DataEncipherment,
    ];
    for usages in [SEALING, &encryption[..]] {
        let other = leaf(2018, 2090, usages);
        let file = file(vec![(other.clone(), None)], vec![(key(), None)]);
        let certificate = pem("CERTIFICATE", &other);
        let key_pem = some_key().serialize_pem();
        for error in [
            EnterpriseCertificate::from_pkcs12(&file, PASSWORD),
            EnterpriseCertificate::from_pem(certificate.as_bytes(), key_pem.as_bytes()),
            EnterpriseCertificate::from_der([other.clone()], key()),
        ] {
            let error = error.unwrap_err();
            assert!(matches!(
                error,
                LoadError::WrongUsage {
                    missing: "digitalSignature",
                    ..
                }
            ));
            assert!(error.to_string().contains("\"auth\""), "{error}");
        }
        for all in [
            EnterpriseCertificate::all_from_pkcs12(&file, PASSWORD),
            EnterpriseCertificate::all_from_pem(certificate.as_bytes(), key_pem.as_bytes(), None),
            EnterpriseCertificate::all_from_der([other.clone()], key()),
        ] {
            assert_eq!(all.unwrap()[0].leaf_der(), other);
        }
    }
    let mut server = enterprise_params(2018, 2090, AUTHENTICATION);
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let server = issue(&server, some_key()).leaf;
    assert!(matches!(
        EnterpriseCertificate::from_der([server], key()),
        Err(LoadError::WrongUsage {
            missing: "clientAuth",
            ..
        })
    ));
    // A self-signed stand-in for the same key doesn't take its place.
    let stand_in = enterprise_params(2018, 2090, AUTHENTICATION);
    let stand_in = stand_in.self_signed(some_key()).unwrap().der().to_vec();
    let file = file(
        vec![(leaf(2018, 2090, SEALING), None), (stand_in, None)],
        vec![(key(), None)],
    );
    assert!(matches!(
        EnterpriseCertificate::from_pkcs12(&file, PASSWORD),
        Err(LoadError::WrongUsage { .. })
    ));
}

#[test]
fn of_two_keys_the_one_with_the_valid_certificate_is_taken() {
    let new_key = rsa(RsaKeySize::_2048);
    let old = leaf(2015, 2018, AUTHENTICATION);
    let new = issue(&enterprise_params(2018, 2090, AUTHENTICATION), &new_key).leaf;
    let certificates = [old, new.clone()];
    let pem_of = |key: &KeyPair| key.serialize_pem();
    let keys = pem_of(some_key()) + &pem_of(&new_key);
    let chain: String = certificates
        .iter()
        .map(|der| pem("CERTIFICATE", der))
        .collect();
    let from_pem = EnterpriseCertificate::from_pem(chain.as_bytes(), keys.as_bytes()).unwrap();
    let tied = certificates.map(|der| (der, None)).to_vec();
    let file = file(tied, vec![(key(), None), (new_key.serialize_der(), None)]);
    for opened in [from_pem, open(&file)] {
        assert_eq!(opened.leaf_der(), new);
        assert_eq!(reasons(&opened), [PassedOver::OutsideDates]);
    }
}

/// The intermediate was renewed with its key: the file holds both.
#[test]
fn of_issuers_with_one_name_and_key_the_valid_one_goes_into_the_chain() {
    let authority = authority();
    let renewed = |from, to| {
        let mut params = params(&[
            (COMMON_NAME, "Example Business CA"),
            (ORGANIZATION_IDENTIFIER, "NTRNO-988015814"),
        ]);
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = authority.intermediate.key();
        params
            .signed_by(key, &authority.root)
            .unwrap()
            .der()
            .to_vec()
    };
    let (expired, current, future) = (
        renewed(2000, 2019),
        renewed(2019, 2060),
        renewed(2070, 2095),
    );
    let longer = renewed(2019, 2061);
    let issued = enterprise();
    for (issuers, expected) in [
        (vec![&expired, &current], &current),
        (vec![&current, &expired], &current),
        (vec![&expired, &current, &longer, &future], &longer),
        (vec![&longer, &current], &longer),
        (vec![&expired, &future], &future),
    ] {
        let mut chain = vec![issued.leaf.clone()];
        chain.extend(issuers.into_iter().cloned());
        chain.push(issued.root.clone());
        let loaded = EnterpriseCertificate::from_der(chain, key()).unwrap();
        assert_eq!(loaded.chain()[1].der(), expected);
        assert_eq!(loaded.chain().len(), 3);
    }
}

#[test]
fn what_cannot_be_read_and_is_not_needed_is_ignored_and_said() {
    let issued = enterprise();
    let broken = b"no certificate".to_vec();
    let chain = [&broken, &issued.leaf, &issued.intermediate, &issued.root];
    let tied = chain.map(|der| (der.clone(), None)).to_vec();
    let elliptic = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let keys = vec![(elliptic.serialize_der(), None), (key(), None)];
    let chain_pem: String = chain.iter().map(|der| pem("CERTIFICATE", der)).collect();
    let key_pem = some_key().serialize_pem();
    for opened in [
        open(&file(tied, keys)),
        EnterpriseCertificate::from_der(chain.map(Clone::clone), key()).unwrap(),
        EnterpriseCertificate::from_pem(chain_pem.as_bytes(), key_pem.as_bytes()).unwrap(),
    ] {
        assert_eq!(opened.chain().len(), 3);
        let notice = opened.notices()[0].to_string();
        assert_eq!(notice, "certificate 1 can't be read and was ignored");
        let findings = opened.inspect(jiff::Timestamp::now()).findings;
        assert!(findings.iter().any(|finding| finding.to_string() == notice));
    }
    // It may be the key's own.
    assert!(matches!(
        EnterpriseCertificate::from_der([broken, issued.root], key()),
        Err(LoadError::Certificate { position: 1, .. })
    ));
}

#[test]
fn keys_and_signature_checks_are_bounded() {
    let mut keys = Vec::new();
    for number in 0..200_u8 {
        // Each differs, and none is whole.
        let algorithm = der(
            0x30,
            &der(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]),
        );
        let parts = [der(2, &[number]), algorithm, der(4, &[number])];
        keys.push((der(0x30, &parts.concat()), None));
    }
    keys.push((key(), None));
    let many_keys = file(vec![(enterprise().leaf, None)], keys);
    assert!(matches!(
        EnterpriseCertificate::from_pkcs12(&many_keys, PASSWORD),
        Err(LoadError::TooMuch { limit: 32, .. })
    ));

    // The right issuer comes last: its dates are the worst.
    let impostor = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let mut chain = vec![enterprise().leaf];
    for serial in 0..1000_u64 {
        let mut params = params(&[
            (COMMON_NAME, "Example Business CA"),
            (ORGANIZATION_IDENTIFIER, "NTRNO-988015814"),
        ]);
        params.not_after = date_time_ymd(2050, 1, 1);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.serial_number = Some(serial.into());
        chain.push(params.self_signed(&impostor).unwrap().der().to_vec());
    }
    chain.push(enterprise().intermediate);
    let begun = std::time::Instant::now();
    assert!(matches!(
        EnterpriseCertificate::from_der(chain, key()),
        Err(LoadError::TooMuch { limit: 128, .. })
    ));
    assert!(begun.elapsed() < std::time::Duration::from_secs(20));
}
