//! The description of the management API, made from the types that its handlers take and give.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::act::NAMES;
use super::operation::{OPERATIONS, Operation, REFUSAL};

/// The description as OpenAPI 3.1, whose schemas are those of JSON Schema 2020-12.
pub(super) fn description() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    let mut generator = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for operation in OPERATIONS {
        let described = described(operation, &mut generator);
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Value::Object(path) = path {
            path.insert(operation.method.to_lowercase(), described);
        }
    }
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "portal-sandbox management API",
            "description": "What tests and people do to a sandbox from outside its process.",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

fn described(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let content = |schema: Value| json!({ "application/json": { "schema": schema } });
    let success = match (operation.response, operation.id) {
        (Some(schema), _) => json!({
            "description": "Done.",
            "content": content(schema(generator).to_value()),
        }),
        (None, "description") => json!({
            "description": "This document.",
            "content": content(json!({ "type": "object" })),
        }),
        (None, "sample") => json!({
            "description": "A multipart message.",
            "content": { "multipart/mixed": { "schema": { "type": "string", "format": "binary" } } },
        }),
        (None, _) => json!({ "description": "Done." }),
    };
    let status = match (operation.response, operation.id) {
        (Some(_), _) | (None, "description" | "sample") => "200",
        (None, _) => "204",
    };
    let refusal = json!({
        "description": "Not done: malformed (400), from a page of another site (403), unknown (404) or \
                        not possible now (409).",
        "content": content(REFUSAL(generator).to_value()),
    });
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": parameters(operation),
        "responses": { status: success, "4XX": refusal },
    });
    if let (Some(schema), Value::Object(described)) = (operation.request, &mut described) {
        let body = json!({ "required": true, "content": content(schema(generator).to_value()) });
        described.insert("requestBody".to_owned(), body);
    }
    described
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let mut parameters = Vec::new();
    for part in operation.path.split('/') {
        let Some(name) = part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) else {
            continue;
        };
        let (schema, description) = match name {
            "job" => (
                json!({ "type": "string" }),
                "the job's number, or `last` for the newest open one",
            ),
            "act" => (
                json!({ "type": "string", "enum": NAMES }),
                "what the signer does",
            ),
            "signer" => (
                json!({ "type": "integer", "minimum": 0 }),
                "the signer, counted from 0 in the manifest's order",
            ),
            _ => (json!({ "type": "integer" }), "the call's number"),
        };
        parameters.push(json!({
            "name": name,
            "in": "path",
            "required": true,
            "schema": schema,
            "description": description,
        }));
    }
    for (name, description) in operation.query {
        parameters.push(json!({
            "name": name,
            "in": "query",
            "required": false,
            "schema": { "type": "string" },
            "description": description,
        }));
    }
    parameters
}
