//! The way to a receiver: directly, or through a proxy.

use std::error::Error as StdError;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use portal_client::Proxy;
use tokio::net::TcpStream;
use tower_service::Service;

use super::WebhookError;
use super::client::CONNECT_TIME;
use super::target::{Target, is_private};

/// How long a receiver's name may take to be looked up before the proxy is asked. Behind a proxy, names of others often
/// lead nowhere.
const LOOK_UP_TIME: Duration = Duration::from_secs(2);

type BoxError = Box<dyn StdError + Send + Sync>;

/// Where the choice of a proxy comes from.
#[derive(Clone, Debug, Default)]
pub(super) enum ProxyChoice {
    /// `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    #[default]
    Environment,
    Direct,
    Through(Proxy),
}

impl ProxyChoice {
    /// The proxy for a target, if there is one. Loopback and private addresses have none.
    pub(super) fn proxy(self, target: &Target) -> Result<Option<Proxy>, WebhookError> {
        if !target.is_https() || target.address().is_some_and(is_private) {
            return Ok(None);
        }
        match self {
            Self::Environment => {
                let proxy = Proxy::from_environment(target.uri());
                proxy.map_err(|cause| WebhookError::Proxy {
                    source: cause.into(),
                })
            }
            Self::Direct => Ok(None),
            Self::Through(proxy) => Ok(Some(proxy)),
        }
    }
}

/// The proxy opened no tunnel to the receiver.
#[derive(Debug, thiserror::Error)]
#[error("the proxy opened no tunnel")]
pub(super) struct NoTunnel(#[source] BoxError);

/// Connects to a receiver, through the proxy if there is one and the receiver is on no private address.
#[derive(Clone)]
pub(super) struct Route {
    direct: HttpConnector,
    tunnel: Option<Tunnel<HttpConnector>>,
}

impl Route {
    pub(super) fn new(direct: HttpConnector, proxy: Option<&Proxy>) -> Self {
        let tunnel = proxy.map(|proxy| {
            let tunnel = Tunnel::new(proxy.url().clone(), direct.clone());
            match proxy.authorization() {
                Some(authorization) => tunnel.with_auth(authorization),
                None => tunnel,
            }
        });
        Self { direct, tunnel }
    }

    async fn connect(mut self, to: Uri) -> Result<TokioIo<TcpStream>, BoxError> {
        if let Some(mut tunnel) = self.tunnel
            && !is_on_private_address(&to).await
        {
            let through = async {
                poll_fn(|cx| tunnel.poll_ready(cx)).await?;
                tunnel.call(to).await
            };
            let opened = match tokio::time::timeout(CONNECT_TIME, through).await {
                Ok(opened) => opened.map_err(BoxError::from),
                Err(too_long) => Err(too_long.into()),
            };
            // In an I/O error, as the connectors' own errors are.
            return opened.map_err(|cause| io::Error::other(NoTunnel(cause)).into());
        }
        poll_fn(|cx| self.direct.poll_ready(cx)).await?;
        Ok(self.direct.call(to).await?)
    }
}

impl Service<Uri> for Route {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        Box::pin(self.clone().connect(to))
    }
}

/// Whether a name leads to loopback and private addresses alone.
async fn is_on_private_address(to: &Uri) -> bool {
    let Some(host) = to.host() else {
        return false;
    };
    let host = host.trim_matches(['[', ']']);
    let found = tokio::net::lookup_host((host, to.port_u16().unwrap_or(443)));
    let Ok(Ok(found)) = tokio::time::timeout(LOOK_UP_TIME, found).await else {
        return false;
    };
    let found: Vec<SocketAddr> = found.collect();
    !found.is_empty() && found.iter().all(|address| is_private(address.ip()))
}
