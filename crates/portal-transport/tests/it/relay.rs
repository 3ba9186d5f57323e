//! A relay in front of a server, which carries bytes in its own time.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, sleep_until};

/// How a relay treats what the client sends.
#[derive(Clone)]
pub(crate) enum Relay {
    /// Nothing is carried for a while.
    Late(Duration),
    /// After the first flight, everything is withheld until this many bytes are there.
    Withholding(usize),
    /// So many bytes in a second: of each connection, or of all together.
    Slow(Throttle),
}

/// A line of some speed.
#[derive(Clone)]
pub(crate) struct Throttle {
    bytes_per_second: u64,
    /// When the line is free again, if all connections share it.
    shared: Option<Arc<Mutex<Instant>>>,
}

impl Throttle {
    pub(crate) fn of_each(bytes_per_second: u64) -> Self {
        Self {
            bytes_per_second,
            shared: None,
        }
    }

    pub(crate) fn of_all(bytes_per_second: u64) -> Self {
        Self {
            shared: Some(Arc::new(Mutex::new(Instant::now()))),
            ..Self::of_each(bytes_per_second)
        }
    }

    async fn carry<R, W>(&self, mut from: R, mut to: W)
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let own = Arc::new(Mutex::new(Instant::now()));
        let line = self.shared.as_ref().unwrap_or(&own);
        let mut buffer = [0; 2_000];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            let seconds = length as f64 / self.bytes_per_second as f64;
            let free = {
                let mut line = line.lock().unwrap();
                *line = (*line).max(Instant::now()) + Duration::from_secs_f64(seconds);
                *line
            };
            sleep_until(free).await;
            if to.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    }
}

/// Starts a relay to `server`.
pub(crate) async fn start(server: SocketAddr, relay: Relay) -> SocketAddr {
    let socket = TcpSocket::new_v4().unwrap();
    // What waits here is not on the other side either; a line has little room for it.
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener: TcpListener = socket.listen(64).unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let relay = relay.clone();
            tokio::spawn(async move {
                let server = TcpStream::connect(server).await.unwrap();
                carry(client, server, relay).await;
            });
        }
    });
    address
}

async fn carry(client: TcpStream, server: TcpStream, relay: Relay) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = async move {
        match relay {
            Relay::Late(late) => {
                sleep(late).await;
                drop(copy(&mut from_client, &mut to_server).await);
            }
            Relay::Withholding(bytes) => {
                let mut buffer = vec![0; 65_536];
                let length = from_client.read(&mut buffer).await.unwrap();
                to_server.write_all(&buffer[..length]).await.unwrap();
                let mut withheld = Vec::new();
                while withheld.len() < bytes {
                    match from_client.read(&mut buffer).await {
                        Ok(length @ 1..) => withheld.extend_from_slice(&buffer[..length]),
                        _ => return,
                    }
                }
                drop(to_server.write_all(&withheld).await);
                pending::<()>().await;
            }
            Relay::Slow(throttle) => throttle.carry(from_client, &mut to_server).await,
        }
    };
    tokio::select! {
        () = up => {}
        _ = copy(&mut from_server, &mut to_client) => {}
    }
}
