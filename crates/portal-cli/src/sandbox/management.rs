//! The management API of a sandbox that runs: plain HTTP on this machine.

use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

/// No call of the API takes longer.
const LIMIT: Duration = Duration::from_secs(30);

/// Why the sandbox did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManagementError {
    #[error(
        "no sandbox has written {}: start one with `portal sandbox`, or name its folder with --folder",
        path.display()
    )]
    NoSettings { path: PathBuf, source: io::Error },
    #[error("{} does not say where the sandbox is: start it again", path.display())]
    BadSettings { path: PathBuf },
    #[error("no sandbox listens on {address}: start one with `portal sandbox`")]
    Connect { address: String, source: io::Error },
    #[error("the sandbox's response can't be read")]
    Response,
    #[error("{problem}")]
    Refused { problem: String },
}

/// A sandbox that runs.
#[derive(Debug)]
pub(crate) struct Management {
    /// What `sandbox.json` says.
    pub(crate) settings: Value,
    /// Such as `127.0.0.1:8444`.
    address: String,
}

impl Management {
    /// Finds the sandbox by its folder.
    pub(crate) fn of_folder(folder: &Path) -> Result<Self, ManagementError> {
        let path = folder.join("sandbox.json");
        let text = fs::read(&path).map_err(|source| ManagementError::NoSettings {
            path: path.clone(),
            source,
        })?;
        let settings: Option<Value> = serde_json::from_slice(&text).ok();
        let address = settings.as_ref().and_then(|settings| {
            let url = settings["management_url"]
                .as_str()?
                .strip_prefix("http://")?;
            Some(url.split('/').next()?.to_owned())
        });
        match (settings, address) {
            (Some(settings), Some(address)) => Ok(Self { settings, address }),
            _ => Err(ManagementError::BadSettings { path }),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value, ManagementError> {
        self.call("GET", path, "")
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Result<Value, ManagementError> {
        self.call("POST", path, body)
    }

    fn call(&self, method: &str, path: &str, body: &str) -> Result<Value, ManagementError> {
        let unreachable = |source| ManagementError::Connect {
            address: self.address.clone(),
            source,
        };
        let mut stream = TcpStream::connect(&self.address).map_err(unreachable)?;
        stream.set_read_timeout(Some(LIMIT)).map_err(unreachable)?;
        let request = format!(
            "{method} /management{path} HTTP/1.0\r\nHost: {}\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(request.as_bytes()).map_err(unreachable)?;
        let mut response = Vec::new();
        stream.read_to_end(&mut response).map_err(unreachable)?;
        read(&response)
    }
}

/// Takes a response apart: its JSON, or why it refuses.
fn read(response: &[u8]) -> Result<Value, ManagementError> {
    let text = String::from_utf8_lossy(response);
    let (head, body) = text
        .split_once("\r\n\r\n")
        .ok_or(ManagementError::Response)?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse::<u16>().ok());
    let status = status.ok_or(ManagementError::Response)?;
    let body: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    if (200..300).contains(&status) {
        return Ok(body);
    }
    let problem = body["problem"]
        .as_str()
        .unwrap_or("the sandbox refuses the call");
    Err(ManagementError::Refused {
        problem: problem.to_owned(),
    })
}
