//! Any bytes, opened as a PKCS#12 file and as PEM: never a panic, and what opens has a key that
//! fits its certificate. The password is that of the seeds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portal_certificate::{Certificate, EnterpriseCertificate};

fuzz_target!(|bytes: &[u8]| {
    for password in ["test", ""] {
        if let Ok(all) = EnterpriseCertificate::all_from_pkcs12(bytes, password) {
            for one in all {
                let again = EnterpriseCertificate::from_der(
                    one.chain_der().map(<[u8]>::to_vec),
                    one.private_key_pkcs8(),
                );
                assert_eq!(
                    again.expect("what was loaded loads").leaf_der(),
                    one.leaf_der()
                );
                let _ = one.inspect(jiff::Timestamp::UNIX_EPOCH).to_string();
            }
        }
    }
    let _ = EnterpriseCertificate::from_pem(bytes, bytes);
    if let Ok(certificate) = Certificate::from_der(bytes) {
        let _ = format!("{certificate:?}");
        let _ = (certificate.organization_number(), certificate.key_kind());
        let _ = (
            certificate.key_usages(),
            certificate.is_issued_by(&certificate),
        );
    }
});
