//! The transport over reqwest.

use std::fmt;
use std::sync::Arc;

use crate::connect::WatchConnect;
use crate::exchange::exchange;
use crate::failure::Carried;
use crate::in_flight::Line;
use crate::tls::client_config;
use crate::{
    Body, BoxFuture, ConfigError, ErrorKind, Transport, TransportError, TransportSettings,
};

/// A [`Transport`] over reqwest and rustls. Cheap to clone; clones share their connections.
///
/// HTTP/1.1 only, with a pool of idle connections. Needs a tokio runtime.
#[derive(Clone)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    settings: Arc<TransportSettings>,
    line: Line,
}

/// What the operating system may hold of a connection's output: Linux' own limit, since reqwest
/// has no setting for it.
const SYSTEM_BUFFERS: u64 = 4 * 1024 * 1024;

impl ReqwestTransport {
    /// Creates the transport; nothing is connected yet.
    ///
    /// # Errors
    /// [`ConfigError::EnvironmentProxy`] if the environment's proxy can't be used.
    pub fn new(settings: TransportSettings) -> Result<Self, ConfigError> {
        let tunnel = settings.tunnel()?.map(Arc::new);
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(client_config(&settings.tls)?)
            .https_only(true)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(settings.timeouts.longest_connect())
            .connector_layer(WatchConnect {
                shows_certificate: settings.tls.identity.is_some(),
                tunnel: tunnel.clone(),
            })
            // Another crate of the program may turn these features of reqwest on.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .no_proxy()
            .pool_idle_timeout(settings.idle_time)
            .pool_max_idle_per_host(settings.idle_connections);
        // reqwest's default of 30 s ends uploads over lines that are slow but move: the limit runs
        // also while the other side takes nothing because its buffers are full.
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        let client = client.tcp_user_timeout(None);
        let client = match tunnel {
            None => client,
            Some(tunnel) => {
                let proxy = reqwest::Proxy::all(tunnel.proxy.to_string());
                let mut proxy = proxy.map_err(setup_failed)?;
                if let Some(authorization) = tunnel.authorization.clone() {
                    proxy = proxy.custom_http_auth(authorization);
                }
                client.proxy(proxy)
            }
        };
        let line = Line {
            uploads: settings.uploads.clone(),
            system_buffers: SYSTEM_BUFFERS,
        };
        Ok(Self {
            client: client.build().map_err(setup_failed)?,
            settings: Arc::new(settings),
            line,
        })
    }
}

fn setup_failed(cause: reqwest::Error) -> ConfigError {
    ConfigError::Client {
        source: cause.without_url().into(),
    }
}

impl Transport for ReqwestTransport {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(exchange(
            &self.settings,
            &self.line,
            request,
            async |request| {
                let request = request.map(reqwest::Body::wrap);
                // The URL may hold the name of a queue or a token, so errors go without it.
                let request = reqwest::Request::try_from(request).map_err(|cause| {
                    let error = TransportError::unsent(ErrorKind::Request);
                    Carried::new(error.with_source(cause.without_url()))
                })?;
                let response = self.client.execute(request).await;
                let response = response.map_err(reqwest::Error::without_url)?;
                Ok(http::Response::<reqwest::Body>::from(response))
            },
        ))
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
