//! The ledger against a plain model of the rules: any sequence of calls, acts and clock moves is
//! responded to alike by both, and leaves every job alike.
//!
//! Eight hundred sequences by default; `cargo xtask model-campaign` runs 10,000.

mod job;
mod steps;
mod world;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portal_model::{
    NotificationsUsingLookup, PersonalIdentificationNumber, SignatureIdentifier, SignerNotify,
    Title,
};
use proptest::prelude::*;
use proptest::test_runner::Config;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use super::call_rate::Admitted;
use super::content::{JobContent, SignerContent, StoredDocument};
use super::ledger::{Ledger, NewJob, Terms};
use super::modes::{ChangeState, EarlyPoll, ParallelChanges, QueueModes};
use super::outcome::{CancelError, DeleteError, PollResponse};
use super::{ActError, JobId, JobView, SignerAct, SignerState, SignerTraits};
use job::{Status, Time};
use steps::{Did, New, Step};
use world::{POLL_WAIT, Reply, World};

const ORGANIZATIONS: [&str; 2] = ["123456789", "988015814"];
const SEQUENCES: u32 = 800;

fn at(time: Time) -> Timestamp {
    Timestamp::from_millisecond(1_770_000_000_000 + time).unwrap()
}

fn time(at: Timestamp) -> Time {
    at.as_millisecond() - 1_770_000_000_000
}

fn id(number: usize) -> JobId {
    JobId(i64::try_from(number).unwrap())
}

fn number(id: JobId) -> usize {
    usize::try_from(id.0).unwrap()
}

/// Every way that a queue may behave.
fn modes() -> impl Strategy<Value = QueueModes> {
    any::<[bool; 3]>().prop_map(|[parallel, early_poll, shown]| QueueModes {
        parallel: if parallel {
            ParallelChanges::HeldBack
        } else {
            ParallelChanges::HandedOut
        },
        early_poll: if early_poll {
            EarlyPoll::KeepsTime
        } else {
            EarlyPoll::MovesTime
        },
        shown: if shown {
            ChangeState::AsQueued
        } else {
            ChangeState::AsHandedOut
        },
    })
}

/// The model side.
struct Rules;

impl ReferenceStateMachine for Rules {
    type State = World;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<World> {
        (any::<bool>(), any::<bool>(), modes())
            .prop_map(|(archives, mailboxes, modes)| World::new(archives, mailboxes, modes))
            .boxed()
    }

    fn transitions(world: &World) -> BoxedStrategy<Step> {
        steps::any_step(world)
    }

    fn apply(mut world: World, step: &Step) -> World {
        world.take(step);
        world
    }
}

/// The sandbox's side.
struct Tested {
    ledger: Ledger,
    now: Time,
}

impl StateMachineTest for Tested {
    type SystemUnderTest = Self;
    type Reference = Rules;

    fn init_test(world: &World) -> Self {
        let ledger = Ledger::new(Terms {
            poll_wait: SignedDuration::from_millis(POLL_WAIT),
            limits_rate: true,
            archives: world.archives,
            mailboxes: world.mailboxes,
            modes: world.modes,
            first_job: JobId(1),
        });
        Self { ledger, now: 0 }
    }

    fn apply(mut tested: Self, world: &World, step: Step) -> Self {
        let response = tested.take(&step);
        assert_eq!(response, world.response, "{step:?}");
        tested.look(world);
        tested
    }

    fn teardown(tested: Self, world: World) {
        tested.nothing_is_left(&world);
    }
}

prop_state_machine! {
    #![proptest_config(Config {
        cases: sequences(),
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn the_ledger_does_what_the_rules_say(sequential 1..80 => Tested);
}

fn sequences() -> u32 {
    let sequences = std::env::var("PORTAL_MODEL_RUNS").ok();
    sequences.map_or(SEQUENCES, |sequences| sequences.parse().unwrap())
}

