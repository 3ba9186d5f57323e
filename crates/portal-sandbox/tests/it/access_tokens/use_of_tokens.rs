//! What a token opens, and when it no longer does.

use std::time::Duration;

use http::{Method, StatusCode};
use portal_model::OrganizationNumber;
use portal_sandbox::{Endpoint, Fault, Organization, Sandbox};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Ask, sender, settings, started, token};
use crate::client::Client;
use crate::jobs::{Draft, change};
use crate::management::Management;

const JOBS: &str = "/api/123456789/portal/signature-jobs";
const ME: &str = "/api/123456789";

#[tokio::test]
async fn a_token_does_all_that_a_certificate_does() {
    let sandbox = started().await;
    let token = token(&sandbox).await;
    let mut client = Client::with_token(&sandbox, &token).await;
    // The API's server is the same to both.
    let by_certificate = Client::sender(&sandbox).await;
    assert_eq!(client.server_certificate, by_certificate.server_certificate);
    assert_eq!(client.get(ME).await.text(), "You are 123456789");
    let job = Draft::one().create(&sandbox, &mut client).await;
    let cancelled = Draft::one().create(&sandbox, &mut client).await;
    let cancel = format!("{JOBS}/{}/cancel", cancelled.id());
    assert_eq!(client.post(&cancel).await.status, StatusCode::NO_CONTENT);
    let of_cancelled = change(&client.get(JOBS).await);
    client.post(of_cancelled.confirmation_url.as_str()).await;
    sandbox.clock().advance(Duration::from_secs(6));
    job.sign_current_group().unwrap();
    let change = change(&client.get(JOBS).await);
    let signatures = &change.signatures;
    let pades = signatures.pades_url.as_ref().unwrap().as_str();
    assert!(client.get(pades).await.body.starts_with(b"%PDF-"));
    let xades = signatures.signature[0].xades_url.as_ref().unwrap();
    assert_eq!(client.get(xades.as_str()).await.status, StatusCode::OK);
    let confirmed = client.post(change.confirmation_url.as_str()).await;
    assert_eq!(confirmed.status, StatusCode::OK);
    let delete = change.delete_documents_url.unwrap();
    let deleted = client.call(Method::DELETE, delete.as_str()).await;
    assert_eq!(deleted.status, StatusCode::CONFLICT, "too soon, but let in");
    for call in sandbox.journal().iter().skip(1) {
        assert!(call.with_token, "{call:?}");
        assert_eq!(call.caller.as_ref().unwrap().as_str(), "123456789");
    }
}

