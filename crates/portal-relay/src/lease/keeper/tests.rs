use std::sync::atomic::AtomicI64;
use std::time::Instant;

use portal_client::jiff::ToSpan;
use portal_client::{Environment, Sender, SharedClock, Shutdown};
use tokio::time::sleep;

use super::*;

/// Tokio's timer, and a wall clock that can be set.
#[derive(Clone, Default)]
struct WallClock(Arc<AtomicI64>);

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let began: Timestamp = "2026-03-01T08:00:00Z".parse().unwrap();
        let set = self.0.load(Ordering::SeqCst);
        began + SignedDuration::from_secs(set)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Writes {
    #[default]
    Succeed,
    Fail,
    Hang,
    Lost,
}

#[derive(Debug, Default)]
struct Faked {
    mode: Mutex<Writes>,
    written: Mutex<Vec<LeaseState>>,
    until: Mutex<Option<Instant>>,
    state: Mutex<LeaseState>,
}

impl Faked {
    fn set(&self, mode: Writes) {
        *self.mode.lock().unwrap() = mode;
    }

    fn count(&self) -> usize {
        self.written.lock().unwrap().len()
    }
}

#[derive(Debug)]
struct Fake(Arc<Faked>);

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl HeldLease for Fake {
    fn state(&self) -> LeaseState {
        self.0.state.lock().unwrap().clone()
    }

    fn write<'a>(&'a self, state: &'a LeaseState) -> BoxFuture<'a, Result<(), LeaseError>> {
        Box::pin(async move {
            let sent = now();
            let mode = *self.0.mode.lock().unwrap();
            match mode {
                Writes::Succeed => {}
                Writes::Fail => return Err(LeaseError::custom("out of order")),
                Writes::Hang => std::future::pending().await,
                Writes::Lost => return Err(LeaseError::Lost),
            }
            self.0.written.lock().unwrap().push(state.clone());
            *self.0.until.lock().unwrap() = Some(sent + Duration::from_mins(1));
            Ok(())
        })
    }

    fn held_until(&self) -> Option<Instant> {
        *self.0.until.lock().unwrap()
    }

    fn release<'a>(&'a self, state: &'a LeaseState) -> BoxFuture<'a, Result<(), LeaseError>> {
        self.write(state)
    }
}

fn start() -> (Arc<Faked>, Keeper, WallClock) {
    let faked = Arc::new(Faked::default());
    *faked.until.lock().unwrap() = Some(now() + Duration::from_mins(1));
    let wall = WallClock::default();
    let settings = LeaseSettings::default().with_clock(SharedClock::new(wall.clone()));
    let keeper = Keeper::start(Box::new(Fake(Arc::clone(&faked))), settings);
    (faked, keeper, wall)
}

async fn save(keeper: &Keeper, time: PermittedPoll) -> io::Result<()> {
    let environment = Environment::difitest();
    let sender = Sender::new("123456789").unwrap();
    let times = LeasePollTimes(keeper.shared());
    times.save(QueueKey::new(&environment, &sender), time).await
}

async fn load(keeper: &Keeper) -> PermittedPoll {
    let environment = Environment::difitest();
    let sender = Sender::new("123456789").unwrap();
    let times = LeasePollTimes(keeper.shared());
    let loaded = times.load(QueueKey::new(&environment, &sender)).await;
    loaded.unwrap().unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_772_352_000 + second).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_renewed_every_fifteen_seconds() {
    let (faked, keeper, _) = start();
    sleep(Duration::from_secs(61)).await;
    assert_eq!(faked.count(), 4);
    keeper.shared().permit().await.unwrap();
}

