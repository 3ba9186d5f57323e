//! Jobs from their creation to their end.

use std::time::Duration;

use http::{Method, StatusCode};
use portal_model::PortalSignatureJobStatus as Status;
use portal_sandbox::{
    ActError, JobState, ResponseStyle, Sandbox, SandboxBuilder, SandboxClock, SignerState,
    UpcomingEvent,
};

use crate::client::{Client, standing};
use crate::jobs::{Draft, by_email, by_lookup, change};
use portal_model::{
    Availability, AvailableSeconds, DateTime, IdentifierInSignedDocuments, SignatureJobReference,
};

const JOBS: &str = "/api/123456789/portal/signature-jobs";
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A sandbox at a fixed time and with the root URL taken out of what it says, for snapshots.
pub(crate) async fn fixed() -> (Sandbox, Client) {
    with(standing()).await
}

/// The same with other settings.
pub(crate) async fn with(settings: SandboxBuilder) -> (Sandbox, Client) {
    let clock = SandboxClock::controlled("2026-03-01T08:00:00Z".parse().unwrap());
    let sandbox = settings.clock(clock).start().await.unwrap();
    let client = Client::sender(&sandbox).await;
    (sandbox, client)
}

/// Polls, and confirms what comes.
async fn poll_and_confirm(client: &mut Client) -> Status {
    let change = change(&client.get(JOBS).await);
    client.post(change.confirmation_url.as_str()).await;
    change.status
}

fn plain(sandbox: &Sandbox, text: &str) -> String {
    text.replace(sandbox.root_url(), "https://sandbox/api")
        .replace("><", ">\n<")
}

#[tokio::test]
async fn four_signers_in_three_groups_sign_and_the_job_is_fetched_and_confirmed() {
    let (sandbox, mut client) = fixed().await;
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);

    let mut draft = Draft::four();
    draft.request.reference = Some(SignatureJobReference::new("123-ABC").unwrap());
    let reply = draft.send(&sandbox, &mut client).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    insta::assert_snapshot!("created", plain(&sandbox, reply.text()));
    let job = sandbox.job(1);
    assert_eq!(job.reference().unwrap().as_deref(), Some("123-ABC"));
    assert_eq!(job.waiting_in_turn().unwrap(), [0]);
    assert!(matches!(
        job.sign(1),
        Err(ActError::NotTheirTurn { index: 1, .. })
    ));

    sandbox.clock().advance(Duration::from_secs(5));
    for (round, signer) in [0, 1, 2, 3].into_iter().enumerate() {
        sandbox.clock().advance(Duration::from_secs(3600));
        job.sign(signer).unwrap();
        let reply = client.get(JOBS).await;
        let now = sandbox.clock().now().to_string();
        assert_eq!(reply.header("x-next-permitted-poll-time"), Some(&*now));
        insta::assert_snapshot!(
            format!("change_{}", round + 1),
            plain(&sandbox, reply.text())
        );
        let change = change(&reply);
        if round < 3 {
            assert_eq!(change.status, Status::InProgress);
            let confirmed = client.post(change.confirmation_url.as_str()).await;
            assert_eq!(confirmed.status, StatusCode::OK);
            continue;
        }
        assert_eq!(change.status, Status::CompletedSuccessfully);
        let pades = client
            .get(change.signatures.pades_url.as_ref().unwrap().as_str())
            .await;
        assert_eq!(
            pades.header("content-type"),
            Some("application/octet-stream")
        );
        assert!(pades.body.starts_with(b"%PDF-1.7"));
        for (signature, hour) in change.signatures.signature.iter().zip([9, 10, 11, 12]) {
            let xades = client
                .get(signature.xades_url.as_ref().unwrap().as_str())
                .await;
            assert_eq!(xades.header("content-type"), Some("application/xml"));
            let signing_time = format!("<SigningTime>2026-03-01T{hour:02}:00:05.000Z<");
            assert!(xades.text().contains(&signing_time), "{}", xades.text());
        }
        let confirmed = client.post(change.confirmation_url.as_str()).await;
        assert_eq!(confirmed.status, StatusCode::OK);
        let gone = client.post(change.confirmation_url.as_str()).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
        insta::assert_snapshot!("no_such_job", gone.text());
    }
    assert!(matches!(
        job.state(),
        Err(ActError::NoSuchJob { job: 1, .. })
    ));
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);
    assert_eq!(sandbox.jobs().len(), 0);
}

#[tokio::test]
async fn a_refusal_ends_the_job_for_everybody() {
    let (sandbox, mut client) = fixed().await;
    let job = Draft::four().create(&sandbox, &mut client).await;
    job.sign(0).unwrap();
    job.reject(1).unwrap();
    assert_eq!(poll_and_confirm(&mut client).await, Status::InProgress);
    let reply = client.get(JOBS).await;
    insta::assert_snapshot!("rejected", plain(&sandbox, reply.text()));
    let change = change(&reply);
    assert_eq!(change.status, Status::Failed);
    assert!(change.cancellation_url.is_none() && change.delete_documents_url.is_none());
}

