//! Events: their JSON, their ids, and what they do not hold.

use std::sync::{Arc, OnceLock};

use portal_client::{
    EnterpriseCertificate, Environment, KeySigner, OrganizationNumber, PackageSigner, PortalClient,
    Sector, Sender, StatusChange,
};
use portal_relay::{Event, EventBody, EventDocument, EventId, Scope};
use portal_transport::test_util::ScriptedTransport;
use proptest::prelude::*;

const ROOT: &str = "https://api.difitest.signering.posten.no/api/123456789/portal/signature-jobs";

/// The body of an event of a job, with another id for each job and sequence.
pub(crate) fn body(job: i64, sequence: u64) -> EventBody {
    EventBody::parse(json(job, sequence, &format!("case {job}")).to_string()).unwrap()
}

fn json(job: i64, sequence: u64, reference: &str) -> serde_json::Value {
    serde_json::json!({
        "specversion": "1.0",
        "id": format!("{job:032x}{sequence:032x}"),
        "source": "https://api.difitest.signering.posten.no/api/123456789",
        "type": Event::TYPE,
        "subject": job.to_string(),
        "time": "2026-01-15T12:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "environment": "difitest",
            "sender": "123456789",
            "job_id": job,
            "sequence": sequence,
            "status": "IN_PROGRESS",
            "reference": reference,
            "signers": [],
            "documents": [],
        },
    })
}

fn scope() -> Scope {
    let number = OrganizationNumber::new("123456789").unwrap();
    Scope::new(Environment::difitest(), number)
}

/// The documentation's change, with a signer by personal number and one by e-mail.
async fn change() -> StatusChange {
    let xml = format!(
        r#"<portal-signature-job-status-change-response xmlns="http://signering.posten.no/schema/v1">
    <reference>123-ABC</reference>
    <signature-job-id>1</signature-job-id>
    <status>IN_PROGRESS</status>
    <confirmation-url>{ROOT}/1/complete</confirmation-url>
    <cancellation-url>{ROOT}/1/cancel</cancellation-url>
    <signatures>
        <signature>
            <status since="2017-01-23T12:51:43+01:00"> signed </status>
            <personal-identification-number>12345678910</personal-identification-number>
            <xades-url>{ROOT}/1/xades/1</xades-url>
        </signature>
        <signature>
            <status>WAITING</status>
            <identifier><email address="email@example.com"/></identifier>
        </signature>
        <pades-url>{ROOT}/1/pades</pades-url>
    </signatures>
</portal-signature-job-status-change-response>"#
    );
    scripted(xml).await
}

/// A change of a job with this status, as the service should not send it when the job is completed.
pub(crate) async fn change_without_documents(status: &str) -> StatusChange {
    let xml = format!(
        r#"<portal-signature-job-status-change-response xmlns="http://signering.posten.no/schema/v1">
    <signature-job-id>2</signature-job-id>
    <status>{status}</status>
    <confirmation-url>{ROOT}/2/complete</confirmation-url>
    <signatures>
        <signature>
            <status>REJECTED</status>
            <personal-identification-number>12345678910</personal-identification-number>
        </signature>
    </signatures>
</portal-signature-job-status-change-response>"#
    );
    scripted(xml).await
}

async fn scripted(xml: String) -> StatusChange {
    let transport = Arc::new(ScriptedTransport::new().response(200, xml));
    let client = PortalClient::new(
        Environment::difitest(),
        Sector::Unknown,
        transport,
        signer(),
    )
    .with_sender(Sender::new("123456789").unwrap().with_queue("queue of Ola"));
    client.status_change(None).await.unwrap().change.unwrap()
}

fn signer() -> Arc<dyn PackageSigner> {
    static ENTERPRISE: OnceLock<EnterpriseCertificate> = OnceLock::new();
    let enterprise = ENTERPRISE.get_or_init(|| {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let wanted = rcgen::CertificateParams::new([]).unwrap();
        let certificate = wanted.self_signed(&key).unwrap();
        EnterpriseCertificate::from_der([certificate.der().to_vec()], key.serialize_der()).unwrap()
    });
    Arc::new(KeySigner::new(enterprise).unwrap())
}

fn event_of(change: &StatusChange) -> Event {
    let received = "2026-01-15T12:00:00.5Z".parse().unwrap();
    let digest = "0123456789abcdef".repeat(4);
    Event::new(&scope(), change, 3, received).with_documents([
        EventDocument::pades("s3://bucket/documents/1.pdf", &digest, 20_000).with_findings([]),
        EventDocument::xades(1, "s3://bucket/documents/2.xml", &digest, 5_000),
    ])
}

