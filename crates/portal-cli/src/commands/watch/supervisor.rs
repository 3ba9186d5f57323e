//! What systemd is told: ready, alive, stopping. Without systemd nothing is sent.

use std::cell::Cell;
use std::env;
use std::time::{Duration, Instant};

use portal_relay::{RelayRole, RelayStatus};

/// The socket of the service manager, where there is one.
pub(super) struct Supervisor {
    #[cfg(target_os = "linux")]
    socket: Option<std::os::unix::net::UnixDatagram>,
    is_ready: Cell<bool>,
    /// A sign of life is due that often.
    every: Option<Duration>,
    last: Cell<Option<Instant>>,
}

impl Supervisor {
    /// By NOTIFY_SOCKET and WATCHDOG_USEC, as sd_notify(3) describes them.
    pub(super) fn of_environment() -> Self {
        let microseconds = env::var("WATCHDOG_USEC")
            .ok()
            .and_then(|text| text.parse().ok());
        let is_ours =
            env::var("WATCHDOG_PID").map_or(true, |pid| pid == std::process::id().to_string());
        Self {
            #[cfg(target_os = "linux")]
            socket: socket(),
            is_ready: Cell::new(false),
            every: microseconds
                .filter(|_| is_ours)
                .map(|limit| Duration::from_micros(limit) / 2),
            last: Cell::new(None),
        }
    }

    /// Says that the service is ready, once it polls or stands by, and that it lives, while it does.
    pub(super) fn look(&self, status: &RelayStatus) {
        if !self.is_ready.get() && status.role != RelayRole::Stopped {
            self.is_ready.set(true);
            self.send("READY=1");
        }
        let Some(every) = self.every.filter(|_| status.is_live()) else {
            return;
        };
        if self.last.get().is_none_or(|last| last.elapsed() >= every) {
            self.last.set(Some(Instant::now()));
            self.send("WATCHDOG=1");
        }
    }

    pub(super) fn stopping(&self) {
        self.send("STOPPING=1");
    }

    #[cfg(target_os = "linux")]
    fn send(&self, state: &str) {
        if let Some(socket) = &self.socket
            && let Err(error) = socket.send(state.as_bytes())
        {
            tracing::warn!(%error, "the service manager could not be notified");
        }
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_self, reason = "other systems have no such manager")]
    fn send(&self, _state: &str) {}
}

#[cfg(target_os = "linux")]
fn socket() -> Option<std::os::unix::net::UnixDatagram> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    let path = env::var("NOTIFY_SOCKET")
        .ok()
        .filter(|path| !path.is_empty())?;
    let address = match path.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&path),
    };
    let socket = UnixDatagram::unbound().ok()?;
    socket.connect_addr(&address.ok()?).ok()?;
    Some(socket)
}
