//! A month of polling in a minute: the loop against the service's queues, in tokio's paused time.
//!
//! Twenty thousand polls by default, `cargo xtask simulated-month` makes a million, shared among what the
//! documentation may mean: each change of a job returns, or only the newest, or the next is held back while one is
//! out; at once after ten minutes or up to five minutes late. What must hold for each: no poll comes before its
//! permitted time, every change is handled, and none lies ready longer than the permitted wait and the jitter.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use portal_asice::KeySigner;
use portal_client::{Environment, PortalClient, Sector, Sender};
use portal_sandbox::Sandbox;
use portal_transport::SharedClock;

use self::service::{ChangeKey, Fate, Returns, Service};

#[path = "../../crates/portal-client/src/watch/tests/service.rs"]
#[allow(dead_code, reason = "the client's own tests use all of it")]
mod service;

const JITTER: Duration = Duration::from_secs(2);

/// The longest that one call takes, there and back.
const LATENCY: Duration = Duration::from_millis(400);

/// The queues, with the service's wait when they are empty: those of the test environment, and production's.
const QUEUES: [(&str, u64); 8] = [
    ("123456789", 5),
    ("123456789?one", 13),
    ("123456789?two", 21),
    ("123456789?three", 30),
    ("984661185", 30),
    ("984661185?one", 600),
    ("984661185?two", 600),
    ("988015814", 600),
];

/// How far ahead this computer's clock is, and by how much it goes wrong in a day.
const AHEAD: SignedDuration = SignedDuration::from_secs(-97);
const DRIFT_A_DAY: SignedDuration = SignedDuration::from_secs(4);

fn wall(elapsed: Duration) -> Timestamp {
    let epoch: Timestamp = "2026-03-01T08:00:00Z".parse().unwrap();
    let day = 24 * 3600;
    let drift = DRIFT_A_DAY.as_nanos() * i128::from(elapsed.as_secs()) / i128::from(day);
    let drift = SignedDuration::from_nanos(i64::try_from(drift).unwrap());
    // Four times a day, somebody sets the clock, ahead or back.
    let sets = [0, -3600, 3600, 0, 86_400];
    let set = sets[usize::try_from(elapsed.as_secs() / (day / 4)).unwrap() % sets.len()];
    let elapsed = SignedDuration::try_from(elapsed).unwrap();
    epoch + elapsed + AHEAD + drift + SignedDuration::from_secs(set)
}

/// What becomes of a call at this time: all is well, but for a quarter of an hour every eleven hours.
fn fate(elapsed: Duration) -> Fate {
    let (turn, second) = (elapsed.as_secs() / 40_000, elapsed.as_secs() % 40_000);
    match (turn % 3, second) {
        (0, 9000..9900) => Fate::Unavailable,
        (1, 9000..9900) => Fate::NoConnection,
        (2, 9000..9010) => Fate::RateBlocked,
        _ => Fate::Responded,
    }
}

fn month(polls: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // A client can't be made without a certificate to sign with, though nothing is signed.
    let sandbox = runtime
        .block_on(Sandbox::builder().standing_clock().start())
        .unwrap();
    let signer = Arc::new(KeySigner::new(sandbox.sender_certificate()).unwrap());
    drop((sandbox, runtime));
    for reading in READINGS {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let share = polls / READINGS.len() as u64;
        runtime.block_on(live(share, Arc::clone(&signer), reading));
    }
}

/// The readings of the documentation, and how much later than ten minutes a change returns at most, in seconds.
const READINGS: [(Returns, u64); 6] = [
    (Returns::Each, 0),
    (Returns::Each, 300),
    (Returns::Newest, 0),
    (Returns::Newest, 300),
    (Returns::HeldBack, 0),
    (Returns::HeldBack, 300),
];

async fn live(polls: u64, signer: Arc<KeySigner>, (returns, lag): (Returns, u64)) {
    let started = Instant::now();
    let epoch = "2026-03-01T08:00:00Z".parse().unwrap();
    let mut service = Service::new(epoch, returns)
        .with_latency(LATENCY / 2)
        .with_lag(Duration::from_secs(lag))
        .with_fate(fate);
    for (name, wait) in QUEUES {
        service = service.with_queue(name, Duration::from_secs(wait));
    }
    let by_service = service.clone();
    let client = PortalClient::new(
        Environment::difitest(),
        Sector::Unknown,
        Arc::new(service.clone()),
        signer,
    )
    .with_clock(SharedClock::new(move || wall(by_service.elapsed())));
    let queues = QUEUES.map(|(name, _)| {
        let (number, queue) = name.split_once('?').unwrap_or((name, ""));
        Sender::new(number).unwrap().with_queue(queue)
    });

    let handled = Arc::new(AtomicU64::new(0));
    let watch = client.watch().queues(queues).jitter(JITTER).seed(1);
    let stop = watch.stop_handle();
    let (at_service, counted) = (service.clone(), Arc::clone(&handled));
    let watching = tokio::spawn(watch.handle(move |_, change| {
        let key = ChangeKey {
            job: change.job_id().get(),
            nth: change.reference().unwrap().reveal().parse().unwrap(),
        };
        let service = at_service.clone();
        let counted = Arc::clone(&counted);
        async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            service.handled(key);
            counted.fetch_add(1, Ordering::Relaxed);
            Ok::<(), std::io::Error>(())
        }
    }));

    let mut random = fastrand::Rng::with_seed(1);
    let (mut changes, mut job) = (0, 0);
    while service.state().account.polls < polls {
        tokio::time::sleep(Duration::from_millis(random.u64(0..60_000))).await;
        let (queue, _) = QUEUES[random.usize(0..QUEUES.len())];
        job += 1;
        // Some jobs change more than once, at the same moment or later.
        for _ in 0..random.u64(1..=2) {
            service.change(queue, job);
            changes += 1;
        }
        if random.bool() {
            service.complete(queue, job);
            changes += 1;
        }
    }
    // Until all has been handed out, what an outage may have left has returned, and doubts have ended.
    tokio::time::sleep(Duration::from_secs(4 * 3600)).await;
    stop.stop();
    watching.await.unwrap().unwrap();

    let elapsed = service.elapsed();
    let handled = handled.load(Ordering::Relaxed);
    let open = service.open();
    let state = service.state();
    let account = &state.account;
    println!(
        "{returns:?}, up to {lag} s late: {} polls in {:.1} days, {changes} changes, {handled} handled, {} polls too early; a change lay \
         ready for at most {:.2} s beyond the permitted wait (jitter {} s); took {:.0} s",
        account.polls,
        elapsed.as_secs_f64() / 86_400.0,
        account.early,
        account.longest_beyond.as_secs_f64(),
        JITTER.as_secs(),
        started.elapsed().as_secs_f64(),
    );
    assert_eq!(account.early, 0);
    assert_eq!(handled, changes);
    assert_eq!(open, []);
    assert_eq!(account.settled_unhandled, []);
    // The poll itself takes its time to arrive.
    assert!(
        account.longest_beyond <= JITTER + LATENCY / 2,
        "{:?}",
        account.longest_beyond
    );
}

#[test]
fn a_month_of_polls_is_never_early_and_never_late() {
    let polls = std::env::var("PORTAL_MONTH_POLLS").ok();
    month(polls.and_then(|polls| polls.parse().ok()).unwrap_or(20_000));
}
