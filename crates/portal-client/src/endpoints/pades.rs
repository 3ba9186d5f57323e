//! `GET {pades-url}`: the PDF with every signature so far.

use http::Request;
use portal_transport::Body;

use super::{PDF_OR_XML, download};
use crate::error::{Error, Link};
use crate::{Environment, JobRecord};

pub(crate) fn request(
    environment: &Environment,
    record: &JobRecord,
) -> Result<Request<Body>, Error> {
    download(
        environment.follow(Link::Pades, record.pades()?)?,
        PDF_OR_XML,
    )
}
