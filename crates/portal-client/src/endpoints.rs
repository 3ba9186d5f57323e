//! Each operation as a request and a reading of its response, without I/O: one file an operation.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH};
use http::{Method, Request, Response, Uri};
use jiff::Timestamp;
use portal_model::XmlDocument;
use portal_transport::{Body, Idempotency, OperationClass, RateBlock};

use crate::error::{Error, Operation, UnexpectedResponse};
use crate::poll_time::later;

pub(crate) mod archived_pades;
pub(crate) mod cancel;
pub(crate) mod confirm;
pub(crate) mod create;
pub(crate) mod delete_documents;
pub(crate) mod pades;
pub(crate) mod status_change;
pub(crate) mod who_am_i;
pub(crate) mod xades;

const XML: &str = "application/xml";
/// A signed PDF, or an error document.
const PDF_OR_XML: &str = "application/octet-stream, application/xml";

/// A `GET` without a body.
fn get(url: Uri, accept: &'static str) -> Result<Request<Body>, Error> {
    let request = Request::get(url).header(ACCEPT, accept);
    Ok(request.body(Body::empty())?)
}

/// An order without a body. A transport retries it if the operation is idempotent.
fn command(operation: Operation, method: Method, url: Uri) -> Result<Request<Body>, Error> {
    let mut request = Request::builder().uri(url).header(ACCEPT, XML);
    if method == Method::POST {
        request = request.header(CONTENT_LENGTH, 0);
    }
    let idempotency = if operation.is_idempotent() {
        Idempotency::Idempotent
    } else {
        Idempotency::NonIdempotent
    };
    let request = request.method(method).extension(idempotency);
    Ok(request.body(Body::empty())?)
}

/// A request for a document, which has time limits of its own.
fn download(url: Uri, accept: &'static str) -> Result<Request<Body>, Error> {
    let mut request = get(url, accept)?;
    request.extensions_mut().insert(OperationClass::Download);
    Ok(request)
}

/// Reads a response of which only the success counts.
pub(crate) fn read_nothing(
    operation: Operation,
    response: &Response<Bytes>,
    now: Timestamp,
) -> Result<(), Error> {
    if response.status().is_success() {
        Ok(())
    } else {
        Err(refusal(operation, response, now))
    }
}

/// Reads a successful response's XML, skipping what this version does not know.
fn read_xml<T: XmlDocument>(
    operation: Operation,
    response: &Response<Bytes>,
) -> Result<portal_model::Parsed<T>, Error> {
    T::from_response(response.body()).map_err(|source| Error::Unexpected {
        source: UnexpectedResponse::new(operation, response).because(source),
    })
}

/// What a response without success means, where it means the same for every operation.
pub(crate) fn refusal(operation: Operation, response: &Response<Bytes>, now: Timestamp) -> Error {
    if let Some(block) = RateBlock::from_response(response.status(), response.headers(), now) {
        return Error::RateBlocked {
            until: later(now, block.period()),
        };
    }
    UnexpectedResponse::new(operation, response).into()
}

#[cfg(test)]
mod tests;
