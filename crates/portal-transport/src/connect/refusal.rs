//! With what status a proxy refuses a tunnel that a library asked for.

use std::error::Error;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::failure::find;
use crate::proxy::{Tunnel, TunnelRefused};

/// What the library says of a 407, and of any other status.
const CREDENTIALS: &str = "tunnel error: proxy authorization required";
const REFUSED: &str = "tunnel error: unsuccessful";

/// A library's error that says that the proxy refused the tunnel.
pub(super) enum Refusal {
    Credentials,
    /// With a status that the library keeps to itself.
    Other,
}

impl Refusal {
    pub(super) fn of(cause: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(cause);
        while let Some(error) = next {
            match error.to_string().as_str() {
                CREDENTIALS => return Some(Self::Credentials),
                REFUSED => return Some(Self::Other),
                _ => next = error.source(),
            }
        }
        None
    }

    /// The status. Where the library keeps it to itself, the proxy is asked once more, which the
    /// service does not notice: whether the proxy refuses for good makes all the difference.
    pub(super) async fn status(self, tunnel: &Tunnel, limit: Duration) -> Option<u16> {
        match self {
            Self::Credentials => Some(407),
            Self::Other => tokio::time::timeout(limit, ask(tunnel)).await.ok()?,
        }
    }
}

async fn ask(tunnel: &Tunnel) -> Option<u16> {
    let host = tunnel.proxy.host()?.trim_matches(['[', ']']);
    let port = tunnel.proxy.port_u16().unwrap_or(80);
    let mut connection = TcpStream::connect((host, port)).await.ok()?;
    let error = tunnel.open(&mut connection).await.err()?;
    Some(find::<TunnelRefused>(&error)?.status)
}