#[tokio::test]
async fn an_event_is_a_cloud_event_without_personal_data() {
    let event = event_of(&change().await);
    let json = serde_json::to_string_pretty(&event).unwrap();
    insta::assert_snapshot!(json);
    for personal in ["12345678910", "email@example.com", "Ola"] {
        assert!(!json.contains(personal), "{personal}");
    }
    let body = EventBody::new(&event).unwrap();
    assert!(!body.bytes().contains(&b'\n'));
    assert_eq!(body.event().unwrap(), event);
    assert_eq!((body.job_id().get(), body.sequence()), (1, 3));
    // The reference is in the JSON and nowhere else.
    let shown = format!("{event:?} {body:?}");
    assert!(!shown.contains("123-ABC"), "{shown}");
}

/// Receivers deduplicate by it, across versions: it must never change.
#[tokio::test]
async fn the_id_depends_on_environment_organization_and_change() {
    let change = change().await;
    let number = |text| OrganizationNumber::new(text).unwrap();
    let ids = [
        EventId::new(&scope(), change.id()),
        EventId::new(
            &Scope::new(Environment::production(), number("123456789")),
            change.id(),
        ),
        EventId::new(
            &Scope::new(Environment::difitest(), number("984661185")),
            change.id(),
        ),
        EventId::new(&scope(), &"2 FAILED".to_owned().into()),
    ];
    insta::assert_snapshot!(ids.map(|id| id.to_string()).join("\n"));
}

#[test]
fn what_is_no_event_is_refused_without_being_shown() {
    let whole = json(1, 1, "Ola Nordmann");
    assert!(EventBody::parse(whole.to_string()).is_ok());
    let mut refused = Vec::new();
    for (pointer, value) in [
        ("/specversion", serde_json::json!("0.3")),
        (
            "/type",
            serde_json::json!("no.signering.portal.job.changed.v2"),
        ),
        ("/id", serde_json::json!("Ola Nordmann")),
        ("/data/reference", serde_json::json!(12_345_678_910_u64)),
        ("/data/sender", serde_json::json!("Ola Nordmann")),
        ("/data/job_id", serde_json::json!("Ola Nordmann")),
        ("/data/sequence", serde_json::json!(-1)),
        ("/time", serde_json::json!("Ola Nordmann")),
        (
            "/data/signers",
            serde_json::json!([{"position": 1, "status": "SIGNED", "since": "Ola Nordmann"}]),
        ),
    ] {
        let mut changed = whole.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let error = EventBody::parse(changed.to_string()).unwrap_err();
        refused.push(format!("{pointer}: {error}"));
    }
    for bytes in [
        "",
        "half an ev",
        "{\"id\": \"Ola Nordmann",
        "\"12345678910\"",
    ] {
        refused.push(EventBody::parse(bytes).unwrap_err().to_string());
    }
    let refused = refused.join("\n");
    assert!(
        !refused.contains("Nordmann") && !refused.contains("12345678910"),
        "{refused}"
    );
    insta::assert_snapshot!(refused);
}

/// What a newer version adds is ignored, and texts beyond today's limits are kept.
#[test]
fn newer_events_are_read() {
    let mut newer = json(1, 1, &"long ".repeat(20));
    newer["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into();
    newer["data"]["new"] = 1.into();
    newer["data"]["status"] = "POSTPONED".into();
    newer["data"]["signers"] = serde_json::json!([{"position": 1, "status": "POSTPONED"}]);
    let event = EventBody::parse(newer.to_string())
        .unwrap()
        .event()
        .unwrap();
    assert_eq!(event.data.status.to_string(), "POSTPONED");
    assert_eq!(event.data.reference.unwrap().reveal(), "long ".repeat(20));
}

proptest! {
    #[test]
    fn json_is_read_as_it_was_written(job: i64, sequence: u64, reference in "\\PC{0,60}") {
        let body = EventBody::parse(json(job, sequence, &reference).to_string()).unwrap();
        let event = body.event().unwrap();
        let again = EventBody::new(&event).unwrap();
        prop_assert_eq!(again.event().unwrap(), event);
        prop_assert_eq!(again.job_id(), body.job_id());
    }

    #[test]
    fn no_bytes_make_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _refused = EventBody::parse(bytes);
    }
}

#[cfg(feature = "schema")]
#[tokio::test]
async fn the_schema_names_everything_that_events_hold() {
    let schema = Event::schema();
    insta::assert_snapshot!(schema);
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let event = serde_json::to_value(event_of(&change().await)).unwrap();
    for (name, _) in event.as_object().unwrap() {
        assert!(schema["properties"].get(name).is_some(), "{name}");
    }
    let data = &schema["$defs"]["EventData"]["properties"];
    for (name, _) in event["data"].as_object().unwrap() {
        assert!(data.get(name).is_some(), "{name}");
    }
}
