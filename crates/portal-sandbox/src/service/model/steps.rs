//! What can happen to a sandbox, and how likely.

use proptest::prelude::*;

use super::job::Time;
use super::world::World;

/// An organisation's queue: the default one, or one of two with names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Queue {
    pub(super) org: usize,
    pub(super) name: Option<&'static str>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Signer {
    pub(super) order: i32,
    pub(super) by_contact: bool,
    pub(super) by_lookup: bool,
    pub(super) advanced: bool,
    pub(super) by_name: bool,
    pub(super) for_other: bool,
}

#[derive(Debug, Clone)]
pub(super) struct New {
    pub(super) queue: Queue,
    pub(super) signers: Vec<Signer>,
    /// How far ahead the activation is, or how long ago.
    pub(super) opens_in: Time,
    pub(super) period: Time,
}

/// What was done to a job. Signers are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Did {
    Cancel,
    Sign(usize),
    Reject(usize),
    WrongCode(usize),
    Block(usize),
    Reserve(usize),
    MissContact(usize),
    LackName(usize),
}

impl Did {
    pub(super) fn signer(self) -> usize {
        match self {
            Self::Cancel => 0,
            Self::Sign(signer)
            | Self::Reject(signer)
            | Self::WrongCode(signer)
            | Self::Block(signer)
            | Self::Reserve(signer)
            | Self::MissContact(signer)
            | Self::LackName(signer) => signer,
        }
    }
}

/// One step. Numbers of jobs and organisations may be wrong ones.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Create(New),
    Act(usize, Did),
    Cancel(usize, usize),
    Poll(Queue),
    GiveAgain(usize),
    Confirm(usize, usize),
    Delete(usize, usize),
    Fetch(usize, usize),
    FetchArchived(usize, usize),
    SetMailbox(usize, usize, bool),
    /// So many calls of an organisation at once.
    Count(usize, usize),
    Advance(Time),
    NextEvent,
    Reset,
}

fn signer() -> impl Strategy<Value = Signer> {
    let kind = (any::<bool>(), any::<bool>(), 0..4_u8);
    (0..4_i32, 0..3_u8, kind).prop_map(|(order, addressed, (advanced, by_name, other))| Signer {
        order,
        by_contact: addressed == 1,
        by_lookup: addressed == 2,
        advanced,
        by_name,
        for_other: other == 0 && addressed != 2,
    })
}

fn queue() -> impl Strategy<Value = Queue> {
    let name = prop_oneof![3 => Just(None), 1 => Just(Some("a")), 1 => Just(Some("b æ"))];
    (organization(), name).prop_map(|(org, name)| Queue { org, name })
}

fn organization() -> impl Strategy<Value = usize> {
    prop_oneof![4 => Just(0), 1 => Just(1_usize)]
}

fn new() -> impl Strategy<Value = New> {
    let opens_in = prop_oneof![3 => Just(0), 1 => -5_000..1_000_000_i64];
    let period = prop_oneof![
        1 => Just(0),
        3 => 1..5_000_000_i64,
        6 => Just(30 * 24 * 3_600_000),
    ];
    let signers = prop::collection::vec(signer(), 1..5);
    (queue(), signers, opens_in, period).prop_map(|(queue, signers, opens_in, period)| New {
        queue,
        signers,
        opens_in,
        period,
    })
}

fn did() -> impl Strategy<Value = Did> {
    (0..40_u8, 0..5_usize).prop_map(|(kind, signer)| match kind {
        0 => Did::Reject(signer),
        1 => Did::Block(signer),
        2 => Did::Reserve(signer),
        3 => Did::MissContact(signer),
        4 => Did::LackName(signer),
        5..12 => Did::WrongCode(signer),
        _ => Did::Sign(signer),
    })
}

/// Times that rules are about, and a moment less.
fn advance() -> impl Strategy<Value = Time> {
    let second: Time = 1000;
    let day = 24 * 3600 * second;
    prop_oneof![
        3 => 0..2 * second,
        3 => Just(5 * second),
        2 => prop_oneof![Just(599_999), Just(600_000), 500_000..700_000_i64],
        1 => prop_oneof![Just(29_999), Just(30_000)],
        1 => prop_oneof![Just(day - 1), Just(day)],
        1 => prop_oneof![Just(7 * day - 1), Just(7 * day)],
        1 => prop_oneof![Just(40 * day - 1), Just(40 * day)],
    ]
}

/// A deletion that may succeed, or the wait for one, and how likely it is beside all other steps.
fn deletion(world: &World) -> Option<(u32, BoxedStrategy<Step>)> {
    let now = world.now;
    let mut completed: Vec<_> = world.completed().collect();
    if completed.is_empty() {
        return None;
    }
    // A moment before the time, and at the time, it is worth trying.
    let is_due = |from: Time| (0..=1).contains(&(from - now));
    let due = completed.iter().any(|&(_, _, from)| is_due(from));
    if due {
        completed.retain(|&(_, _, from)| is_due(from));
    }
    let pick = (prop::sample::select(completed), 0..8_u8);
    let pick = pick.prop_map(move |((org, number, from), what)| match what {
        0 | 1 => Step::FetchArchived(org, number),
        2 if from > now => Step::Advance(from - now - 1),
        3 if from > now => Step::Advance(from - now),
        _ => Step::Delete(org, number),
    });
    Some((if due { 5 } else { 1 }, pick.boxed()))
}

/// Any step; jobs are mostly ones that there are.
pub(super) fn any_step(world: &World) -> BoxedStrategy<Step> {
    match deletion(world) {
        Some((weight, deletion)) => prop_oneof![5 => plain_step(world), weight => deletion].boxed(),
        None => plain_step(world),
    }
}

fn plain_step(world: &World) -> BoxedStrategy<Step> {
    let newest = world.jobs.len();
    let number = move || newest.saturating_sub(4)..newest + 2;
    let owned = move || (organization(), number());
    prop_oneof![
        4 => new().prop_map(Step::Create),
        16 => (number(), did()).prop_map(|(number, did)| Step::Act(number, did)),
        14 => queue().prop_map(Step::Poll),
        1 => number().prop_map(Step::GiveAgain),
        8 => owned().prop_map(|(org, number)| Step::Confirm(org, number)),
        1 => owned().prop_map(|(org, number)| Step::Cancel(org, number)),
        3 => owned().prop_map(|(org, number)| Step::Delete(org, number)),
        2 => owned().prop_map(|(org, number)| Step::Fetch(org, number)),
        1 => owned().prop_map(|(org, number)| Step::FetchArchived(org, number)),
        1 => (number(), 0..5_usize, any::<bool>())
            .prop_map(|(number, signer, has_one)| Step::SetMailbox(number, signer, has_one)),
        1 => (organization(), 1..14_usize).prop_map(|(org, calls)| Step::Count(org, calls)),
        8 => advance().prop_map(Step::Advance),
        4 => Just(Step::NextEvent),
        1 => prop_oneof![40 => Just(Step::NextEvent), 1 => Just(Step::Reset)],
    ]
    .boxed()
}
