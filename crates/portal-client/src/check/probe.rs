//! The requests of a check: one for a token, and one that asks who the caller is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use portal_transport::{Clock, Resolution, SeenServer, TokenSource, TransportError};

use crate::client::whole;
use crate::connection::Connection;
use crate::endpoints::who_am_i;
use crate::error::{Error, Operation};
use crate::{PortalClient, Sender};

/// What became of them. What could not be tried, as something before it failed, is `None`.
#[derive(Default)]
pub(super) struct Probe {
    pub(super) resolution: Option<Result<Resolution, TransportError>>,
    pub(super) token: Option<Token>,
    /// The server whose certificate was accepted.
    pub(super) server: Option<SeenServer>,
    pub(super) exchange: Option<Exchange>,
}

/// A request for a token.
pub(super) struct Token {
    /// Host and port.
    pub(super) endpoint: String,
    /// For how long the token is used.
    pub(super) outcome: Result<Duration, TransportError>,
}

/// A response to the question who the caller is, and when it was.
pub(super) struct Exchange {
    pub(super) sent: Timestamp,
    pub(super) received: Timestamp,
    pub(super) outcome: Result<Response<Bytes>, Error>,
}

impl Probe {
    /// Makes the requests on a connection that is set up for them, so that the server has to prove itself now.
    /// Where transport and signer are custom, theirs is used.
    pub(super) async fn run(client: &PortalClient, sender: Option<&Sender>) -> Self {
        let mut probe = Self::default();
        let current = client.connection();
        let Some(setup) = &current.setup else {
            probe.exchange = exchange(client, &current, sender).await;
            return probe;
        };
        let resolution = setup.settings.resolve().await;
        let is_resolved = resolution.is_ok();
        probe.resolution = Some(resolution);
        if !is_resolved {
            return probe;
        }
        let seen = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&seen);
        let observer = Box::new(move |server: &SeenServer| {
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(server.clone());
        });
        let mut setup = setup.clone();
        setup.retry_policy = setup.retry_policy.with_attempts(1);
        // Of the same parts as the one in use, so that it can be set up as well.
        let Ok(connection) = setup.connect(Some(observer)) else {
            return probe;
        };
        if let Some(tokens) = &connection.tokens {
            let token = token(tokens).await;
            let has_token = token.outcome.is_ok();
            probe.token = Some(token);
            if !has_token {
                return probe;
            }
        }
        probe.exchange = exchange(client, &connection, sender).await;
        probe.server = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
        probe
    }
}

async fn token(tokens: &TokenSource) -> Token {
    Token {
        endpoint: tokens.endpoint().to_owned(),
        outcome: tokens.ensure().await,
    }
}

async fn exchange(
    client: &PortalClient,
    connection: &Connection,
    sender: Option<&Sender>,
) -> Option<Exchange> {
    let request = who_am_i::request(client.environment(), sender?);
    let sent = client.clock().now();
    let operation = Operation::WhoAmI;
    let outcome = async {
        let response = connection.transport.send(request?).await;
        let response = response.map_err(|source| Error::Transport { operation, source })?;
        whole(operation, response).await
    };
    let outcome = outcome.await;
    Some(Exchange {
        sent,
        received: client.clock().now(),
        outcome,
    })
}
