//! The token endpoint: the documented request, its response, and every refusal.

use std::time::Duration;

use http::{Method, StatusCode};
use portal_certificate::{Certificate, EnterpriseCertificate};
use portal_sandbox::{Endpoint, Fault, Sandbox, Validity};
use tokio::io::AsyncReadExt;

use super::{Ask, sender, settings, started, to_endpoint, token, trusted};
use crate::client::standing;

#[tokio::test]
async fn the_documented_request_gets_an_opaque_token() {
    let sandbox = started().await;
    let ask = Ask::of(&sandbox, &sender(&sandbox)).with("others", "are skipped");
    let mut tokens = Vec::new();
    for accept in [Some("application/json"), Some("text/html, */*;q=0.1"), None] {
        let ask = Ask {
            accept,
            ..ask.clone()
        };
        let sent = ask.send(&sandbox, sandbox.sender_certificate()).await;
        let (status, headers, response) = sent.unwrap();
        assert_eq!(status, StatusCode::OK, "{response}");
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(response["token_type"], "Bearer");
        assert_eq!(response["expires_in"], 3600);
        assert_eq!(response["scope"], "signering:sandbox-broker");
        tokens.push(response["access_token"].as_str().unwrap().to_owned());
    }
    assert!(tokens.iter().all(|token| token.len() >= 32));
    assert!(tokens[0] != tokens[1] && tokens[1] != tokens[2]);
    let calls = sandbox.journal();
    assert_eq!(calls.len(), 3);
    for call in calls {
        assert_eq!((&*call.path, call.status), ("/oauth2/token", 200));
        assert_eq!(call.caller.unwrap().as_str(), "123456789");
        assert!(!call.with_token && call.remark.is_none());
    }
}

#[tokio::test]
async fn it_has_a_port_and_a_path_of_its_own_or_is_not_there() {
    let sandbox = started().await;
    let url = sandbox.token_endpoint().unwrap();
    assert!(url.starts_with("https://127.0.0.1:") && url.ends_with("/oauth2/token"));
    let port = format!(":{}/", sandbox.address().port());
    assert!(!url.contains(&port), "{url}");
    let root = sandbox.root_url().strip_suffix("/api").unwrap();
    assert_eq!(sandbox.token_resource(), root);
    assert_eq!(standing().start().await.unwrap().token_endpoint(), None);
}

#[tokio::test]
async fn every_other_request_is_refused_by_its_error() {
    let sandbox = started().await;
    let identity = sandbox.sender_certificate();
    let good = Ask::of(&sandbox, &sender(&sandbox));
    let root = sandbox.root_url().to_owned();
    let resource = sandbox.token_resource().to_owned();
    let twice = {
        let mut ask = good.clone();
        ask.fields
            .push(("scope", "signering:sandbox-broker".to_owned()));
        ask
    };
    for (ask, error) in [
        (good.clone().without("grant_type"), "400 invalid_request"),
        (good.clone().without("client_id"), "400 invalid_request"),
        (good.clone().without("scope"), "400 invalid_request"),
        (good.clone().without("resource"), "400 invalid_request"),
        (good.clone().with("client_id", ""), "400 invalid_request"),
        (
            good.clone().with("client_secret", "x"),
            "400 invalid_request",
        ),
        (twice, "400 invalid_request"),
        (
            good.clone().with("grant_type", "password"),
            "400 unsupported_grant_type",
        ),
        (
            good.clone().with("client_id", "another"),
            "401 invalid_client",
        ),
        // Scope and resource are exact strings.
        (good.clone().with("scope", "signering"), "400 invalid_scope"),
        (
            good.clone().with("scope", "signering:123456789"),
            "400 invalid_scope",
        ),
        (
            good.clone().with("scope", "signering:Sandbox-broker"),
            "400 invalid_scope",
        ),
        (
            good.clone().with("scope", "signering:sandbox-broker "),
            "400 invalid_scope",
        ),
        (good.clone().with("resource", root), "400 invalid_target"),
        (
            good.clone().with("resource", format!("{resource}/")),
            "400 invalid_target",
        ),
        (
            good.clone().with("resource", resource.to_uppercase()),
            "400 invalid_target",
        ),
        (
            good.clone()
                .with("resource", resource.replace("127.0.0.1", "localhost")),
            "400 invalid_target",
        ),
        (
            Ask {
                accept: Some("application/xml"),
                ..good.clone()
            },
            "406 invalid_request",
        ),
        (
            Ask {
                content_type: None,
                ..good.clone()
            },
            "400 invalid_request",
        ),
        (
            Ask {
                content_type: Some("application/json"),
                ..good.clone()
            },
            "400 invalid_request",
        ),
        (
            Ask {
                method: Method::GET,
                ..good.clone()
            },
            "405 invalid_request",
        ),
        (
            Ask {
                path: "/oauth2/token?a=b".into(),
                ..good.clone()
            },
            "400 invalid_request",
        ),
        (
            Ask {
                path: "/token".into(),
                ..good.clone()
            },
            "404 invalid_request",
        ),
    ] {
        sandbox.clear_journal();
        let found = ask.refused(&sandbox, identity).await;
        assert_eq!(found, error, "{:?} {}", ask.fields, ask.path);
        let call = sandbox.journal().pop().unwrap();
        assert_eq!(call.status.to_string(), error[..3]);
    }
}

