//! Documents are deleted when it is allowed, and never while something is missing.

mod looks;
mod one_job;
mod orphans;

use std::time::Duration;

use http::Method;
use portal_relay::{Deleter, DeletionPolicy, Deletions, Outbox, Receiver, SinkName};
use portal_sandbox::{Endpoint, Fault};

use crate::stage::{Stage, job};

const DAY: Duration = Duration::from_hours(24);

fn sink() -> SinkName {
    SinkName::new("case-system").unwrap()
}

/// A job that is completed, taken in and confirmed, with an event for each of the sinks.
async fn completed(stage: &Stage, sinks: &[SinkName]) {
    let created = stage
        .client
        .create(&job(&stage.client, "123-ABC", 1))
        .await
        .unwrap();
    stage
        .at_service(created.job_id().get())
        .sign_current_group()
        .unwrap();
    let change = stage.change().await;
    let receiver = Receiver::new(stage.store.clone()).with_sinks(sinks.iter().cloned());
    receiver.receive(&stage.client, &change).await.unwrap();
    stage.bare_client().confirm(&change).await.unwrap();
}

fn deleter(stage: &Stage, delete_after: Option<Duration>, retention: Option<Duration>) -> Deleter {
    let mut policy = DeletionPolicy::default();
    policy.delete_after = delete_after;
    policy.retention = retention;
    Deleter::new(stage.store.clone(), policy)
}

async fn look(stage: &Stage, deleter: &Deleter) -> (u64, u64, u64) {
    let Deletions {
        at_service,
        in_store,
        waiting,
        ..
    } = deleter.look(&stage.client).await.unwrap();
    (at_service, in_store, waiting)
}

#[tokio::test]
async fn documents_are_deleted_when_the_service_allows_it() {
    let stage = Stage::new().await;
    completed(&stage, &[]).await;
    let off = deleter(&stage, None, None);
    let deleter = deleter(&stage, Some(Duration::ZERO), None);
    // Too early by the documentation: the service is not even asked.
    assert_eq!(look(&stage, &deleter).await, (0, 0, 1));
    stage.sandbox.clock().advance(DAY + Duration::from_secs(1));
    assert_eq!(look(&stage, &off).await, (0, 0, 0));
    // An outage: the next look does it.
    stage
        .sandbox
        .faults()
        .next(9, Endpoint::Delete, Fault::Status(503));
    assert_eq!(look(&stage, &deleter).await, (0, 0, 1));
    stage.sandbox.faults().clear();
    assert_eq!(look(&stage, &deleter).await, (1, 0, 0));
    let requests = stage.requests(&Method::DELETE, "/documents");
    assert_eq!(look(&stage, &deleter).await, (0, 0, 0));
    assert_eq!(stage.requests(&Method::DELETE, "/documents"), requests);
}

#[tokio::test]
async fn an_undelivered_event_holds_it_up() {
    let stage = Stage::new().await;
    completed(&stage, &[sink()]).await;
    stage.sandbox.clock().advance(8 * DAY);
    let deleter = deleter(&stage, Some(DAY), Some(DAY));
    let before = stage.objects().await;
    assert_eq!(look(&stage, &deleter).await, (0, 0, 1));
    assert_eq!(stage.objects().await, before);
    // Delivered.
    let outbox = Outbox::new(stage.store.clone());
    assert_eq!(outbox.waiting(&sink()).await.unwrap().len(), 1);
    for (name, _) in before.iter().filter(|(name, _)| name.contains("/outbox/")) {
        let name = object_store::path::Path::from(name.as_str());
        object_store::ObjectStoreExt::delete(&*stage.objects.inner, &name)
            .await
            .unwrap();
    }
    assert_eq!(look(&stage, &deleter).await, (1, 1, 0));
}

#[tokio::test]
async fn a_missing_document_holds_it_up() {
    let stage = Stage::new().await;
    completed(&stage, &[]).await;
    stage.sandbox.clock().advance(8 * DAY);
    let objects = stage.objects().await;
    let (name, content) = objects
        .iter()
        .find(|(name, _)| name.ends_with(".pdf"))
        .unwrap();
    let name = object_store::path::Path::from(name.as_str());
    object_store::ObjectStoreExt::delete(&*stage.objects.inner, &name)
        .await
        .unwrap();
    let deleter = deleter(&stage, Some(DAY), None);
    assert_eq!(look(&stage, &deleter).await, (0, 0, 1));
    let put =
        object_store::ObjectStoreExt::put(&*stage.objects.inner, &name, content.clone().into());
    put.await.unwrap();
    assert_eq!(look(&stage, &deleter).await, (1, 0, 0));
}

/// Cut short after any operation, the deletion goes on.
#[tokio::test]
async fn what_was_kept_long_enough_goes_whole() {
    let mut deaths = 0;
    for operations in (0..30).step_by(2) {
        let stage = Stage::new().await;
        completed(&stage, &[]).await;
        let deleter = deleter(&stage, None, Some(30 * DAY));
        stage.sandbox.clock().advance(29 * DAY);
        assert_eq!(look(&stage, &deleter).await, (0, 0, 0));
        stage.sandbox.clock().advance(2 * DAY);
        stage.objects.wrongs.die_after(operations);
        let _cut_short = deleter.look(&stage.client).await;
        deaths += usize::from(stage.objects.wrongs.revive());
        deleter.look(&stage.client).await.unwrap();
        let left = stage.objects().await;
        let left: Vec<_> = left.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(left, ["store.json"], "after {operations}");
        assert_eq!(stage.requests(&Method::DELETE, "/documents"), 0);
    }
    assert!(deaths > 8, "{deaths}");
}
