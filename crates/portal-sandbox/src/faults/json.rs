//! Plans of faults as JSON, read by errors that show no value: they name fields and types only.
//!
//! Each type has a form of the same shape here. As forms also write, a variant or field that is missing in one
//! does not compile.

use std::collections::BTreeMap;
use std::time::Duration;

use portal_model::json::without_values;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Endpoint, Fault, FaultRate, FaultRates, StatusWithHeaders};
use crate::pdf::DocumentDefect;

/// Reads and writes a type by its form.
macro_rules! by_form {
    ($($type:ident: $form:ident;)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $form::serialize(self, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                struct Read($type);

                impl<'de> Deserialize<'de> for Read {
                    fn deserialize<D: Deserializer<'de>>(tree: D) -> Result<Self, D::Error> {
                        $form::deserialize(tree).map(Self)
                    }
                }

                without_values(source).map(|Read(value)| value)
            }
        }
    )*};
}

by_form! {
    Endpoint: EndpointForm;
    Fault: FaultForm;
    FaultRate: FaultRateForm;
    StatusWithHeaders: StatusWithHeadersForm;
    DocumentDefect: DocumentDefectForm;
}

impl Serialize for FaultRates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FaultRates {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        without_values(source).map(Self)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Endpoint", rename_all = "kebab-case")]
enum EndpointForm {
    Any,
    Create,
    Poll,
    Confirm,
    Cancel,
    Pades,
    Xades,
    Delete,
    Archive,
    WhoAmI,
    Token,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Fault", rename_all = "kebab-case")]
enum FaultForm {
    #[serde(deserialize_with = "final_status")]
    Status(u16),
    ErrorDocument {
        #[serde(deserialize_with = "final_status")]
        status: u16,
        code: String,
    },
    #[serde(deserialize_with = "final_status")]
    StatusAfter(u16),
    StatusWith(StatusWithHeaders),
    #[serde(with = "milliseconds")]
    DelayBefore(Duration),
    #[serde(with = "milliseconds")]
    DelayAfter(Duration),
    DropBefore,
    DropAfter,
    Truncate(usize),
    #[serde(with = "milliseconds")]
    Trickle(Duration),
    NoPollTime,
    MalformedPollTime,
    Garbage,
    Body(String),
    GarbageXml,
    WrongContentType,
    UnknownElements,
    UnknownSignerStatus,
    BrokenSignedDocument(DocumentDefect),
    Duplicate,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "FaultRate", deny_unknown_fields)]
struct FaultRateForm {
    endpoint: Endpoint,
    fault: Fault,
    #[serde(deserialize_with = "share")]
    rate: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "StatusWithHeaders", deny_unknown_fields)]
struct StatusWithHeadersForm {
    #[serde(deserialize_with = "final_status")]
    status: u16,
    headers: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "DocumentDefect", rename_all = "kebab-case")]
enum DocumentDefectForm {
    ByteChanged,
    AppendedUpdate,
    WrongSignerCount,
    AttachmentExchanged,
    OtherSeal,
}

/// A number from 0 to 1.
fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let rate = f64::deserialize(deserializer)?;
    if (0.0..=1.0).contains(&rate) {
        Ok(rate)
    } else {
        Err(D::Error::custom("a rate is a number from 0 to 1"))
    }
}

/// A status of a final response.
fn final_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    let status = number
        .as_u64()
        .and_then(|number| u16::try_from(number).ok());
    status
        .filter(|status| (200..600).contains(status))
        .ok_or_else(|| D::Error::custom("a status is a whole number from 200 to 599"))
}

/// Durations as a number of milliseconds.
mod milliseconds {
    use std::time::Duration;

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    /// An hour: no client waits longer.
    const LONGEST: u64 = 3_600_000;

    pub(super) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        let milliseconds = number.as_u64().filter(|&ms| ms <= LONGEST);
        milliseconds.map(Duration::from_millis).ok_or_else(|| {
            D::Error::custom(format_args!(
                "a time is a whole number of milliseconds from 0 to {LONGEST}"
            ))
        })
    }
}
