//! The parts of the schema that say which keys go together.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::JobFile;
use super::entries::{FileDuration, FileTime, SignerEntry};

pub(super) fn of_file() -> Value {
    schemars::schema_for!(JobFile).to_value()
}

impl JsonSchema for FileDuration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]{1,8}[smhd]$" })
    }

    fn inline_schema() -> bool {
        true
    }
}

/// What a time looks like; whether the day exists is the format's part.
const TIME: &str = "^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\
    T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])$";

impl JsonSchema for FileTime {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "pattern": TIME })
    }

    fn inline_schema() -> bool {
        true
    }
}

impl JsonSchema for SignerEntry {
    fn schema_name() -> Cow<'static, str> {
        "Signer".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let contact = json!({
            "type": "object",
            "properties": {
                "email": { "type": "string" },
                "mobile": { "type": "string" },
            },
            "minProperties": 1,
            "additionalProperties": false,
        });
        let by_number = |key: &str| json!({ "required": [key, "notify"] });
        let none_of = |keys: &[&str]| {
            let each: Vec<Value> = keys
                .iter()
                .map(|key| json!({ "required": [key] }))
                .collect();
            json!({ "not": { "anyOf": each } })
        };
        let numbers = [
            "personal-number",
            "personal-number-env",
            "personal-number-file",
        ];
        let number = json!({
            "oneOf": numbers.map(by_number),
            "allOf": [none_of(&["email", "mobile"])],
        });
        let contact_only = json!({
            "anyOf": [{ "required": ["email"] }, { "required": ["mobile"] }],
            "allOf": [none_of(&[&numbers[..], &["notify"]].concat())],
        });
        json_schema!({
            "type": "object",
            "properties": {
                "personal-number": {
                    "description": "National identity number or D-number: 11 digits, as a text.",
                    "type": "string",
                },
                "personal-number-env": {
                    "description": "Environment variable that holds the personal number.",
                    "type": "string",
                    "minLength": 1,
                },
                "personal-number-file": {
                    "description": "File that holds the personal number, relative to the job file.",
                    "type": "string",
                    "minLength": 1,
                },
                "notify": {
                    "description": "How a signer with a personal number is notified.",
                    "oneOf": [{ "enum": ["lookup", "lookup-with-sms"] }, contact],
                },
                "email": {
                    "description": "Address of a signer without a personal number.",
                    "type": "string",
                },
                "mobile": {
                    "description": "Mobile number of a signer without a personal number.",
                    "type": "string",
                },
                "order": {
                    "description": "Lower numbers sign first, equal ones at the same time.",
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9,
                },
                "signature-type": { "enum": ["advanced", "authenticated"] },
                "on-behalf-of": { "enum": ["self", "other"] },
            },
            "additionalProperties": false,
            "oneOf": [number, contact_only],
        })
    }
}
