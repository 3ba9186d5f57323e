//! What a look at all jobs leaves for a later one.

use std::time::Duration;

use http::Method;
use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::{DAY, completed, deleter, look, sink};
use crate::stage::Stage;

/// The name of a file of the only job.
async fn job_file(stage: &Stage, file: &str) -> Path {
    let objects = stage.objects().await;
    let (name, _) = objects
        .iter()
        .find(|(name, _)| name.contains("/changes/"))
        .unwrap();
    let (job, _) = name.split_once("/changes/").unwrap();
    Path::from(format!("{job}/{file}"))
}

#[tokio::test]
async fn what_is_not_due_does_not_wait() {
    let stage = Stage::new().await;
    completed(&stage, &[sink()]).await;
    let deleter = deleter(&stage, Some(9 * DAY), Some(30 * DAY));
    stage.sandbox.clock().advance(8 * DAY);
    assert_eq!(look(&stage, &deleter).await, (0, 0, 0));
    stage.sandbox.clock().advance(DAY);
    assert_eq!(look(&stage, &deleter).await, (0, 0, 1));
}

/// A job whose event can't be read, beside one that can be deleted.
#[tokio::test]
async fn a_job_that_fails_is_left_and_the_others_are_not() {
    let stage = Stage::new().await;
    completed(&stage, &[]).await;
    let file = job_file(&stage, "").await;
    let (jobs, _) = file.as_ref().rsplit_once('/').unwrap();
    let event = Path::from(format!("{jobs}/1/changes/{}.json", "0".repeat(64)));
    let put = stage.objects.inner.put(&event, "half an ev".into());
    put.await.unwrap();
    stage.sandbox.clock().advance(8 * DAY);
    let deleter = deleter(&stage, Some(DAY), None);
    assert_eq!(look(&stage, &deleter).await, (1, 0, 1));
    assert_eq!(look(&stage, &deleter).await, (0, 0, 1));
}

/// What a process that was killed had begun to delete goes on, although documents are missing by then. Only where
/// documents are deleted in the store at all.
#[tokio::test]
async fn what_was_begun_goes_on() {
    let stage = Stage::new().await;
    completed(&stage, &[]).await;
    let going = job_file(&stage, "going.json").await;
    let begun = r#"{"at":"2026-03-01T08:00:00Z"}"#;
    let put = async || stage.objects.inner.put(&going, begun.into()).await.unwrap();
    put().await;
    let objects = stage.objects().await;
    let pdf = objects.iter().find(|(name, _)| name.ends_with(".pdf"));
    let pdf = Path::from(pdf.unwrap().0.as_str());
    stage.objects.inner.delete(&pdf).await.unwrap();
    stage.sandbox.clock().advance(8 * DAY);
    let at_service = deleter(&stage, Some(DAY), None);
    assert_eq!(look(&stage, &at_service).await, (0, 0, 1));
    let in_store = deleter(&stage, None, Some(30 * DAY));
    assert_eq!(look(&stage, &in_store).await, (0, 1, 0));
    assert_eq!(stage.objects().await.len(), 1, "what the store is");
    // Only this was left.
    put().await;
    assert_eq!(look(&stage, &in_store).await, (0, 0, 0));
    assert_eq!(stage.objects().await.len(), 1, "what the store is");
    assert_eq!(stage.requests(&Method::DELETE, "/documents"), 0);
}

/// The documents are deleted in the store only when the service has deleted its own, where it is to.
#[tokio::test]
async fn the_record_stays_until_the_service_has_deleted() {
    let stage = Stage::new().await;
    completed(&stage, &[]).await;
    let both = deleter(&stage, Some(Duration::ZERO), Some(Duration::ZERO));
    assert_eq!(look(&stage, &both).await, (0, 0, 1));
    assert!(stage.objects().await.len() > 1);
    stage.sandbox.clock().advance(8 * DAY);
    assert_eq!(look(&stage, &both).await, (1, 1, 0));
    assert_eq!(stage.objects().await.len(), 1);
}
