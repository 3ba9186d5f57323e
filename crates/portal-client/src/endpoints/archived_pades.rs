//! `GET {root}/{organization-number}/archive/documents/{id}/pades`: a signed PDF from the long-term archive.

use http::Request;
use portal_transport::Body;

use super::{PDF_OR_XML, download};
use crate::error::Error;
use crate::{Environment, Sender};

pub(crate) fn request(
    environment: &Environment,
    owner: &Sender,
    document_id: &str,
) -> Result<Request<Body>, Error> {
    let owner = owner.organization_number().as_str();
    let segments = [owner, "archive", "documents", document_id, "pades"];
    download(environment.resource(&segments, None)?, PDF_OR_XML)
}
