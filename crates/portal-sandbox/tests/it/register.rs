//! What the contact register says of signers, and what is asked of it.

use http::StatusCode;
use portal_model::{Availability, DateTime, PersonalIdentificationNumber, SigningOnBehalfOf};
use portal_sandbox::{ActError, JobState, SignerAct, SignerState};

use crate::client::standing;
use crate::flow::{fixed, with};
use crate::jobs::{Draft, by_email, by_lookup, by_number, change};

const JOBS: &str = "/api/123456789/portal/signature-jobs";

#[tokio::test]
async fn a_looked_up_signer_may_be_out_of_reach_before_the_turn_and_the_activation() {
    let (sandbox, mut client) = fixed().await;
    let mut draft = Draft::of(vec![
        by_number("01013300001", 1),
        by_lookup("12345678910", 2),
    ]);
    let later = sandbox.clock().now() + std::time::Duration::from_secs(3600);
    draft.manifest.availability =
        Some(Availability::new().with_activation_time(DateTime::utc(later).unwrap()));
    let job = draft.create(&sandbox, &mut client).await;
    assert!(matches!(
        job.sign(1),
        Err(ActError::NotTheirTurn { index: 1, .. })
    ));
    job.act(1, SignerAct::Reserve).unwrap();
    let states: Vec<_> = job.signers().unwrap().iter().map(|s| s.state).collect();
    assert_eq!(states, [SignerState::NotApplicable, SignerState::Reserved]);
    assert_eq!(job.state(), Ok(JobState::Failed));
}

#[tokio::test]
async fn several_signers_are_found_out_of_reach_in_one_change() {
    let (sandbox, mut client) = fixed().await;
    let signers = vec![
        by_lookup("12345678910", 1),
        by_lookup("01013300001", 1),
        by_lookup("10987654321", 2),
    ];
    let job = Draft::of(signers).create(&sandbox, &mut client).await;
    let acts = [
        (0, SignerAct::Reserve),
        (2, SignerAct::MissContactInformation),
    ];
    job.act_together(&acts).unwrap();
    let change = change(&client.get(JOBS).await);
    let states = change.signatures.signature.iter();
    let states: Vec<_> = states.map(|s| s.status.value.as_str()).collect();
    assert_eq!(
        states,
        ["RESERVED", "NOT_APPLICABLE", "CONTACT_INFORMATION_MISSING"]
    );
    client.post(change.confirmation_url.as_str()).await;
    assert_eq!(client.get(JOBS).await.status, StatusCode::NO_CONTENT);

    // One who can't keeps the others from it too.
    let signers = vec![by_lookup("12345678910", 1), by_number("01013300001", 1)];
    let job = Draft::of(signers).create(&sandbox, &mut client).await;
    let acts = [(0, SignerAct::Reserve), (1, SignerAct::Reserve)];
    assert!(matches!(
        job.act_together(&acts),
        Err(ActError::Impossible { index: 1, .. })
    ));
    assert_eq!(job.state(), Ok(JobState::InProgress));
}

#[tokio::test]
async fn the_register_can_be_told_of_people_beforehand() {
    let number = |text| PersonalIdentificationNumber::new(text).unwrap();
    let settings = standing()
        .in_register(number("01013300001"), SignerAct::Reserve)
        .in_register(number("10987654321"), SignerAct::MissContactInformation);
    let (sandbox, mut client) = with(settings).await;
    let signers = vec![
        by_lookup("12345678910", 1),
        by_lookup("01013300001", 2),
        by_lookup("10987654321", 2),
    ];
    let job = Draft::of(signers).create(&sandbox, &mut client).await;
    assert_eq!(job.state(), Ok(JobState::Failed));
    let change = change(&client.get(JOBS).await);
    let states = change.signatures.signature.iter();
    let states: Vec<_> = states.map(|s| s.status.value.as_str()).collect();
    assert_eq!(
        states,
        ["NOT_APPLICABLE", "RESERVED", "CONTACT_INFORMATION_MISSING"]
    );
    // Without lookup nobody asks the register.
    let draft = Draft::of(vec![by_number("01013300001", 1)]);
    let job = draft.create(&sandbox, &mut client).await;
    assert_eq!(job.state(), Ok(JobState::InProgress));
}

#[tokio::test]
async fn a_signer_on_behalf_of_other_does_not_delay_the_deletion() {
    let settings = standing().digital_mailboxes(false);
    let (sandbox, mut client) = with(settings).await;
    let mut other = by_email("signer@example.com", 1);
    other.on_behalf_of = Some(SigningOnBehalfOf::Other);
    let job = Draft::of(vec![other]).create(&sandbox, &mut client).await;
    job.sign(0).unwrap();
    let day = sandbox.clock().now() + std::time::Duration::from_secs(24 * 3600);
    assert_eq!(job.deletable_from(), Ok(Some(day)));
}
