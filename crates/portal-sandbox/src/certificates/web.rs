//! The certificate of the token endpoint, which proves itself the ordinary way: under a root of the web, with
//! the host's name. No organisation number, no enterprise issuer.

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};

use super::{
    Authority, MakingError, Validity, alternative_names, norwegian, random_serial, set_validity,
};

/// A server's certificate with its key.
pub(crate) struct WebIdentity {
    pub(crate) der: Vec<u8>,
    /// PKCS#8.
    pub(crate) key: Vec<u8>,
}

/// Names that lead to this machine.
const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

impl Authority {
    /// Issues the certificate of a web server on this machine, also by these names.
    pub(crate) fn issue_web(
        &self,
        names: &[String],
        validity: Validity,
    ) -> Result<WebIdentity, MakingError> {
        let mut all: Vec<String> = LOCAL_NAMES.map(str::to_owned).to_vec();
        all.extend_from_slice(names);
        all.sort_unstable();
        all.dedup();
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name = norwegian("Portal Sandbox")?;
        let name = "Portal Sandbox Token Endpoint";
        params.distinguished_name.push(DnType::CommonName, name);
        params.subject_alt_names = alternative_names(&all)?;
        params.serial_number = Some(random_serial()?);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        set_validity(&mut params, validity);
        let leaf = params.signed_by(&key, &self.web_root)?;
        Ok(WebIdentity {
            der: leaf.der().to_vec(),
            key: key.serialize_der(),
        })
    }
}
