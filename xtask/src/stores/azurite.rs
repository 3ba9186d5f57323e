//! Azurite, the emulator of Azure's object store.

use std::path::Path;

use super::engine::{AZURE_ACCOUNT, AZURE_KEY, BUCKET, Engine, Protocol};
use super::install::npm_package;
use super::named;
use crate::process::{Failure, command, run};

const AZURITE: (&str, &str) = ("azurite", "3.35.0");

/// Creates a container, which a client of objects cannot: a request signed as the protocol asks for it.
const CREATE_CONTAINER: &str = r#"
import base64, email.utils, hashlib, hmac, sys, urllib.request

port, account, key, container = sys.argv[1:]
headers = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
lines = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
signed = "PUT" + "\n" * 12 + lines + f"/{account}/{account}/{container}\nrestype:container"
digest = hmac.new(base64.b64decode(key), signed.encode(), hashlib.sha256).digest()
headers["Authorization"] = f"SharedKey {account}:" + base64.b64encode(digest).decode()
url = f"http://127.0.0.1:{port}/{account}/{container}?restype=container"
urllib.request.urlopen(urllib.request.Request(url, method="PUT", headers=headers))
"#;

/// Installs and starts it, with an empty container.
pub(super) fn start(folder: &Path) -> Result<Option<Engine>, Failure> {
    let Some(package) = named("azurite", npm_package(folder, AZURITE)?) else {
        return Ok(None);
    };
    let program = package.with_file_name("azurite-blob");
    let engine = Engine::start(folder, "azurite", Protocol::Azure, |port, data| {
        let mut engine = std::process::Command::new("node");
        engine
            .arg(&program)
            .args(["--silent", "--skipApiVersionCheck", "--disableTelemetry"])
            .args(["--blobHost", "127.0.0.1", "--blobPort"])
            .arg(port.to_string())
            .arg("--location")
            .arg(data)
            .env("AZURITE_ACCOUNTS", format!("{AZURE_ACCOUNT}:{AZURE_KEY}"));
        engine
    })?;
    let port = engine.port.to_string();
    let arguments = [
        "-c",
        CREATE_CONTAINER,
        &port,
        AZURE_ACCOUNT,
        AZURE_KEY,
        BUCKET,
    ];
    run(&mut command("python3", &arguments))?;
    Ok(Some(engine))
}
