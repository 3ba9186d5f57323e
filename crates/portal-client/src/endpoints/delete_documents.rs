//! `DELETE {delete-documents-url}`: deletes a job's documents from the service.

use http::{Method, Request};
use portal_transport::Body;

use super::{XML, bare};
use crate::error::{Error, Link};
use crate::{Environment, JobRecord};

pub(crate) fn request(
    environment: &Environment,
    record: &JobRecord,
) -> Result<Request<Body>, Error> {
    let url = environment.follow(Link::DeleteDocuments, record.delete_documents()?)?;
    bare(Method::DELETE, url, XML)
}
