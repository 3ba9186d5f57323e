//! `DELETE {delete-documents-url}`: deletes a job's documents from the service.

use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;
use portal_transport::Body;

use super::{command, read_nothing};
use crate::error::{Error, Link, Operation};
use crate::{Environment, JobRecord};

pub(crate) fn request(
    environment: &Environment,
    record: &JobRecord,
) -> Result<Request<Body>, Error> {
    let url = environment.follow(Link::DeleteDocuments, record.delete_documents()?)?;
    command(Operation::DeleteDocuments, Method::DELETE, url)
}

pub(crate) fn read(response: &Response<Bytes>, now: Timestamp) -> Result<(), Error> {
    read_nothing(Operation::DeleteDocuments, response, now)
}
