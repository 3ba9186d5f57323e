//! Creating through the store: at most once for a reference, whatever fails.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use http::Method;
use object_store::ObjectStoreExt;
use portal_client::{Error, SignatureJobId};
use portal_relay::{Catalog, CreateError, Creator, Receiver, SettleError, Settlement};
use portal_sandbox::{Endpoint, Fault};

use crate::stage::{Stage, job, until};

fn creator(stage: &Stage) -> Creator {
    Creator::new(stage.client.clone(), stage.store.clone())
}

fn creates(stage: &Stage) -> usize {
    stage.requests(&Method::POST, "/signature-jobs")
}

#[tokio::test]
async fn the_same_job_again_sends_nothing() {
    let stage = Stage::new().await;
    let wanted = job(&stage.client, "123-ABC", 1);
    let first = creator(&stage).create(&wanted).await.unwrap();
    assert!(first.is_new);
    // Another process, and the job built again.
    let again = job(&stage.client, "123-ABC", 1);
    let second = creator(&stage).create(&again).await.unwrap();
    assert!(!second.is_new);
    assert_eq!(second.record, first.record);
    assert_eq!(creates(&stage), 1);
    let shown = format!("{:?}", creator(&stage));
    assert!(shown.starts_with("Creator { client: ") && !shown.contains("123-ABC"));

    let error = creator(&stage)
        .create(&job(&stage.client, "123-ABC", 2))
        .await
        .unwrap_err();
    assert!(matches!(error, CreateError::OtherContent), "{error:?}");
    assert_eq!(creates(&stage), 1);

    // Each job has its own record.
    let other = job(&stage.client, "456-DEF", 1);
    let created = creator(&stage).create(&other).await.unwrap();
    assert!(created.is_new && created.record.job_id() != first.record.job_id());
    let again = creator(&stage).create(&other).await.unwrap();
    assert_eq!(again.record, created.record);
}

#[tokio::test]
async fn of_many_at_once_one_creates() {
    let stage = Stage::new().await;
    let wanted = job(&stage.client, "123-ABC", 1);
    let creators: Vec<Creator> = (0..8).map(|_| creator(&stage)).collect();
    let tries = creators.iter().map(|creator| creator.create(&wanted));
    let tries = futures_util::future::join_all(tries).await;
    let new = tries.iter().flatten().filter(|creation| creation.is_new);
    assert_eq!(new.count(), 1);
    for error in tries.iter().filter_map(|tried| tried.as_ref().err()) {
        assert!(
            matches!(error, CreateError::OutcomeUnknown { .. }),
            "{error}"
        );
    }
    assert_eq!(creates(&stage), 1);
    assert!(!creator(&stage).create(&wanted).await.unwrap().is_new);
}

#[tokio::test]
async fn a_job_needs_a_reference() {
    let stage = Stage::new().await;
    let client = &stage.client;
    let document = portal_client::Document::pdf("Title", portal_sandbox::sample_pdf("a", &["b"]));
    let signer = portal_client::Signer::by_email("email@example.com");
    let job = client
        .job("Title")
        .document(document)
        .signer(signer)
        .build_blocking()
        .unwrap();
    let error = creator(&stage).create(&job).await.unwrap_err();
    assert!(matches!(error, CreateError::NoReference), "{error:?}");
}

/// A lost response stays unknown, until the job's first change.
#[tokio::test]
async fn an_unknown_outcome_is_settled_by_a_change() {
    let stage = Stage::new().await;
    let wanted = job(&stage.client, "123-ABC", 1);
    stage
        .sandbox
        .faults()
        .next(1, Endpoint::Create, Fault::DropAfter);
    let error = creator(&stage).create(&wanted).await.unwrap_err();
    let CreateError::OutcomeUnknown {
        source: Some(_), ..
    } = error
    else {
        panic!("{error:?}");
    };
    insta::assert_snapshot!(error);
    let error = creator(&stage).create(&wanted).await.unwrap_err();
    assert!(matches!(
        error,
        CreateError::OutcomeUnknown { source: None, .. }
    ));
    assert_eq!(creates(&stage), 1);

    let at_service = stage.sandbox.jobs().pop().unwrap();
    at_service.sign_current_group().unwrap();
    let change = stage.change().await;
    let receiver = Receiver::new(stage.store.clone());
    let event = receiver
        .receive(&stage.client, &change)
        .await
        .unwrap()
        .event()
        .unwrap();
    // What was sent is known, so that the documents could be compared with it.
    let codes: Vec<_> = event
        .data
        .findings
        .unwrap()
        .into_iter()
        .map(|one| one.code)
        .collect();
    assert!(codes.contains(&"document-found".to_owned()), "{codes:?}");
    let known = creator(&stage).create(&wanted).await.unwrap();
    assert!(!known.is_new);
    assert_eq!(known.record.job_id(), change.job_id());
    assert_eq!(creates(&stage), 1);
}

