//! Laws that hold for any sequence of calls, acts and clock moves.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portal_model::{
    IdentifierInSignedDocuments, NotificationsUsingLookup, PersonalIdentificationNumber,
    SignatureIdentifier, SignerNotify, Title,
};
use proptest::prelude::*;

use super::change_queue::LEASE;
use super::content::{JobContent, SignerContent, StoredDocument};
use super::ledger::{Ledger, NewJob, Terms};
use super::outcome::PollAnswer;
use super::{JobId, JobState, JobView, SignerAct, SignerState, SignerTraits};

const SENDER: &str = "123456789";
const WAIT: SignedDuration = SignedDuration::from_secs(5);

#[derive(Debug, Clone)]
enum Step {
    Create {
        orders: Vec<i32>,
        activation: i64,
        period: u64,
    },
    Act(usize, usize, SignerAct),
    Poll,
    Confirm(usize),
    Cancel(usize),
    Delete(usize),
    Advance(u64),
    NextEvent,
}

fn step() -> impl Strategy<Value = Step> {
    let act = prop_oneof![
        8 => Just(SignerAct::Sign),
        1 => Just(SignerAct::Reject),
        1 => Just(SignerAct::EnterWrongCode),
        1 => Just(SignerAct::Reserve),
        1 => Just(SignerAct::MissContactInformation),
        1 => Just(SignerAct::LackName),
    ];
    prop_oneof![
        2 => (
            prop::collection::vec(0..4_i32, 1..5),
            -100..1000_i64,
            prop_oneof![Just(0_u64), 1..5000_u64, Just(30 * 24 * 3600)],
        )
            .prop_map(|(orders, activation, period)| Step::Create { orders, activation, period }),
        8 => (0..4_usize, 0..5_usize, act).prop_map(|(j, s, act)| Step::Act(j, s, act)),
        6 => Just(Step::Poll),
        3 => (0..4_usize).prop_map(Step::Confirm),
        1 => (0..4_usize).prop_map(Step::Cancel),
        1 => (0..4_usize).prop_map(Step::Delete),
        4 => prop_oneof![0..20_u64, 500..700_u64, Just(24 * 3600), Just(40 * 24 * 3600)]
            .prop_map(Step::Advance),
        1 => Just(Step::NextEvent),
    ]
}

fn new_job(orders: &[i32], activation: Option<Timestamp>, period: Duration) -> NewJob {
    let signers = orders
        .iter()
        .enumerate()
        .map(|(index, &order)| SignerTraits {
            order,
            by_contact: index % 2 == 0,
            by_lookup: index % 2 == 1,
            advanced: false,
        });
    let number = PersonalIdentificationNumber::unchecked("12345678910");
    let content = SignerContent {
        identifier: SignatureIdentifier::PersonalIdentificationNumber(number),
        notify: SignerNotify::UsingLookup(NotificationsUsingLookup { sms: false }),
    };
    NewJob {
        organization: SENDER.to_owned(),
        queue: None,
        signers: signers.collect(),
        activation,
        period,
        content: JobContent {
            reference: None,
            title: Title::unchecked("A job"),
            nonsensitive_title: None,
            description: None,
            identifier_in_signed_documents: IdentifierInSignedDocuments::Name,
            signers: vec![content; orders.len()],
            documents: vec![StoredDocument {
                name: "document.pdf".to_owned(),
                title: Title::unchecked("A document"),
                mime: "application/pdf".to_owned(),
                bytes: bytes::Bytes::from_static(b"%PDF"),
            }],
        },
    }
}

/// What the test remembers of a job, to compare with what it sees later.
#[derive(Debug)]
struct Seen {
    view: JobView,
    /// What was last handed out, when, and whether it is settled.
    handed_out: Option<(Vec<SignerState>, Timestamp, bool)>,
}

struct Run {
    ledger: Ledger,
    now: Timestamp,
    next_poll: Timestamp,
    seen: BTreeMap<JobId, Seen>,
    created: Vec<JobId>,
}

