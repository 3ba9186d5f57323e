//! Who holds the lease: one of several, and another when it has gone.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use portal_client::{Environment, OrganizationNumber};
use portal_relay::{
    FolderLease, HeldLease, Lease, LeaseError, LeaseSettings, LeaseState, ObjectLease, Scope, Store,
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
