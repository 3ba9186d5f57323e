//! Surveys of ledgers, and of the order groups in them.

use std::time::Duration;

use jiff::SignedDuration;

use super::super::SignerAct;
use super::super::change_queue::LEASE;
use super::super::content::JobContent;
use super::super::course::SignerTraits;
use super::super::group::Period;
use super::super::ledger::{NewJob, Terms};
use super::super::modes::QueueModes;
use super::super::outcome::PollResponse;
use super::*;

const SENDER: &str = "123456789";
const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn start() -> Timestamp {
    Timestamp::from_second(1_770_000_000).unwrap()
}

fn ledger() -> Ledger {
    Ledger::new(Terms {
        poll_wait: SignedDuration::from_secs(5),
        limits_rate: false,
        archives: false,
        mailboxes: true,
        modes: QueueModes::default(),
        first_job: JobId(1),
    })
}

/// A job whose signers have these orders, and an hour each, in an hour.
fn job(orders: &[i32]) -> NewJob {
    let signer = |&order| SignerTraits {
        order,
        ..SignerTraits::default()
    };
    NewJob {
        organization: SENDER.to_owned(),
        queue: None,
        signers: orders.iter().map(signer).collect(),
        found: Vec::new(),
        activation: Some(start() + HOUR),
        period: Duration::from_secs(3600),
        content: JobContent::titled("A job"),
    }
}

#[test]
fn groups_begin_with_the_last_signature_of_the_one_before() {
    let mut ledger = ledger();
    let id = ledger.create(start(), job(&[2, 1, 1, 3]));
    let signers: Vec<_> = ledger.view(start(), id).unwrap().groups();
    let signers: Vec<_> = signers.into_iter().map(|group| group.signers).collect();
    assert_eq!(signers, [vec![1, 2], vec![0], vec![3]]);

    let periods = |ledger: &mut Ledger, now| -> Vec<_> {
        let groups = ledger.view(now, id).unwrap().groups();
        groups.iter().map(|group| group.period).collect()
    };
    let from = |activated| {
        Some(Period {
            activated,
            deadline: activated + HOUR,
        })
    };
    let minute = SignedDuration::from_mins(1);
    let open = start() + HOUR;
    assert_eq!(periods(&mut ledger, open), [from(open), None, None]);
    let first = open + minute;
    ledger.act(first, id, &[(2, SignerAct::Sign)]).unwrap();
    assert_eq!(periods(&mut ledger, first), [from(open), None, None]);
    let second = first + minute;
    ledger.act(second, id, &[(1, SignerAct::Sign)]).unwrap();
    let both = [from(open), from(second), None];
    assert_eq!(periods(&mut ledger, second), both);
    // After a refusal what was known of the periods stays, and no more comes.
    let end = second + minute;
    ledger.act(end, id, &[(0, SignerAct::Reject)]).unwrap();
    assert_eq!(periods(&mut ledger, end), both);
}

#[test]
fn jobs_come_newest_first_and_in_parts() {
    let mut ledger = ledger();
    for _ in 0..5 {
        ledger.create(start(), job(&[1]));
    }
    let ids = |jobs: Vec<JobView>| -> Vec<i64> { jobs.iter().map(|job| job.id.0).collect() };
    assert_eq!(ids(ledger.newest_jobs(start(), None, 2)), [5, 4]);
    let older = ledger.newest_jobs(start(), Some(JobId(4)), 9);
    assert_eq!(ids(older), [3, 2, 1]);
    assert_eq!(ledger.counts(start()).all(), 5);
    let open = start() + HOUR;
    ledger.act(open, JobId(1), &[(0, SignerAct::Sign)]).unwrap();
    ledger
        .act(open, JobId(2), &[(0, SignerAct::Reject)])
        .unwrap();
    let counts = JobCounts {
        in_progress: 3,
        completed: 1,
        failed: 1,
    };
    assert_eq!(ledger.counts(open), counts);
}

#[test]
fn queues_show_what_is_ready_and_what_is_out_until_when() {
    let mut ledger = ledger();
    let ids = [0, 1].map(|_| ledger.create(start(), job(&[1])));
    let now = start() + HOUR;
    for id in ids {
        ledger.act(now, id, &[(0, SignerAct::Sign)]).unwrap();
    }
    ledger.poll(now, SENDER, None);
    let completed = JobState::CompletedSuccessfully;
    let view = QueueView {
        organization: SENDER.to_owned(),
        name: None,
        ready: vec![(ids[1], completed)],
        leased: vec![(ids[0], now + LEASE)],
        next_poll: Some(now),
    };
    assert_eq!(ledger.queue_views(now), [view]);
    // What has come back is ready again, before what came later.
    let view = &ledger.queue_views(now + LEASE)[0];
    assert_eq!(view.ready, [(ids[0], completed), (ids[1], completed)]);
    assert_eq!(view.leased, []);
}

#[test]
fn queues_without_anything_in_them_are_not_kept_without_end() {
    let mut ledger = ledger();
    let mut now = start();
    for name in 0..5000 {
        now += SignedDuration::from_secs(1);
        ledger.poll(now, SENDER, Some(&format!("queue {name}")));
    }
    assert!(ledger.queue_views(now).len() <= 1000);
    // The wait of the last one is kept.
    let again = ledger.poll(now, SENDER, Some("queue 4999"));
    assert!(matches!(again, PollResponse::TooEarly { .. }));
}
