//! `POST {root}/{organization-number}/portal/signature-jobs`: creates a job.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::{Request, Response};
use jiff::Timestamp;
use portal_model::{PortalSignatureJobResponse, XmlDocument};
use portal_transport::{Body, CreateVerdict, ErrorKind, Idempotency, TransportError};

use super::{XML, read_xml, refusal};
use crate::error::{Error, Operation, UnexpectedResponse};
use crate::multipart::{Boundary, Frame, PackageBody};
use crate::poll_time::date;
use crate::{CreatedJob, Environment, Job};

/// The request's XML and then the package, which is read as it is sent.
///
/// The body is not one that a transport may send again: the service takes a package only within five
/// seconds of its signing, so that another attempt needs a package of its own.
pub(crate) fn request(
    environment: &Environment,
    job: &Job,
    package: impl Into<PackageBody>,
    boundary: &Boundary,
) -> Result<Request<Body>, Error> {
    let organization = job.sender().organization_number().as_str();
    let url = environment.resource(&[organization, "portal", "signature-jobs"], None)?;
    let xml = job
        .request()
        .to_xml()
        .map_err(|source| Error::Xml { source })?;
    let (length, body) = Frame::new(boundary, &xml).around(package.into());
    let request = Request::post(url)
        .header(ACCEPT, XML)
        .header(CONTENT_TYPE, boundary.content_type())
        .header(CONTENT_LENGTH, length)
        .extension(Idempotency::NonIdempotent)
        .body(body)?;
    Ok(request)
}

/// A success that can't be read, or an error of a server that does not name a refusal, leaves it open whether
/// there is a job now.
pub(crate) fn read(
    response: &Response<Bytes>,
    job: &Job,
    signed_at: Timestamp,
    now: Timestamp,
) -> Result<CreatedJob, Error> {
    if response.status().is_success() {
        let response = read_xml::<PortalSignatureJobResponse>(Operation::Create, response)
            .map_err(|error| outcome_unknown(job, error))?;
        let sender = job.sender().clone();
        return Ok(CreatedJob::new(response.value, response.notices, sender));
    }
    let mut error = refusal(Operation::Create, response, now);
    if let Error::Unexpected { source } = error {
        let source = source.signed_at(signed_at, date(response.headers()));
        error = Error::Unexpected { source };
    }
    let code = error.response().and_then(UnexpectedResponse::error_code);
    match CreateVerdict::of_response(response.status(), code) {
        CreateVerdict::Unknown => Err(outcome_unknown(job, error)),
        _ => Err(error),
    }
}

/// What it means that no response came.
pub(crate) fn no_response(job: &Job, source: TransportError) -> Error {
    // A body that broke off on this side was not whole when the connection ended, and half a package
    // makes no job.
    let whole = !matches!(source.kind(), ErrorKind::RequestBody(_));
    let may_have_reached = source.request_may_have_reached_service();
    let operation = Operation::Create;
    let error = Error::Transport { operation, source };
    if whole && may_have_reached {
        outcome_unknown(job, error)
    } else {
        error
    }
}

/// A create whose response was lost.
pub(crate) fn outcome_unknown(job: &Job, error: Error) -> Error {
    Error::OutcomeUnknown {
        reference: job.request().reference.clone(),
        source: Box::new(error),
    }
}