impl Tested {
    fn take(&mut self, step: &Step) -> Reply {
        let now = at(self.now);
        let ledger = &mut self.ledger;
        match step {
            Step::Create(new) => Reply::Made(number(ledger.create(now, new_job(now, new)))),
            Step::Act(number, did) => {
                let (signer, act) = act(*did);
                done(ledger.act(now, id(*number), &[(signer, act)]), refusal)
            }
            Step::Cancel(org, number) => {
                let cancelled = ledger.cancel(now, ORGANIZATIONS[*org], id(*number));
                done(cancelled, |error| match error {
                    CancelError::NoSuchJob => Reply::Refused("NoSuchJob"),
                    CancelError::Finished(_) => Reply::Refused("Finished"),
                })
            }
            Step::Poll(queue) => match ledger.poll(now, ORGANIZATIONS[queue.org], queue.name) {
                PollResponse::TooEarly { next } => Reply::TooEarly(time(next)),
                PollResponse::Empty { next } => Reply::Empty(time(next)),
                PollResponse::Change { next, job } => {
                    assert_eq!(next, now);
                    Reply::Changed(
                        number(job.id),
                        job.state.as_str(),
                        statuses(&job),
                        job.has_documents,
                    )
                }
            },
            Step::GiveAgain(number) => {
                ledger.settle(now);
                ledger.give_again(now, id(*number));
                Reply::Nothing
            }
            Step::Confirm(org, number) => {
                let confirmed = ledger.confirm(now, ORGANIZATIONS[*org], id(*number));
                done(confirmed, |_| Reply::Refused("NoSuchJob"))
            }
            Step::Delete(org, number) => {
                let deleted = ledger.delete_documents(now, ORGANIZATIONS[*org], id(*number));
                done(deleted, |error| match error {
                    DeleteError::NoSuchJob => Reply::Refused("NoSuchJob"),
                    DeleteError::NotAllSigned => Reply::Refused("NotAllSigned"),
                    DeleteError::TooSoon { earliest } => Reply::TooSoon(time(earliest)),
                })
            }
            Step::Fetch(org, number) => {
                match ledger.readable(now, ORGANIZATIONS[*org], id(*number)) {
                    Ok(job) => documents(&job),
                    Err(_) => Reply::Refused("NoSuchJob"),
                }
            }
            Step::FetchArchived(org, number) => {
                let archived = ledger.archived(now, ORGANIZATIONS[*org], id(*number));
                done(
                    archived.map(|job| assert!(job.has_signed_documents())),
                    |_| Reply::Refused("NoSuchJob"),
                )
            }
            Step::SetMailbox(number, signer, has_one) => {
                let set = ledger.set_mailbox(now, id(*number), *signer, *has_one);
                done(set, refusal)
            }
            Step::Count(org, calls) => {
                let admitted =
                    (0..*calls).map(|_| ledger.admit(now, ORGANIZATIONS[*org]) == Admitted::Yes);
                Reply::Counted(admitted.collect())
            }
            Step::Advance(by) => {
                self.now += by;
                Reply::Nothing
            }
            Step::NextEvent => {
                let next = ledger.next_event(now).map(|(at, _)| time(at));
                self.now = next.unwrap_or(self.now);
                Reply::Next(next)
            }
            Step::Reset => {
                ledger.reset();
                Reply::Nothing
            }
        }
    }

    /// Looks at every job.
    fn look(&mut self, world: &World) {
        assert_eq!(self.now, world.now);
        let now = at(self.now);
        let numbers = 1..=world.jobs.len();
        let open: Vec<_> = numbers
            .clone()
            .filter(|&n| world.open(n).is_some())
            .collect();
        let listed: Vec<_> = self.ledger.open_jobs(now).into_iter().map(number).collect();
        assert_eq!(listed, open);
        for number in numbers {
            let view = self.ledger.view(now, id(number));
            let Some(job) = world.open(number) else {
                assert!(view.is_none(), "job {number} is still there");
                continue;
            };
            let view = view.unwrap();
            let standing = job.standing(world.now);
            assert_eq!(statuses(&view), standing.statuses, "job {number}");
            assert_eq!(view.state.as_str(), standing.state());
            assert_eq!(view.current_group, job.in_turn(&standing));
            assert_eq!(time(view.activated), standing.active);
            assert_eq!(time(view.deadline), standing.deadline);
            assert_eq!(view.finished.map(time), standing.ended);
            assert_eq!(view.has_documents, job.has_documents(world.now));
            let deletable_from = job.deletable_from(world.now);
            assert_eq!(view.deletable_from.map(time), deletable_from);
            assert_eq!(view.mailboxes, job.mailboxes());
        }
    }

