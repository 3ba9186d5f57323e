//! What is done with a change before it is confirmed.

mod verified;

use std::sync::Arc;

use http::Method;
use object_store::ObjectStoreExt;
use portal_client::PortalSignatureJobStatus;
use portal_relay::{EventDocumentKind, Outbox, ReceiveError, Receiver, SinkName, Store};
use portal_sandbox::{DocumentDefect, Endpoint, Fault};

use crate::faulty_store::FaultyStore;
use crate::stage::{Stage, all, events, job};

fn sink() -> SinkName {
    SinkName::new("case-system").unwrap()
}

fn receiver(stage: &Stage) -> Receiver {
    Receiver::new(stage.store.clone()).with_sinks([sink()])
}

/// A change of a job that everybody has signed.
async fn completed(stage: &Stage, signers: usize) -> portal_client::StatusChange {
    let created = stage
        .client
        .create(&job(&stage.client, "123-ABC", signers))
        .await
        .unwrap();
    let at_service = stage.at_service(created.job_id().get());
    loop {
        at_service.sign_current_group().unwrap();
        let change = stage.change().await;
        if change.status() == PortalSignatureJobStatus::CompletedSuccessfully {
            return change;
        }
        stage.bare_client().confirm(&change).await.unwrap();
    }
}

#[tokio::test]
async fn a_change_is_taken_in_once() {
    let stage = Stage::new().await;
    let change = completed(&stage, 2).await;
    let receiver = receiver(&stage);
    let event = receiver.receive(&stage.client, &change).await.unwrap();
    let objects = stage.objects().await;
    let again = receiver.receive(&stage.client, &change).await.unwrap();
    assert_eq!(again.bytes(), event.bytes());
    assert_eq!(stage.objects().await, objects);
    assert_eq!(stage.requests(&Method::GET, "/pades"), 1);

    let event = event.event().unwrap();
    assert_eq!(event.data.sequence, 1);
    assert_eq!(event.data.reference.as_ref().unwrap().reveal(), "123-ABC");
    assert!(event.data.findings.is_some() && !event.is_broken());
    let kinds: Vec<_> = event
        .data
        .documents
        .iter()
        .map(|one| (one.kind, one.signer))
        .collect();
    let xades = EventDocumentKind::Xades;
    let expected = [
        (EventDocumentKind::Pades, None),
        (xades, Some(1)),
        (xades, Some(2)),
    ];
    assert_eq!(kinds, expected);
    for document in &event.data.documents {
        let (_, content) = objects
            .iter()
            .find(|(name, _)| *name == document.url)
            .unwrap();
        assert_eq!(content.len() as u64, document.length);
        let digest = portal_verify::Fingerprint::of(content).to_string();
        assert_eq!(digest, document.sha256);
        assert!(document.url.contains(&digest));
        let end = format!("/{digest}.findings.json");
        let (_, report) = objects
            .iter()
            .find(|(name, _)| name.ends_with(&end))
            .unwrap();
        if document.signer.is_some() {
            let report: serde_json::Value = serde_json::from_slice(report).unwrap();
            assert_eq!(report["fingerprint"], digest.as_str());
        }
    }
    let waiting = Outbox::new(stage.store.clone())
        .waiting(&sink())
        .await
        .unwrap();
    assert_eq!(waiting.len(), 1);
}

/// Killed after each operation on the store in turn, then done again by another process.
#[tokio::test]
async fn killed_anywhere_it_ends_the_same() {
    let stage = Stage::new().await;
    let change = completed(&stage, 1).await;
    let mut reference: Option<Vec<String>> = None;
    let mut kills = 0;
    // From the end: not killed at all is the reference.
    for operations in (0..40).rev() {
        let objects = FaultyStore::default();
        let scope = stage.store.scope().clone();
        let store = Store::open(Arc::new(objects.clone()), scope).await.unwrap();
        objects.wrongs.die_after(operations);
        let killed = Receiver::new(store.clone()).with_sinks([sink()]);
        let first = killed.receive(&stage.client, &change).await;
        let died = objects.wrongs.revive();
        assert!(died || first.is_ok());
        kills += usize::from(died);
        let stored = events(&objects.inner).await;
        let next = Receiver::new(store).with_sinks([sink()]);
        let event = next
            .receive(&stage.client, &change)
            .await
            .unwrap()
            .event()
            .unwrap();
        if let Some(before) = stored.first() {
            assert_eq!(event, *before, "an event that was stored stays as it is");
        }
        let names: Vec<String> = all(&objects.inner)
            .await
            .into_iter()
            .map(|one| one.0)
            .collect();
        assert_eq!(
            names,
            *reference.get_or_insert(names.clone()),
            "after {operations}"
        );
    }
    assert!((10..40).contains(&kills), "{kills}");
}

