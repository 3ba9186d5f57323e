//! CloudEvents' structured form of an event.

use portal_client::jiff::Timestamp;
use portal_model::json::without_values;
use serde::de::{Deserialize, Deserializer, Error};
use serde::{Deserialize as DeriveDeserialize, Serialize};

use super::{Event, EventData, EventId};

const SPEC_VERSION: &str = "1.0";
const CONTENT_TYPE: &str = "application/json";

#[derive(Serialize, DeriveDeserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Event"))]
pub(super) struct Envelope {
    /// The version of CloudEvents.
    #[cfg_attr(feature = "schema", schemars(extend("const" = SPEC_VERSION)))]
    specversion: String,
    /// Identity of the event: the same for each delivery of the same change, by any process.
    id: EventId,
    /// The environment's root URL followed by the number of the organisation whose certificate polls.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uri-reference")))]
    source: String,
    /// What kind of event it is.
    #[cfg_attr(feature = "schema", schemars(extend("const" = Event::TYPE)))]
    r#type: String,
    /// The service's number for the job.
    #[serde(default)]
    subject: String,
    /// When the relay received the change for the first time, by its own clock.
    #[cfg_attr(feature = "schema", schemars(with = "String", extend("format" = "date-time")))]
    time: Timestamp,
    /// The media type of `data`.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("const" = CONTENT_TYPE)))]
    datacontenttype: String,
    /// What has changed.
    data: EventData,
}

impl From<Event> for Envelope {
    fn from(event: Event) -> Self {
        Self {
            specversion: SPEC_VERSION.to_owned(),
            id: event.id,
            source: event.source,
            r#type: Event::TYPE.to_owned(),
            subject: event.data.job_id.get().to_string(),
            time: event.time,
            datacontenttype: CONTENT_TYPE.to_owned(),
            data: event.data,
        }
    }
}

/// Refuses other versions of CloudEvents and other types of event. Errors show no value: the reference is
/// personal.
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let envelope: Envelope = without_values(source)?;
        if envelope.specversion != SPEC_VERSION {
            return Err(D::Error::custom("the event is not of CloudEvents 1.0"));
        }
        if envelope.r#type != Self::TYPE {
            let expected = Self::TYPE;
            return Err(D::Error::custom(format_args!(
                "the event is not of type {expected}"
            )));
        }
        Ok(Self {
            id: envelope.id,
            source: envelope.source,
            time: envelope.time,
            data: envelope.data,
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Event {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Envelope::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        "portal_relay::Event".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Envelope::json_schema(generator)
    }
}

#[cfg(feature = "schema")]
impl Event {
    /// Returns the JSON Schema (draft 2020-12) of every event, as JSON text.
    #[must_use]
    pub fn schema() -> String {
        let schema = schemars::schema_for!(Self);
        format!("{:#}", schema.as_value())
    }
}