fn states(view: &JobView) -> Vec<SignerState> {
    view.signers.iter().map(|signer| signer.state).collect()
}

impl Run {
    fn new() -> Self {
        let now = Timestamp::from_second(1_770_000_000).unwrap();
        Self {
            ledger: Ledger::new(Terms {
                poll_wait: WAIT,
                limits_rate: false,
                archives: false,
                mailboxes: true,
            }),
            now,
            next_poll: now,
            seen: BTreeMap::new(),
            created: Vec::new(),
        }
    }

    fn job(&self, index: usize) -> Option<JobId> {
        self.created.get(index).copied()
    }

    fn take(&mut self, step: Step) {
        let now = self.now;
        match step {
            Step::Create {
                orders,
                activation,
                period,
            } => {
                let activation = now + SignedDuration::from_secs(activation);
                let new = new_job(&orders, Some(activation), Duration::from_secs(period));
                let id = self.ledger.create(now, new);
                let view = self.ledger.view(now, id).unwrap();
                self.created.push(id);
                self.seen.insert(
                    id,
                    Seen {
                        view,
                        handed_out: None,
                    },
                );
            }
            Step::Act(job, signer, act) => {
                if let Some(id) = self.job(job) {
                    let _ = self.ledger.act(now, id, signer, act);
                }
            }
            Step::Poll => self.poll(),
            Step::Confirm(job) => {
                if let Some(id) = self.job(job) {
                    let confirmed = self.ledger.confirm(now, SENDER, id);
                    if let (Ok(()), Some(seen)) = (confirmed, self.seen.get_mut(&id))
                        && let Some(handed_out) = &mut seen.handed_out
                    {
                        handed_out.2 = true;
                    }
                }
            }
            Step::Cancel(job) => {
                if let Some(id) = self.job(job) {
                    let _ = self.ledger.cancel(now, SENDER, id);
                }
            }
            Step::Delete(job) => {
                if let Some(id) = self.job(job) {
                    self.delete(id);
                }
            }
            Step::Advance(seconds) => {
                self.now = now + Duration::from_secs(seconds);
            }
            Step::NextEvent => {
                if let Some((at, _)) = self.ledger.next_event(now) {
                    assert!(at > now);
                    self.now = at;
                }
            }
        }
        self.look();
    }

    fn delete(&mut self, id: JobId) {
        let finished = self.seen[&id].view.finished;
        if self.ledger.delete_documents(self.now, SENDER, id).is_ok() {
            let last = finished.unwrap();
            assert!(self.now.duration_since(last) >= SignedDuration::from_hours(24));
            assert!(
                self.seen[&id]
                    .view
                    .signers
                    .iter()
                    .all(|s| s.state == SignerState::Signed)
            );
        }
    }

    fn poll(&mut self) {
        match self.ledger.poll(self.now, SENDER, None) {
            PollAnswer::TooEarly { next } => {
                assert!(self.now < self.next_poll);
                assert!(next > self.now);
                self.next_poll = next;
            }
            PollAnswer::Empty { next } => {
                assert!(self.now >= self.next_poll);
                assert_eq!(next, self.now + WAIT);
                self.next_poll = next;
            }
            PollAnswer::Change { next, job } => {
                assert!(self.now >= self.next_poll);
                assert_eq!(next, self.now);
                let seen = self.seen.get_mut(&job.id).unwrap();
                let now_states = states(&job);
                if let Some((states, at, settled)) = &seen.handed_out {
                    let is_new = *states != now_states;
                    let is_returned = !settled && self.now.duration_since(*at) >= LEASE;
                    assert!(is_new || is_returned, "a change was given twice: {job:?}");
                }
                seen.handed_out = Some((now_states, self.now, false));
            }
        }
    }

