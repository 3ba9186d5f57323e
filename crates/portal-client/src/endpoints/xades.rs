//! `GET {xades-url}`: one signer's signature as XML.

use http::Request;
use portal_transport::Body;

use super::{XML, download};
use crate::error::{Error, Link};
use crate::{Environment, JobRecord, SignerIndex};

/// `signer` is a position in the status change.
pub(crate) fn request(
    environment: &Environment,
    record: &JobRecord,
    signer: SignerIndex,
) -> Result<Request<Body>, Error> {
    download(environment.follow(Link::Xades, record.xades(signer)?)?, XML)
}
