//! What the journal keeps of calls.

use portal_model::{PortalSignatureJobManifest, PortalSignatureJobRequest, XmlDocument};

use crate::client::{Client, standing};
use crate::jobs::{Draft, java};

const JOBS: &str = "/api/123456789/portal/signature-jobs";

#[tokio::test]
async fn a_create_call_is_kept_with_request_manifest_and_response() {
    let sandbox = standing().start().await.unwrap();
    let mut client = Client::sender(&sandbox).await;
    let draft = Draft::four();
    let job = draft.create(&sandbox, &mut client).await;

    let [call] = &sandbox.journal()[..] else {
        panic!("not one call");
    };
    assert_eq!(
        (call.number, call.status, call.job),
        (1, 200, Some(job.id()))
    );
    assert_eq!(call.caller.as_ref(), Some(sandbox.sender()));
    let request_type = call.request_type.as_deref().unwrap();
    assert!(
        request_type.starts_with("multipart/mixed"),
        "{request_type}"
    );
    let request = call.reveal_request().unwrap();
    assert!(PortalSignatureJobRequest::from_xml(request.as_bytes()).is_ok());
    let manifest = call.reveal_manifest().unwrap();
    let manifest = PortalSignatureJobManifest::from_xml(manifest.as_bytes()).unwrap();
    assert_eq!(manifest, draft.manifest);
    let response = call.reveal_response().unwrap();
    assert!(
        response.contains("<signature-job-id>1</signature-job-id>"),
        "{response}"
    );
    assert_eq!(call.response_bytes, u64::try_from(response.len()).unwrap());
    let documents: usize = draft.files.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(call.request_bytes > u64::try_from(documents).unwrap());
    assert!(!call.is_shortened());

    let debug = format!("{call:?}");
    for personal in ["12345678910", "signer@example.com", "99999999", "Tenancy"] {
        assert!(manifest_has(call.reveal_manifest(), personal), "{personal}");
        assert!(!debug.contains(personal), "{personal} in {debug}");
    }
}

fn manifest_has(manifest: Option<&str>, text: &str) -> bool {
    manifest.is_some_and(|manifest| manifest.contains(text))
}

#[tokio::test]
async fn a_refused_request_is_kept_as_it_came() {
    let sandbox = standing().start().await.unwrap();
    let mut client = Client::sender(&sandbox).await;
    let (content_type, chunks) = java("<not-a-job/>", b"no package");
    client.create("123456789", &content_type, chunks).await;
    let call = &sandbox.journal()[0];
    assert_eq!((call.status, call.job), (400, None));
    assert_eq!(call.reveal_request(), Some("<not-a-job/>"));
    assert_eq!(call.reveal_manifest(), None);
    assert!(
        call.reveal_response()
            .unwrap()
            .contains("SCHEMA_VALIDATION_ERROR")
    );
}

#[tokio::test]
async fn polls_are_kept_with_queue_job_and_permitted_time() {
    let sandbox = standing().start().await.unwrap();
    let mut client = Client::sender(&sandbox).await;
    let job = Draft::one().create(&sandbox, &mut client).await;
    let empty = client.get(&format!("{JOBS}?polling_queue=other")).await;
    job.sign(0).unwrap();
    client.get(JOBS).await;
    client.get(&format!("{JOBS}/{}/pades", job.id())).await;

    let journal = sandbox.journal();
    let [_, other, change, pades] = &journal[..] else {
        panic!("not four calls");
    };
    assert_eq!(other.reveal_query(), Some("polling_queue=other"));
    assert_eq!((other.job, other.response_bytes), (None, 0));
    assert_eq!(
        other.next_poll.as_deref(),
        empty.header("x-next-permitted-poll-time")
    );
    assert!(other.next_poll.is_some() && !other.rate_blocked);
    assert_eq!(change.job, Some(job.id()));
    assert!(
        change
            .reveal_response()
            .unwrap()
            .contains("COMPLETED_SUCCESSFULLY")
    );
    assert_eq!(pades.job, Some(job.id()));
    assert_eq!(pades.reveal_response(), None);
    assert!(pades.response_bytes > 1000);
}

#[tokio::test]
async fn a_rate_block_is_kept() {
    let sandbox = standing().limit_call_rate(true).start().await.unwrap();
    let mut client = Client::sender(&sandbox).await;
    for _ in 0..11 {
        client.get("/api/123456789").await;
    }
    let journal = sandbox.journal();
    assert_eq!(journal[0].reveal_response(), Some("You are 123456789"));
    assert!(!journal[9].rate_blocked);
    assert_eq!((journal[10].status, journal[10].rate_blocked), (429, true));
}