    /// Looks at every job, and compares with what was seen before.
    fn look(&mut self) {
        for (&id, seen) in &mut self.seen {
            let Some(view) = self.ledger.view(self.now, id) else {
                let (states, _, settled) = seen.handed_out.as_ref().unwrap();
                assert!(settled, "a job went away unconfirmed");
                assert!(!states.contains(&SignerState::Waiting));
                continue;
            };
            for (before, after) in seen.view.signers.iter().zip(&view.signers) {
                if before.state != SignerState::Waiting {
                    assert_eq!(before.state, after.state, "an end is final");
                    assert_eq!(before.since, after.since);
                }
                assert!(before.since <= after.since && after.since <= self.now);
            }
            let waits = view.signers.iter().any(|s| s.state == SignerState::Waiting);
            assert_eq!(view.state == JobState::InProgress, waits);
            let all = view.signers.iter().all(|s| s.state == SignerState::Signed);
            assert_eq!(view.state == JobState::CompletedSuccessfully, all);
            for signed in view
                .signers
                .iter()
                .filter(|s| s.state == SignerState::Signed)
            {
                let earlier = view
                    .signers
                    .iter()
                    .filter(|s| s.traits.order < signed.traits.order);
                assert!(
                    earlier.clone().all(|s| s.state == SignerState::Signed),
                    "a later group signed before an earlier one"
                );
            }
            seen.view = view;
        }
    }

    /// Every job whose end was not confirmed is still to be had, with its end.
    fn drain(&mut self) {
        self.now += Duration::from_secs(400 * 24 * 3600);
        self.look();
        let mut missing: Vec<_> = self.ledger.open_jobs(self.now);
        while let PollAnswer::Change { job, .. } = self.ledger.poll(self.now, SENDER, None) {
            self.ledger.confirm(self.now, SENDER, job.id).unwrap();
            if job.state.is_finished() {
                missing.retain(|&id| id != job.id);
            }
        }
        assert!(missing.is_empty(), "never reported: {missing:?}");
        assert!(self.ledger.open_jobs(self.now).is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_sequence_breaks_the_rules(steps in prop::collection::vec(step(), 1..60)) {
        let mut run = Run::new();
        for step in steps {
            run.take(step);
        }
        run.drain();
    }
}

#[test]
fn a_group_gets_its_own_period_from_the_last_signature_of_the_one_before() {
    let mut run = Run::new();
    let hour = Duration::from_secs(3600);
    let id = run
        .ledger
        .create(run.now, new_job(&[1, 2, 2, 3], None, hour));
    run.now += Duration::from_secs(3000);
    run.ledger.act(run.now, id, 0, SignerAct::Sign).unwrap();
    let view = run.ledger.view(run.now, id).unwrap();
    assert_eq!(view.current_group, [1, 2]);
    assert_eq!(view.deadline, run.now + hour);
    // One of two has signed when time runs out.
    run.ledger.act(run.now, id, 2, SignerAct::Sign).unwrap();
    run.now += hour;
    let view = run.ledger.view(run.now, id).unwrap();
    assert_eq!(view.state, JobState::Failed);
    assert_eq!(
        states(&view),
        [
            SignerState::Signed,
            SignerState::Expired,
            SignerState::Signed,
            SignerState::NotApplicable,
        ]
    );
}

#[test]
fn nothing_is_left_of_jobs_that_are_confirmed_and_purged() {
    let mut run = Run::new();
    let month = Duration::from_secs(30 * 24 * 3600);
    for index in 0..300 {
        let id = run.ledger.create(run.now, new_job(&[1, 2], None, month));
        let act = if index % 3 == 0 {
            SignerAct::Reject
        } else {
            SignerAct::Sign
        };
        let _ = run.ledger.act(run.now, id, 0, act);
        if index % 3 < 2 {
            let _ = run.ledger.act(run.now, id, 1, act);
        }
        if let PollAnswer::Change { job, .. } = run.ledger.poll(run.now, SENDER, None) {
            run.ledger.confirm(run.now, SENDER, job.id).unwrap();
        }
    }
    run.drain();
    run.now += Duration::from_secs(40 * 24 * 3600);
    assert_eq!(run.ledger.held(run.now), 0);
    assert_eq!(run.ledger.next_event(run.now), None);
}
