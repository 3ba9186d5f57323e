//! What a receiver gets of a change: a CloudEvent.

mod body;
mod document;
mod envelope;
mod id;
mod signer;
mod time;

use portal_client::jiff::Timestamp;
use portal_client::{
    OrganizationNumber, PortalSignatureJobStatus, SignatureJobId, SignatureJobReference,
    StatusChange,
};
use serde::Serialize;

pub use body::{EventBody, EventError};
pub use document::{EventDocument, EventDocumentKind, EventFinding};
pub use id::{EventId, EventIdError};
pub use signer::EventSigner;

use crate::Scope;
use crate::json::read_fields;

/// A change in the status of a job, as it is delivered: a CloudEvent 1.0 of type [`Event::TYPE`].
///
/// Its JSON is CloudEvents' structured form. A receiver may get the same event several times: the
/// [`id`](Self::id) is then the same. It holds no personal number, address or title, and no name of a file. The
/// job's reference is in it, so that a receiver can find the case.
///
/// ```
/// use portal_relay::Event;
///
/// # fn example(json: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// let event: Event = serde_json::from_slice(json)?;
/// println!("{} of job {}: {}", event.data.sequence, event.data.job_id.get(), event.data.status);
/// # Ok(())
/// # }
/// ```
///
/// Source: CloudEvents 1.0.2 and its JSON format.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(into = "envelope::Envelope")]
#[non_exhaustive]
pub struct Event {
    /// Identity of the event: the same for each delivery of the same change, by any process.
    pub id: EventId,
    /// The environment's root URL followed by the number of the organisation whose certificate polls.
    pub source: String,
    /// When the relay received the change for the first time, by its own clock.
    pub time: Timestamp,
    /// What has changed.
    pub data: EventData,
}

/// What an event says of the job.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct EventData {
    /// The environment: `production`, `difitest`, `difiqa` or a root URL.
    pub environment: String,
    /// The number of the organisation that the job is sent for, nine digits. A broker's events differ in it.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "String", regex(pattern = "^[0-9]{9}$"))
    )]
    pub sender: OrganizationNumber,
    /// The service's number for the job.
    #[cfg_attr(feature = "schema", schemars(with = "i64"))]
    pub job_id: SignatureJobId,
    /// The order in which the changes of the job were received, from 1. An event with a smaller number than one
    /// that was handled is an older state, sent again.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub sequence: u64,
    /// The status of the job: `IN_PROGRESS`, `COMPLETED_SUCCESSFULLY`, `FAILED`, or a value that the service has
    /// added since.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub status: PortalSignatureJobStatus,
    /// The sender's own reference for the job, if it has one.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "reference::serialize"
    )]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub reference: Option<SignatureJobReference>,
    /// The signers, in the order of the status change.
    pub signers: Vec<EventSigner>,
    /// The documents that were stored with this change.
    pub documents: Vec<EventDocument>,
    /// What comparing the job with what came back has found; none where it was not verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<EventFinding>>,
}

impl Event {
    /// The `type` attribute of every event.
    pub const TYPE: &'static str = "no.signering.portal.job.changed.v1";

    /// Creates the event of a change that was received in `scope`, without documents and findings.
    ///
    /// `sequence` is the number of the change among those of its job, from 1; `received` is the time at which it
    /// was received first.
    #[must_use]
    pub fn new(scope: &Scope, change: &StatusChange, sequence: u64, received: Timestamp) -> Self {
        let root = scope.environment().root();
        let record = change.record();
        let signers = (1..).zip(change.signatures());
        let signers = signers.map(|(position, signer)| EventSigner::new(position, signer));
        Self {
            id: EventId::new(scope, change.id()),
            source: format!("{root}/{}", scope.organization().as_str()),
            time: received,
            data: EventData {
                environment: scope.environment().to_string(),
                sender: record.sender().organization_number().clone(),
                job_id: change.job_id(),
                sequence,
                status: change.status(),
                reference: change.reference().cloned(),
                signers: signers.collect(),
                documents: Vec::new(),
                findings: None,
            },
        }
    }

    /// Adds the documents that were stored.
    #[must_use]
    pub fn with_documents(mut self, documents: impl IntoIterator<Item = EventDocument>) -> Self {
        self.data.documents.extend(documents);
        self
    }

    /// Sets what comparing the job with what came back has found.
    #[must_use]
    pub fn with_findings(mut self, findings: impl IntoIterator<Item = EventFinding>) -> Self {
        self.data.findings = Some(findings.into_iter().collect());
        self
    }

    /// Returns whether a finding is of severity [`Broken`](portal_verify::FindingSeverity::Broken).
    #[must_use]
    pub fn is_broken(&self) -> bool {
        let mut of_job = self.data.findings.iter().flatten();
        of_job.any(|finding| finding.severity == portal_verify::FindingSeverity::Broken)
            || self.data.documents.iter().any(EventDocument::is_broken)
    }
}

read_fields!(EventData {
    environment: String,
    sender: OrganizationNumber,
    job_id: SignatureJobId,
    sequence: u64,
    status: PortalSignatureJobStatus,
    #[serde(default, deserialize_with = "reference::deserialize")]
    reference: Option<SignatureJobReference>,
    signers: Vec<EventSigner>,
    documents: Vec<EventDocument>,
    #[serde(default)]
    findings: Option<Vec<EventFinding>>,
});

/// References beyond the schema's limits are kept as the service gave them.
mod reference {
    use portal_client::SignatureJobReference;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde's signature")]
    pub(super) fn serialize<S: Serializer>(
        reference: &Option<SignatureJobReference>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let text = reference.as_ref().map(SignatureJobReference::reveal);
        text.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<SignatureJobReference>, D::Error> {
        let text: Option<String> = Deserialize::deserialize(from)?;
        Ok(text.map(SignatureJobReference::unchecked))
    }
}
