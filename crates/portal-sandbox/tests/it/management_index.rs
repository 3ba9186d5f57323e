//! The index of the management API, its description, and the sample that is ready to be sent.

use std::process::Command;

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use crate::management::managed;

#[tokio::test]
async fn the_index_lists_every_call_and_each_of_them_is_described() {
    let (_sandbox, _client, management) = managed().await;
    assert_eq!(management.get("/health").await["status"], "ok");
    let index = management.get("").await;
    assert_eq!(index["sender"], "123456789");
    let description = management.get("/openapi.json").await;
    assert_eq!(description["openapi"], "3.1.0");
    let calls = index["calls"].as_array().unwrap();
    assert!(calls.len() >= 20);
    for call in calls {
        let path = call["path"].as_str().unwrap();
        let method = call["method"].as_str().unwrap().to_lowercase();
        assert!(description["paths"][path][method]["operationId"].is_string());
    }
    let schemas = description["components"]["schemas"].as_object().unwrap();
    // Every reference leads to a schema.
    for reference in references(&description) {
        let name = reference.strip_prefix("#/components/schemas/").unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
    check_by_validator(&description);
}

fn references(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(object) => {
            let own = object.get("$ref").and_then(Value::as_str);
            own.into_iter()
                .chain(object.values().flat_map(references))
                .collect()
        }
        Value::Array(values) => values.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// Has PyPI's openapi-spec-validator look at the description, where it is installed.
fn check_by_validator(description: &Value) {
    let tools = std::env::var("PORTAL_PYTHON").ok();
    let python = tools.map_or("python3".to_owned(), |tools| format!("{tools}/python3"));
    let module = "openapi_spec_validator";
    let import = format!("import {module}");
    let installed = Command::new(&python).args(["-c", &import]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        println!("skipped: no {module} on this machine");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, serde_json::to_vec(description).unwrap()).unwrap();
    let checked = Command::new(&python)
        .args(["-m", module])
        .arg(&file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{said}");
}

#[tokio::test]
async fn the_sample_makes_a_job() {
    let (sandbox, mut client, management) = managed().await;
    let url = sandbox.management_url().unwrap();
    let sample = plain_get(&url, "/sample").await;
    let content_type = "multipart/mixed; boundary=sandbox";
    let reply = client.create("123456789", content_type, vec![sample]).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let last = management.get("/jobs/last").await;
    assert_eq!(
        (&last["id"], &last["reference"]),
        (&1.into(), &"sample".into())
    );
    let (status, signed) = management.post("/jobs/last/sign", "").await;
    assert_eq!(
        (status, &signed["signed"]),
        (StatusCode::OK, &serde_json::json!([0]))
    );
    let (status, problem) = management.post("/jobs/last/sign", "").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(
        problem["problem"]
            .as_str()
            .unwrap()
            .contains("COMPLETED_SUCCESSFULLY")
    );
}

async fn plain_get(root: &str, path: &str) -> Bytes {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = root.strip_prefix("http://").unwrap();
    let (authority, root) = address.split_once('/').unwrap();
    let mut stream = tokio::net::TcpStream::connect(authority).await.unwrap();
    let request = format!("GET /{root}{path} HTTP/1.0\r\nHost: {authority}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    let body = response.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    Bytes::from(response.split_off(body))
}