/// Killed after each operation in turn, and then the job's next change comes instead of the same one: its confirmation
/// settles both, so that an event that was only stored would be delivered to nobody.
#[tokio::test]
async fn an_event_that_was_only_stored_is_finished_with_the_next() {
    let stage = Stage::new().await;
    // Both are kept for as often as they are needed: the stores are others each time.
    let [first, second] = two_changes(&stage).await;
    let mut only_stored = 0;
    let mut finished_by_later = 0;
    for operations in 1..40 {
        let objects = FaultyStore::default();
        let scope = stage.store.scope().clone();
        let store = Store::open(Arc::new(objects.clone()), scope).await.unwrap();
        let outbox = Outbox::new(store.clone());
        objects.wrongs.die_after(operations);
        let receiver = || Receiver::new(store.clone()).with_sinks([sink()]);
        // The documents of a job that has gone on are others: without them the first change stays as it is.
        let killed = receiver().receive(&stage.client, &first).await;
        objects.wrongs.revive();
        let stored = events(&objects.inner).await.len();
        let waiting = outbox.waiting(&sink()).await.unwrap().len();
        only_stored += usize::from(killed.is_err() && stored == 1 && waiting == 0);

        receiver().receive(&stage.client, &second).await.unwrap();
        let sequences = events(&objects.inner).await;
        let mut sequences: Vec<u64> = sequences.iter().map(|event| event.data.sequence).collect();
        sequences.sort_unstable();
        let waiting = outbox.waiting(&sink()).await.unwrap();
        let waiting: Vec<u64> = waiting
            .iter()
            .map(portal_relay::OutboxEntry::sequence)
            .collect();
        assert_eq!(waiting, sequences, "after {operations}");
        let is_later =
            |content: &[u8]| String::from_utf8_lossy(content).contains("\"is_later\":true");
        let all = all(&objects.inner).await;
        let records = all
            .iter()
            .filter(|(name, _)| name.ends_with(".record.json"));
        finished_by_later += records.filter(|(_, content)| is_later(content)).count();
    }
    assert!(only_stored > 0 && finished_by_later > 0);
}

/// A job's two changes: the first with one signature, the second with both.
async fn two_changes(stage: &Stage) -> [portal_client::StatusChange; 2] {
    let created = stage.client.create(&job(&stage.client, "1", 2)).await;
    let at_service = stage.at_service(created.unwrap().job_id().get());
    at_service.sign_current_group().unwrap();
    let first = stage.change().await;
    stage.bare_client().confirm(&first).await.unwrap();
    at_service.sign_current_group().unwrap();
    [first, stage.change().await]
}

/// What an earlier change has brought is taken from the store, where it is there and what its name says.
#[tokio::test]
async fn a_xades_is_downloaded_once_for_all_changes() {
    for (what, first_downloads) in [("kept", 1), ("gone", 2), ("damaged", 2)] {
        let stage = Stage::new().await;
        let [first, second] = two_changes(&stage).await;
        let receiver = receiver(&stage);
        let earlier = receiver.receive(&stage.client, &first).await.unwrap();
        let earlier = earlier.event().unwrap().data.documents;
        let name = object_store::path::Path::from(earlier[1].url.as_str());
        match what {
            "gone" => stage.objects.inner.delete(&name).await.unwrap(),
            "damaged" => drop(stage.objects.inner.put(&name, "<a/>".into()).await.unwrap()),
            _ => {}
        }
        let event = receiver.receive(&stage.client, &second).await.unwrap();
        let event = event.event().unwrap();
        assert!(!event.is_broken());
        let documents = &event.data.documents;
        assert_eq!(documents.len(), 3);
        assert_eq!(documents[1].sha256, earlier[1].sha256, "{what}");
        assert_eq!(documents[1].signer, Some(1));
        assert_eq!(
            stage.requests(&Method::GET, "/xades/1"),
            first_downloads,
            "{what}"
        );
        assert_eq!(stage.requests(&Method::GET, "/xades/2"), 1);
        assert_eq!(stage.requests(&Method::GET, "/pades"), 2);
        for document in documents {
            let stored = stage.objects().await;
            let (_, content) = stored
                .iter()
                .find(|(name, _)| *name == document.url)
                .unwrap();
            let digest = portal_verify::Fingerprint::of(content).to_string();
            assert_eq!(digest, document.sha256, "{what}");
        }
    }
}

/// The record that finishes an event for a killed process is a later one, whose numbers are not the event's.
#[tokio::test]
async fn an_event_that_was_finished_by_a_later_change_gives_no_xades() {
    let stage = Stage::new().await;
    let [first, second] = two_changes(&stage).await;
    let receiver = receiver(&stage);
    receiver.receive(&stage.client, &first).await.unwrap();
    // As it is after a kill between the first event and its outbox entry, and another before the second event's record.
    let objects = stage.objects().await;
    let (name, record) = objects
        .iter()
        .find(|(name, _)| name.ends_with(".record.json"))
        .unwrap();
    let mut record: serde_json::Value = serde_json::from_slice(record).unwrap();
    assert_eq!(record.get("is_later"), None);
    record["is_later"] = true.into();
    let name = object_store::path::Path::from(name.as_str());
    let record = record.to_string().into();
    stage.objects.inner.put(&name, record).await.unwrap();
    receiver.receive(&stage.client, &second).await.unwrap();
    assert_eq!(stage.requests(&Method::GET, "/xades/1"), 2);
    // The second one's record is its own.
    let is_later = |content: &[u8]| String::from_utf8_lossy(content).contains("\"is_later\":true");
    let objects = stage.objects().await;
    let later = objects.iter().filter(|(_, content)| is_later(content));
    assert_eq!(later.count(), 1);
}

