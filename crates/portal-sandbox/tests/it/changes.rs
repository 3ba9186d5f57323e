//! What polling hands out, to which poller, in which order, and what comes back.

use std::time::Duration;

use http::StatusCode;
use portal_model::PortalSignatureJobStatus as Status;
use portal_sandbox::{ChangeState, ParallelChanges, Sandbox, UpcomingEvent};

use crate::client::{Client, standing};
use crate::flow::{fixed, with};
use crate::jobs::{Draft, by_lookup, change};

const JOBS: &str = "/api/123456789/portal/signature-jobs";
const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn one_poller_gets_a_change_once_and_again_after_ten_minutes() {
    let (sandbox, mut client) = fixed().await;
    let job = Draft::four().create(&sandbox, &mut client).await;
    job.sign(0).unwrap();
    let first = change(&client.get(JOBS).await);
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);
    sandbox.clock().advance(Duration::from_secs(599));
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);

    let (_, event) = sandbox.advance_to_next_event().unwrap();
    assert_eq!(event, UpcomingEvent::ChangeReturns(job.id()));
    sandbox.clock().advance(Duration::from_secs(5));
    let again = change(&client.get(JOBS).await);
    assert_eq!(first, again);
    client.post(again.confirmation_url.as_str()).await;
    sandbox.clock().advance(DAY);
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn every_change_is_reported_with_the_state_of_its_time() {
    let (sandbox, mut client) = with(standing().parallel_changes(ParallelChanges::HandedOut)).await;
    let job = Draft::four().create(&sandbox, &mut client).await;
    let began = sandbox.clock().now();
    job.sign(0).unwrap();
    sandbox.clock().advance(Duration::from_secs(3600));
    assert_eq!(job.sign_current_group().unwrap(), [1, 2]);
    job.reject(3).unwrap();

    let mut seen = Vec::new();
    let mut confirmation = None;
    loop {
        let reply = client.get(JOBS).await;
        if reply.status != StatusCode::OK {
            break;
        }
        let change = change(&reply);
        let statuses = change.signatures.signature.iter().map(|s| &s.status);
        assert_eq!(
            statuses
                .clone()
                .next()
                .unwrap()
                .since
                .unwrap()
                .timestamp()
                .unwrap(),
            began
        );
        let statuses = statuses.map(|status| status.value.as_str().to_owned());
        seen.push((
            change.status,
            change.cancellation_url.is_some(),
            statuses.collect::<Vec<_>>().join(" "),
        ));
        confirmation = Some(change.confirmation_url);
    }
    let reported = |status, cancellable, statuses: &str| (status, cancellable, statuses.to_owned());
    assert_eq!(
        seen,
        [
            reported(Status::InProgress, true, "SIGNED WAITING WAITING WAITING"),
            reported(Status::InProgress, true, "SIGNED SIGNED WAITING WAITING"),
            reported(Status::InProgress, true, "SIGNED SIGNED SIGNED WAITING"),
            reported(Status::Failed, false, "SIGNED SIGNED SIGNED REJECTED"),
        ]
    );
    // One confirmation settles all four, and the last of them was the end.
    let url = confirmation.unwrap();
    assert_eq!(client.post(url.as_str()).await.status, StatusCode::OK);
    assert_eq!(sandbox.jobs().len(), 0);
    sandbox.clock().advance(DAY);
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn parallel_pollers_share_the_changes() {
    let (sandbox, mut client) = fixed().await;
    for _ in 0..6 {
        Draft::one()
            .create(&sandbox, &mut client)
            .await
            .sign(0)
            .unwrap();
    }
    let mut pollers = Vec::new();
    for _ in 0..3 {
        let mut poller = Client::sender(&sandbox).await;
        pollers.push(tokio::spawn(async move {
            [
                change(&poller.get(JOBS).await),
                change(&poller.get(JOBS).await),
            ]
            .map(|change| change.signature_job_id.get())
        }));
    }
    let mut seen = Vec::new();
    for poller in pollers {
        seen.extend(poller.await.unwrap());
    }
    seen.sort_unstable();
    assert_eq!(seen, [1, 2, 3, 4, 5, 6]);
}

/// Two signers of each job sign before the first poll; pollers fetch and confirm in parallel.
async fn drained_in_parallel(sandbox: &Sandbox, jobs: usize) -> (usize, usize) {
    let mut pollers = Vec::new();
    for _ in 0..8 {
        let mut poller = Client::sender(sandbox).await;
        pollers.push(tokio::spawn(async move {
            let (mut changes, mut lost) = (0, 0);
            while let reply = poller.get(JOBS).await
                && reply.status == StatusCode::OK
            {
                let change = change(&reply);
                changes += 1;
                let pades = change.signatures.pades_url.unwrap();
                tokio::task::yield_now().await;
                lost += usize::from(poller.get(pades.as_str()).await.status != StatusCode::OK);
                poller.post(change.confirmation_url.as_str()).await;
            }
            (changes, lost)
        }));
    }
    let (mut changes, mut lost) = (0, 0);
    for poller in pollers {
        let of_poller = poller.await.unwrap();
        changes += of_poller.0;
        lost += of_poller.1;
    }
    assert!(changes <= 2 * jobs);
    (changes, lost)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_pollers_lose_no_document() {
    let settings = standing().poll_wait(Duration::ZERO);
    let (sandbox, mut client) = with(settings).await;
    let draft = Draft::of(vec![
        by_lookup("12345678910", 1),
        by_lookup("01013300001", 2),
    ]);
    for _ in 0..20 {
        let job = draft.create(&sandbox, &mut client).await;
        job.sign(0).unwrap();
        job.sign(1).unwrap();
    }
    let mut all = (0, 0);
    // A poller ends when nothing is free, so there may be more to come.
    while !sandbox.jobs().is_empty() {
        let round = drained_in_parallel(&sandbox, 20).await;
        all = (all.0 + round.0, all.1 + round.1);
    }
    assert_eq!(all, (40, 0));
}

#[tokio::test]
async fn by_default_a_jobs_next_change_waits_for_the_confirmation() {
    for (mode, next) in [
        (ParallelChanges::HeldBack, StatusCode::NO_CONTENT),
        (ParallelChanges::HandedOut, StatusCode::OK),
    ] {
        let (sandbox, mut client) = with(standing().parallel_changes(mode)).await;
        let job = Draft::four().create(&sandbox, &mut client).await;
        job.sign(0).unwrap();
        job.sign(1).unwrap();
        let first = change(&client.get(JOBS).await);
        assert_eq!(client.get(JOBS).await.status, next);
        client.post(first.confirmation_url.as_str()).await;
        sandbox.clock().advance(Duration::from_secs(5));
        let waiting = mode == ParallelChanges::HeldBack;
        let after = client.get(JOBS).await.status;
        assert_eq!(after == StatusCode::OK, waiting);
    }
}

#[tokio::test]
async fn a_change_shows_the_job_as_it_was_queued_or_as_it_is() {
    for (mode, statuses) in [
        (ChangeState::AsQueued, "SIGNED WAITING WAITING WAITING"),
        (ChangeState::AsHandedOut, "SIGNED SIGNED WAITING WAITING"),
    ] {
        let (sandbox, mut client) = with(standing().change_state(mode)).await;
        let job = Draft::four().create(&sandbox, &mut client).await;
        job.sign(0).unwrap();
        job.sign(1).unwrap();
        let change = change(&client.get(JOBS).await);
        let shown = change.signatures.signature.iter();
        let shown: Vec<_> = shown.map(|s| s.status.value.as_str().to_owned()).collect();
        assert_eq!(shown.join(" "), statuses);
    }
}

#[tokio::test]
async fn a_named_queue_has_its_own_changes() {
    let (sandbox, mut client) = fixed().await;
    let mut draft = Draft::one();
    draft.request.polling_queue = Some("custom queue&x=æ".to_owned());
    draft.create(&sandbox, &mut client).await.sign(0).unwrap();
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);
    let query = "?polling_queue=custom%20queue%26x%3D%C3%A6";
    change(&client.get(&format!("{JOBS}{query}")).await);
}
