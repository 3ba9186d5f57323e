//! An event as the bytes that are stored and delivered.

use std::fmt;

use bytes::Bytes;
use portal_client::SignatureJobId;

use super::{Event, EventId};
use crate::StoreError;

/// The JSON of an [`Event`], in the very bytes that are stored, signed and sent with each attempt, and what names
/// it. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct EventBody {
    id: EventId,
    job_id: SignatureJobId,
    sequence: u64,
    json: Bytes,
}

/// Why bytes are no event, or an event can't be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The bytes are not the JSON of an event.
    #[error("this is not a stored event: the JSON is wrong at line {line}, column {column}")]
    #[non_exhaustive]
    Unreadable {
        /// The line of the first problem, from 1; 0 when a value is not what it should be.
        line: usize,
        /// The column of the first problem.
        column: usize,
    },
    /// The event can't be written as JSON.
    #[error("the event can't be written as JSON")]
    Unwritable,
}

impl EventError {
    /// The same about an object of the store.
    pub(crate) fn in_object(self, name: &str) -> StoreError {
        match self {
            Self::Unreadable { line, column } => StoreError::Unreadable {
                name: name.to_owned(),
                line,
                column,
            },
            Self::Unwritable => StoreError::Unwritable {
                source: Box::new(self),
            },
        }
    }
}

impl EventBody {
    /// Writes an event as JSON on one line.
    ///
    /// # Errors
    /// [`EventError::Unwritable`].
    pub fn new(event: &Event) -> Result<Self, EventError> {
        let json = serde_json::to_vec(event).map_err(|_| EventError::Unwritable)?;
        Ok(Self::of(event, json.into()))
    }

    /// Reads the JSON of an event and keeps its bytes.
    ///
    /// # Errors
    /// [`EventError::Unreadable`], which shows no value.
    pub fn parse(json: impl Into<Bytes>) -> Result<Self, EventError> {
        let json = json.into();
        let event = read(&json)?;
        Ok(Self::of(&event, json))
    }

    fn of(event: &Event, json: Bytes) -> Self {
        Self {
            id: event.id.clone(),
            job_id: event.data.job_id,
            sequence: event.data.sequence,
            json,
        }
    }

    /// Returns the event's id.
    #[must_use]
    pub fn id(&self) -> &EventId {
        &self.id
    }

    /// Returns the job that the event is of.
    #[must_use]
    pub fn job_id(&self) -> SignatureJobId {
        self.job_id
    }

    /// Returns the number of the event among those of its job, from 1.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Returns the JSON.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.json
    }

    /// Returns the JSON without copying it.
    pub(crate) fn shared_bytes(&self) -> Bytes {
        self.json.clone()
    }

    /// Returns the event.
    ///
    /// # Errors
    /// [`EventError::Unreadable`].
    pub fn event(&self) -> Result<Event, EventError> {
        read(&self.json)
    }
}

fn read(json: &[u8]) -> Result<Event, EventError> {
    serde_json::from_slice(json).map_err(|error| EventError::Unreadable {
        line: error.line(),
        column: error.column(),
    })
}

/// Without the JSON, which has the reference.
impl fmt::Debug for EventBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventBody")
            .field("id", &self.id)
            .field("job_id", &self.job_id)
            .field("sequence", &self.sequence)
            .field("bytes", &self.json.len())
            .finish()
    }
}