#[tokio::test]
async fn an_unknown_outcome_is_settled_by_a_person() {
    let stage = Stage::new().await;
    let wanted = job(&stage.client, "123-ABC", 1);
    let sender = stage.client.profile().sender().unwrap().clone();
    let settle = async |settlement| creator(&stage).settle(&sender, "123-ABC", settlement).await;
    let unknown = settle(Settlement::NotCreated).await.unwrap_err();
    assert!(matches!(unknown, SettleError::Unknown), "{unknown:?}");

    stage
        .sandbox
        .faults()
        .next(1, Endpoint::Create, Fault::Status(503));
    creator(&stage).create(&wanted).await.unwrap_err();
    settle(Settlement::NotCreated).await.unwrap();
    stage
        .sandbox
        .faults()
        .next(1, Endpoint::Create, Fault::DropAfter);
    creator(&stage).create(&wanted).await.unwrap_err();
    let id = SignatureJobId::new(stage.sandbox.jobs()[0].id().0);
    settle(Settlement::Created(id)).await.unwrap();
    let known = creator(&stage).create(&wanted).await.unwrap();
    assert_eq!((known.is_new, known.record.job_id()), (false, id));
    let error = settle(Settlement::NotCreated).await.unwrap_err();
    assert!(
        matches!(error, SettleError::Known { job_id, .. } if job_id == id),
        "{error:?}"
    );
}

/// What the service has refused may be created again.
#[tokio::test]
async fn a_refusal_leaves_nothing_behind() {
    let stage = Stage::new().await;
    let wanted = job(&stage.client, "123-ABC", 1);
    let fault = Fault::error_document(400, "SCHEMA_VALIDATION_ERROR");
    stage.sandbox.faults().next(1, Endpoint::Create, fault);
    let error = creator(&stage).create(&wanted).await.unwrap_err();
    let CreateError::Client(error) = error else {
        panic!("{error:?}");
    };
    assert!(matches!(*error, Error::Unexpected { .. }), "{error:?}");
    assert!(creator(&stage).create(&wanted).await.unwrap().is_new);
}

/// Killed after each operation on the store in turn: never two jobs, and never another record.
#[tokio::test]
async fn killed_anywhere_it_creates_at_most_once() {
    let mut deaths = 0;
    for operations in 0..8 {
        let stage = Stage::new().await;
        let wanted = job(&stage.client, "123-ABC", 1);
        stage.objects.wrongs.die_after(operations);
        let first = creator(&stage).create(&wanted).await;
        deaths += usize::from(stage.objects.wrongs.revive());
        let second = creator(&stage).create(&wanted).await;
        assert!(creates(&stage) <= 1, "after {operations}");
        let records: Vec<_> = [&first, &second].into_iter().flatten().collect();
        for creation in &records {
            assert_eq!(creation.record.job_id(), records[0].record.job_id());
        }
        if let Err(error) = &second {
            assert!(
                matches!(error, CreateError::OutcomeUnknown { .. }),
                "{error:?}"
            );
        }
    }
    assert!(deaths >= 3, "{deaths}");
}

/// The caller goes away while the request is on its way: the job is created and stored all the same.
#[tokio::test]
async fn a_dropped_create_is_finished() {
    let stage = Stage::new().await;
    let wanted = job(&stage.client, "123-ABC", 1);
    let delay = Duration::from_millis(300);
    stage
        .sandbox
        .faults()
        .next(1, Endpoint::Create, Fault::DelayAfter(delay));
    let creator = creator(&stage);
    let create = tokio::time::timeout(delay, creator.create(&wanted));
    assert!(create.await.is_err());
    until("the record", async || creator.create(&wanted).await.is_ok()).await;
    assert_eq!(creates(&stage), 1);
}

