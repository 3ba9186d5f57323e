//! `GET {root}/{organization-number}`: how the service identifies the caller.

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use portal_transport::Body;

use super::{get, refusal};
use crate::error::{Error, Operation};
use crate::{Environment, Sender};

/// The response is plain text, and a refusal is XML.
const TEXT_OR_XML: &str = "text/plain, application/xml";

pub(crate) fn request(environment: &Environment, sender: &Sender) -> Result<Request<Body>, Error> {
    let url = environment.resource(&[sender.organization_number().as_str()], None)?;
    get(url, TEXT_OR_XML)
}

/// The service's own words, such as `You are 984661185`.
pub(crate) fn read(response: &Response<Bytes>, now: Timestamp) -> Result<String, Error> {
    if response.status().is_success() {
        Ok(String::from_utf8_lossy(response.body()).trim().to_owned())
    } else {
        Err(refusal(Operation::WhoAmI, response, now))
    }
}
