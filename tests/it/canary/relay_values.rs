//! The relay's values: names, sinks, events, and errors of reading them.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use portal_client::PermittedPoll;
use portal_relay::{
    CertificateProblem, Command, Deliverer, DeliveryAttempts, DeliveryFailure, DeliveryOutcome,
    Event, EventBody, EventDocument, EventFinding, EventId, EventSigner, LeaseSettings, LeaseState,
    Lines, OutboxEntry, SinkName, Webhook, WebhookSecret,
};
use portal_verify::{Fingerprint, Received, Sent};

use super::shown::Shown;
use super::{ADDRESS, FILE, MESSAGE, NUMBER, PASSWORD, REFERENCE, TOKEN};

pub(super) fn show(shown: &mut Shown) {
    shown.no_text(&[
        "portal_relay::DeletionHold",
        "portal_relay::DeletionPolicy",
        "portal_relay::Deletions",
        "portal_relay::JobDeletion",
        "portal_relay::StoredJobState",
        "portal_relay::PortalVerifier",
        "portal_relay::RelayRole",
        "portal_relay::Settlement",
        "portal_relay::SinkState",
    ]);
    sinks(shown);
    webhooks(shown);
    stored(shown);
}

fn sinks(shown: &mut Shown) {
    let name = SinkName::new("sink").unwrap();
    shown
        .both("portal_relay::SinkName", &name)
        .json("portal_relay::SinkName", &name)
        .error(
            "portal_relay::SinkNameError",
            &SinkName::new(ADDRESS).unwrap_err(),
        )
        .debug(
            "portal_relay::Command",
            &Command::new(name.clone(), "true").arg(TOKEN),
        )
        .debug("portal_relay::Lines", &Lines::new(name, io::sink()));
    for failure in [
        DeliveryFailure::Status(500),
        DeliveryFailure::Connect,
        DeliveryFailure::Certificate(CertificateProblem::Name),
        DeliveryFailure::Start(io::ErrorKind::NotFound),
        DeliveryFailure::Exit(1),
    ] {
        shown
            .error("portal_relay::DeliveryFailure", &failure)
            .debug(
                "portal_relay::DeliveryOutcome",
                &DeliveryOutcome::retry(failure),
            );
    }
    shown.error(
        "portal_relay::CertificateProblem",
        &CertificateProblem::UnknownIssuer,
    );
}

fn webhooks(shown: &mut Shown) {
    let secret: WebhookSecret = "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5"
        .parse()
        .unwrap();
    let name = SinkName::new("webhook").unwrap();
    let builder = |url: &str| Webhook::builder(name.clone(), url, secret.clone());
    let local = format!("http://127.0.0.1:1/{TOKEN}?{PASSWORD}");
    shown
        .debug("portal_relay::WebhookSecret", &secret)
        .debug("portal_relay::WebhookBuilder", &builder(&local))
        .debug("portal_relay::Webhook", &builder(&local).build().unwrap());
    for url in [
        format!("http://{TOKEN}:{PASSWORD}@127.0.0.1/"),
        format!("{ADDRESS}/"),
        format!("http://127.0.0.1/#{TOKEN}"),
        format!("http://192.0.2.1/{TOKEN}"),
    ] {
        let error = builder(&url).build().unwrap_err();
        shown.error("portal_relay::WebhookError", &error);
    }
    for text in [TOKEN, "whsec_canary", "whsec_Y2FuYXJ5"] {
        let error = text.parse::<WebhookSecret>().unwrap_err();
        shown.error("portal_relay::WebhookSecretError", &error);
    }
}

fn stored(shown: &mut Shown) {
    let now = "2026-01-15T12:00:00Z";
    let attempts: DeliveryAttempts = serde_json::from_value(serde_json::json!({
        "failed": 1, "first": now, "last": now, "next": now, "failure": "it ended",
        "retry_after": now,
    }))
    .unwrap();
    shown
        .debug("portal_relay::DeliveryAttempts", &attempts)
        .json("portal_relay::DeliveryAttempts", &attempts);
    let poll = PermittedPoll::never_polled();
    let queues = BTreeMap::from([("a-digest", poll)]);
    let state = serde_json::json!({ "queues": queues });
    let state: LeaseState = serde_json::from_value(state).unwrap();
    shown
        .debug("portal_relay::LeaseState", &state)
        .json("portal_relay::LeaseState", &state)
        .debug("portal_relay::LeaseSettings", &LeaseSettings::default());
}

