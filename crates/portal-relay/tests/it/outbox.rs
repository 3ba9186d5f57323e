//! The outbox: what waits, in which order, and what was given up.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};
use portal_client::{Environment, OrganizationNumber, SignatureJobId};
use portal_relay::{Outbox, OutboxEntry, Scope, SinkName, Store};

use crate::event::body;
use crate::faulty_store::FaultyStore;

pub(crate) fn scope() -> Scope {
    let number = OrganizationNumber::new("123456789").unwrap();
    Scope::new(Environment::difitest(), number)
}

pub(crate) async fn in_memory() -> (Arc<InMemory>, Outbox) {
    let objects = Arc::new(InMemory::new());
    let store = Store::open(Arc::clone(&objects) as Arc<dyn ObjectStore>, scope()).await;
    (objects, Outbox::new(store.unwrap()))
}

pub(crate) fn sink(name: &str) -> SinkName {
    name.parse().unwrap()
}

#[tokio::test]
async fn what_is_put_twice_waits_once_in_the_order_of_its_sequence() {
    let (objects, outbox) = in_memory().await;
    let sinks = [sink("a"), sink("b-2")];
    for sequence in [10, 2, 1, 10] {
        outbox.put(&sinks, &body(7, sequence)).await.unwrap();
    }
    outbox.put(&sinks[..1], &body(3, 1)).await.unwrap();
    let waiting = outbox.waiting(&sinks[0]).await.unwrap();
    let order = waiting
        .iter()
        .map(|entry| (entry.job_id().get(), entry.sequence()));
    let order: Vec<_> = order.collect();
    assert_eq!(order, [(3, 1), (7, 1), (7, 2), (7, 10)]);
    assert_eq!(outbox.event(&waiting[1]).await.unwrap(), Some(body(7, 1)));

    let name = format!(
        "difitest/123456789/outbox/a/7/0000000010-{:032x}{:032x}",
        7, 10
    );
    assert!(objects.head(&name.as_str().into()).await.is_ok(), "{name}");
    let depths = outbox.depths().await.unwrap();
    let depths = depths
        .iter()
        .map(|depth| (depth.sink.as_str(), depth.waiting, depth.dead));
    let depths: Vec<_> = depths.collect();
    assert_eq!(depths, [("a", 4, 0), ("b-2", 3, 0)]);
}

/// A store may refuse a create because of another request, and not because the object is there: an event that was then
/// taken for stored would be delivered to nobody.
#[tokio::test]
async fn a_conflict_is_no_object() {
    let objects = FaultyStore::default();
    let store = Store::open(Arc::new(objects.clone()), scope())
        .await
        .unwrap();
    let outbox = Outbox::new(store);
    let conflicts = &objects.wrongs.conflicts;
    for number in 1..4 {
        conflicts.store(number, Ordering::SeqCst);
        outbox.put(&[sink("a")], &body(7, 1)).await.unwrap();
        assert_eq!(outbox.waiting(&sink("a")).await.unwrap().len(), 1);
        let entry = outbox.waiting(&sink("a")).await.unwrap().remove(0);
        let name = format!("difitest/123456789/outbox/{entry}");
        objects.inner.delete(&name.into()).await.unwrap();
    }
    // One that goes on and on is an outage.
    conflicts.store(usize::MAX, Ordering::SeqCst);
    let refused = outbox.put(&[sink("a")], &body(7, 1)).await.unwrap_err();
    assert!(refused.is_transient(), "{refused:?}");
}

/// What is not ours in the folder is left alone and not counted.
#[tokio::test]
async fn foreign_objects_in_the_outbox_are_ignored() {
    let (objects, outbox) = in_memory().await;
    for name in [
        "a/7/readme.txt",
        "a/x/0000000001-00",
        "a",
        "A/7/1",
        "a/7/1-00.attempts",
    ] {
        let name = format!("difitest/123456789/outbox/{name}");
        objects.put(&name.into(), "x".into()).await.unwrap();
    }
    assert_eq!(outbox.waiting(&sink("a")).await.unwrap(), []);
    assert_eq!(outbox.depths().await.unwrap(), []);
}

#[test]
fn entries_are_read_as_they_are_written() {
    let entry = OutboxEntry::new(sink("case-system"), &body(-7, 12));
    assert_eq!(entry.to_string().parse::<OutboxEntry>().unwrap(), entry);
    for text in ["", "a/7", "a/7/1", "a/7/1-2", "../7/1-2", "a/b/c/d"] {
        assert!(text.parse::<OutboxEntry>().is_err(), "{text}");
    }
}

#[tokio::test]
async fn the_same_event_always_has_the_same_number() {
    let (_, outbox) = in_memory().await;
    let job = SignatureJobId::new(7);
    let ids = [1, 2, 3].map(|sequence| body(7, sequence).id().clone());
    for (id, expected) in [(0, 1), (1, 2), (0, 1), (2, 3), (1, 2), (2, 3)] {
        assert_eq!(outbox.sequence(job, &ids[id]).await.unwrap(), expected);
    }
    // Another job begins at 1.
    let other = SignatureJobId::new(8);
    assert_eq!(outbox.sequence(other, &ids[0]).await.unwrap(), 1);
}

/// Two relays at work at the same time, one of them stopped for longer than its lease.
#[tokio::test(flavor = "multi_thread")]
async fn no_two_events_of_a_job_get_the_same_number() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::folder(folder.path().join("store"), scope())
        .await
        .unwrap();
    let outbox = Outbox::new(store);
    let job = SignatureJobId::new(7);
    let claims = (0..24).map(|claim| {
        let outbox = outbox.clone();
        tokio::spawn(async move {
            let event = body(7, claim % 12);
            (claim % 12, outbox.sequence(job, event.id()).await.unwrap())
        })
    });
    let mut numbers = BTreeSet::new();
    for claim in claims.collect::<Vec<_>>() {
        numbers.insert(claim.await.unwrap());
    }
    assert_eq!(numbers.len(), 12, "{numbers:?}");
    let distinct: BTreeSet<u64> = numbers.iter().map(|(_, number)| *number).collect();
    assert_eq!(distinct, (1..=12).collect());
}
