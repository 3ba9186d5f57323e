//! What a client in another process needs, as files in a folder.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Serialize;

use crate::access_tokens::{BROKER_ID, CLIENT_ID};
use crate::error::ClientFilesError;
use crate::sandbox::Sandbox;

/// The name of the key in the PKCS#12 file.
const ALIAS: &str = "sender";
/// The password of the PKCS#12 file. It guards nothing: the key next to it is not encrypted, and
/// only this sandbox takes the certificate.
const PASSWORD: &str = "sandbox";

/// Where [`Sandbox::write_client_files`] has put what.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientFiles {
    /// A folder that holds the root and the intermediate certificate and nothing else, as the Java
    /// client wants it.
    pub trust_folder: PathBuf,
    /// The root certificate that a client has to trust, PEM, in that folder; readable by others.
    pub trust_anchor: PathBuf,
    /// The intermediate certificate, PEM, in that folder: for clients that pin a list of all
    /// certificates of a chain, as the C# client does.
    pub intermediate: PathBuf,
    /// The sender's certificate with its chain and key, PKCS#12.
    pub pkcs12: PathBuf,
    /// The name of the key in the PKCS#12 file.
    pub pkcs12_alias: &'static str,
    /// The password of the PKCS#12 file.
    pub pkcs12_password: &'static str,
    /// The sender's certificate with its chain, PEM.
    pub certificate: PathBuf,
    /// The sender's private key, PEM (PKCS#8), not encrypted; readable by its owner alone.
    pub private_key: PathBuf,
    /// The root certificate of the token endpoint, PEM, beside the trust folder; `None` where there is no token
    /// endpoint.
    pub token_trust_anchor: Option<PathBuf>,
    /// All of this and the sandbox's addresses, JSON.
    pub settings: PathBuf,
}

/// What stands in `sandbox.json`.
#[derive(Debug, Serialize)]
struct Settings<'a> {
    root_url: &'a str,
    page_url: Option<&'a str>,
    management_url: Option<String>,
    server_organization: &'a str,
    sender: &'a str,
    trust_folder: &'a Path,
    trust_anchor: &'a Path,
    intermediate: &'a Path,
    pkcs12: &'a Path,
    pkcs12_alias: &'a str,
    pkcs12_password: &'a str,
    certificate: &'a Path,
    private_key: &'a Path,
    #[serde(flatten)]
    tokens: Option<TokenEntries<'a>>,
}

/// What a client needs to get access tokens.
#[derive(Debug, Serialize)]
struct TokenEntries<'a> {
    token_endpoint: &'a str,
    token_trust_anchor: &'a Path,
    token_resource: &'a str,
    client_id: &'a str,
    broker_id: &'a str,
}

impl Sandbox {
    /// Writes what a client in another process needs to a folder, which is made if need be; files
    /// of an earlier sandbox are replaced. `sandbox.json` comes last and at once, so that another
    /// process can wait for it.
    ///
    /// # Errors
    /// [`ClientFilesError`], which names the file that could not be written.
    pub fn write_client_files(&self, folder: &Path) -> Result<ClientFiles, ClientFilesError> {
        let folder = std::path::absolute(folder).map_err(|source| ClientFilesError::Write {
            path: folder.to_owned(),
            source,
        })?;
        let trust_folder = folder.join("trust");
        let files = ClientFiles {
            trust_anchor: trust_folder.join("sandbox-root.pem"),
            intermediate: trust_folder.join("sandbox-intermediate.pem"),
            trust_folder,
            pkcs12: folder.join("sender.p12"),
            pkcs12_alias: ALIAS,
            pkcs12_password: PASSWORD,
            certificate: folder.join("sender.pem"),
            private_key: folder.join("sender.key.pem"),
            token_trust_anchor: self.token_endpoint().map(|_| folder.join("token-root.pem")),
            settings: folder.join("sandbox.json"),
        };
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| ClientFilesError::Write { path, source }
        };
        let trust = &files.trust_folder;
        fs::create_dir_all(trust).map_err(at(trust))?;

