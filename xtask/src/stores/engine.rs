//! An object store in a process of its own.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::Failure;

/// The bucket that the tests use.
pub(crate) const BUCKET: &str = "portal";
/// How long an engine may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);

/// The access key and its secret, on every S3: those that s3rver knows.
pub(super) const S3_KEY: &str = "S3RVER";
/// The account on Azurite, and its key.
pub(super) const AZURE_ACCOUNT: &str = "portal";
pub(super) const AZURE_KEY: &str = "cG9ydGFs";

/// What a client has to speak.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    S3,
    Azure,
}

/// A running engine, ended when dropped.
pub(crate) struct Engine {
    protocol: Protocol,
    process: Child,
    pub(super) port: u16,
}

impl Engine {
    /// Starts an engine on a free port, with an empty folder that has one for the bucket.
    pub(crate) fn start(
        folder: &Path,
        name: &str,
        protocol: Protocol,
        program: impl FnOnce(u16, &Path) -> Command,
    ) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new(format!("cannot start {name}: {error}"));
        let data = folder.join(format!("data-{name}"));
        match std::fs::remove_dir_all(&data) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed(error));
            }
            _ => {}
        }
        std::fs::create_dir_all(data.join(BUCKET)).map_err(failed)?;
        let free = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let port = free.local_addr().map_err(failed)?.port();
        drop(free);
        let log = std::fs::File::create(folder.join(format!("{name}.log"))).map_err(failed)?;
        let errors = log.try_clone().map_err(failed)?;
        let process = program(port, &data)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(failed)?;
        let mut engine = Self {
            protocol,
            process,
            port,
        };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Ok(Some(status)) = engine.process.try_wait() {
                let folder = folder.display();
                return Err(Failure::new(format!(
                    "{name} ended with {status}; see {folder}/{name}.log"
                )));
            }
            if began.elapsed() > PATIENCE {
                return Err(Failure::new(format!(
                    "{name} does not listen after a minute"
                )));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        println!("stores: {name} listens at {}", engine.url());
        Ok(engine)
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The address of the bucket, and a line for each option. The first option is where the engine listens.
    pub(crate) fn place(&self) -> String {
        let url = self.url();
        match self.protocol {
            Protocol::S3 => format!(
                "s3://{BUCKET}\naws_endpoint={url}\naws_allow_http=true\naws_region=us-east-1\n\
                 aws_access_key_id={S3_KEY}\naws_secret_access_key={S3_KEY}"
            ),
            Protocol::Azure => format!(
                "az://{BUCKET}\nazure_storage_endpoint={url}/{AZURE_ACCOUNT}\nazure_allow_http=true\n\
                 azure_storage_account_name={AZURE_ACCOUNT}\nazure_storage_account_key={AZURE_KEY}"
            ),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
