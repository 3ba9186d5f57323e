//! The XML documents of the API's responses.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use portal_model::{
    Bounded, DateTime, PortalSignatureJobResponse, PortalSignatureJobStatusChangeResponse,
    Signature, SignatureJobId, SignatureStatus, Signatures, Url, XmlDocument,
};

use super::refusal::Refusal;
use crate::service::{JobId, JobState, JobView, SignerState};

/// How the XML of responses looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum ResponseStyle {
    /// One namespace, declared on the root.
    #[default]
    Plain,
    /// As the service writes: `standalone="yes"`, and three namespaces that are declared and never
    /// used.
    AsService,
}

/// The status of a cancellation that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum CancelStatus {
    /// 204, as the maintainers of the official C# client found the service to respond.
    #[default]
    NoContent,
    /// 200, which older clients expect.
    Ok,
}

impl CancelStatus {
    pub(super) fn code(self) -> StatusCode {
        match self {
            Self::NoContent => StatusCode::NO_CONTENT,
            Self::Ok => StatusCode::OK,
        }
    }
}

/// The namespaces that the service declares without use.
const UNUSED_NAMESPACES: &str = " xmlns:ns2=\"http://uri.etsi.org/01903/v1.3.2#\" \
     xmlns:ns3=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:ns4=\"http://uri.etsi.org/2918/v1.2.1#\"";

impl ResponseStyle {
    /// Gives a document of the plain style this one.
    pub(crate) fn dress(self, xml: String) -> String {
        if self == Self::Plain {
            return xml;
        }
        let Some(root) = xml.find("?>").map(|end| &xml[end + 2..]) else {
            return xml;
        };
        let root = root.trim_start();
        let name_end = root
            .find(|c: char| c == '>' || c == '/' || c.is_whitespace())
            .unwrap_or(root.len());
        let (name, rest) = root.split_at(name_end);
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>{name}{UNUSED_NAMESPACES}{rest}"
        )
    }
}

/// A response that holds a document, in the plain style; the router dresses it.
pub(super) fn xml(status: StatusCode, document: &impl XmlDocument) -> Response {
    match document.to_xml() {
        Ok(xml) => (
            status,
            [(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/xml"),
            )],
            xml,
        )
            .into_response(),
        Err(error) => {
            tracing::error!(%error, "a response breaks the schema");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The URLs of one job.
pub(crate) struct JobUrls<'a> {
    /// Such as `https://127.0.0.1:8443/api`.
    pub(crate) root: &'a str,
    /// The organisation that stands in the URLs.
    pub(crate) organization: &'a str,
    pub(crate) job: JobId,
}

impl JobUrls<'_> {
    fn under(&self, what: &str) -> Url {
        let Self {
            root,
            organization,
            job,
        } = self;
        Url::unchecked(format!(
            "{root}/{organization}/portal/signature-jobs/{job}/{what}"
        ))
    }

    pub(crate) fn cancellation(&self) -> Url {
        self.under("cancel")
    }

    pub(crate) fn confirmation(&self) -> Url {
        self.under("complete")
    }

    pub(crate) fn deletion(&self) -> Url {
        self.under("documents")
    }

    pub(crate) fn pades(&self) -> Url {
        self.under("pades")
    }

    /// Signers are counted from 1 in URLs.
    pub(crate) fn xades(&self, index: usize) -> Url {
        self.under(&format!("xades/{}", index + 1))
    }
}

/// The response to a create call.
pub(crate) fn created(job: &JobView, urls: &JobUrls<'_>) -> PortalSignatureJobResponse {
    let id = SignatureJobId::new(job.id.0);
    let mut response = PortalSignatureJobResponse::new(id, urls.cancellation());
    response.reference = job.content.reference.clone();
    response
}

/// The response to a poll that found a change.
pub(crate) fn status_change(
    job: &JobView,
    urls: &JobUrls<'_>,
) -> Result<PortalSignatureJobStatusChangeResponse, Refusal> {
    let signatures = job
        .signers
        .iter()
        .zip(&job.content.signers)
        .enumerate()
        .map(|(index, (course, content))| {
            let has_xades = job.has_documents && course.state == SignerState::Signed;
            let status = SignatureStatus::new(course.state.wire(), date_time(course.since)?);
            let mut signature = Signature::new(status, content.identifier.clone());
            signature.xades_url = has_xades.then(|| urls.xades(index));
            Ok(signature)
        })
        .collect::<Result<Vec<_>, Refusal>>()?;
    let completed = job.state == JobState::CompletedSuccessfully;
    let mut signatures = Signatures::new(Bounded::unchecked(signatures));
    signatures.pades_url = job.has_signed_documents().then(|| urls.pades());
    let mut response = PortalSignatureJobStatusChangeResponse::new(
        SignatureJobId::new(job.id.0),
        job.state.wire(),
        urls.confirmation(),
        signatures,
    );
    response.reference = job.content.reference.clone();
    response.cancellation_url = (!job.state.is_finished()).then(|| urls.cancellation());
    response.delete_documents_url = (completed && job.has_documents).then(|| urls.deletion());
    Ok(response)
}

fn date_time(at: Timestamp) -> Result<DateTime, Refusal> {
    DateTime::utc(at).map_err(|_| Refusal::broken("a date of this year"))
}
