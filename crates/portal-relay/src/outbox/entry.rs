//! The names of what waits.

use std::fmt;

use object_store::path::Path;
use portal_client::SignatureJobId;

use crate::{EventBody, EventId, SinkName};

/// The end of the name of a record of attempts.
pub(super) const ATTEMPTS: &str = ".attempts";

/// An event for one sink. Entries are ordered by sink, job and sequence.
///
/// As a text it is `<sink>/<job>/<sequence>-<event id>`, which names it for [`Outbox::resend`](crate::Outbox::resend).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutboxEntry {
    sink: SinkName,
    job: i64,
    sequence: u64,
    event_id: EventId,
}

/// A text that names no entry of an outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entry of the outbox is named <sink>/<job>/<sequence>-<event id>")]
#[non_exhaustive]
pub struct OutboxEntryError;

impl OutboxEntry {
    /// Creates the entry of an event for a sink.
    #[must_use]
    pub fn new(sink: SinkName, event: &EventBody) -> Self {
        Self {
            sink,
            job: event.job_id().get(),
            sequence: event.sequence(),
            event_id: event.id().clone(),
        }
    }

    /// Returns the sink.
    #[must_use]
    pub fn sink(&self) -> &SinkName {
        &self.sink
    }

    /// Returns the job that the event is of.
    #[must_use]
    pub fn job_id(&self) -> SignatureJobId {
        SignatureJobId::new(self.job)
    }

    /// Returns the number of the event among those of its job.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Returns the event's id.
    #[must_use]
    pub fn event_id(&self) -> &EventId {
        &self.event_id
    }

    /// With ten digits, so that stores list a job's events in their order.
    pub(super) fn file_name(&self) -> String {
        format!("{:010}-{}", self.sequence, self.event_id)
    }
}

impl fmt::Display for OutboxEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.sink, self.job, self.file_name())
    }
}

impl std::str::FromStr for OutboxEntry {
    type Err = OutboxEntryError;

    fn from_str(text: &str) -> Result<Self, OutboxEntryError> {
        let parts: Vec<&str> = text.split('/').collect();
        let [sink, job, file] = parts.as_slice() else {
            return Err(OutboxEntryError);
        };
        entry(sink, job, file).ok_or(OutboxEntryError)
    }
}

/// Which of the two folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folder {
    Outbox,
    Dead,
}

/// What an object in one of them is.
pub(super) enum Object {
    Event(OutboxEntry),
    Attempts(OutboxEntry),
}

/// Reads the name of an object; none for what this program has not put there.
pub(super) fn object_in(name: &Path) -> Option<Object> {
    let mut parts = name.as_ref().rsplit('/');
    let (file, job, sink) = (parts.next()?, parts.next()?, parts.next()?);
    match file.strip_suffix(ATTEMPTS) {
        Some(file) => entry(sink, job, file).map(Object::Attempts),
        None => entry(sink, job, file).map(Object::Event),
    }
}

fn entry(sink: &str, job: &str, file: &str) -> Option<OutboxEntry> {
    let (sequence, event_id) = file.split_once('-')?;
    Some(OutboxEntry {
        sink: sink.parse().ok()?,
        job: job.parse().ok()?,
        sequence: sequence.parse().ok()?,
        event_id: event_id.parse().ok()?,
    })
}
