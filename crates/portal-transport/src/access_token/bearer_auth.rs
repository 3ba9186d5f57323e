//! Requests with an access token.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{Request, Response, StatusCode};

use super::TokenSource;
use super::source::AccessToken;
use crate::{Body, BoxFuture, Clock, ErrorKind, Reservation, SendBy, Transport, TransportError};

/// A [`Transport`] that authenticates each request with an access token.
///
/// It belongs between [`Retrying`](crate::Retrying) and [`RateLimit`](crate::RateLimit), over a
/// transport made with
/// [`TlsSettings::without_client_certificate`](crate::TlsSettings::without_client_certificate).
/// Tokens go to URLs under the service's root only. [`Transport::reserve`] makes sure that there is
/// a token before and after the wait.
///
/// The response 401 says that nothing was done. The token that was sent is then dropped, and any
/// request is sent once more with a new one; a second 401 is returned. Not sent once more are
/// a request whose body can be read only once (see [`Body::replayable`]) and one that ages (with a
/// [`SendBy`], such as a create): their 401 is returned, and whoever made the request can make
/// it again, which then gets a new token. Every 401 that is returned has [`TokenRejected`] among its
/// extensions, which says which of the two it is.
///
/// A request for which there is no token fails with [`ErrorKind::Token`] and was not sent.
#[derive(Debug, Clone)]
pub struct BearerAuth {
    transport: Arc<dyn Transport>,
    tokens: TokenSource,
}

/// Marks a response 401 to a request with an access token. It is in the response's extensions, put
/// there by [`BearerAuth`]. The 401 says that the service did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenRejected {
    /// The token was dropped, and the request was not sent once more: another attempt gets a new
    /// token.
    Once,
    /// A new token was rejected as well: another attempt is likely to end in the same way.
    Twice,
}

impl BearerAuth {
    /// Puts the layer on `transport`, which should include the [`RateLimit`](crate::RateLimit).
    pub fn new(transport: impl Transport, tokens: TokenSource) -> Self {
        Self {
            transport: Arc::new(transport),
            tokens,
        }
    }

    async fn token(&self, send_by: Option<&SendBy>) -> Result<Arc<AccessToken>, TransportError> {
        let Some(send_by) = send_by else {
            return self.tokens.token().await;
        };
        tokio::select! {
            biased;
            token = self.tokens.token() => token,
            () = self.tokens.clock().sleep(send_by.remaining()) => {
                Err(TransportError::unsent(ErrorKind::SendDeadline))
            }
        }
    }

    async fn authorized(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        self.tokens.root().guard(request.uri())?;
        let (mut head, body) = request.into_parts();
        let send_by: Option<SendBy> = head.extensions.get().cloned();
        let again = match &send_by {
            None => body.replayer().map(|body| (head.clone(), body)),
            Some(_) => None,
        };
        let token = self.token(send_by.as_ref()).await?;
        head.headers.insert(AUTHORIZATION, token.header());
        let mut response = self.transport.send(Request::from_parts(head, body)).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        self.tokens.reject(&token);
        let Some((mut head, body)) = again else {
            response.extensions_mut().insert(TokenRejected::Once);
            return Ok(response);
        };
        drop(response);
        let token = self.tokens.token().await?;
        head.headers.insert(AUTHORIZATION, token.header());
        let mut response = self
            .transport
            .send(Request::from_parts(head, body()))
            .await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            response.extensions_mut().insert(TokenRejected::Twice);
        }
        Ok(response)
    }

    async fn reserved(&self) -> Result<Reservation, TransportError> {
        self.tokens.token().await?;
        let reservation = self.transport.reserve().await?;
        // The wait may have outlived the token.
        self.tokens.token().await?;
        Ok(reservation)
    }
}

impl Transport for BearerAuth {
    fn send(
        &self,
        request: Request<Body>,
    ) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(self.authorized(request))
    }

    fn reserve(&self) -> BoxFuture<'_, Result<Reservation, TransportError>> {
        Box::pin(self.reserved())
    }

    fn is_rate_limited(&self) -> bool {
        self.transport.is_rate_limited()
    }
}