/// A request waits for a renewal that is on its way, and is refused when there is none.
#[tokio::test(start_paused = true)]
async fn a_request_starts_only_with_enough_time_left() {
    let (faked, keeper, _) = start();
    faked.set(Writes::Fail);
    sleep(Duration::from_secs(15)).await;
    keeper.shared().permit().await.unwrap();
    sleep(Duration::from_millis(1)).await;
    let asked = now();
    let refused = keeper.shared().permit().await.unwrap_err();
    assert!(matches!(refused, LeaseError::NotHeld));
    assert_eq!(now() - asked, Duration::from_secs(10));

    let shared = keeper.shared();
    let waiting = tokio::spawn(async move { shared.permit().await });
    sleep(Duration::from_secs(3)).await;
    assert!(!waiting.is_finished());
    faked.set(Writes::Succeed);
    waiting.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_was_taken_is_known_at_the_next_renewal() {
    let (faked, keeper, _) = start();
    faked.set(Writes::Lost);
    let began = now();
    assert_eq!(keeper.lost().await, Loss::Taken);
    assert_eq!(now() - began, Duration::from_secs(15));
    assert_eq!(keeper.shared().left(), None);
    assert!(keeper.shared().permit().await.is_err());
    assert!(
        save(&keeper, PermittedPoll::new(at(600), at(0)))
            .await
            .is_err()
    );
}

/// Also when the store neither refuses nor responds.
#[tokio::test(start_paused = true)]
async fn a_lease_that_is_not_renewed_ends_in_time() {
    for mode in [Writes::Fail, Writes::Hang] {
        let (faked, keeper, _) = start();
        faked.set(mode);
        let began = now();
        assert_eq!(keeper.lost().await, Loss::Expired);
        assert_eq!(now() - began, Duration::from_mins(1), "{mode:?}");
    }
}

/// The clock for waits may stand still while the machine is suspended; the wall clock goes on.
#[tokio::test(start_paused = true)]
async fn a_suspended_machine_does_not_take_the_lease_for_held() {
    let (faked, keeper, wall) = start();
    faked.set(Writes::Hang);
    wall.0.store(50, Ordering::SeqCst);
    assert_eq!(keeper.shared().left(), Some(Duration::from_secs(10)));
    assert!(keeper.shared().permit().await.is_err());
    // Set back, it makes nothing longer.
    wall.0.store(-3600, Ordering::SeqCst);
    assert!(keeper.shared().left().unwrap() <= Duration::from_mins(1));
}

#[tokio::test(start_paused = true)]
async fn a_permitted_time_is_stored_before_the_watch_goes_on() {
    let (faked, keeper, _) = start();
    assert_eq!(load(&keeper).await, PermittedPoll::never_polled());
    let began = now();
    let time = PermittedPoll::new(at(600), at(0));
    save(&keeper, time).await.unwrap();
    assert_eq!(now(), began);
    assert_eq!(faked.count(), 1);
    assert_eq!(load(&keeper).await, time);
    let text = serde_json::to_string(&faked.written.lock().unwrap()[0]).unwrap();
    assert!(text.contains(&at(600).to_string()), "{text}");
    // So is the end of the watch.
    let ended = time.with_shutdown(Shutdown::Clean);
    save(&keeper, ended).await.unwrap();
    assert_eq!(faked.count(), 2);
    keeper.release().await.unwrap();
}

/// While changes come, the lease is not written for each; but what is stored is never a minute old.
#[tokio::test(start_paused = true)]
async fn a_queue_with_changes_costs_few_writes() {
    let (faked, keeper, wall) = start();
    save(&keeper, PermittedPoll::new(at(0), at(0)))
        .await
        .unwrap();
    assert_eq!(
        faked.count(),
        1,
        "a watch that runs is unclean from the start"
    );
    for tenth in 0..100 {
        let time = at(0) + (tenth * 100).milliseconds();
        save(&keeper, PermittedPoll::new(time, time)).await.unwrap();
        sleep(Duration::from_millis(100)).await;
        wall.0.store(tenth / 10, Ordering::SeqCst);
    }
    assert_eq!(faked.count(), 1);
    save(&keeper, PermittedPoll::new(at(40), at(40)))
        .await
        .unwrap();
    assert_eq!(faked.count(), 1);
    save(&keeper, PermittedPoll::new(at(41), at(41)))
        .await
        .unwrap();
    assert_eq!(faked.count(), 2);
    // The queue is empty: the next holder must wait as well.
    save(&keeper, PermittedPoll::new(at(642), at(42)))
        .await
        .unwrap();
    assert_eq!(faked.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn saves_at_once_share_a_write() {
    let (faked, keeper, _) = start();
    let saves = (0..50).map(|second| save(&keeper, PermittedPoll::new(at(600 + second), at(0))));
    let saved = futures_util::future::join_all(saves).await;
    assert!(saved.iter().all(Result::is_ok));
    assert!(faked.count() <= 2, "{}", faked.count());
}

/// A store that was out of reach for a moment is available again.
#[tokio::test(start_paused = true)]
async fn a_renewal_that_succeeds_ends_the_failure() {
    let (faked, keeper, _) = start();
    assert!(!keeper.shared().is_failing());
    faked.set(Writes::Fail);
    sleep(Duration::from_millis(15_500)).await;
    assert!(keeper.shared().is_failing());
    faked.set(Writes::Succeed);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(faked.count(), 1);
    assert!(!keeper.shared().is_failing());
}

#[tokio::test(start_paused = true)]
async fn a_keeper_that_is_dropped_renews_no_more_and_tells_who_waits() {
    let (faked, keeper, _) = start();
    faked.set(Writes::Hang);
    let shared = keeper.shared();
    let waiting = tokio::spawn({
        let shared = Arc::clone(&shared);
        async move {
            let (environment, sender) =
                (Environment::difitest(), Sender::new("123456789").unwrap());
            let queue = QueueKey::new(&environment, &sender);
            shared.save(queue, PermittedPoll::new(at(600), at(0))).await
        }
    });
    sleep(Duration::from_secs(1)).await;
    assert!(!waiting.is_finished());
    let dropped = now();
    drop(keeper);
    assert_eq!(shared.left(), None);
    assert!(waiting.await.unwrap().is_err());
    assert_eq!(now(), dropped);
    faked.set(Writes::Succeed);
    sleep(Duration::from_mins(2)).await;
    assert_eq!(faked.count(), 0);
}

/// Such as a file's lock: it is held until the process ends, whether it can be written or not.
#[tokio::test(start_paused = true)]
async fn a_lease_without_an_end_does_not_expire() {
    let (faked, keeper, _) = start();
    *faked.until.lock().unwrap() = None;
    faked.set(Writes::Hang);
    sleep(Duration::from_hours(240)).await;
    assert_eq!(keeper.shared().left(), Some(Duration::MAX));
    keeper.shared().permit().await.unwrap();
}

/// The first holder of all need not leave the second to another's last requests.
#[tokio::test(start_paused = true)]
async fn a_state_says_that_there_was_a_holder() {
    let (faked, keeper, _) = start();
    assert!(!keeper.shared().had_holder());
    save(&keeper, PermittedPoll::new(at(600), at(0)))
        .await
        .unwrap();
    *faked.state.lock().unwrap() = faked.written.lock().unwrap()[0].clone();
    assert!(keeper.shared().had_holder());
}
