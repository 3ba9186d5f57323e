//! The management API of a sandbox that runs: plain HTTP on this machine.

use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::exit::Exit;

/// The calls of the management API, for people who write scripts in other languages.
pub(super) const CALLS: &str = "\
Calls of the management API, plain HTTP and JSON:
  GET    /management                                           Returns the sandbox as a whole, and these calls.
  GET    /management/health                                    Responds once the sandbox serves.
  GET    /management/openapi.json                              Returns the description of these calls (OpenAPI 3.1).
  GET    /management/sample                                    Returns the body of a create call, signed now, with the boundary `sandbox`.
  GET    /management/jobs                                      Returns all open jobs.
  GET    /management/jobs/{job}                                Returns a job, also one that has ended and was confirmed.
  GET    /management/jobs/{job}/messages                       Returns the messages to the job's signers, without their texts.
  POST   /management/jobs/{job}/sign                           Lets every signer sign whose turn it is.
  POST   /management/jobs/{job}/signers/{signer}/{act}         Lets one signer act.
  GET    /management/clock                                     Returns the time, and what is due next.
  POST   /management/clock/advance                             Moves the clock ahead.
  POST   /management/clock/set                                 Moves the clock to a time.
  POST   /management/clock/next-event                          Moves the clock to what is due next.
  GET    /management/journal                                   Returns the calls of the API so far.
  DELETE /management/journal                                   Forgets the calls so far.
  GET    /management/journal/{number}                          Returns one call with request document, manifest and response.
  GET    /management/faults                                    Returns the faults that are planned.
  POST   /management/faults                                    Plans faults.
  DELETE /management/faults                                    Forgets all planned faults.
  GET    /management/tokens                                    Returns the token endpoint, its registrations, and how many tokens hold.
  POST   /management/tokens/expire                             Ends all access tokens issued so far.
  POST   /management/tokens/revoke                             Revokes the registered certificates, until they are restored.
  POST   /management/tokens/refuse                             Lets the token endpoint refuse the next requests.
  POST   /management/tokens/restore                            Takes revoking and refusing back.
  POST   /management/reset                                     Forgets all jobs, queues, calls and planned faults.";

/// No call of the API takes longer.
const LIMIT: Duration = Duration::from_secs(30);

/// Why the sandbox did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManagementError {
    #[error("no sandbox has written {}", path.display())]
    NoSettings { path: PathBuf, source: io::Error },
    #[error("{} can't be read", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} does not say where the sandbox is", path.display())]
    BadSettings { path: PathBuf },
    #[error("no sandbox listens on {address}")]
    Connect { address: String, source: io::Error },
    #[error("the connection to the sandbox on {address} broke before its response was whole")]
    Broken { address: String, source: io::Error },
    #[error("what listens on {address} does not respond as a sandbox does")]
    Foreign { address: String },
    #[error("{problem}")]
    Refused { status: u16, problem: String },
}

impl ManagementError {
    /// The exit code, a stable name, and what to do where the text does not say it.
    pub(super) fn class(&self) -> (Exit, &'static str, Option<&'static str>) {
        const START: &str =
            "start one, and keep it running in another terminal; --folder names another folder";
        match self {
            Self::NoSettings { .. } | Self::BadSettings { .. } => {
                (Exit::Configuration, "no-sandbox", Some(START))
            }
            Self::Unreadable { .. } => (Exit::Computer, "settings", None),
            Self::Connect { .. } | Self::Broken { .. } | Self::Foreign { .. } => {
                (Exit::Unreachable, "unreachable", Some(START))
            }
            Self::Refused { status, .. } => match status {
                403 => (Exit::Configuration, "no-access", None),
                404 | 409 => (Exit::Refused, "refused", None),
                500.. => (Exit::Unreachable, "outage", None),
                _ => (Exit::Usage, "usage", None),
            },
        }
    }
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
        let text = fs::read(&path).map_err(|source| {
            let path = path.clone();
            match source.kind() {
                io::ErrorKind::NotFound => ManagementError::NoSettings { path, source },
                _ => ManagementError::Unreadable { path, source },
            }
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
        let connect = |source| ManagementError::Connect {
            address: self.address.clone(),
            source,
        };
        let broken = |source| ManagementError::Broken {
            address: self.address.clone(),
            source,
        };
        let mut stream = TcpStream::connect(&self.address).map_err(connect)?;
        stream.set_read_timeout(Some(LIMIT)).map_err(broken)?;
        let request = format!(
            "{method} /management{path} HTTP/1.0\r\nHost: {}\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(request.as_bytes()).map_err(broken)?;
        let mut response = Vec::new();
        stream.read_to_end(&mut response).map_err(broken)?;
        let foreign = || ManagementError::Foreign {
            address: self.address.clone(),
        };
        let (status, body) = read(&response).ok_or_else(foreign)?;
        if (200..300).contains(&status) {
            return Ok(body);
        }
        let problem = body["problem"].as_str().ok_or_else(foreign)?.to_owned();
        Err(ManagementError::Refused { status, problem })
    }
}

/// The status and the JSON of a response, or nothing if it has none: then no sandbox has sent it.
fn read(response: &[u8]) -> Option<(u16, Value)> {
    let text = String::from_utf8_lossy(response);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = match (status, body) {
        (204, "") => Value::Null,
        (_, body) => serde_json::from_str(body).ok()?,
    };
    Some((status, body))
}
