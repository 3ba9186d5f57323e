//! `DELETE {delete-documents-url}`: deletes a job's documents from the service.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use portal_transport::Body;

use super::{command, read_nothing};
use crate::error::{Call, Error, Link, UnexpectedAnswer};
use crate::{Environment, JobRecord};

pub(crate) fn request(
    environment: &Environment,
    record: &JobRecord,
) -> Result<Request<Body>, Error> {
    let url = environment.follow(Link::DeleteDocuments, record.delete_documents()?)?;
    command(Method::DELETE, url)
}

pub(crate) fn read(response: &Response<Bytes>, now: Timestamp) -> Result<(), Error> {
    if response.status() == StatusCode::CONFLICT {
        return Err(Error::CannotBeDeleted {
            source: UnexpectedAnswer::new(Call::DeleteDocuments, response),
        });
    }
    read_nothing(Call::DeleteDocuments, response, now)
}
