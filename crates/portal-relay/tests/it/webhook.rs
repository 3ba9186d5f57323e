//! Webhooks against servers on loopback: what is sent, and what a response means.

mod proxy;
pub(crate) mod server;

use std::time::Duration;

use portal_client::Certificate;
use portal_relay::{
    CertificateProblem, DeliveryFailure, DeliveryOutcome, Sink, Webhook, WebhookBuilder,
    WebhookError, WebhookSecret,
};

use tokio::io::AsyncWriteExt;

use crate::event::body;
use crate::outbox::sink;
use server::{Authority, Receiver};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn secret(text: &str) -> WebhookSecret {
    text.parse().unwrap()
}

fn builder(url: &str) -> WebhookBuilder {
    let noon = "2026-01-15T12:00:00Z".parse().unwrap();
    Webhook::builder(sink("webhook"), url, secret(SECRET)).with_clock(move || noon)
}

fn status(status: u16) -> DeliveryOutcome {
    DeliveryOutcome::retry(DeliveryFailure::Status(status))
}

fn with_status(code: u16) -> String {
    format!("HTTP/1.1 {code} X\r\ncontent-length: 0\r\n\r\n")
}

#[tokio::test]
async fn an_event_is_posted_as_a_signed_cloud_event() {
    let receiver = Receiver::start([with_status(204)]).await;
    let webhook = builder(&receiver.url("/events?token=1")).build().unwrap();
    let event = body(7, 1);
    assert_eq!(webhook.deliver(&event).await, DeliveryOutcome::Taken);
    let request = receiver.requests().pop().unwrap();
    assert_eq!(request.body, event.bytes());
    let port = receiver.address().port().to_string();
    let version = env!("CARGO_PKG_VERSION");
    let head = request
        .head
        .replace(&port, "PORT")
        .replace(version, "VERSION");
    insta::assert_snapshot!(head);
}

#[tokio::test]
async fn secrets_are_replaced_without_a_stop() {
    let receiver = Receiver::start(std::iter::repeat_n(with_status(200), 3)).await;
    let webhook = builder(&receiver.url("/")).build().unwrap();
    let other = webhook.clone();
    webhook.deliver(&body(7, 1)).await;
    other.replace_secrets(secret(OTHER), Some(secret(SECRET)));
    webhook.deliver(&body(7, 1)).await;
    other.replace_secrets(secret(OTHER), None);
    webhook.deliver(&body(7, 1)).await;
    let signatures: Vec<String> = receiver
        .requests()
        .iter()
        .map(|request| request.header("webhook-signature").unwrap())
        .collect();
    let [old, both, new] = signatures.as_slice() else {
        panic!("{signatures:?}");
    };
    assert_eq!(both, &format!("{new} {old}"));
    assert_ne!(old, new);
    // The previous secret can be given at the start as well.
    let receiver = Receiver::start([with_status(200)]).await;
    let rotating = Webhook::builder(sink("webhook"), &receiver.url("/"), secret(OTHER))
        .with_previous_secret(secret(SECRET))
        .with_clock(|| "2026-01-15T12:00:00Z".parse().unwrap())
        .build()
        .unwrap();
    rotating.deliver(&body(7, 1)).await;
    assert_eq!(
        &receiver.requests()[0].header("webhook-signature").unwrap(),
        both
    );
}

