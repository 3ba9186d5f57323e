//! The transport over reqwest.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, USER_AGENT};
use http::{HeaderValue, Method};
use http_body::Body as _;

use crate::call::{Call, Incoming, Outgoing};
use crate::connect::WatchConnect;
use crate::tls::client_config;
use crate::{
    Body, BoxFuture, CallClass, ConfigError, ErrorKind, Transport, TransportError,
    TransportSettings, failure,
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
    /// [`ConfigError::Identity`] when the sender's certificate and key do not belong together or
    /// cannot be used for TLS.
    pub fn new(settings: TransportSettings) -> Result<Self, ConfigError> {
        let longest = settings.timeouts.ordinary.connect();
        let longest = longest.max(settings.timeouts.download.connect());
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(client_config(&settings.tls)?)
            .https_only(true)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            // The limit that counts is the one in `WatchConnect`; this one makes reqwest share
            // the time between the addresses of a host.
            .connect_timeout(longest)
            .connector_layer(WatchConnect)
            // Shorter than servers usually keep an idle connection, so that few requests meet
            // one that is just being closed.
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(10)
            .build()
            .map_err(|cause| ConfigError::Client {
                source: cause.into(),
            })?;
        Ok(Self {
            client,
            settings: Arc::new(settings),
        })
    }

    async fn call(
        &self,
        request: http::Request<Body>,
    ) -> Result<http::Response<Body>, TransportError> {
        self.settings.root.guard(request.uri())?;
        let class = request.extensions().get::<CallClass>().copied();
        let call = Call::new(self.settings.timeouts.of(class.unwrap_or_default()));
        let to = request.uri().authority().map(ToString::to_string);
        let to = to.unwrap_or_default();
        let has_body = !request.body().is_end_stream();

        let request = self.prepare(request).map(|body| match has_body {
            true => reqwest::Body::wrap(Outgoing::new(body, Arc::clone(&call))),
            false => reqwest::Body::from(""),
        });
        let request = reqwest::Request::try_from(request).map_err(|cause| {
            TransportError::before_sending(ErrorKind::Request).with_source(cause.without_url())
        })?;
        let answer = async {
            self.client.execute(request).await.map_err(|cause| {
                // The URL may hold the name of a queue or a token.
                let cause = Box::new(cause.without_url());
                failure::of_call(cause, call.may_have_been_sent(has_body), &to)
            })
        };
        let answer = call.until_head(has_body, answer).await?;
        Ok(http::Response::from(answer).map(|body| {
            let size = body.size_hint().exact();
            Body::of_answer(Incoming::new(body, call), size)
        }))
    }

    /// Adds the headers that every request has.
    fn prepare(&self, mut request: http::Request<Body>) -> http::Request<Body> {
        let has_length = matches!(*request.method(), Method::POST | Method::PUT);
        if has_length && request.body().is_end_stream() {
            let zero = HeaderValue::from_static("0");
            request.headers_mut().insert(CONTENT_LENGTH, zero);
        }
        let headers = request.headers_mut();
        headers
            .entry(USER_AGENT)
            .or_insert_with(|| self.settings.user_agent.clone());
        request
    }
}

impl Transport for ReqwestTransport {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(self.call(request))
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
