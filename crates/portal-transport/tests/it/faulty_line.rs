//! An HTTP proxy that harms the tunnels through it, each as a seed says.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use portal_transport::{ErrorKind, Proxy, TransportError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// What happens to a connection.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// It is reset.
    Reset,
    /// Nothing more comes through, and nobody says so.
    Stall,
    /// It ends in an orderly way, too early.
    Truncate,
    /// Everything comes in small pieces.
    Slice,
}

/// A fault in one direction, after some bytes.
#[derive(Debug, Clone, Copy)]
struct Plan {
    fault: Fault,
    towards_server: bool,
    after: usize,
}

impl Plan {
    fn draw(random: &mut fastrand::Rng) -> Self {
        let fault = match random.u8(0..10) {
            0..=3 => Fault::None,
            4 | 5 => Fault::Reset,
            6 => Fault::Stall,
            7 | 8 => Fault::Truncate,
            _ => Fault::Slice,
        };
        // Small numbers are as likely as large ones: the handshake, the heads and the bodies are
        // of very different sizes.
        let after = 1_usize << random.u8(0..18);
        Self {
            fault,
            towards_server: random.bool(),
            after: random.usize(after / 2..=after),
        }
    }
}

/// Listens, leads every tunnel to `server`, and draws a fault for each.
pub(crate) async fn start(server: SocketAddr, seed: u64) -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut random = fastrand::Rng::with_seed(seed);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let plan = Plan::draw(&mut random);
            tokio::spawn(relay(client, server, plan));
        }
    });
    Proxy::new("127.0.0.1", port).unwrap()
}

async fn relay(mut client: TcpStream, server: SocketAddr, plan: Plan) {
    if open_tunnel(&mut client).await.is_err() {
        return;
    }
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    if plan.fault == Fault::Reset {
        client.set_zero_linger().unwrap();
        server.set_zero_linger().unwrap();
    }
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = server.into_split();
    let none = Plan {
        fault: Fault::None,
        ..plan
    };
    let (up, down) = if plan.towards_server {
        (plan, none)
    } else {
        (none, plan)
    };
    let up = copy(client_read, server_write, up);
    let down = copy(server_read, client_write, down);
    // A fault ends both directions; so does the end of the response.
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}

/// Reads what the client asks of the proxy, whatever it is, and agrees to it.
async fn open_tunnel(client: &mut TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await
}

/// Carries bytes until the end, or until the fault has happened.
async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, plan: Plan) {
    let mut buffer = vec![0; 16_384];
    let mut carried = 0;
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let mut bytes = &buffer[..length];
        let left = plan.after.saturating_sub(carried);
        carried += length;
        match plan.fault {
            Fault::None => {}
            Fault::Slice => {
                while bytes.len() > 1_000 {
                    let (piece, rest) = bytes.split_at(1_000);
                    if to.write_all(piece).await.is_err() {
                        return;
                    }
                    bytes = rest;
                    sleep(Duration::from_millis(1)).await;
                }
            }
            Fault::Reset | Fault::Truncate | Fault::Stall if bytes.len() < left => {}
            Fault::Reset | Fault::Truncate => {
                let _ = to.write_all(&bytes[..left]).await;
                return;
            }
            Fault::Stall => {
                let _ = to.write_all(&bytes[..left]).await;
                std::future::pending::<()>().await;
            }
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

/// Only these may come out: what a line can do, by name.
pub(crate) fn assert_named(error: &TransportError) {
    let named = matches!(
        error.kind(),
        ErrorKind::Connect { .. }
            | ErrorKind::Tls(_)
            | ErrorKind::Timeout(_)
            | ErrorKind::NoResponse
            | ErrorKind::InvalidResponse
            | ErrorKind::BodyBrokenOff
    );
    assert!(named, "{error:?}");
}
