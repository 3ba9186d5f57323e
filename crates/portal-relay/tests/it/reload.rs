//! Secrets and certificate of a relay that is running, over TLS to the service and to the receiver.

use std::time::Duration;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portal_client::Certificate;
use portal_relay::{RelayRole, Webhook};
use portal_sandbox::Validity;

use crate::outbox::sink;
use crate::relay::sign_rest;
use crate::stage::{Stage, job, run, until};
use crate::webhook::server::{Authority, Received, Receiver};

const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// The signature that a receiver with this secret expects.
fn signature(secret: &str, request: &Received) -> String {
    let secret = secret.strip_prefix("whsec_").unwrap();
    let key = Key::new(HMAC_SHA256, &STANDARD.decode(secret).unwrap());
    let header = |name| request.header(name).unwrap();
    let mut signed = format!("{}.{}.", header("webhook-id"), header("webhook-timestamp"));
    signed.push_str(std::str::from_utf8(&request.body).unwrap());
    format!("v1,{}", STANDARD.encode(sign(&key, signed.as_bytes())))
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_and_certificate_are_replaced_while_the_relay_runs() {
    let stage = Stage::new().await;
    let authority = Authority::new("Receivers' authority");
    let anchor = Certificate::from_der(authority.der()).unwrap();
    let tls = authority.issue("127.0.0.1", 2020..2090);
    let taken = "HTTP/1.1 204 X\r\n\r\n".to_owned();
    let receiver = Receiver::start_tls(std::iter::repeat_n(taken, 9), tls).await;
    let webhook = Webhook::builder(sink("webhook"), &receiver.url("/"), OLD.parse().unwrap())
        .with_anchors([anchor])
        .build()
        .unwrap();
    let relay = stage.relay().sink(webhook.clone()).build().unwrap();
    let running = run(&relay);
    // The event of one more job.
    let event = async |number: usize| {
        let wanted = job(&stage.client, &format!("job-{number}"), 1);
        relay.create(&wanted).await.unwrap();
        until("the event is delivered", async || {
            sign_rest(&stage.sandbox);
            receiver.requests().len() == number
        })
        .await;
        receiver.requests().pop().unwrap()
    };
    let signed = |request: &Received| request.header("webhook-signature").unwrap();

    let first = event(1).await;
    assert_eq!(signed(&first), signature(OLD, &first));
    // While the receiver changes over, it may have either secret.
    webhook.replace_secrets(NEW.parse().unwrap(), Some(OLD.parse().unwrap()));
    let second = event(2).await;
    let both = [NEW, OLD].map(|secret| signature(secret, &second));
    assert_eq!(signed(&second), both.join(" "));
    webhook.replace_secrets(NEW.parse().unwrap(), None);
    let third = event(3).await;
    assert_eq!(signed(&third), signature(NEW, &third));

    let validity = Validity::around(jiff::Timestamp::now() + Duration::from_hours(1));
    let certificate = stage.sandbox.issue(stage.sandbox.sender(), validity);
    let certificate = certificate.unwrap();
    let ends = certificate.leaf().not_after();
    relay.client().replace_certificate(certificate).unwrap();
    let fourth = event(4).await;
    assert_eq!(signed(&fourth), signature(NEW, &fourth));
    let status = relay.quick_status();
    assert_eq!(status.certificate_ends, Some(ends));
    assert_eq!(
        (status.role, status.counts.takeovers),
        (RelayRole::Active, 1)
    );
    relay.stop();
    running.await.unwrap().unwrap();
}