    /// Once every change is confirmed and time has gone by, only the archive is held.
    fn nothing_is_left(mut self, world: &World) {
        self.now += 400 * 24 * 3_600_000;
        for queue in world.queues() {
            while let Reply::Changed(number, ..) = self.take(&Step::Poll(queue)) {
                self.take(&Step::Confirm(queue.org, number));
            }
        }
        let now = at(self.now);
        assert_eq!(self.ledger.open_jobs(now), []);
        self.now += 40 * 24 * 3_600_000;
        assert_eq!(self.ledger.held(at(self.now)), 0);
    }
}

fn done<E>(outcome: Result<(), E>, refused: impl FnOnce(E) -> Reply) -> Reply {
    outcome.map_or_else(refused, |()| Reply::Done)
}

#[expect(clippy::needless_pass_by_value, reason = "it is mapped over results")]
fn refusal(error: ActError) -> Reply {
    Reply::Refused(match error {
        ActError::NoSuchJob { .. } => "NoSuchJob",
        ActError::NoSuchSigner { .. } => "NoSuchSigner",
        ActError::NotWaiting { .. } => "NotWaiting",
        ActError::NotTheirTurn { .. } => "NotTheirTurn",
        ActError::NotYetActive { .. } => "NotYetActive",
        ActError::Impossible { .. } => "Impossible",
    })
}

fn act(did: Did) -> (usize, SignerAct) {
    let act = match did {
        Did::Sign(_) => SignerAct::Sign,
        Did::Reject(_) | Did::Cancel => SignerAct::Reject,
        Did::WrongCode(_) => SignerAct::EnterWrongCode,
        Did::Block(_) => SignerAct::Block,
        Did::Reserve(_) => SignerAct::Reserve,
        Did::MissContact(_) => SignerAct::MissContactInformation,
        Did::LackName(_) => SignerAct::LackName,
    };
    (did.signer(), act)
}

fn statuses(view: &JobView) -> Vec<Status> {
    let signers = view.signers.iter();
    signers.map(|s| (s.state.as_str(), time(s.since))).collect()
}

fn documents(job: &JobView) -> Reply {
    let signed = |s: &super::SignerCourse| job.has_documents && s.state == SignerState::Signed;
    Reply::Documents {
        pades: job.has_signed_documents(),
        xades: job.signers.iter().map(signed).collect(),
    }
}

fn new_job(now: Timestamp, new: &New) -> NewJob {
    let number = PersonalIdentificationNumber::unchecked("12345678910");
    let content = SignerContent {
        identifier: SignatureIdentifier::PersonalIdentificationNumber(number),
        notify: SignerNotify::UsingLookup(NotificationsUsingLookup::EMAIL_ONLY),
    };
    NewJob {
        organization: ORGANIZATIONS[new.queue.org].to_owned(),
        queue: new.queue.name.map(ToOwned::to_owned),
        signers: new.signers.iter().map(traits).collect(),
        found: Vec::new(),
        activation: Some(now + SignedDuration::from_millis(new.opens_in)),
        period: Duration::from_millis(new.period.unsigned_abs()),
        content: JobContent {
            signers: vec![content; new.signers.len()],
            documents: vec![StoredDocument {
                name: "document.pdf".to_owned(),
                title: Title::unchecked("A document"),
                mime: "application/pdf".to_owned(),
                bytes: bytes::Bytes::from_static(b"%PDF"),
            }],
            ..JobContent::titled("A job")
        },
    }
}

fn traits(signer: &steps::Signer) -> SignerTraits {
    SignerTraits {
        order: signer.order,
        by_contact: signer.by_contact,
        by_lookup: signer.by_lookup,
        advanced: signer.advanced,
        by_name: signer.by_name,
        for_other: signer.for_other,
    }
}
