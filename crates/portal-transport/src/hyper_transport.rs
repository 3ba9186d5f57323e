//! The transport over hyper itself.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderValue, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_layer::Layer;
use tower_service::Service;

use crate::call::Outgoing;
use crate::connect::{WatchConnect, WatchedConnect};
use crate::error::BoxError;
use crate::exchange::exchange;
use crate::proxy::ProxyChoice;
use crate::settings::{IDLE_CONNECTIONS, IDLE_TIME};
use crate::tls::client_config;
use crate::{Body, BoxFuture, ConfigError, Transport, TransportError, TransportSettings};

/// A [`Transport`] over hyper and rustls, with less between this crate and the network than
/// [`ReqwestTransport`](crate::ReqwestTransport). Cheap to clone; clones share their connections.
///
/// HTTP/1.1 only, with a pool of idle connections. Needs a tokio runtime. A proxy must be spoken
/// to over plain HTTP (`http://` in `HTTPS_PROXY`).
#[derive(Clone)]
pub struct HyperTransport {
    client: Client<WatchedConnect<HttpsConnector<RoutedConnector>>, Outgoing>,
    settings: Arc<TransportSettings>,
}

impl HyperTransport {
    /// Sets the client up; nothing is connected yet.
    ///
    /// # Errors
    /// [`ConfigError::Identity`] when the sender's certificate cannot be used for TLS.
    pub fn new(settings: TransportSettings) -> Result<Self, ConfigError> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_keepalive(Some(Duration::from_secs(15)));
        http.set_connect_timeout(Some(settings.timeouts.longest_connect()));
        let route = match settings.effective_proxy() {
            ProxyChoice::Environment => Route::Environment(Arc::new(Matcher::from_system())),
            ProxyChoice::Direct => Route::Direct,
            ProxyChoice::Through(proxy) => Route::Through {
                proxy: proxy.uri()?,
                authorization: proxy.authorization(),
            },
        };
        let connector = RoutedConnector { http, route };
        let mut https = HttpsConnector::from((connector, client_config(&settings.tls)?));
        https.enforce_https();
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIME)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .build(WatchConnect.layer(https));
        Ok(Self {
            client,
            settings: Arc::new(settings),
        })
    }
}

impl Transport for HyperTransport {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(exchange(&self.settings, request, async |request| {
            let response = self.client.request(request).await;
            response.map_err(|cause| Box::new(cause) as BoxError)
        }))
    }
}

impl fmt::Debug for HyperTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperTransport")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Connects straight to the service or through a tunnel.
#[derive(Clone)]
struct RoutedConnector {
    http: HttpConnector,
    route: Route,
}

#[derive(Clone)]
enum Route {
    Direct,
    Environment(Arc<Matcher>),
    Through {
        proxy: Uri,
        authorization: Option<HeaderValue>,
    },
}

impl Route {
    /// The proxy on the way to `to`, and what to show it.
    fn proxy(&self, to: &Uri) -> Option<(Uri, Option<HeaderValue>)> {
        match self {
            Self::Direct => None,
            Self::Environment(matcher) => {
                let proxy = matcher.intercept(to)?;
                Some((proxy.uri().clone(), proxy.basic_auth().cloned()))
            }
            Self::Through {
                proxy,
                authorization,
            } => Some((proxy.clone(), authorization.clone())),
        }
    }
}

impl Service<Uri> for RoutedConnector {
    type Response = <HttpConnector as Service<Uri>>::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.http.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let Some((proxy, authorization)) = self.route.proxy(&to) else {
            let connecting = self.http.call(to);
            return Box::pin(async { Ok(connecting.await?) });
        };
        let mut tunnel = Tunnel::new(proxy, self.http.clone());
        if let Some(authorization) = authorization {
            tunnel = tunnel.with_auth(authorization);
        }
        let connecting = tunnel.call(to);
        Box::pin(async { Ok(connecting.await?) })
    }
}
