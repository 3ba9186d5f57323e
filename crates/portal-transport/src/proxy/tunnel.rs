//! The tunnel through a proxy.

use std::io;

use http::{HeaderValue, Uri};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The longest head of a proxy's response.
const LONGEST_HEAD: usize = 16 * 1024;

/// A proxy, and where its tunnel leads.
#[derive(Clone)]
pub(crate) struct Tunnel {
    /// `http`, host and port of the proxy.
    pub(crate) proxy: Uri,
    /// What the proxy is shown, if anything.
    pub(crate) authorization: Option<HeaderValue>,
    /// Host and port of the service.
    pub(crate) to: String,
}

/// The proxy did not open the tunnel.
#[derive(Debug, thiserror::Error)]
#[error("the proxy responded with status {status}")]
pub(crate) struct TunnelRefused {
    pub(crate) status: u16,
}

impl Tunnel {
    /// Asks the proxy at the other end of `connection` for the tunnel.
    pub(crate) async fn open<S>(&self, connection: &mut S) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let to = &self.to;
        let mut request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n").into_bytes();
        if let Some(authorization) = &self.authorization {
            request.extend_from_slice(b"Proxy-Authorization: ");
            request.extend_from_slice(authorization.as_bytes());
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        let request = zeroize::Zeroizing::new(request);
        connection.write_all(&request).await?;
        connection.flush().await?;
        match status(&read_head(connection).await?) {
            Some(200..=299) => Ok(()),
            Some(status) => Err(io::Error::other(TunnelRefused { status })),
            None => Err(no_http()),
        }
    }
}

/// Reads until the empty line. The service says nothing before the client does, so what comes
/// after that line would be none of its.
async fn read_head<S: AsyncRead + Unpin>(connection: &mut S) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == LONGEST_HEAD {
            return Err(no_http());
        }
        head.push(connection.read_u8().await?);
    }
    Ok(head)
}

fn status(head: &[u8]) -> Option<u16> {
    let line = head.strip_prefix(b"HTTP/1.")?;
    let digits = line.get(2..5)?;
    let status = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (line.get(1) == Some(&b' ')).then_some(status)
}

fn no_http() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the proxy's response is not HTTP",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tunnel() -> Tunnel {
        Tunnel {
            proxy: Uri::from_static("http://proxy.example.com:3128"),
            authorization: None,
            to: "api.example.com:443".to_owned(),
        }
    }

    async fn open(response: &'static str) -> io::Result<()> {
        let (mut ours, mut theirs) = tokio::io::duplex(64 * 1024);
        theirs.write_all(response.as_bytes()).await.unwrap();
        let outcome = tunnel().open(&mut ours).await;
        drop(ours);
        let mut request = String::new();
        theirs.read_to_string(&mut request).await.unwrap();
        let expected = "CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n";
        assert_eq!(request, expected);
        outcome
    }

    #[tokio::test]
    async fn a_tunnel_is_open_after_any_2xx() {
        for response in [
            "HTTP/1.1 200 Connection established\r\n\r\n",
            "HTTP/1.0 200 OK\r\nvia: x\r\n\r\n",
            "HTTP/1.1 299 \r\n\r\n",
        ] {
            open(response).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_refusal_has_its_status() {
        let error = open("HTTP/1.1 403 Forbidden\r\n\r\n").await.unwrap_err();
        let refused: &TunnelRefused = error.get_ref().unwrap().downcast_ref().unwrap();
        assert_eq!(refused.status, 403);
    }

    #[tokio::test]
    async fn what_is_not_http_is_an_error() {
        for response in ["220 mail.example.com ESMTP\r\n\r\n", "HTTP/1.1 2x0\r\n\r\n"] {
            let error = open(response).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{response}");
        }
    }
}
