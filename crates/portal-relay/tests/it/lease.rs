//! Who holds the lease: one of several, and another when it has gone.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{Request, Response};
use portal_client::{
    Body, BoxFuture, Environment, ErrorKind, OrganizationNumber, Transport, TransportError,
};
use portal_relay::{
    FolderLease, HeldLease, Lease, LeaseError, LeaseGate, LeaseSettings, LeaseState, ObjectLease,
    Scope, Store,
};
use tokio::time::Instant;

use crate::faulty_store::FaultyStore;

pub(crate) fn scope() -> Scope {
    let number = OrganizationNumber::new("123456789").unwrap();
    Scope::new(Environment::difitest(), number)
}

async fn in_memory() -> (FaultyStore, Store) {
    let objects = FaultyStore::default();
    let store = Store::open(Arc::new(objects.clone()), scope())
        .await
        .unwrap();
    (objects, store)
}

fn lease(store: &Store) -> ObjectLease {
    ObjectLease::new(store, LeaseSettings::default())
}

/// A state as a holder leaves it.
fn state(queue: &str) -> LeaseState {
    let time = r#"{"permitted_at":"2026-03-01T08:10:00Z","noted_at":"2026-03-01T08:00:00Z"}"#;
    serde_json::from_str(&format!(r#"{{"queues":{{"{queue}":{time}}}}}"#)).unwrap()
}

/// Looks as a relay does that stands by.
async fn stand_by(lease: &dyn Lease) -> Box<dyn HeldLease> {
    loop {
        if let Some(held) = lease.try_acquire().await.unwrap() {
            return held;
        }
        tokio::time::sleep(LeaseSettings::default().look_every()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_of_several_holds_the_lease() {
    let (_, store) = in_memory().await;
    let leases: Vec<ObjectLease> = (0..10).map(|_| lease(&store)).collect();
    let looks = leases.iter().map(Lease::try_acquire);
    let held = futures_util::future::join_all(looks).await;
    let held: Vec<_> = held.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(held.len(), 1);
    let left = held[0]
        .held_until()
        .unwrap()
        .duration_since(Instant::now().into_std());
    assert_eq!(left, Duration::from_mins(1));
}

/// However long after a renewal the holder dies, and whenever the other looks.
#[tokio::test(start_paused = true)]
async fn a_holder_that_died_is_followed_within_ninety_seconds() {
    for offset in (0..10).map(Duration::from_secs) {
        let (_, store) = in_memory().await;
        let held = lease(&store).try_acquire().await.unwrap().unwrap();
        let next = lease(&store);
        let standing_by = tokio::spawn(async move { stand_by(&next).await });
        for _ in 0..40 {
            tokio::time::sleep(Duration::from_secs(15)).await;
            held.write(&state("a")).await.unwrap();
            assert!(!standing_by.is_finished());
        }
        tokio::time::sleep(offset).await;
        let until = held.held_until().unwrap();
        let died = Instant::now();
        drop(held);
        let next = standing_by.await.unwrap();
        let taken = Instant::now();
        assert!(taken.into_std() >= until, "not before its time was over");
        assert!(
            taken - died <= Duration::from_secs(90),
            "{:?}",
            taken - died
        );
        assert_eq!(next.state(), state("a"));
    }
}

/// A process that was stopped for longer than the lease lives does not know that it lost it.
#[tokio::test(start_paused = true)]
async fn a_holder_that_slept_has_lost_the_lease() {
    let (_, store) = in_memory().await;
    let slept = lease(&store).try_acquire().await.unwrap().unwrap();
    let next = stand_by(&lease(&store)).await;
    for _ in 0..2 {
        let error = slept.write(&state("a")).await.unwrap_err();
        assert!(matches!(error, LeaseError::Lost), "{error}");
    }
    let error = slept.release(&state("a")).await.unwrap_err();
    assert!(matches!(error, LeaseError::Lost), "{error}");
    next.write(&state("b")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_was_released_is_free_at_once() {
    let (_, store) = in_memory().await;
    let (first, second) = (lease(&store), lease(&store));
    let held = first.try_acquire().await.unwrap().unwrap();
    assert!(second.try_acquire().await.unwrap().is_none());
    held.release(&state("a")).await.unwrap();
    let next = second.try_acquire().await.unwrap().unwrap();
    assert_eq!(next.state(), state("a"));
    assert!(first.try_acquire().await.unwrap().is_none());
    // The first is done for.
    let error = held.write(&state("c")).await.unwrap_err();
    assert!(matches!(error, LeaseError::Lost), "{error}");
}

/// A write whose response was lost is settled by reading.
#[tokio::test(start_paused = true)]
async fn a_lost_response_does_not_lose_the_lease() {
    let (objects, store) = in_memory().await;
    let lose = |count| objects.wrongs.lost_responses.store(count, Ordering::SeqCst);
    // Taking it.
    lose(1);
    let held = lease(&store).try_acquire().await.unwrap().unwrap();
    // Renewing it.
    tokio::time::sleep(Duration::from_secs(15)).await;
    lose(1);
    held.write(&state("a")).await.unwrap();
    let left = held.held_until().unwrap() - Instant::now().into_std();
    assert_eq!(left, Duration::from_mins(1));
    // The response lost, and the store out of reach when it is asked.
    let outage = |count| objects.wrongs.outage.store(count, Ordering::SeqCst);
    outage(1);
    held.write(&state("b")).await.unwrap_err();
    held.write(&state("b")).await.unwrap();
    assert!(lease(&store).try_acquire().await.unwrap().is_none());
}

/// A renewal that arrived although its response and the look at it failed changes the version; the next one finds that.
#[tokio::test(start_paused = true)]
async fn a_renewal_that_arrived_unseen_is_found_by_the_next() {
    let (objects, store) = in_memory().await;
    let held = lease(&store).try_acquire().await.unwrap().unwrap();
    // What another write of this holder leaves behind: a new version, unknown to it.
    let name = object_store::path::Path::from("difitest/123456789/lease.json");
    let there = object_store::ObjectStoreExt::get(&*objects.inner, &name)
        .await
        .unwrap();
    let text = String::from_utf8(there.bytes().await.unwrap().to_vec()).unwrap();
    let mut lease: serde_json::Value = serde_json::from_str(&text).unwrap();
    lease["beat"] = "another beat".into();
    let text = lease.to_string().into_bytes();
    object_store::ObjectStoreExt::put(&*objects.inner, &name, text.into())
        .await
        .unwrap();
    held.write(&state("a")).await.unwrap();
}

/// All have read before one writes: when nobody has held it yet, and when its holder has gone.
#[tokio::test(start_paused = true)]
async fn of_several_that_saw_it_free_one_takes_it() {
    let (objects, store) = in_memory().await;
    for holder_has_gone in [false, true] {
        let leases: Vec<ObjectLease> = (0..10).map(|_| lease(&store)).collect();
        if holder_has_gone {
            for lease in &leases {
                assert!(lease.try_acquire().await.unwrap().is_none());
            }
            tokio::time::sleep(LeaseSettings::default().ttl()).await;
        }
        let writes = objects.wrongs.writes.lock().await;
        let looks = leases
            .into_iter()
            .map(|lease| tokio::spawn(async move { lease.try_acquire().await.unwrap() }));
        let looks: Vec<_> = looks.collect();
        tokio::time::sleep(Duration::from_millis(1)).await;
        drop(writes);
        let looks = futures_util::future::join_all(looks).await;
        let mut held = looks.into_iter().filter_map(Result::unwrap);
        let first = held.next().unwrap();
        assert!(held.next().is_none());
        first.write(&state("a")).await.unwrap();
    }
}

/// One that stands by takes the holder for gone, and before it writes, a renewal arrives that was long on its way.
#[tokio::test(start_paused = true)]
async fn a_renewal_before_the_takeover_keeps_the_lease() {
    let (objects, store) = in_memory().await;
    let held = lease(&store).try_acquire().await.unwrap().unwrap();
    let next = lease(&store);
    assert!(next.try_acquire().await.unwrap().is_none());
    tokio::time::sleep(LeaseSettings::default().ttl()).await;
    let writes = objects.wrongs.writes.lock().await;
    let renewed = tokio::spawn(async move {
        held.write(&state("a")).await.unwrap();
        held
    });
    tokio::time::sleep(Duration::from_millis(1)).await;
    let taken = tokio::spawn(async move { next.try_acquire().await.unwrap() });
    tokio::time::sleep(Duration::from_millis(1)).await;
    drop(writes);
    let held = renewed.await.unwrap();
    assert!(taken.await.unwrap().is_none());
    held.write(&state("b")).await.unwrap();
}

/// The object is as before: what was refused is written once more.
#[tokio::test(start_paused = true)]
async fn a_refusal_without_another_write_changes_nothing() {
    let (objects, store) = in_memory().await;
    let refuse = |count| objects.wrongs.conflicts.store(count, Ordering::SeqCst);
    let held = lease(&store).try_acquire().await.unwrap().unwrap();
    refuse(1);
    held.write(&state("a")).await.unwrap();
    held.release(&state("b")).await.unwrap();
    refuse(1);
    let held = lease(&store).try_acquire().await.unwrap().unwrap();
    assert_eq!(held.state(), state("b"));
    // Who is refused for ever gives up.
    refuse(usize::MAX);
    let error = held.write(&state("c")).await.unwrap_err();
    assert!(matches!(error, LeaseError::Lost), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_release_whose_response_was_lost_is_a_release() {
    let (objects, store) = in_memory().await;
    let held = lease(&store).try_acquire().await.unwrap().unwrap();
    objects.wrongs.die_after(1);
    let error = held.release(&state("a")).await.unwrap_err();
    assert!(matches!(error, LeaseError::Store { .. }), "{error}");
    assert!(objects.wrongs.revive());
    let error = held.write(&state("b")).await.unwrap_err();
    assert!(matches!(error, LeaseError::Lost), "{error}");
    let next = lease(&store).try_acquire().await.unwrap().unwrap();
    assert_eq!(next.state(), state("a"));
}

/// A holder with other settings lives as long as it says, and not shorter than others count on.
#[tokio::test(start_paused = true)]
async fn a_holder_has_its_own_time_to_live() {
    let (_, store) = in_memory().await;
    let minute = Duration::from_mins(1);
    for (holders, others) in [(2 * minute, minute), (minute, 2 * minute)] {
        let with = |ttl| ObjectLease::new(&store, LeaseSettings::scaled_to(ttl));
        let held = with(holders).try_acquire().await.unwrap().unwrap();
        let next = with(others);
        assert!(next.try_acquire().await.unwrap().is_none());
        tokio::time::sleep(2 * minute - Duration::from_millis(1)).await;
        assert!(next.try_acquire().await.unwrap().is_none());
        tokio::time::sleep(Duration::from_millis(1)).await;
        let next = next.try_acquire().await.unwrap().unwrap();
        next.release(&state("a")).await.unwrap();
        drop(held);
    }
}

#[derive(Debug)]
struct Line {
    is_rate_limited: bool,
}

impl Transport for Line {
    fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async { Err(TransportError::unsent(ErrorKind::Layer)) })
    }

    fn is_rate_limited(&self) -> bool {
        self.is_rate_limited
    }
}

/// Whether there is a rate limit below decides whether the client adds one.
#[test]
fn a_gate_is_rate_limited_as_what_it_guards() {
    let gate = LeaseGate::new();
    for is_rate_limited in [false, true] {
        let guarded = gate.guard(Line { is_rate_limited });
        assert_eq!(guarded.is_rate_limited(), is_rate_limited);
    }
    assert_eq!(format!("{gate:?}"), "LeaseGate { is_open: false }");
}

/// What the log may show of a lease: which holder it is, and none of the names by which the store knows it.
#[tokio::test(start_paused = true)]
async fn a_lease_shows_its_generation() {
    let (_, store) = in_memory().await;
    let held = lease(&store).try_acquire().await.unwrap().unwrap();
    held.release(&state("a")).await.unwrap();
    let lease = lease(&store);
    assert!(format!("{lease:?}").starts_with("ObjectLease { store: "));
    let held = lease.try_acquire().await.unwrap().unwrap();
    assert!(format!("{held:?}").starts_with("HeldLease { generation: 2, until: "));
}

#[tokio::test]
async fn a_folders_lease_ends_with_its_holder() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::folder(folder.path().join("store"), scope())
        .await
        .unwrap();
    let other = Store::folder(folder.path().join("store"), scope())
        .await
        .unwrap();
    let (first, second) = (
        FolderLease::new(&store).unwrap(),
        FolderLease::new(&other).unwrap(),
    );
    let held = first.try_acquire().await.unwrap().unwrap();
    assert_eq!(held.state(), LeaseState::default());
    assert_eq!(held.held_until(), None);
    assert!(second.try_acquire().await.unwrap().is_none());
    held.write(&state("a")).await.unwrap();
    drop(held);
    let held = second.try_acquire().await.unwrap().unwrap();
    assert_eq!(held.state(), state("a"));
    assert!(first.try_acquire().await.unwrap().is_none());
    held.release(&state("b")).await.unwrap();
    assert_eq!(
        first.try_acquire().await.unwrap().unwrap().state(),
        state("b")
    );
}

#[tokio::test]
async fn only_a_folder_has_a_lock() {
    let (_, store) = in_memory().await;
    assert!(FolderLease::new(&store).is_none());
}