#[tokio::test]
async fn the_certificate_in_the_handshake_is_what_proves_the_client() {
    let sandbox = started().await;
    // None at all: refused in the handshake, which TLS 1.3 shows on the first read.
    let connected = to_endpoint(&sandbox, None, "127.0.0.1", trusted(&sandbox)).await;
    if let Ok(mut stream) = connected {
        stream.read_to_end(&mut Vec::new()).await.unwrap_err();
    }
    let call = sandbox.journal().pop().unwrap();
    assert_eq!((&*call.path, call.status), ("(TLS handshake)", 0));
    let remark = call.remark.unwrap();
    assert!(remark.contains("sent no certificate"), "{remark}");

    // One of an issuer that nobody trusts.
    let other = started().await;
    let ask = Ask::of(&sandbox, &sender(&sandbox));
    let sent = ask.send(&sandbox, other.sender_certificate()).await;
    assert!(sent.is_err());

    // A trusted one, of the same organisation, that is not the registered one: as after a renewal.
    let renewed = sandbox.issue(sandbox.sender(), Validity::around(sandbox.clock().now()));
    let renewed = renewed.unwrap();
    assert_eq!(ask.refused(&sandbox, &renewed).await, "401 invalid_client");
    let remark = sandbox.journal().pop().unwrap().remark.unwrap();
    assert!(remark.contains("another thumbprint"), "{remark}");
}

#[tokio::test]
async fn the_endpoint_proves_itself_by_host_name_under_a_root_of_the_web() {
    let sandbox = settings().host_name("sandbox.example.com").start().await;
    let sandbox = sandbox.unwrap();
    assert!(
        sandbox
            .token_endpoint()
            .unwrap()
            .contains("sandbox.example.com")
    );
    let sandbox = settings().start().await.unwrap();
    let identity = Some(sandbox.sender_certificate());
    for host in ["127.0.0.1", "localhost"] {
        let stream = to_endpoint(&sandbox, identity, host, trusted(&sandbox)).await;
        let stream = stream.unwrap();
        let shown = stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
        let shown = Certificate::from_der(shown).unwrap();
        assert_eq!(shown.organization_number(), None);
    }
    let other_host = to_endpoint(&sandbox, identity, "example.com", trusted(&sandbox)).await;
    other_host.unwrap_err();
    // Enterprise anchors do not apply there.
    let enterprise = sandbox.trust_anchor_der().to_vec();
    to_endpoint(&sandbox, identity, "127.0.0.1", enterprise)
        .await
        .unwrap_err();
}

