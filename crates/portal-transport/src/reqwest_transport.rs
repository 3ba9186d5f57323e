//! The transport over reqwest.

use std::fmt;
use std::sync::Arc;

use crate::connect::WatchConnect;
use crate::exchange::exchange;
use crate::failure::Carried;
use crate::proxy::ProxyChoice;
use crate::settings::{IDLE_CONNECTIONS, IDLE_TIME};
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
}

impl ReqwestTransport {
    /// Sets the client up; nothing is connected yet.
    ///
    /// # Errors
    /// [`ConfigError::Identity`] when the sender's certificate cannot be used for TLS.
    pub fn new(settings: TransportSettings) -> Result<Self, ConfigError> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(client_config(&settings.tls)?)
            .https_only(true)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(settings.timeouts.longest_connect())
            .connector_layer(WatchConnect)
            .pool_idle_timeout(IDLE_TIME)
            .pool_max_idle_per_host(IDLE_CONNECTIONS);
        let client = match settings.effective_proxy() {
            ProxyChoice::Environment => client,
            ProxyChoice::Direct => client.no_proxy(),
            ProxyChoice::Through(proxy) => {
                let url = proxy.uri()?.to_string();
                let mut through = reqwest::Proxy::all(url).map_err(setup_failed)?;
                if let Some(authorization) = proxy.authorization() {
                    through = through.custom_http_auth(authorization);
                }
                client.no_proxy().proxy(through)
            }
        };
        Ok(Self {
            client: client.build().map_err(setup_failed)?,
            settings: Arc::new(settings),
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
        Box::pin(exchange(&self.settings, request, async |request| {
            let request = request.map(reqwest::Body::wrap);
            // The URL may hold the name of a queue or a token, so errors go without it.
            let request = reqwest::Request::try_from(request).map_err(|cause| {
                let error = TransportError::before_sending(ErrorKind::Request);
                Carried::new(error.with_source(cause.without_url()))
            })?;
            let response = self.client.execute(request).await;
            let response = response.map_err(reqwest::Error::without_url)?;
            Ok(http::Response::<reqwest::Body>::from(response))
        }))
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
