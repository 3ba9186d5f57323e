//! What polling hands out, to whom, in which order, and what comes back.

use std::time::Duration;

use http::StatusCode;
use portal_model::PortalSignatureJobStatus as Status;
use portal_sandbox::Event;

use crate::client::Client;
use crate::flow::fixed;
use crate::jobs::{Draft, change};

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
    assert_eq!(event, Event::ChangeReturns(job.id()));
    sandbox.clock().advance(Duration::from_secs(5));
    let again = change(&client.get(JOBS).await);
    assert_eq!(first, again);
    client.post(again.confirmation_url.as_str()).await;
    sandbox.clock().advance(DAY);
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn every_change_is_reported_with_the_state_of_its_time() {
    let (sandbox, mut client) = fixed().await;
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
