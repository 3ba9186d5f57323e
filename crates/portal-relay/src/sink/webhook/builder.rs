//! How a webhook is set up.

use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use portal_client::{Certificate, Clock, Proxy, SharedClock};

use super::client::WebhookClient;
use super::route::ProxyChoice;
use super::secret::SigningKeys;
use super::target::Target;
use super::{Inner, Webhook, WebhookSecret};
use crate::SinkName;

/// Default time limit of an attempt. Standard Webhooks recommends 15 to 30 s.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Sets up a [`Webhook`].
#[must_use]
pub struct WebhookBuilder {
    name: SinkName,
    url: String,
    secret: WebhookSecret,
    previous: Option<WebhookSecret>,
    anchors: Option<Vec<Certificate>>,
    proxy: ProxyChoice,
    time_limit: Duration,
    clock: SharedClock,
}

/// Why a webhook can't be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// The URL can't be used.
    #[error("the URL of a webhook is an absolute http or https URL without a fragment")]
    Url,
    /// The URL has a user name or a password, which would end up in logs on the way.
    #[error("the URL of a webhook holds a user name; leave it out, deliveries are signed")]
    Credentials,
    /// The URL is `http` to an address that is neither loopback nor private.
    #[error("an http URL is for loopback and private addresses only; use https")]
    NotPrivate,
    /// Anchors are given for a URL that uses no TLS.
    #[error("trust anchors are given for a URL that is not https")]
    AnchorsWithoutTls,
    /// A certificate can't be a trust anchor.
    #[error("a certificate can't be used as a trust anchor for the webhook")]
    #[non_exhaustive]
    Anchor {
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// TLS can't be set up, such as when the system has no roots.
    #[error("TLS can't be set up for the webhook")]
    #[non_exhaustive]
    Tls {
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The environment names a proxy that can't be used.
    #[error("the environment's proxy can't be used for the webhook")]
    #[non_exhaustive]
    Proxy {
        /// The cause, with the variable's name.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl WebhookBuilder {
    pub(super) fn new(name: SinkName, url: &str, secret: WebhookSecret) -> Self {
        Self {
            name,
            url: url.to_owned(),
            secret,
            previous: None,
            anchors: None,
            proxy: ProxyChoice::default(),
            time_limit: TIME_LIMIT,
            clock: SharedClock::default(),
        }
    }

    /// Signs with the previous secret as well, while receivers change over.
    pub fn with_previous_secret(mut self, secret: WebhookSecret) -> Self {
        self.previous = Some(secret);
        self
    }

    /// Trusts servers that are certified by one of these issuers, instead of by the system's roots.
    pub fn with_anchors(mut self, issuers: impl IntoIterator<Item = Certificate>) -> Self {
        self.anchors = Some(issuers.into_iter().collect());
        self
    }

    /// Reaches the receiver through a proxy, whatever the environment says.
    ///
    /// Defaults to what `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say (in capitals or not) when the webhook is built.
    /// A receiver on a loopback or private address is reached directly, also when its name leads there.
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = ProxyChoice::Through(proxy);
        self
    }

    /// Reaches the receiver without a proxy, whatever the environment says.
    pub fn without_proxy(mut self) -> Self {
        self.proxy = ProxyChoice::Direct;
        self
    }

    /// Sets how long an attempt may take as a whole. Defaults to 30 s; connecting takes at most 10 s of it.
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Takes the time of `webhook-timestamp` from another clock. Defaults to the computer's.
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = SharedClock::new(clock);
        self
    }

    /// Creates the webhook. Nothing is connected yet.
    ///
    /// # Errors
    /// When the URL or the environment's proxy can't be used, or TLS can't be set up.
    pub fn build(self) -> Result<Webhook, WebhookError> {
        let target = Target::new(&self.url)?;
        let client = if target.is_https() {
            let proxy = self.proxy.proxy(&target)?;
            WebhookClient::https(self.anchors.as_deref(), proxy.as_ref())?
        } else if self.anchors.is_some() {
            return Err(WebhookError::AnchorsWithoutTls);
        } else {
            WebhookClient::private_http()
        };
        let keys = SigningKeys::new(&self.secret, self.previous.as_ref());
        Ok(Webhook {
            inner: Arc::new(Inner {
                name: self.name,
                target,
                client,
                keys: RwLock::new(Arc::new(keys)),
                time_limit: self.time_limit,
                clock: self.clock,
            }),
        })
    }
}

/// Without secrets and the URL, which may hold one.
impl fmt::Debug for WebhookBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookBuilder")
            .field("name", &self.name)
            .field("time_limit", &self.time_limit)
            .finish_non_exhaustive()
    }
}
