//! Deleting the documents of one job, for a person who asks.

use std::time::Duration;

use http::Method;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use portal_client::SignatureJobId;
use portal_relay::{Catalog, DeletionError, DeletionHold, JobDeletion, Receiver};
use portal_sandbox::{DocumentDefect, Endpoint, Fault};

use super::{DAY, completed, deleter, sink};
use crate::stage::{Stage, job};

async fn only_job(stage: &Stage) -> SignatureJobId {
    Catalog::new(stage.store.clone()).jobs().await.unwrap()[0]
}

async fn delete(stage: &Stage, job: SignatureJobId) -> JobDeletion {
    let deleter = deleter(stage, None, None);
    deleter.delete_at_service(&stage.client, job).await.unwrap()
}

fn requests(stage: &Stage) -> usize {
    stage.requests(&Method::DELETE, "/documents")
}

#[tokio::test]
async fn documents_are_deleted_once_and_when_the_service_allows_it() {
    let stage = Stage::new().await;
    completed(&stage, &[]).await;
    let job = only_job(&stage).await;
    // By the documentation: the service is not asked.
    assert_eq!(delete(&stage, job).await, JobDeletion::TooEarly);
    assert_eq!(requests(&stage), 0);
    stage.sandbox.clock().advance(DAY + Duration::from_secs(1));
    let fault = Fault::Status(503);
    stage.sandbox.faults().next(9, Endpoint::Delete, fault);
    let failed = deleter(&stage, None, None);
    let failed = failed.delete_at_service(&stage.client, job).await;
    assert!(
        matches!(failed, Err(DeletionError::Client(_))),
        "{failed:?}"
    );
    stage.sandbox.faults().clear();
    assert_eq!(delete(&stage, job).await, JobDeletion::Deleted);
    let before = requests(&stage);
    assert_eq!(delete(&stage, job).await, JobDeletion::AlreadyDeleted);
    assert_eq!(requests(&stage), before);
    let stored = Catalog::new(stage.store.clone()).job(job).await.unwrap();
    assert!(stored.unwrap().documents_deleted.is_some());
}

#[tokio::test]
async fn what_holds_it_up_is_named_and_nothing_is_sent() {
    let held_up = JobDeletion::HeldUp;
    // Not known, and then not ended.
    let stage = Stage::new().await;
    let unknown = SignatureJobId::new(17);
    let not_ended = held_up(DeletionHold::NotEnded);
    assert_eq!(delete(&stage, unknown).await, not_ended);
    let created = stage.client.create(&job(&stage.client, "1", 2)).await;
    let created = created.unwrap().job_id();
    stage
        .at_service(created.get())
        .sign_current_group()
        .unwrap();
    let change = stage.change().await;
    let receiver = Receiver::new(stage.store.clone());
    receiver.receive(&stage.client, &change).await.unwrap();
    stage.sandbox.clock().advance(8 * DAY);
    assert_eq!(delete(&stage, created).await, not_ended);
    assert_eq!(requests(&stage), 0);

    // An event that waits.
    let stage = Stage::new().await;
    completed(&stage, &[sink()]).await;
    let ended = only_job(&stage).await;
    stage.sandbox.clock().advance(8 * DAY);
    let undelivered = held_up(DeletionHold::UndeliveredEvent);
    assert_eq!(delete(&stage, ended).await, undelivered);
    assert_eq!(requests(&stage), 0);

    // A document, or what says that the event is everywhere, that is not there.
    let stage = Stage::new().await;
    completed(&stage, &[]).await;
    let ended = only_job(&stage).await;
    stage.sandbox.clock().advance(8 * DAY);
    for (end, hold) in [
        (".pdf", DeletionHold::MissingDocument),
        (".xml", DeletionHold::MissingDocument),
        (".record.json", DeletionHold::NotReceived),
    ] {
        let objects = stage.objects().await;
        let found = objects.iter().find(|(name, _)| name.ends_with(end));
        let (name, content) = found.unwrap();
        let name = Path::from(name.as_str());
        stage.objects.inner.delete(&name).await.unwrap();
        assert_eq!(delete(&stage, ended).await, held_up(hold), "{end}");
        let deleter = deleter(&stage, None, None);
        assert_eq!(deleter.held_up_by(ended).await.unwrap(), Some(hold));
        let put = stage.objects.inner.put(&name, content.clone().into());
        put.await.unwrap();
    }
    assert_eq!(requests(&stage), 0);
    let deleter = deleter(&stage, None, None);
    assert_eq!(deleter.held_up_by(ended).await.unwrap(), None);
    let not_ended = Some(DeletionHold::NotEnded);
    assert_eq!(deleter.held_up_by(unknown).await.unwrap(), not_ended);
    assert_eq!(delete(&stage, ended).await, JobDeletion::Deleted);
}

/// As long as the service gives no URL to delete with, there may be documents of either kind.
#[tokio::test]
async fn either_kind_of_document_is_something_to_delete() {
    let stage = Stage::new().await;
    completed(&stage, &[]).await;
    let ended = only_job(&stage).await;
    stage.sandbox.clock().advance(8 * DAY);
    let objects = stage.objects().await;
    let record = objects
        .iter()
        .find(|(name, _)| name.ends_with(".record.json"));
    let (name, record) = record.unwrap();
    let name = Path::from(name.as_str());
    let nothing: &[&str] = &["pades_url", "xades_urls"];
    for (without, deletion) in [
        (&["xades_urls"][..], JobDeletion::TooEarly),
        (&["pades_url"], JobDeletion::TooEarly),
        (nothing, JobDeletion::NothingToDelete),
    ] {
        let mut record: serde_json::Value = serde_json::from_slice(record).unwrap();
        let urls = record["record"].as_object_mut().unwrap();
        for url in ["delete_documents_url"].iter().chain(without) {
            assert!(urls.remove(*url).is_some(), "{url}");
        }
        let put = stage.objects.inner.put(&name, record.to_string().into());
        put.await.unwrap();
        assert_eq!(delete(&stage, ended).await, deletion, "{without:?}");
    }
    assert_eq!(requests(&stage), 0);
}

