//! An authority that is kept in a file, so that clients need not trust a new root every time.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use portal_certificate::Certificate;
use rcgen::{Issuer, KeyPair};

use super::{
    Authority, INTERMEDIATE, MakingError, ROOT, Validity, WEB_ROOT, authority_params, new_web_root,
    outliving,
};
use crate::client_files::{Access, pem, replace};

const WRONG_NUMBER: &str = "the file of the kept authority does not hold three certificates and their keys, \
     nor the first two of them";

impl Authority {
    /// Reads the authority of a file, or makes one and writes it there.
    pub(crate) fn kept(file: &Path, validity: Validity) -> Result<Self, MakingError> {
        match fs::read_to_string(file) {
            Ok(text) => {
                let (authority, is_whole) = Self::read(&text, validity)?;
                if !is_whole {
                    authority.write(file)?;
                }
                Ok(authority)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let authority = Self::new(validity)?;
                authority.write(file)?;
                Ok(authority)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn write(&self, file: &Path) -> io::Result<()> {
        let folder = file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        replace(folder, file, self.to_pem().as_bytes(), Access::Owner)
    }

    /// Root, intermediate and the root of the token endpoint, each certificate with its key.
    fn to_pem(&self) -> String {
        [
            self.root_pem.clone(),
            pem("PRIVATE KEY", self.root.key().serialized_der()),
            self.intermediate_pem.clone(),
            pem("PRIVATE KEY", self.issuer.key().serialized_der()),
            pem("CERTIFICATE", &self.web_root_der),
            pem("PRIVATE KEY", self.web_root.key().serialized_der()),
        ]
        .concat()
    }

    /// With whether all of it was there: files of earlier versions lack the root of the token endpoint.
    fn read(text: &str, validity: Validity) -> Result<(Self, bool), MakingError> {
        let certificates = Certificate::all_from_pem(text.as_bytes())?;
        let keys: Vec<_> = text
            .split_inclusive("-----END PRIVATE KEY-----")
            .filter_map(|part| {
                part.find("-----BEGIN PRIVATE KEY-----")
                    .map(|at| &part[at..])
            })
            .collect();
        let ([root, intermediate, web @ ..], [root_key, key, web_key @ ..]) =
            (&certificates[..], &keys[..])
        else {
            return Err(WRONG_NUMBER.into());
        };
        let web = match (web, web_key) {
            ([], []) => None,
            ([root], [key]) => Some((root, KeyPair::from_pem(key)?)),
            _ => return Err(WRONG_NUMBER.into()),
        };
        // The parameters name the issuer and its key; the certificates are those of the file.
        let root_params = authority_params(ROOT, 1, validity)?;
        let params = authority_params(INTERMEDIATE, 0, validity)?;
        let root_key = KeyPair::from_pem(root_key)?;
        let key = KeyPair::from_pem(key)?;
        if root.public_key() != root_key.public_key_raw()
            || intermediate.public_key() != key.public_key_raw()
            || web
                .as_ref()
                .is_some_and(|(root, key)| root.public_key() != key.public_key_raw())
        {
            return Err("a key of the kept authority is not that of its certificate".into());
        }
        let is_whole = web.is_some();
        let (web_root, web_root_der) = match web {
            Some((root, key)) => {
                let params = authority_params(WEB_ROOT, 0, validity)?;
                (Issuer::new(params, key), root.der().to_vec())
            }
            None => new_web_root(outliving(validity))?,
        };
        let authority = Self {
            root: Arc::new(Issuer::new(root_params, root_key)),
            issuer: Issuer::new(params, key),
            intermediate_der: intermediate.der().to_vec(),
            intermediate_pem: pem("CERTIFICATE", intermediate.der()),
            root_der: root.der().to_vec(),
            root_pem: pem("CERTIFICATE", root.der()),
            web_root,
            web_root_der,
        };
        Ok((authority, is_whole))
    }
}