#[tokio::test]
async fn the_status_says_what_came_of_it() {
    for code in [200, 201, 202, 204, 299] {
        let receiver = Receiver::start([with_status(code)]).await;
        let webhook = builder(&receiver.url("/")).build().unwrap();
        assert_eq!(
            webhook.deliver(&body(7, 1)).await,
            DeliveryOutcome::Taken,
            "{code}"
        );
    }
    let receiver = Receiver::start([with_status(410)]).await;
    let webhook = builder(&receiver.url("/")).build().unwrap();
    assert_eq!(webhook.deliver(&body(7, 1)).await, DeliveryOutcome::Gone);
    for code in [300, 304, 400, 401, 404, 409, 429, 500, 503] {
        let receiver = Receiver::start([with_status(code)]).await;
        let webhook = builder(&receiver.url("/")).build().unwrap();
        assert_eq!(webhook.deliver(&body(7, 1)).await, status(code), "{code}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Receiver::start([with_status(200)]).await;
    for code in [301, 302, 303, 307, 308] {
        let to = elsewhere.url("/");
        let response = format!("HTTP/1.1 {code} X\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
        let receiver = Receiver::start([response]).await;
        let webhook = builder(&receiver.url("/")).build().unwrap();
        assert_eq!(webhook.deliver(&body(7, 1)).await, status(code));
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_receiver_says_when_to_come_again() {
    for (value, seconds) in [
        ("7", Some(7)),
        ("Thu, 15 Jan 2026 12:30:00 GMT", Some(1800)),
        ("Thu, 15 Jan 2026 11:00:00 GMT", Some(0)),
        ("soon", None),
    ] {
        let response =
            format!("HTTP/1.1 503 X\r\nretry-after: {value}\r\ncontent-length: 0\r\n\r\n");
        let receiver = Receiver::start([response]).await;
        let webhook = builder(&receiver.url("/")).build().unwrap();
        let failure = DeliveryFailure::Status(503);
        let expected = match seconds.map(Duration::from_secs) {
            Some(after) => DeliveryOutcome::retry_after(failure, after),
            None => DeliveryOutcome::retry(failure),
        };
        assert_eq!(webhook.deliver(&body(7, 1)).await, expected, "{value}");
    }
}

#[tokio::test]
async fn what_goes_wrong_is_named() {
    let failure = async |url: &str| {
        let webhook = builder(url).with_time_limit(Duration::from_millis(300));
        webhook.build().unwrap().deliver(&body(7, 1)).await
    };
    let retry = DeliveryOutcome::retry;
    // Nothing listens on the port of a receiver that was dropped.
    let dropped = Receiver::start([]).await.url("/");
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(failure(&dropped).await, retry(DeliveryFailure::Connect));
    let silent = Receiver::start([String::new()]).await;
    assert_eq!(
        failure(&silent.url("/")).await,
        retry(DeliveryFailure::Timeout)
    );
    let hangs_up = Receiver::start([]).await;
    assert_eq!(
        failure(&hangs_up.url("/")).await,
        retry(DeliveryFailure::NoResponse)
    );
    let no_http = Receiver::start(["220 mail.example.com ESMTP\r\n\r\n".to_owned()]).await;
    assert_eq!(
        failure(&no_http.url("/")).await,
        retry(DeliveryFailure::NoResponse)
    );
    // Speaks first, and not TLS.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let greeting = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"220 mail.example.com ESMTP\r\n")
            .await
            .unwrap();
        stream
    });
    let tls = builder(&format!("https://127.0.0.1:{port}/"))
        .build()
        .unwrap();
    assert_eq!(tls.deliver(&body(7, 1)).await, retry(DeliveryFailure::Tls));
    greeting.await.unwrap();
}

/// The head of the response has said that the event is taken.
#[tokio::test]
async fn a_response_without_an_end_holds_nothing_up() {
    let endless = "HTTP/1.1 200 X\r\ncontent-length: 9999999\r\n\r\nx".to_owned();
    let receiver = Receiver::start([endless]).await;
    let webhook = builder(&receiver.url("/")).build().unwrap();
    assert_eq!(webhook.deliver(&body(7, 1)).await, DeliveryOutcome::Taken);
}

#[tokio::test]
async fn a_name_may_lead_to_loopback_without_tls() {
    let receiver = Receiver::start([with_status(200)]).await;
    let url = receiver.url("/").replace("127.0.0.1", "localhost");
    let webhook = builder(&url).build().unwrap();
    assert_eq!(webhook.deliver(&body(7, 1)).await, DeliveryOutcome::Taken);
}

#[tokio::test]
async fn servers_are_checked_by_custom_anchors_or_the_systems_roots() {
    let authority = Authority::new("Receivers' authority");
    let anchor = Certificate::from_der(authority.der()).unwrap();
    let other = Certificate::from_der(Authority::new("Another authority").der()).unwrap();
    let refused = |problem| DeliveryOutcome::retry(DeliveryFailure::Certificate(problem));
    let deliver = async |tls, anchors: Option<&Certificate>| {
        let receiver = Receiver::start_tls([with_status(200)], tls).await;
        let url = receiver.url("/").replace("127.0.0.1", "localhost");
        let webhook = match anchors {
            Some(anchor) => builder(&url).with_anchors([anchor.clone()]),
            None => builder(&url),
        };
        let outcome = webhook.build().unwrap().deliver(&body(7, 1)).await;
        (outcome, receiver.requests().len())
    };
    let sound = || authority.issue("localhost", 2020..2090);
    let taken = deliver(sound(), Some(&anchor)).await;
    assert_eq!(taken, (DeliveryOutcome::Taken, 1));
    for (tls, anchor, problem) in [
        (sound(), Some(&other), CertificateProblem::UnknownIssuer),
        (sound(), None, CertificateProblem::UnknownIssuer),
        (
            authority.issue("example.com", 2020..2090),
            Some(&anchor),
            CertificateProblem::Name,
        ),
        (
            authority.issue("localhost", 2020..2021),
            Some(&anchor),
            CertificateProblem::Dates,
        ),
        (
            authority.issue("localhost", 2080..2090),
            Some(&anchor),
            CertificateProblem::Dates,
        ),
    ] {
        // Nothing of the event has reached the server.
        assert_eq!(deliver(tls, anchor).await, (refused(problem), 0));
    }
}

#[test]
fn what_can_not_be_set_up_says_why() {
    let anchor = Certificate::from_der(Authority::new("Authority").der()).unwrap();
    let built = |builder: WebhookBuilder| builder.build().map(drop).unwrap_err();
    assert!(matches!(
        built(builder("http://203.0.113.1/")),
        WebhookError::NotPrivate
    ));
    let without_tls = builder("http://127.0.0.1/").with_anchors([anchor]);
    assert!(matches!(
        built(without_tls),
        WebhookError::AnchorsWithoutTls
    ));
    let none = builder("https://example.com/").with_anchors([]);
    assert!(matches!(built(none), WebhookError::Anchor { .. }));
    insta::assert_snapshot!(
        [
            built(builder("/events")),
            built(builder("https://user@example.com/")),
            built(builder("http://203.0.113.1/")),
        ]
        .map(|error| error.to_string())
        .join("\n")
    );
}

#[test]
fn secrets_and_paths_are_not_shown() {
    let setup = builder("https://example.com/hooks/canary?token=canary");
    let setup_shown = format!("{setup:?}");
    let shown = format!("{setup_shown} {:?}", setup.build().unwrap());
    assert!(
        !shown.contains("canary") && !shown.contains("MfKQ"),
        "{shown}"
    );
    assert!(shown.contains("https://example.com/.."), "{shown}");
}
