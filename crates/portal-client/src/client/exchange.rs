//! Sending a request, and reading as much of its response as its meaning needs.

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http::{Request, Response};
use portal_transport::{Body, Transport};

use crate::endpoints::refusal;
use crate::error::{Error, Operation};
use crate::{DocumentKind, Download, PortalClient};

/// The most of a response that is read into memory, documents aside. Status changes are a few kilobytes.
pub(super) const RESPONSE_LIMIT: u64 = 1024 * 1024;

/// The most of a refusal that is read; the rest is not needed to tell what it means.
pub(super) const REFUSAL_LIMIT: usize = 64 * 1024;

impl PortalClient {
    /// A call whose response is read whole.
    pub(super) async fn exchange(
        &self,
        operation: Operation,
        request: Request<Body>,
    ) -> Result<Response<Bytes>, Error> {
        whole(operation, self.send(operation, request).await?).await
    }

    pub(super) async fn download(
        &self,
        operation: Operation,
        kind: DocumentKind,
        request: Request<Body>,
    ) -> Result<Download, Error> {
        let response = self.send(operation, request).await?;
        if !response.status().is_success() {
            return Err(refusal(operation, &beginning(response).await, self.now()));
        }
        let announced = response
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let body = response.into_body();
        Ok(Download::new(kind, announced.or(body.size()), body))
    }

    pub(super) async fn send(
        &self,
        operation: Operation,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, Error> {
        // For a layer of the application's that treats operations differently.
        request.extensions_mut().insert(operation);
        self.connection()
            .transport
            .send(request)
            .await
            .map_err(|source| Error::Transport { operation, source })
    }
}

/// Reads a successful response whole, and the beginning of any other.
pub(crate) async fn whole(
    operation: Operation,
    response: Response<Body>,
) -> Result<Response<Bytes>, Error> {
    if !response.status().is_success() {
        return Ok(beginning(response).await);
    }
    let (head, body) = response.into_parts();
    let body = body
        .collect(RESPONSE_LIMIT)
        .await
        .map_err(|source| Error::Transport { operation, source })?;
    Ok(Response::from_parts(head, body))
}

/// Reads as much of a response as comes and as its meaning needs: the status says the most.
pub(super) async fn beginning(response: Response<Body>) -> Response<Bytes> {
    let (head, mut body) = response.into_parts();
    let mut read = BytesMut::new();
    while let Ok(Some(piece)) = body.next_piece().await {
        let room = REFUSAL_LIMIT - read.len();
        read.extend_from_slice(piece.get(..room).unwrap_or(&piece));
        if read.len() == REFUSAL_LIMIT {
            break;
        }
    }
    Response::from_parts(head, read.freeze())
}