#[tokio::test]
async fn a_broken_document_holds_it_up() {
    let stage = Stage::new().await;
    let fault = Fault::BrokenSignedDocument(DocumentDefect::ByteChanged);
    stage.sandbox.faults().next(2, Endpoint::Pades, fault);
    completed(&stage, &[]).await;
    stage.sandbox.clock().advance(8 * DAY);
    let broken = JobDeletion::HeldUp(DeletionHold::BrokenDocument);
    assert_eq!(delete(&stage, only_job(&stage).await).await, broken);
    assert_eq!(requests(&stage), 0);
    let texts = [
        DeletionHold::NotEnded,
        DeletionHold::NotReceived,
        DeletionHold::BrokenDocument,
        DeletionHold::MissingDocument,
        DeletionHold::UndeliveredEvent,
    ];
    insta::assert_snapshot!(texts.map(|hold| hold.to_string()).join("\n"));
}

/// Nobody has signed: there is nothing to delete, and that is done.
#[tokio::test]
async fn a_rejected_job_has_nothing_to_delete() {
    let stage = Stage::new().await;
    let created = stage.client.create(&job(&stage.client, "1", 1)).await;
    let created = created.unwrap().job_id();
    stage.at_service(created.get()).reject(0).unwrap();
    let change = stage.change().await;
    let receiver = Receiver::new(stage.store.clone());
    receiver.receive(&stage.client, &change).await.unwrap();
    let nothing = JobDeletion::NothingToDelete;
    assert_eq!(delete(&stage, created).await, nothing);
    assert!(nothing.is_done());
    assert_eq!(requests(&stage), 0);
}

/// Of each signer and of the PDF the newest document counts: an earlier one may have been broken, and each must be there.
#[tokio::test]
async fn the_newest_documents_count_and_all_of_them() {
    let stage = Stage::new().await;
    let fault = Fault::BrokenSignedDocument(DocumentDefect::ByteChanged);
    stage.sandbox.faults().next(2, Endpoint::Pades, fault);
    let created = stage.client.create(&job(&stage.client, "1", 2)).await;
    let id = created.unwrap().job_id();
    let receiver = Receiver::new(stage.store.clone());
    for is_broken in [true, false] {
        stage.at_service(id.get()).sign_current_group().unwrap();
        let change = stage.change().await;
        let event = receiver.receive(&stage.client, &change).await.unwrap();
        assert_eq!(event.event().unwrap().is_broken(), is_broken);
        stage.bare_client().confirm(&change).await.unwrap();
    }
    let held_up_by = async || {
        let deleter = deleter(&stage, None, None);
        deleter.held_up_by(id).await.unwrap()
    };
    assert_eq!(held_up_by().await, None);
    let objects = stage.objects().await;
    let xades = objects.iter().filter(|(name, _)| name.ends_with(".xml"));
    let xades: Vec<_> = xades.collect();
    assert_eq!(xades.len(), 2);
    for (name, content) in xades {
        let name = Path::from(name.as_str());
        stage.objects.inner.delete(&name).await.unwrap();
        assert_eq!(held_up_by().await, Some(DeletionHold::MissingDocument));
        let put = stage.objects.inner.put(&name, content.clone().into());
        put.await.unwrap();
    }
}

/// What was found broken in comparing the documents holds it up as well.
#[tokio::test]
async fn a_broken_job_holds_it_up() {
    let stage = Stage::new().await;
    completed(&stage, &[]).await;
    let ended = only_job(&stage).await;
    let objects = stage.objects().await;
    let is_event = |name: &str| {
        let end = name.rsplit_once("/changes/").map(|(_, end)| end);
        end.is_some_and(|end| end.matches('.').count() == 1)
    };
    let event = objects.iter().find(|(name, _)| is_event(name));
    let (name, event) = event.unwrap();
    let mut event: serde_json::Value = serde_json::from_slice(event).unwrap();
    let finding = serde_json::json!({
        "code": "document-missing",
        "severity": "broken",
        "place": "document 1",
        "meaning": "A document that was sent is not in the signed PDF.",
    });
    event["data"]["findings"] = [finding].into_iter().collect();
    let name = Path::from(name.as_str());
    let put = stage.objects.inner.put(&name, event.to_string().into());
    put.await.unwrap();
    let broken = JobDeletion::HeldUp(DeletionHold::BrokenDocument);
    assert_eq!(delete(&stage, ended).await, broken);
}

/// The response was lost, and the next attempt is refused: the first one did it.
#[tokio::test]
async fn a_refusal_after_a_lost_response_is_a_deletion() {
    let stage = Stage::new().await;
    completed(&stage, &[]).await;
    let ended = only_job(&stage).await;
    stage.sandbox.clock().advance(8 * DAY);
    let faults = stage.sandbox.faults();
    faults.next(1, Endpoint::Delete, Fault::DropAfter);
    faults.next(1, Endpoint::Delete, Fault::Status(404));
    assert_eq!(delete(&stage, ended).await, JobDeletion::Deleted);
}