#[tokio::test]
async fn a_token_and_a_certificate_at_once_are_refused() {
    let sandbox = started().await;
    let token = token(&sandbox).await;
    let mut client = Client::sender(&sandbox).await;
    client.authorization = Some(format!("Bearer {token}"));
    let reply = client.get(ME).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    insta::assert_snapshot!("token_and_certificate", reply.text());
    client.authorization = None;
    assert_eq!(client.get(ME).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_no_good_token_gets_401_and_does_nothing() {
    let sandbox = started().await;
    let good = token(&sandbox).await;
    let mut client = Client::with_token(&sandbox, &good).await;
    for (authorization, remark) in [
        (
            "Bearer canary-token".to_owned(),
            "issued no such access token",
        ),
        (format!("Basic {good}"), "holds no access token"),
        (format!("Bearer {good} x"), "holds no access token"),
        ("Bearer".to_owned(), "holds no access token"),
    ] {
        client.authorization = Some(authorization);
        let reply = Draft::one().send(&sandbox, &mut client).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        assert!(
            reply.text().contains("<error-code>NOT_AUTHORIZED<"),
            "{}",
            reply.text()
        );
        let call = sandbox.journal().pop().unwrap();
        let said = call.remark.unwrap();
        assert!(said.contains(remark), "{said}");
        assert_eq!((call.caller, call.job), (None, None));
    }
    assert!(sandbox.jobs().is_empty());
    // The calls of strangers do not count against the organisation.
    client.authorization = Some(format!("Bearer {good}"));
    assert_eq!(client.get(ME).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_token_ends_to_the_second_by_the_sandboxs_clock() {
    let sandbox = settings().token_life(Duration::from_secs(60)).start().await;
    let sandbox = sandbox.unwrap();
    let mut client = Client::with_token(&sandbox, &token(&sandbox).await).await;
    sandbox.clock().advance(Duration::from_secs(59));
    assert_eq!(client.get(ME).await.status, StatusCode::OK);
    sandbox.clock().advance(Duration::from_secs(1));
    assert_eq!(client.get(ME).await.status, StatusCode::UNAUTHORIZED);
    let remark = sandbox.journal().pop().unwrap().remark.unwrap();
    assert!(remark.contains("has expired"), "{remark}");
    client.authorization = Some(format!("Bearer {}", token(&sandbox).await));
    assert_eq!(client.get(ME).await.status, StatusCode::OK);
}

#[tokio::test]
async fn tokens_are_expired_and_revoked_on_purpose() {
    let sandbox = started().await;
    let management = Management::of(&sandbox);
    let mut client = Client::with_token(&sandbox, &token(&sandbox).await).await;
    let state = management.get("/tokens").await;
    assert_eq!(state["live"], 1);
    assert_eq!(state["registrations"][0]["broker_id"], "sandbox-broker");
    assert_eq!(state["endpoint"], sandbox.token_endpoint().unwrap());

    let (_, state) = management.post("/tokens/expire", "").await;
    assert_eq!(state["live"], 0);
    assert_eq!(client.get(ME).await.status, StatusCode::UNAUTHORIZED);
    client.authorization = Some(format!("Bearer {}", token(&sandbox).await));
    assert_eq!(client.get(ME).await.status, StatusCode::OK);

    let (_, state) = management.post("/tokens/revoke", "").await;
    assert_eq!(state["revoked"], true);
    assert_eq!(client.get(ME).await.status, StatusCode::UNAUTHORIZED);
    let ask = Ask::of(&sandbox, &sender(&sandbox));
    let identity = sandbox.sender_certificate();
    assert_eq!(ask.refused(&sandbox, identity).await, "401 invalid_client");
    management.post("/tokens/restore", "").await;
    assert_eq!(client.get(ME).await.status, StatusCode::OK);

    let (_, state) = management
        .post("/tokens/refuse", r#"{"requests": 1}"#)
        .await;
    assert_eq!(state["refusals"], 1);
    assert_eq!(ask.refused(&sandbox, identity).await, "401 invalid_client");
    for body in ["{}", r#"{"requests": -1}"#, r#"{"requests": 4294967296}"#] {
        let (status, problem) = management.post("/tokens/refuse", body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    }
}

/// What a client does about a 401 can be tried with every operation, once and twice.
#[tokio::test]
async fn a_good_token_meets_401_on_purpose() {
    let sandbox = started().await;
    let mut client = Client::with_token(&sandbox, &token(&sandbox).await).await;
    sandbox
        .faults()
        .next(2, Endpoint::WhoAmI, Fault::Status(401));
    for status in [401, 401, 200] {
        assert_eq!(client.get(ME).await.status, status);
    }
}

#[tokio::test]
async fn the_sender_stands_in_the_url_apart_from_the_tokens_organisation() {
    let other = OrganizationNumber::new("988015814").unwrap();
    let broker = Organization::new(OrganizationNumber::new("123456789").unwrap())
        .with_broker_rights_for(other.clone());
    let builder = settings()
        .sender(broker)
        .organization(Organization::new(other));
    let sandbox = builder.start().await.unwrap();
    let mut client = Client::with_token(&sandbox, &token(&sandbox).await).await;
    let said = client.get("/api/988015814").await;
    assert_eq!(
        said.text(),
        "You are 123456789, operating on behalf of 988015814"
    );
    let refused = client.get("/api/984661185").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn more_than_ten_calls_a_second_block_the_organisation_either_way() {
    let sandbox = settings().limit_call_rate(true).start().await.unwrap();
    let mut by_token = Client::with_token(&sandbox, &token(&sandbox).await).await;
    let mut by_certificate = Client::sender(&sandbox).await;
    for _ in 0..5 {
        assert_eq!(by_token.get(ME).await.status, StatusCode::OK);
        assert_eq!(by_certificate.get(ME).await.status, StatusCode::OK);
    }
    assert_eq!(by_token.get(ME).await.status, StatusCode::TOO_MANY_REQUESTS);
    // The token endpoint is another server.
    token(&sandbox).await;
}

#[tokio::test]
async fn no_token_is_shown_anywhere() {
    let sandbox = started().await;
    let management = Management::of(&sandbox);
    let token = token(&sandbox).await;
    let mut client = Client::with_token(&sandbox, &token).await;
    client.get(ME).await;
    client.get(JOBS).await;
    let mut shown = format!("{:?} {:?}", sandbox.journal(), sandbox.access_tokens());
    shown += &format!("{sandbox:?}");
    for entry in sandbox.journal() {
        shown += entry.reveal_request().unwrap_or_default();
        shown += entry.reveal_response().unwrap_or_default();
    }
    let calls = management.get("/journal?documents=true&reveal=true").await;
    assert_eq!(calls[1]["with_token"], json!(true));
    let one = management.get("/journal?operation=token").await;
    assert_eq!(one.as_array().unwrap().len(), 1);
    shown += &calls.to_string();
    shown += &management.get("/tokens").await.to_string();
    for (path, text) in [
        ("journal/1", "/oauth2/token"),
        ("journal/2", "with an access token"),
        ("journal", "token"),
        ("", sandbox.token_endpoint().unwrap()),
    ] {
        let page = page(&sandbox, path).await;
        assert!(page.contains(text), "{path}: {page}");
        shown += &page;
    }
    assert!(
        !shown.contains(&token) && !shown.contains("Bearer "),
        "{shown}"
    );
}

/// A page for people, as it comes.
async fn page(sandbox: &Sandbox, path: &str) -> String {
    let root = sandbox.page_url().unwrap();
    let authority = root.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = tokio::net::TcpStream::connect(authority).await.unwrap();
    let request = format!("GET /{path} HTTP/1.0\r\nHost: {authority}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).await.unwrap();
    page
}