/// Of an event that has a canary as its reference.
pub(super) fn event(shown: &mut Shown, event: &Event, body: &EventBody) {
    let signer: &EventSigner = &event.data.signers[0];
    let document = EventDocument::xades(1, "file:///var/lib/portal/documents/00.xml", "00", 7);
    let sent = Sent::new().document(FILE, "application/pdf", Fingerprint::of(b"%PDF"));
    let report = portal_verify::job(&sent, &Received::new().signed(2).pades(FILE.as_bytes()));
    let findings = report
        .findings
        .iter()
        .chain(&report.received.pades.as_ref().unwrap().findings);
    let findings: Vec<EventFinding> = findings.map(EventFinding::from).collect();
    let whole = event
        .clone()
        .with_documents([document.clone().with_findings(findings.clone())])
        .with_findings(findings.clone());
    shown
        .debug("portal_relay::Event", event)
        .debug("portal_relay::Event", &whole)
        .json("portal_relay::Event", &whole)
        .debug("portal_relay::EventData", &whole.data)
        .json("portal_relay::EventData", &whole.data)
        .debug("portal_relay::EventSigner", signer)
        .json("portal_relay::EventSigner", signer)
        .debug("portal_relay::EventDocument", &document)
        .json("portal_relay::EventDocument", &document)
        .debug("portal_relay::EventDocumentKind", &document.kind)
        .json("portal_relay::EventDocumentKind", &document.kind)
        .json("portal_relay::EventFinding", &findings[0])
        .debug("portal_relay::EventBody", body)
        .both("portal_relay::EventId", &event.id)
        .json("portal_relay::EventId", &event.id);
    for finding in &findings {
        shown.debug("portal_relay::EventFinding", finding);
    }
    let json = String::from_utf8(body.bytes().to_vec()).unwrap();
    assert!(json.contains("canary"));
    for wrong in [
        json.replacen(
            "\"source\":\"",
            &format!("\"source\":\"{MESSAGE}\",\"id\":\"{NUMBER}"),
            1,
        ),
        json.replacen(
            &format!("\"{REFERENCE}\""),
            &format!("{{\"{ADDRESS}\": {NUMBER}}}"),
            1,
        ),
        json.replacen("\"IN_PROGRESS\"", NUMBER, 1),
        format!("{json}{MESSAGE}"),
        MESSAGE.to_owned(),
    ] {
        let error = EventBody::parse(wrong).unwrap_err();
        shown.error("portal_relay::EventError", &error);
    }
    let wrong = ADDRESS.parse::<EventId>().unwrap_err();
    shown.error("portal_relay::EventIdError", &wrong);
    let wrong = format!("{REFERENCE}/{NUMBER}/{ADDRESS}").parse::<OutboxEntry>();
    shown.error("portal_relay::OutboxEntryError", &wrong.unwrap_err());
}

/// The parts that deliver.
pub(super) fn deliverer(shown: &mut Shown, outbox: portal_relay::Outbox) {
    let twice = outbox.clone();
    let sink = || Command::new(SinkName::new("sink").unwrap(), "true").arg(TOKEN);
    let builder = Deliverer::builder(outbox).with_attempt_limit(Duration::from_secs(1));
    let builder = builder.sink(sink());
    let twice = Deliverer::builder(twice).sink(sink()).sink(sink());
    shown.error("portal_relay::DuplicateSink", &twice.build().unwrap_err());
    shown.debug("portal_relay::DelivererBuilder", &builder);
    let deliverer = builder.build().unwrap();
    shown.debug("portal_relay::Deliverer", &deliverer);
}