/// What arrives damaged once is fetched again, and then whole.
#[tokio::test]
async fn a_broken_document_is_downloaded_once_more() {
    for (times, stays_broken) in [(1, false), (2, true)] {
        let stage = Stage::new().await;
        let change = completed(&stage, 1).await;
        let fault = Fault::BrokenSignedDocument(DocumentDefect::ByteChanged);
        stage.sandbox.faults().next(times, Endpoint::Pades, fault);
        let event = receiver(&stage)
            .receive(&stage.client, &change)
            .await
            .unwrap();
        assert_eq!(event.event().unwrap().is_broken(), stays_broken);
        assert_eq!(stage.requests(&Method::GET, "/pades"), 2);
    }
}

/// Its confirmation would remove the job, and the PDF with it.
#[tokio::test]
async fn a_completed_job_without_a_signed_pdf_is_not_taken_in() {
    let stage = Stage::new().await;
    for (status, is_taken_in) in [("COMPLETED_SUCCESSFULLY", false), ("FAILED", true)] {
        let change = crate::event::change_without_documents(status).await;
        let received = receiver(&stage).receive(&stage.client, &change).await;
        if is_taken_in {
            received.unwrap();
        } else {
            let error = received.unwrap_err();
            assert!(matches!(error, ReceiveError::NoPades), "{error:?}");
            assert_eq!(stage.events().await, []);
        }
    }
}

#[tokio::test]
async fn a_receiver_shows_its_sinks() {
    let stage = Stage::new().await;
    let text = format!("{:?}", receiver(&stage));
    assert!(text.starts_with("Receiver { store: ") && text.contains("case-system"));
}

#[tokio::test]
async fn an_outage_leaves_the_change_unconfirmed() {
    let stage = Stage::new().await;
    let change = completed(&stage, 1).await;
    stage
        .sandbox
        .faults()
        .next(1, Endpoint::Pades, Fault::Truncate(10));
    let error = receiver(&stage)
        .receive(&stage.client, &change)
        .await
        .unwrap_err();
    assert!(matches!(error, ReceiveError::Download(_)), "{error:?}");
    assert_eq!(stage.events().await.len(), 0);
    receiver(&stage)
        .receive(&stage.client, &change)
        .await
        .unwrap();
}

/// In progress, failed and expired: each is an event, and their order is kept.
#[tokio::test]
async fn every_kind_of_change_is_an_event() {
    let stage = Stage::new().await;
    let receiver = receiver(&stage);
    let client = stage.bare_client();
    let first = client
        .create(&job(&client, "1", 2))
        .await
        .unwrap()
        .job_id()
        .get();
    stage.at_service(first).sign_current_group().unwrap();
    let change = stage.change().await;
    let event = receiver
        .receive(&client, &change)
        .await
        .unwrap()
        .event()
        .unwrap();
    assert_eq!(event.data.status, PortalSignatureJobStatus::InProgress);
    assert_eq!(event.data.sequence, 1);
    client.confirm(&change).await.unwrap();
    stage.at_service(first).reject(1).unwrap();
    let change = stage.change().await;
    let event = receiver
        .receive(&client, &change)
        .await
        .unwrap()
        .event()
        .unwrap();
    assert_eq!(event.data.status, PortalSignatureJobStatus::Failed);
    assert_eq!(event.data.sequence, 2);
    client.confirm(&change).await.unwrap();

    let second = client
        .create(&job(&client, "2", 1))
        .await
        .unwrap()
        .job_id()
        .get();
    let deadline = stage.at_service(second).deadline().unwrap();
    let left = deadline.duration_since(stage.sandbox.clock().now());
    stage
        .sandbox
        .clock()
        .advance(left.unsigned_abs() + std::time::Duration::from_secs(1));
    let change = stage.change().await;
    let event = receiver
        .receive(&client, &change)
        .await
        .unwrap()
        .event()
        .unwrap();
    assert_eq!(event.data.status, PortalSignatureJobStatus::Failed);
    assert_eq!(event.data.documents, []);
}

/// Names of objects and everything but the reference hold nothing personal, and no title or file name.
#[tokio::test]
async fn nothing_personal_is_in_names_and_events() {
    let stage = Stage::new().await;
    let change = completed(&stage, 2).await;
    receiver(&stage)
        .receive(&stage.client, &change)
        .await
        .unwrap();
    let personal = [
        "12345678910",
        "01013300001",
        "email@example.com",
        "Job title",
        "Document title",
    ];
    for (name, content) in stage.objects().await {
        for text in personal.iter().chain(&["123-ABC"]) {
            assert!(!name.contains(text), "{name}");
        }
        let is_document = name.contains("/documents/") && !name.ends_with(".json");
        let text = String::from_utf8_lossy(&content);
        for one in personal {
            assert!(is_document || !text.contains(one), "{one} in {name}");
        }
    }
}
