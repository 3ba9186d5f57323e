//! `POST {confirmation-url}`: confirms a status change, so that it does not come back.

use http::{Method, Request};
use portal_transport::Body;

use super::command;
use crate::error::{Error, Link, Operation};
use crate::{Environment, JobRecord};

pub(crate) fn request(
    environment: &Environment,
    record: &JobRecord,
) -> Result<Request<Body>, Error> {
    let url = environment.follow(Link::Confirmation, record.confirmation()?)?;
    command(Operation::Confirm, Method::POST, url)
}
