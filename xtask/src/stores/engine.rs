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

/// A running engine, ended when dropped.
pub(crate) struct Engine {
    process: Child,
    port: u16,
}

impl Engine {
    /// Starts an engine on a free port, with an empty folder that has one for the bucket.
    pub(crate) fn start(
        folder: &Path,
        name: &str,
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
        let mut engine = Self { process, port };
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
        Ok(engine)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