/// The service has created the job: the record is written again while the store is out of reach, and not for ever.
#[tokio::test]
async fn a_record_is_written_three_times() {
    for failures in [1, 2, 3] {
        let stage = Stage::new().await;
        let wanted = job(&stage.client, "123-ABC", 1);
        let delay = Duration::from_millis(300);
        let fault = Fault::DelayAfter(delay);
        stage.sandbox.faults().next(1, Endpoint::Create, fault);
        let creator = creator(&stage);
        let (began, of_task) = (Instant::now(), creator.clone());
        let create = tokio::spawn({
            let wanted = wanted.clone();
            async move { of_task.create(&wanted).await }
        });
        until("it is sent", async || creates(&stage) == 1).await;
        let outage = &stage.objects.wrongs.outage;
        outage.store(failures, Ordering::SeqCst);
        let created = create.await.unwrap();
        let waited = began.elapsed().saturating_sub(delay);
        let between = [200, 600, 600].map(Duration::from_millis)[failures - 1];
        assert!(waited >= between, "{waited:?}");
        if failures < 3 {
            assert!(created.unwrap().is_new);
            assert!(!creator.create(&wanted).await.unwrap().is_new);
            continue;
        }
        let error = created.unwrap_err();
        let CreateError::NotStored { record, .. } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(record.job_id().get(), stage.sandbox.jobs()[0].id().0);
        // Nothing is sent again.
        let again = creator.create(&wanted).await.unwrap_err();
        let is_unknown = matches!(again, CreateError::OutcomeUnknown { source: None, .. });
        assert!(is_unknown, "{again:?}");
        assert_eq!(creates(&stage), 1);
    }
}

#[tokio::test]
async fn unknown_outcomes_are_counted_and_listed() {
    let stage = Stage::new().await;
    let relay = stage.relay().build().unwrap();
    let catalog = Catalog::new(stage.store.clone());
    let expect = async |unknown: u64| {
        assert_eq!(relay.status().await.unknown_creates, Some(unknown));
        let listed = catalog.unknown_creates().await.unwrap();
        assert_eq!(listed.len() as u64, unknown);
    };
    expect(0).await;
    let wanted = ["1", "2", "3"].map(|reference| job(&stage.client, reference, 1));
    creator(&stage).create(&wanted[0]).await.unwrap();
    expect(0).await;
    let faults = stage.sandbox.faults();
    faults.next(2, Endpoint::Create, Fault::DropAfter);
    for wanted in &wanted[1..] {
        creator(&stage).create(wanted).await.unwrap_err();
    }
    expect(2).await;
    let sender = stage.client.profile().sender().unwrap().clone();
    let settle = async |reference, settlement| {
        let creator = creator(&stage);
        creator
            .settle(&sender, reference, settlement)
            .await
            .unwrap();
    };
    settle("2", Settlement::NotCreated).await;
    expect(1).await;
    settle("3", Settlement::Created(SignatureJobId::new(17))).await;
    expect(0).await;
}

/// What was sent is known of the job that came of an intent, and not of another with the same reference.
#[tokio::test]
async fn only_the_job_of_the_intent_is_compared_with_what_was_sent() {
    for is_its_job in [true, false] {
        let stage = Stage::new().await;
        let wanted = job(&stage.client, "123-ABC", 1);
        let created = creator(&stage).create(&wanted).await.unwrap();
        let mut id = created.record.job_id();
        if is_its_job {
            // As if the process had ended before it wrote the record.
            let objects = stage.objects().await;
            let (name, _) = objects
                .iter()
                .find(|(name, _)| name.ends_with("/created.json"))
                .unwrap();
            let name = object_store::path::Path::from(name.as_str());
            stage.objects.inner.delete(&name).await.unwrap();
        } else {
            // By a program that does not go through this store.
            let other = stage.client.create(&wanted).await.unwrap();
            id = other.job_id();
        }
        stage.at_service(id.get()).sign_current_group().unwrap();
        let change = stage.change().await;
        let receiver = Receiver::new(stage.store.clone());
        let event = receiver.receive(&stage.client, &change).await.unwrap();
        let findings = event.event().unwrap().data.findings.unwrap();
        let is_compared = findings.iter().any(|one| one.code == "document-found");
        assert_eq!(is_compared, is_its_job, "{findings:?}");
        // So says the record, and what is stored beside the event.
        let objects = stage.objects().await;
        let stored = |end: &str| {
            let mut stored = objects
                .iter()
                .filter(|(name, _)| name.contains("/changes/"));
            let (_, stored) = stored.find(|(name, _)| name.ends_with(end)).unwrap();
            String::from_utf8_lossy(stored).contains("document-found")
        };
        assert_eq!(stored(".record.json"), is_its_job);
        assert_eq!(stored(".findings.json"), is_its_job);
    }
}