/// From a second to 365 days, in whole seconds.
#[tokio::test]
async fn a_life_is_a_whole_number_of_seconds_within_bounds() {
    for (asked, told) in [
        (Duration::ZERO, 1),
        (Duration::from_millis(2_900), 2),
        (Duration::from_secs(90), 90),
        (Duration::from_secs(400 * 86_400), 365 * 86_400),
    ] {
        let sandbox = settings().token_life(asked).start().await.unwrap();
        let ask = Ask::of(&sandbox, &sender(&sandbox));
        let sent = ask.send(&sandbox, sandbox.sender_certificate()).await;
        assert_eq!(sent.unwrap().2["expires_in"], told);
        sandbox.access_tokens().set_life(Duration::from_secs(7));
        let sent = ask.send(&sandbox, sandbox.sender_certificate()).await;
        assert_eq!(sent.unwrap().2["expires_in"], 7);
    }
}

/// The response to the next request, with its status.
async fn asked(sandbox: &Sandbox, identity: &EnterpriseCertificate) -> (u16, String) {
    let ask = Ask::of(sandbox, &sender(sandbox));
    match ask.send(sandbox, identity).await {
        Ok((status, _, response)) => (status.as_u16(), response.to_string()),
        Err(_) => (0, String::new()),
    }
}

#[tokio::test]
async fn the_endpoint_goes_wrong_on_purpose() {
    let sandbox = started().await;
    let identity = sandbox.sender_certificate();
    let faults = sandbox.faults();
    // Faults of any call are the API's alone.
    faults.next(1, Endpoint::Any, Fault::Status(500));
    assert_eq!(asked(&sandbox, identity).await.0, 200);
    faults.clear();

    faults.next(2, Endpoint::Token, Fault::Status(503));
    faults.next(1, Endpoint::Token, Fault::DropBefore);
    faults.next(1, Endpoint::Token, Fault::Garbage);
    let code = "temporarily_unavailable".to_owned();
    faults.next(1, Endpoint::Token, Fault::error_document(400, code));
    let no_life = r#"{"access_token":"opaque"}"#.to_owned();
    faults.next(1, Endpoint::Token, Fault::Body(no_life.clone()));
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(asked(&sandbox, identity).await);
    }
    assert_eq!(seen[0].0, 503);
    assert_eq!(seen[1].0, 503);
    assert_eq!(seen[2].0, 0);
    assert_eq!(seen[3], (200, "null".to_owned()));
    assert!(seen[4].0 == 400 && seen[4].1.contains("temporarily_unavailable"));
    assert_eq!(seen[5], (200, no_life));
    assert_eq!(asked(&sandbox, identity).await.0, 200);
    // Its response may take as long as a client's time limit is to be tried with.
    let delay = Duration::from_millis(40);
    faults.next(1, Endpoint::Token, Fault::DelayAfter(delay));
    let started = std::time::Instant::now();
    assert_eq!(asked(&sandbox, identity).await.0, 200);
    assert!(started.elapsed() >= delay);
    let faulty = sandbox
        .journal()
        .into_iter()
        .filter(|call| call.fault.is_some());
    assert_eq!(faulty.count(), 7);
}

#[tokio::test]
async fn requests_are_refused_on_purpose_for_as_long_as_asked() {
    let sandbox = started().await;
    let ask = Ask::of(&sandbox, &sender(&sandbox));
    let identity = sandbox.sender_certificate();
    sandbox.access_tokens().refuse(2);
    for _ in 0..2 {
        assert_eq!(ask.refused(&sandbox, identity).await, "401 invalid_client");
        let remark = sandbox.journal().pop().unwrap().remark.unwrap();
        assert!(remark.contains("on purpose"), "{remark}");
    }
    token(&sandbox).await;
    sandbox.access_tokens().refuse(2);
    sandbox.reset();
    token(&sandbox).await;
}
