//! The management port, as a program outside the process uses it.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use portal_model::{IdentifierInSignedDocuments, SignatureJobReference};
use portal_sandbox::{Sandbox, SandboxClock};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::client::{Client, standing};
use crate::jobs::{Draft, by_email, by_lookup, four_signers};

const JOBS: &str = "/api/123456789/portal/signature-jobs";

pub(crate) async fn managed() -> (Sandbox, Client, Management) {
    let clock = SandboxClock::controlled("2026-03-01T08:00:00Z".parse().unwrap());
    let builder = standing().clock(clock);
    let sandbox = builder
        .management(([127, 0, 0, 1], 0).into())
        .start()
        .await
        .unwrap();
    let client = Client::sender(&sandbox).await;
    let management = Management(sandbox.management_url().unwrap());
    (sandbox, client, management)
}

pub(crate) struct Management(String);

impl Management {
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        Self(sandbox.management_url().unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, response) = self.call(Method::GET, path, "", &[]).await;
        assert_eq!(status, StatusCode::OK, "{response}");
        response
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> (StatusCode, Value) {
        self.call(Method::POST, path, body, &[]).await
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> (StatusCode, Value) {
        let address = self.0.strip_prefix("http://").unwrap();
        let (authority, root) = address.split_at(address.find('/').unwrap());
        let stream = TcpStream::connect(authority).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{root}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", authority);
        }
        let request = request.body(Full::new(Bytes::copy_from_slice(body.as_bytes())));
        let response = sender.send_request(request.unwrap()).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }
}

#[tokio::test]
async fn there_is_none_unless_it_is_asked_for() {
    assert_eq!(standing().start().await.unwrap().management_url(), None);
}

#[tokio::test]
async fn jobs_are_listed_and_signed() {
    let (sandbox, mut client, management) = managed().await;
    assert_eq!(management.get("/jobs").await, json!([]));
    let mut draft = Draft::of(four_signers());
    draft.request.reference = Some(SignatureJobReference::new("123-ABC").unwrap());
    draft.create(&sandbox, &mut client).await;

    let overview = management.get("").await;
    assert_eq!(overview["root_url"], sandbox.root_url());
    assert_eq!(overview["server_organization"], "984661185");
    assert_eq!(overview["sender"], "123456789");
    assert_eq!(overview["open_jobs"], 1);
    insta::assert_snapshot!(
        "management_job",
        serde_json::to_string_pretty(&management.get("/jobs/1").await).unwrap()
    );

    let (_, signed) = management.post("/jobs/1/sign", "").await;
    assert_eq!(signed, json!({"signed": [0]}));
    let (_, job) = management.post("/jobs/1/signers/2/sign", "").await;
    assert_eq!(job["signers"][2]["status"], "SIGNED");
    let (_, job) = management.post("/jobs/1/signers/1/reject", "").await;
    assert_eq!(
        (&job["state"], &job["finished"]),
        (&json!("FAILED"), &json!("2026-03-01T08:00:00Z"))
    );
    assert_eq!(job["signers"][3]["status"], "NOT_APPLICABLE");
    assert_eq!(management.get("/jobs").await, json!([job]));
}

#[tokio::test]
async fn every_act_has_a_name() {
    let (sandbox, mut client, management) = managed().await;
    for (id, (act, status)) in [
        ("sign", "SIGNED"),
        ("reject", "REJECTED"),
        ("block", "BLOCKED"),
        ("enter-wrong-code", "WAITING"),
        ("reserve", "RESERVED"),
        ("miss-contact-information", "CONTACT_INFORMATION_MISSING"),
        ("lack-name", "SIGNERS_NAME_NOT_AVAILABLE"),
    ]
    .into_iter()
    .enumerate()
    {
        let by_code = act == "block" || act == "enter-wrong-code";
        let signer = if by_code {
            by_email("signer@example.com", 1)
        } else {
            by_lookup("12345678910", 1)
        };
        let mut draft = Draft::of(vec![signer]);
        draft.manifest.identifier_in_signed_documents = Some(IdentifierInSignedDocuments::Name);
        draft.create(&sandbox, &mut client).await;
        let path = format!("/jobs/{}/signers/0/{act}", id + 1);
        let (code, job) = management.post(&path, "").await;
        assert_eq!(code, StatusCode::OK, "{act}: {job}");
        assert_eq!(job["signers"][0]["status"], status, "{act}");
    }
}

#[tokio::test]
async fn messages_are_told_without_what_they_say() {
    let (sandbox, mut client, management) = managed().await;
    Draft::of(vec![by_email("signer@example.com", 1)])
        .create(&sandbox, &mut client)
        .await;
    assert_eq!(
        management.get("/jobs/1/messages").await,
        json!([
            {"signer": 0, "at": "2026-03-01T08:00:00Z", "kind": "invitation", "channel": "email", "sent": true},
            {"signer": 0, "at": "2026-03-26T08:00:00Z", "kind": "reminder", "channel": "email", "sent": false},
        ])
    );
}

