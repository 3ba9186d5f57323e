//! The profile `sandbox`: what a running `portal sandbox` wrote, without any configuration.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::Deserialize;

use super::profile::SectorName;
use super::{Layer, ProfileSettings, variable};
use crate::exit::Exit;
use crate::failure::Failure;

/// What is read of `sandbox.json`.
#[derive(Deserialize)]
struct Files {
    root_url: String,
    server_organization: String,
    sender: String,
    trust_anchor: PathBuf,
    certificate: PathBuf,
    private_key: PathBuf,
    token_endpoint: Option<String>,
    token_trust_anchor: Option<PathBuf>,
    client_id: Option<String>,
    broker_id: Option<String>,
}

/// What to do in place of configuring anything, if a sandbox says that it runs here.
pub(crate) fn or_sandbox() -> &'static str {
    if Path::new(&folder()).join("sandbox.json").exists() {
        "; or give `-p sandbox` for the sandbox of this folder"
    } else {
        ""
    }
}

fn folder() -> String {
    variable("PORTAL_SANDBOX_FOLDER").unwrap_or_else(|| "portal-sandbox".to_owned())
}

/// The settings of the sandbox that runs in the folder `portal-sandbox`, or in the one that
/// PORTAL_SANDBOX_FOLDER names.
///
/// `more_important` are the settings that come before these. Where they hold a client id or a broker id, access tokens
/// are wanted, and what is missing of them is the sandbox's.
pub(super) fn layer(more_important: &ProfileSettings) -> Result<Layer, Failure> {
    let folder = folder();
    let path = Path::new(&folder).join("sandbox.json");
    let not_running = |problem: &dyn std::error::Error| {
        let message = format!("no sandbox runs in the folder {folder}");
        Failure::new(Exit::Configuration, "no-sandbox", message)
            .because(problem)
            .fix("start one, and keep it running in another terminal; PORTAL_SANDBOX_FOLDER names another folder")
            .next("portal sandbox")
    };
    let text = fs::read(&path).map_err(|error| not_running(&error))?;
    // A sandbox forgets its jobs when it ends, and gives the next ones the same numbers.
    let started = fs::metadata(&path).and_then(|file| file.modified());
    let started = started.map_err(|error| not_running(&error))?;
    let started = started.duration_since(UNIX_EPOCH).unwrap_or_default();
    let store = Path::new(&folder).join(format!("store-{}", started.as_millis()));
    let files: Files = serde_json::from_slice(&text).map_err(|error| not_running(&error))?;
    let wants_tokens = more_important.client_id.is_some() || more_important.broker_id.is_some();
    Ok(Layer {
        source: path.display().to_string(),
        settings: ProfileSettings {
            environment: Some(files.root_url),
            organization: Some(files.sender),
            sector: Some(SectorName::Public),
            certificate: Some(files.certificate),
            key: Some(files.private_key),
            client_id: files.client_id.filter(|_| wants_tokens),
            broker_id: files.broker_id.filter(|_| wants_tokens),
            token_endpoint: files.token_endpoint.filter(|_| wants_tokens),
            token_anchors: files.token_trust_anchor.filter(|_| wants_tokens),
            anchors: Some(files.trust_anchor),
            server_organization: Some(files.server_organization),
            store: Some(store.display().to_string()),
            ..ProfileSettings::default()
        },
    })
}
