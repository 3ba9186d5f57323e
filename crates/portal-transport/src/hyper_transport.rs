//! The transport over hyper itself.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_layer::Layer;
use tower_service::Service;

use crate::connect::{WatchConnect, WatchedConnect};
use crate::error::BoxError;
use crate::exchange::exchange;
use crate::in_flight::{Line, Outgoing};
use crate::proxy::Tunnel;
use crate::tls::client_config;
use crate::{Body, BoxFuture, ConfigError, Transport, TransportError, TransportSettings};

/// A [`Transport`] over hyper and rustls, with less between this crate and the network than
/// `ReqwestTransport`. Cheap to clone; clones share their connections.
///
/// HTTP/1.1 only, with a pool of idle connections. Needs a tokio runtime.
#[derive(Clone)]
pub struct HyperTransport {
    client: Client<WatchedConnect<HttpsConnector<RoutedConnector>>, Outgoing>,
    settings: Arc<TransportSettings>,
    line: Line,
}

/// What the operating system may hold of a connection's output: enough for fast lines, and little
/// enough that it is soon seen when a line stands still.
const SEND_BUFFER: usize = 256 * 1024;
/// Linux takes twice the setting, and what is on the line or with the other side counts too.
const SYSTEM_BUFFERS: u64 = 4 * SEND_BUFFER as u64;

impl HyperTransport {
    /// Creates the transport; nothing is connected yet.
    ///
    /// # Errors
    /// [`ConfigError::EnvironmentProxy`] if the environment's proxy can't be used.
    pub fn new(settings: TransportSettings) -> Result<Self, ConfigError> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_keepalive(Some(Duration::from_secs(15)));
        http.set_connect_timeout(Some(settings.timeouts.longest_connect()));
        http.set_send_buffer_size(Some(SEND_BUFFER));
        let tunnel = settings.tunnel()?.map(Arc::new);
        let connector = RoutedConnector { http, tunnel };
        let mut https = HttpsConnector::from((connector, client_config(&settings.tls)?));
        https.enforce_https();
        let watch = WatchConnect {
            shows_certificate: settings.tls.identity.is_some(),
            tunnel: None,
        };
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(settings.idle_time)
            .pool_max_idle_per_host(settings.idle_connections)
            .build(watch.layer(https));
        let line = Line {
            uploads: settings.uploads.clone(),
            system_buffers: SYSTEM_BUFFERS,
        };
        Ok(Self {
            client,
            settings: Arc::new(settings),
            line,
        })
    }
}

impl Transport for HyperTransport {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(exchange(
            &self.settings,
            &self.line,
            request,
            async |request| {
                let response = self.client.request(request).await;
                response.map_err(|cause| Box::new(cause) as BoxError)
            },
        ))
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
    tunnel: Option<Arc<Tunnel>>,
}

impl Service<Uri> for RoutedConnector {
    type Response = <HttpConnector as Service<Uri>>::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.http.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let Some(tunnel) = self.tunnel.clone() else {
            let connecting = self.http.call(to);
            return Box::pin(async { Ok(connecting.await?) });
        };
        let connecting = self.http.call(tunnel.proxy.clone());
        Box::pin(async move {
            let mut connection = connecting.await?;
            tunnel.open(connection.inner_mut()).await?;
            Ok(connection)
        })
    }
}
