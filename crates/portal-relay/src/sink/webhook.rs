//! Events by HTTP, signed as Standard Webhooks says.

mod builder;
mod client;
mod route;
mod secret;
mod target;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use portal_client::{BoxFuture, Clock, SharedClock};

pub use builder::{WebhookBuilder, WebhookError};
pub use secret::{WebhookSecret, WebhookSecretError};

use crate::{DeliveryFailure, DeliveryOutcome, EventBody, Sink, SinkName};
use client::WebhookClient;
use secret::SigningKeys;
use target::Target;

const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// The structured mode of CloudEvents over HTTP.
const CLOUD_EVENT: HeaderValue =
    HeaderValue::from_static("application/cloudevents+json; charset=utf-8");
const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("portal-relay/", env!("CARGO_PKG_VERSION")));

/// So much of a response is read, so that the connection can be used again; none of it is kept.
const RESPONSE_BYTES: usize = 64 * 1024;
/// How long the rest of a response may take, once its head has said what came of the delivery.
const RESPONSE_TIME: Duration = Duration::from_secs(1);

/// Posts each event to a URL: a CloudEvent in structured mode, signed as Standard Webhooks 1.0 says.
///
/// A response of 2xx means that the event is taken, and 410 that the receiver wants no more. Everything else is
/// retried, not before the time that a `Retry-After` names. Redirects are not followed.
///
/// | header | |
/// |---|---|
/// | `webhook-id` | the event's id, the same with each attempt |
/// | `webhook-timestamp` | when the attempt began, in seconds since 1970 |
/// | `webhook-signature` | `v1,` and the HMAC-SHA256 of both and the body in base64; two while a secret is replaced |
/// | `content-type` | `application/cloudevents+json; charset=utf-8` |
///
/// The URL is `https`, or `http` to a loopback or private address (10/8, 172.16/12, 192.168/16, fc00::/7): a name
/// is looked up for each connection, and only such addresses are used then. Servers are checked by the system's
/// roots, or by [custom anchors](WebhookBuilder::with_anchors). Other addresses are reached through a
/// [proxy](WebhookBuilder::with_proxy) where one is set or the environment names one.
///
/// Cheap to clone; clones share connections and secrets.
///
/// ```
/// use portal_relay::{SinkName, Webhook, WebhookSecret};
///
/// let secret: WebhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
/// let webhook =
///     Webhook::builder(SinkName::new("case-system")?, "http://127.0.0.1:8080/events", secret)
///         .build()?;
///
/// // Later, without a stop: sign with the new secret and the old one until every receiver has the new one.
/// let new = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".parse()?;
/// let old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
/// webhook.replace_secrets(new, Some(old));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: the specification of Standard Webhooks; CloudEvents' HTTP protocol binding 1.0.2.
#[derive(Clone)]
pub struct Webhook {
    inner: Arc<Inner>,
}

struct Inner {
    name: SinkName,
    target: Target,
    client: WebhookClient,
    keys: RwLock<Arc<SigningKeys>>,
    time_limit: Duration,
    clock: SharedClock,
}

impl Webhook {
    /// Returns a builder of a webhook to `url` that signs with `secret`.
    pub fn builder(name: SinkName, url: &str, secret: WebhookSecret) -> WebhookBuilder {
        WebhookBuilder::new(name, url, secret)
    }

    /// Signs with other secrets from the next attempt on: the current one, and the previous one while receivers
    /// change over. Clones of the webhook do the same.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "no copy of a secret stays with the caller by accident"
    )]
    pub fn replace_secrets(&self, current: WebhookSecret, previous: Option<WebhookSecret>) {
        let keys = Arc::new(SigningKeys::new(&current, previous.as_ref()));
        let mut slot = self
            .inner
            .keys
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *slot = keys;
    }

    fn keys(&self) -> Arc<SigningKeys> {
        let keys = self.inner.keys.read();
        Arc::clone(&keys.unwrap_or_else(PoisonError::into_inner))
    }

    fn request(&self, event: &EventBody) -> Result<Request<Full<bytes::Bytes>>, http::Error> {
        let inner = &self.inner;
        let id = event.id().as_str();
        let seconds = inner.clock.now().as_second();
        let mut signature = HeaderValue::try_from(self.keys().sign(id, seconds, event.bytes()))?;
        signature.set_sensitive(true);
        Request::builder()
            .method(Method::POST)
            .uri(inner.target.uri().clone())
            .header(CONTENT_TYPE, CLOUD_EVENT)
            .header(USER_AGENT, AGENT)
            .header(WEBHOOK_ID, id)
            .header(WEBHOOK_TIMESTAMP, seconds)
            .header(WEBHOOK_SIGNATURE, signature)
            .body(Full::new(event.shared_bytes()))
    }

    async fn attempt(&self, event: &EventBody) -> DeliveryOutcome {
        let Ok(request) = self.request(event) else {
            return DeliveryOutcome::retry(DeliveryFailure::Connect);
        };
        let response = match self.inner.client.send(request).await {
            Ok(response) => response,
            Err(failure) => return DeliveryOutcome::retry(failure),
        };
        let (head, body) = response.into_parts();
        // Whatever comes of it: the head has said it all.
        let rest = Limited::new(body, RESPONSE_BYTES).collect();
        let _read = tokio::time::timeout(RESPONSE_TIME, rest).await;
        match head.status {
            status if status.is_success() => DeliveryOutcome::Taken,
            StatusCode::GONE => DeliveryOutcome::Gone,
            status => {
                let failure = DeliveryFailure::Status(status.as_u16());
                match portal_transport::retry_after(&head.headers, self.inner.clock.now()) {
                    Some(after) => DeliveryOutcome::retry_after(failure, after),
                    None => DeliveryOutcome::retry(failure),
                }
            }
        }
    }
}

impl Sink for Webhook {
    fn name(&self) -> &SinkName {
        &self.inner.name
    }

    fn address(&self) -> Option<String> {
        Some(self.inner.target.uri().to_string())
    }

    fn deliver<'a>(&'a self, event: &'a EventBody) -> BoxFuture<'a, DeliveryOutcome> {
        Box::pin(async move {
            let attempt = tokio::time::timeout(self.inner.time_limit, self.attempt(event));
            let outcome = attempt.await;
            outcome.unwrap_or_else(|_| DeliveryOutcome::retry(DeliveryFailure::Timeout))
        })
    }
}

/// Without secrets, and without the URL's path and query, which may hold one.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("name", &self.inner.name)
            .field("target", &self.inner.target)
            .field("time_limit", &self.inner.time_limit)
            .finish_non_exhaustive()
    }
}