#[tokio::test]
async fn cancelling_works_until_the_job_is_finished() {
    let (sandbox, mut client) = fixed().await;
    let cancelled = Draft::four().create(&sandbox, &mut client).await;
    let url = format!("{JOBS}/{}/cancel", cancelled.id());
    assert_eq!(client.post(&url).await.status, StatusCode::NO_CONTENT);
    let states: Vec<_> = cancelled
        .signers()
        .unwrap()
        .iter()
        .map(|s| s.state)
        .collect();
    let rest = SignerState::NotApplicable;
    assert_eq!(states, [SignerState::Cancelled, rest, rest, rest]);
    let reply = client.post(&url).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert_eq!(reply.header("content-type"), Some("application/xml"));
    insta::assert_snapshot!("cancelled_too_late", reply.text());

    let signed = Draft::one().create(&sandbox, &mut client).await;
    signed.sign(0).unwrap();
    let reply = client.post(&format!("{JOBS}/{}/cancel", signed.id())).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_job_waits_for_its_activation_and_expires_after_its_period() {
    let (sandbox, mut client) = fixed().await;
    let mut draft = Draft::four();
    let later = sandbox.clock().now() + DAY;
    draft.manifest.availability = Some(
        Availability::new()
            .with_activation_time(DateTime::utc(later).unwrap())
            .with_available_seconds(AvailableSeconds::new(3600).unwrap()),
    );
    let job = draft.create(&sandbox, &mut client).await;
    assert!(matches!(
        job.sign(0),
        Err(ActError::NotYetActive { index: 0, activation, .. }) if activation == later
    ));
    assert_eq!(
        sandbox.advance_to_next_event(),
        Some((later, UpcomingEvent::JobActivates(job.id())))
    );
    job.sign(0).unwrap();
    assert_eq!(job.deadline().unwrap(), later + Duration::from_secs(3600));
    let (_, event) = sandbox.advance_to_next_event().unwrap();
    assert_eq!(event, UpcomingEvent::JobExpires(job.id()));
    assert_eq!(job.state(), Ok(JobState::Failed));
    assert_eq!(poll_and_confirm(&mut client).await, Status::InProgress);
    let reply = client.get(JOBS).await;
    insta::assert_snapshot!("expired", plain(&sandbox, reply.text()));
}

#[tokio::test]
async fn every_status_of_a_signer_can_be_reached() {
    let (sandbox, mut client) = fixed().await;
    use portal_sandbox::SignerAct::{LackName, MissContactInformation, Reserve};
    for (act, state) in [
        (Reserve, SignerState::Reserved),
        (
            MissContactInformation,
            SignerState::ContactInformationMissing,
        ),
        (LackName, SignerState::SignersNameNotAvailable),
    ] {
        let mut draft = Draft::one();
        draft.manifest.identifier_in_signed_documents = Some(IdentifierInSignedDocuments::Name);
        let job = draft.create(&sandbox, &mut client).await;
        job.act(0, act).unwrap();
        assert_eq!(job.signers().unwrap()[0].state, state);
        assert_eq!(job.state(), Ok(JobState::Failed));
    }
    let draft = Draft::of(vec![
        by_email("signer@example.com", 1),
        by_lookup("12345678910", 1),
    ]);
    let job = draft.create(&sandbox, &mut client).await;
    for _ in 0..3 {
        assert_eq!(job.state(), Ok(JobState::InProgress));
        job.enter_wrong_code(0).unwrap();
    }
    let states: Vec<_> = job.signers().unwrap().iter().map(|s| s.state).collect();
    assert_eq!(states, [SignerState::Blocked, SignerState::NotApplicable]);
    let job = draft.create(&sandbox, &mut client).await;
    assert!(matches!(
        job.block(1),
        Err(ActError::Impossible { index: 1, .. })
    ));
}

#[tokio::test]
async fn documents_go_after_forty_days_and_can_be_deleted_after_one() {
    let (sandbox, mut client) = fixed().await;
    let job = Draft::one().create(&sandbox, &mut client).await;
    let documents = format!("{JOBS}/{}/documents", job.id());
    let reply = client.call(Method::DELETE, &documents).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    insta::assert_snapshot!("not_all_signed", reply.text());

    job.sign(0).unwrap();
    let change = change(&client.get(JOBS).await);
    assert!(
        change
            .delete_documents_url
            .as_ref()
            .unwrap()
            .as_str()
            .ends_with(&documents)
    );
    client.post(change.confirmation_url.as_str()).await;
    let reply = client.call(Method::DELETE, &documents).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    insta::assert_snapshot!("deleted_too_soon", reply.text());
    sandbox.clock().advance(DAY);
    assert_eq!(
        client.call(Method::DELETE, &documents).await.status,
        StatusCode::OK
    );
    assert_eq!(
        client.call(Method::DELETE, &documents).await.status,
        StatusCode::NOT_FOUND
    );

    let kept = Draft::one().create(&sandbox, &mut client).await;
    kept.sign(0).unwrap();
    let pades = format!("{JOBS}/{}/pades", kept.id());
    sandbox.clock().advance(40 * DAY - Duration::from_secs(1));
    assert_eq!(client.get(&pades).await.status, StatusCode::OK);
    sandbox.clock().advance(Duration::from_secs(1));
    let reply = client.get(&pades).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    insta::assert_snapshot!("no_such_document", reply.text());
}

#[tokio::test]
async fn documents_wait_a_week_for_a_signer_without_a_mailbox() {
    let (sandbox, mut client) = fixed().await;
    let job = Draft::four().create(&sandbox, &mut client).await;
    assert!(job.signers().unwrap().iter().all(|s| s.digital_mailbox));
    job.set_digital_mailbox(2, false).unwrap();
    assert!(!job.signers().unwrap()[2].digital_mailbox);
    assert!(matches!(
        job.set_digital_mailbox(4, true),
        Err(ActError::NoSuchSigner {
            index: 4,
            count: 4,
            ..
        })
    ));
    assert_eq!(job.deletable_from(), Ok(None));
    while !job.sign_current_group().unwrap().is_empty() {}
    let week = sandbox.clock().now() + 7 * DAY;
    assert_eq!(job.deletable_from(), Ok(Some(week)));

    let documents = format!("{JOBS}/{}/documents", job.id());
    let second = Duration::from_secs(1);
    sandbox.clock().advance(7 * DAY - second);
    let reply = client.call(Method::DELETE, &documents).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert!(reply.text().contains(&week.to_string()));
    sandbox.clock().advance(second);
    let reply = client.call(Method::DELETE, &documents).await;
    assert_eq!(reply.status, StatusCode::OK);
}

#[tokio::test]
async fn a_sandbox_can_be_without_mailboxes() {
    let sandbox = standing().digital_mailboxes(false);
    let sandbox = sandbox.start().await.unwrap();
    let mut client = Client::sender(&sandbox).await;
    let job = Draft::one().create(&sandbox, &mut client).await;
    job.sign(0).unwrap();
    let now = sandbox.clock().now();
    assert_eq!(job.deletable_from(), Ok(Some(now + 7 * DAY)));
    job.set_digital_mailbox(0, true).unwrap();
    assert_eq!(job.deletable_from(), Ok(Some(now + DAY)));
}

#[tokio::test]
async fn long_term_storage_archives_what_is_completed_until_it_is_deleted() {
    let sandbox = standing().long_term_storage(true).start().await.unwrap();
    let mut client = Client::sender(&sandbox).await;
    Draft::one()
        .create(&sandbox, &mut client)
        .await
        .sign(0)
        .unwrap();
    // Archived when completed, and not purged before it is confirmed.
    let id = sandbox.job(1).archive_id().unwrap().unwrap();
    assert!(id.parse::<i64>().is_err());
    let archived = format!("/api/123456789/archive/documents/{id}/pades");
    assert_eq!(client.get(&archived).await.status, StatusCode::OK);
    let by_number = "/api/123456789/archive/documents/1/pades";
    assert_eq!(client.get(by_number).await.status, StatusCode::NOT_FOUND);
    sandbox.clock().advance(41 * DAY);
    let change = change(&client.get(JOBS).await);
    let pades = change.signatures.pades_url.clone().unwrap();
    assert_eq!(client.get(pades.as_str()).await.status, StatusCode::OK);
    client.post(change.confirmation_url.as_str()).await;
    sandbox.clock().advance(300 * DAY);
    for url in [&*archived, pades.as_str()] {
        let reply = client.get(url).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(reply.body.starts_with(b"%PDF"));
    }
    // Still to be deleted by the URL that was given with the change.
    let deletion = change.delete_documents_url.unwrap();
    let reply = client.call(Method::DELETE, deletion.as_str()).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(client.get(&archived).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        client.get(pades.as_str()).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn deleted_documents_leave_the_archive_too() {
    let builder = standing().long_term_storage(true);
    let sandbox = builder.start().await.unwrap();
    let mut client = Client::sender(&sandbox).await;
    let job = Draft::one().create(&sandbox, &mut client).await;
    job.sign(0).unwrap();
    let change = change(&client.get(JOBS).await);
    client.post(change.confirmation_url.as_str()).await;
    let archived = "/api/123456789/archive/documents/a1/pades";
    assert_eq!(client.get(archived).await.status, StatusCode::OK);
    sandbox.clock().advance(DAY);
    let deletion = change.delete_documents_url.unwrap();
    let reply = client.call(Method::DELETE, deletion.as_str()).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(client.get(archived).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn responses_can_look_as_the_services_do() {
    let clock = SandboxClock::controlled("2026-03-01T08:00:00Z".parse().unwrap());
    let sandbox = standing()
        .clock(clock)
        .response_style(ResponseStyle::AsService);
    let sandbox = sandbox.start().await.unwrap();
    let mut client = Client::sender(&sandbox).await;
    let reply = Draft::one().send(&sandbox, &mut client).await;
    insta::assert_snapshot!("as_service", plain(&sandbox, reply.text()));
    sandbox.job(1).sign(0).unwrap();
    change(&client.get(JOBS).await);
}
