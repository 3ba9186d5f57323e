//! `POST {cancellation-url}`: cancels a job that has not come to its end.

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
    let url = environment.follow(Link::Cancellation, record.cancellation()?)?;
    command(Operation::Cancel, Method::POST, url)
}

pub(crate) fn read(response: &Response<Bytes>, now: Timestamp) -> Result<(), Error> {
    read_nothing(Operation::Cancel, response, now)
}
