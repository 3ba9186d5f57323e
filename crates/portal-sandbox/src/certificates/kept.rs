//! An authority that is kept in a file, so that clients need not trust a new root every time.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use portal_certificate::Certificate;
use rcgen::{Issuer, KeyPair};

use super::{Authority, INTERMEDIATE, MakingError, ROOT, Validity, authority_params};
use crate::client_files::{Access, pem, replace};

impl Authority {
    /// Reads the authority of a file, or makes one and writes it there.
    pub(crate) fn kept(file: &Path, validity: Validity) -> Result<Self, MakingError> {
        match fs::read_to_string(file) {
            Ok(text) => Self::read(&text, validity),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let authority = Self::new(validity)?;
                let folder = file.parent().unwrap_or(Path::new("."));
                fs::create_dir_all(folder)?;
                replace(folder, file, authority.to_pem().as_bytes(), Access::Owner)?;
                Ok(authority)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Root and intermediate, each certificate with its key.
    fn to_pem(&self) -> String {
        [
            self.root_pem.clone(),
            pem("PRIVATE KEY", self.root.key().serialized_der()),
            self.intermediate_pem.clone(),
            pem("PRIVATE KEY", self.issuer.key().serialized_der()),
        ]
        .concat()
    }

    fn read(text: &str, validity: Validity) -> Result<Self, MakingError> {
        let certificates = Certificate::all_from_pem(text.as_bytes())?;
        let keys: Vec<_> = text
            .split_inclusive("-----END PRIVATE KEY-----")
            .filter_map(|part| {
                part.find("-----BEGIN PRIVATE KEY-----")
                    .map(|at| &part[at..])
            })
            .collect();
        let ([root, intermediate], [root_key, key]) = (&certificates[..], &keys[..]) else {
            return Err(
                "the file of the kept authority does not hold two certificates and two keys".into(),
            );
        };
        // The parameters name the issuer and its key; the certificates are those of the file.
        let root_params = authority_params(ROOT, 1, validity)?;
        let params = authority_params(INTERMEDIATE, 0, validity)?;
        let root_key = KeyPair::from_pem(root_key)?;
        let key = KeyPair::from_pem(key)?;
        if root.public_key() != root_key.public_key_raw()
            || intermediate.public_key() != key.public_key_raw()
        {
            return Err("a key of the kept authority is not that of its certificate".into());
        }
        Ok(Self {
            root: Arc::new(Issuer::new(root_params, root_key)),
            issuer: Issuer::new(params, key),
            intermediate_der: intermediate.der().to_vec(),
            intermediate_pem: pem("CERTIFICATE", intermediate.der()),
            root_der: root.der().to_vec(),
            root_pem: pem("CERTIFICATE", root.der()),
        })
    }
}