        let certificate = self.sender_certificate();
        let chain: String = certificate
            .chain_der()
            .map(|der| pem("CERTIFICATE", der))
            .collect();
        let key = pem("PRIVATE KEY", certificate.private_key_pkcs8());
        let pkcs12 = certificate.to_pkcs12(PASSWORD, ALIAS)?;
        let settings = self.settings(&files)?;
        if let Some(path) = &files.token_trust_anchor {
            let pem = self.token_trust_anchor_pem().as_bytes();
            replace(&folder, path, pem, Access::All).map_err(at(path))?;
        }
        for (path, bytes, access) in [
            (
                &files.trust_anchor,
                self.trust_anchor_pem().as_bytes(),
                Access::All,
            ),
            (
                &files.intermediate,
                self.intermediate_pem().as_bytes(),
                Access::All,
            ),
            (&files.certificate, chain.as_bytes(), Access::All),
            (&files.private_key, key.as_bytes(), Access::Owner),
            (&files.pkcs12, &pkcs12, Access::Owner),
            (&files.settings, &settings, Access::Owner),
        ] {
            replace(&folder, path, bytes, access).map_err(at(path))?;
        }
        let known = self.shared.client_files.lock();
        *known.unwrap_or_else(PoisonError::into_inner) = Some(files.clone());
        Ok(files)
    }

    /// The addresses and files of `files` as one line of JSON, as it stands in `sandbox.json`.
    ///
    /// # Errors
    /// [`ClientFilesError`] when a path is not UTF-8.
    pub fn client_settings(&self, files: &ClientFiles) -> Result<String, ClientFilesError> {
        let settings = self.settings(files)?;
        let value: Result<serde_json::Value, _> = serde_json::from_slice(&settings);
        let line = value.map(|value| value.to_string());
        line.map_err(|source| ClientFilesError::Write {
            path: files.settings.clone(),
            source: source.into(),
        })
    }

    fn settings(&self, files: &ClientFiles) -> Result<Vec<u8>, ClientFilesError> {
        let settings = Settings {
            root_url: self.root_url(),
            page_url: self.page_url(),
            management_url: self.management_url(),
            server_organization: self.server_organization().as_str(),
            sender: self.sender().as_str(),
            trust_folder: &files.trust_folder,
            trust_anchor: &files.trust_anchor,
            intermediate: &files.intermediate,
            pkcs12: &files.pkcs12,
            pkcs12_alias: files.pkcs12_alias,
            pkcs12_password: files.pkcs12_password,
            certificate: &files.certificate,
            private_key: &files.private_key,
            tokens: self
                .token_endpoint()
                .zip(files.token_trust_anchor.as_deref())
                .map(|(token_endpoint, token_trust_anchor)| TokenEntries {
                    token_endpoint,
                    token_trust_anchor,
                    token_resource: self.token_resource(),
                    client_id: CLIENT_ID,
                    broker_id: BROKER_ID,
                }),
        };
        let json = serde_json::to_vec_pretty(&settings);
        json.map_err(|source| ClientFilesError::Write {
            path: files.settings.clone(),
            source: source.into(),
        })
    }
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    All,
    Owner,
}

/// Writes a file under another name first, so that nobody reads half of it; and not in the folder
/// of trust anchors, where every file has to be one. The name can't be guessed and is new, so that
/// nobody can have put a link there.
pub(crate) fn replace(folder: &Path, path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    let mut random = [0; 16];
    SystemRandom::new()
        .fill(&mut random)
        .map_err(|_| io::Error::other("there is no randomness for a file name"))?;
    let unfinished = folder.join(format!(".{}.tmp", URL_SAFE_NO_PAD.encode(random)));
    let written =
        write_new(&unfinished, bytes, access).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // It may not even be there.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

fn write_new(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(
        &mut options,
        match access {
            Access::All => 0o644,
            Access::Owner => 0o600,
        },
    );
    #[cfg(not(unix))]
    let _ = access;
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in der.chunks(48) {
        text.push_str(&STANDARD.encode(line));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}