#[tokio::test]
async fn the_clock_moves() {
    let (sandbox, mut client, management) = managed().await;
    client.get(JOBS).await;
    assert_eq!(
        management.get("/clock").await,
        json!({
            "now": "2026-03-01T08:00:00Z",
            "controlled": true,
            "next_event": {"at": "2026-03-01T08:00:05Z", "event": "poll-permitted"},
        })
    );
    let (_, clock) = management.post("/clock/next-event", "").await;
    assert_eq!(clock["now"], "2026-03-01T08:00:05Z");
    let (_, clock) = management
        .post("/clock/advance", r#"{"seconds": 55}"#)
        .await;
    assert_eq!(clock["now"], "2026-03-01T08:01:00Z");
    let (_, clock) = management
        .post("/clock/set", r#"{"to": "2026-03-02T09:00:00+01:00"}"#)
        .await;
    assert_eq!(clock["now"], "2026-03-02T08:00:00Z");
    assert_eq!(sandbox.clock().now().to_string(), "2026-03-02T08:00:00Z");
}

#[tokio::test]
async fn a_signer_gains_and_loses_a_mailbox() {
    let (sandbox, mut client, management) = managed().await;
    Draft::one().create(&sandbox, &mut client).await;
    for (act, has_one, deletable_from) in [
        ("lack-mailbox", false, "2026-03-08T08:00:00Z"),
        ("have-mailbox", true, "2026-03-02T08:00:00Z"),
    ] {
        let (_, job) = management
            .post(&format!("/jobs/1/signers/0/{act}"), "")
            .await;
        assert_eq!(job["signers"][0]["digital_mailbox"], json!(has_one));
        management.post("/jobs/1/sign", "").await;
        let job = management.get("/jobs/1").await;
        assert_eq!(job["deletable_from"], json!(deletable_from));
    }
}

#[tokio::test]
async fn faults_are_planned_listed_and_cleared() {
    let (sandbox, mut client, management) = managed().await;
    let line = |calls: u32, endpoint: &str, fault: Value| {
        json!({"calls": calls, "endpoint": endpoint, "fault": fault}).to_string()
    };
    for (endpoint, fault) in [
        ("any", json!("drop-before")),
        ("create", json!("drop-after")),
        ("poll", json!({"status": 503})),
        (
            "confirm",
            json!({"error-document": {"status": 400, "code": "SOME_CODE"}}),
        ),
        ("cancel", json!({"status-after": 502})),
        ("pades", json!({"delay-before": 250})),
        ("xades", json!({"delay-after": 250})),
        ("delete", json!({"truncate": 10})),
        ("archive", json!({"trickle": 5})),
        ("who-am-i", json!("no-poll-time")),
        ("poll", json!("malformed-poll-time")),
        ("poll", json!("garbage")),
        ("poll", json!("garbage-xml")),
        ("poll", json!("wrong-content-type")),
        ("poll", json!("unknown-elements")),
        ("poll", json!("unknown-signer-status")),
        ("poll", json!("duplicate")),
    ] {
        let (status, plan) = management
            .post("/faults", &line(2, endpoint, fault.clone()))
            .await;
        assert_eq!(status, StatusCode::OK, "{plan}");
        let planned = json!({"calls": 2, "endpoint": endpoint, "fault": fault});
        assert_eq!(plan["script"].as_array().unwrap().last(), Some(&planned));
    }
    assert_eq!(sandbox.faults().planned().len(), 17);
    let rates = json!([{"endpoint": "any", "fault": "drop-after", "rate": 0.05}]);
    let seeded = json!({"seed": 7, "rates": rates}).to_string();
    let (status, plan) = management.post("/faults", &seeded).await;
    assert_eq!(status, StatusCode::OK, "{plan}");
    assert_eq!((&plan["seed"], &plan["rates"]), (&json!(7), &rates));

    let (status, _) = management.call(Method::DELETE, "/faults", "", &[]).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let nothing = json!({"script": [], "seed": null, "rates": []});
    assert_eq!(management.get("/faults").await, nothing);

    // One call of any kind by default; the journal says what it met.
    management
        .post("/faults", r#"{"fault": {"status": 503}}"#)
        .await;
    assert_eq!(
        client.get(JOBS).await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let journal = management.get("/journal").await;
    assert_eq!(journal[0]["fault"], json!({"status": 503}));
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);

    let mut refusals = Vec::new();
    for body in [
        "{}",
        r#"{"fault": "sulk"}"#,
        r#"{"fault": {"truncate": -1}}"#,
        r#"{"fault": "garbage", "endpoint": "elsewhere"}"#,
        r#"{"fault": "garbage", "seed": 1}"#,
        r#"{"seed": 1}"#,
        r#"{"fault": {"status": 99}}"#,
        r#"{"fault": {"status": 70000}}"#,
        r#"{"fault": {"status-after": -1}}"#,
        r#"{"fault": {"error-document": {"status": 600, "code": "A"}}}"#,
        r#"{"fault": {"delay-after": 9000000000000000}}"#,
        r#"{"fault": "garbage", "calls": 0}"#,
        r#"{"fault": "garbage", "calls": -1}"#,
        r#"{"seed": 1, "rates": [{"endpoint": "any", "fault": "garbage", "rate": 1.5}]}"#,
        r#"{"seed": 1, "rates": [{"endpoint": "any", "fault": "garbage", "rate": -0.1}]}"#,
    ] {
        let (status, refusal) = management.post("/faults", body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        refusals.push(refusal["problem"].as_str().unwrap().to_owned());
    }
    insta::assert_snapshot!("fault_refusals", refusals.join("\n"));
}

#[tokio::test]
async fn the_journal_is_read_and_cleared() {
    let (sandbox, mut client, management) = managed().await;
    client.get(&format!("{JOBS}?polling_queue=other")).await;
    assert_eq!(
        management.get("/journal").await,
        json!([{
            "number": 1,
            "at": "2026-03-01T08:00:00Z",
            "caller": "123456789",
            "with_token": false,
            "method": "GET",
            "path": JOBS,
            "query": "polling_queue=other",
            "job": null,
            "request_bytes": 0,
            "status": 204,
            "response_bytes": 0,
            "client_gone": false,
        }])
    );
    let (status, _) = management.call(Method::DELETE, "/journal", "", &[]).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(sandbox.journal(), []);
}

#[tokio::test]
async fn a_reset_leaves_nothing_but_time_and_numbers() {
    let (sandbox, mut client, management) = managed().await;
    Draft::one().create(&sandbox, &mut client).await;
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);
    management.post("/clock/advance", r#"{"seconds": 1}"#).await;
    let (status, clock) = management.post("/reset", "").await;
    assert_eq!(
        (status, &clock["now"]),
        (StatusCode::OK, &json!("2026-03-01T08:00:01Z"))
    );
    assert_eq!(clock["next_event"], Value::Null);
    assert_eq!((sandbox.jobs().len(), sandbox.journal()), (0, vec![]));
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);
    let job = Draft::one().create(&sandbox, &mut client).await;
    assert_eq!(job.id().0, 2);
}

#[tokio::test]
async fn refusals_say_why() {
    let (sandbox, mut client, management) = managed().await;
    Draft::of(four_signers())
        .create(&sandbox, &mut client)
        .await;
    let own = ("origin", "https://example.com");
    let name = ("host", "rebound.example.com");
    let mut listed = Vec::new();
    for (method, path, body, headers) in [
        (Method::GET, "/no-such-call", "", &[][..]),
        (Method::GET, "/reset", "", &[]),
        (Method::GET, "/jobs/9", "", &[]),
        (Method::GET, "/jobs/first", "", &[]),
        (Method::POST, "/jobs/1/signers/9/sign", "", &[]),
        (Method::POST, "/jobs/1/signers/0/dance", "", &[]),
        (Method::POST, "/jobs/1/signers/3/sign", "", &[]),
        (Method::POST, "/jobs/1/signers/0/block", "", &[]),
        (Method::POST, "/clock/advance", "", &[]),
        (Method::POST, "/clock/advance", r#"{"seconds": -1}"#, &[]),
        (Method::POST, "/clock/advance", r#"{"seconds": 9e15}"#, &[]),
        (
            Method::POST,
            "/clock/advance",
            r#"{"seconds": 9000000000000000}"#,
            &[],
        ),
        (
            Method::POST,
            "/clock/set",
            r#"{"to": "9999-01-01T00:00:00Z"}"#,
            &[],
        ),
        (Method::POST, "/clock/set", r#"{"to": "tomorrow"}"#, &[]),
        (
            Method::POST,
            "/clock/set",
            r#"{"to": "2020-01-01T00:00:00Z"}"#,
            &[],
        ),
        (Method::POST, "/reset", "", &[own]),
        (Method::GET, "/jobs", "", &[name]),
    ] {
        let (status, response) = management.call(method.clone(), path, body, headers).await;
        let problem = response["problem"].as_str().unwrap();
        listed.push(format!(
            "{method} {path} {body}\n  {}: {problem}",
            status.as_u16()
        ));
    }
    insta::assert_snapshot!("management_refusals", listed.join("\n"));
    assert_eq!(sandbox.jobs().len(), 1);
}
