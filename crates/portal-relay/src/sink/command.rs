//! Events to a command's standard input.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use portal_client::BoxFuture;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin};

use crate::{DeliveryFailure, DeliveryOutcome, EventBody, Sink, SinkName};

/// Default time limit of a command.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Environment variables by which systemd supervises the relay, and by which a command would report for it.
const SUPERVISION: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"];

/// Runs a command for each event, with the event's JSON on its standard input. Exit status 0 means taken.
///
/// The command is started without a shell: arguments are passed as they are. It does not get the environment
/// variables whose names begin with `PORTAL_`, which hold the relay's settings, nor those of systemd's
/// supervision. Its standard output is discarded; its standard error is the relay's.
///
/// A command that takes longer than its time limit is killed, and so is one whose delivery is dropped. On Unix
/// everything that it has started is killed with it, except for what has left its process group.
///
/// ```
/// use std::time::Duration;
/// use portal_relay::{Command, SinkName};
///
/// let command = Command::new(SinkName::new("case-system")?, "/usr/local/bin/to-case-system")
///     .arg("--job-changed")
///     .with_time_limit(Duration::from_secs(10));
/// # Ok::<(), portal_relay::SinkNameError>(())
/// ```
#[derive(Clone)]
pub struct Command {
    name: SinkName,
    program: OsString,
    arguments: Vec<OsString>,
    time_limit: Duration,
}

impl Command {
    /// Creates a sink that runs `program`, which is looked for in `PATH` unless it has a path.
    #[must_use]
    pub fn new(name: SinkName, program: impl Into<OsString>) -> Self {
        Self {
            name,
            program: program.into(),
            arguments: Vec::new(),
            time_limit: TIME_LIMIT,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets how long the command may take. Defaults to 60 s.
    #[must_use]
    pub const fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    async fn run(&self, event: &EventBody) -> Result<ExitStatus, DeliveryFailure> {
        let mut running = self.start()?;
        let stdin = running.child.stdin.take();
        let status = tokio::select! {
            status = running.child.wait() => status,
            // A command may end without reading the event, and what it has started may hold the pipe open.
            never = write_and_wait(stdin, event) => match never {},
        };
        running.ended = true;
        status.map_err(|error| DeliveryFailure::Start(error.kind()))
    }

    fn start(&self) -> Result<Running, DeliveryFailure> {
        let mut command = tokio::process::Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        let withheld = std::env::vars_os().map(|(name, _)| name);
        for name in withheld.filter(|name| is_withheld(name)) {
            command.env_remove(name);
        }
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn();
        let child = child.map_err(|error| DeliveryFailure::Start(error.kind()))?;
        Ok(Running {
            child,
            ended: false,
        })
    }
}

/// Whether a variable of the relay's environment is kept from its commands.
fn is_withheld(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    name.starts_with("PORTAL_") || SUPERVISION.contains(&name.as_str())
}

/// Writes the event, closes the pipe, and leaves the end to the command.
async fn write_and_wait(stdin: Option<ChildStdin>, event: &EventBody) -> Infallible {
    if let Some(mut stdin) = stdin {
        // A pipe that the command has closed is no failure: its exit status counts.
        let _written = stdin.write_all(event.bytes()).await;
    }
    std::future::pending().await
}

impl Sink for Command {
    fn name(&self) -> &SinkName {
        &self.name
    }

    fn deliver<'a>(&'a self, event: &'a EventBody) -> BoxFuture<'a, DeliveryOutcome> {
        Box::pin(async move {
            let failure = match tokio::time::timeout(self.time_limit, self.run(event)).await {
                Err(_) => DeliveryFailure::Timeout,
                Ok(Err(failure)) => failure,
                Ok(Ok(status)) if status.success() => return DeliveryOutcome::Taken,
                Ok(Ok(status)) => status
                    .code()
                    .map_or(DeliveryFailure::Killed, DeliveryFailure::Exit),
            };
            DeliveryOutcome::retry(failure)
        })
    }
}

/// Without the arguments, which may hold a secret.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("name", &self.name)
            .field("program", &self.program)
            .field("time_limit", &self.time_limit)
            .finish_non_exhaustive()
    }
}

/// A command that is killed when dropped, and what it has started with it.
struct Running {
    child: Child,
    #[cfg_attr(not(unix), allow(dead_code))]
    ended: bool,
}

#[cfg(unix)]
impl Drop for Running {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        // The command leads its group, and its number is not given to another process before it is waited for.
        let leader = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(leader) = leader.and_then(rustix::process::Pid::from_raw) {
            let kill = rustix::process::Signal::KILL;
            let _gone = rustix::process::kill_process_group(leader, kill);
        }
    }
}
