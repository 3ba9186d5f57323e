//! What is shown of a relay, and that it lives.

use std::sync::atomic::Ordering;
use std::time::Duration;

use portal_client::BoxFuture;
use portal_relay::{HeldLease, Lease, LeaseError, LeaseSettings, RelayRole};

use super::{Kept, create, sign_rest};
use crate::stage::{Stage, job, run, until};

/// What is shown of a relay while it works: status, debug and errors.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_is_shown() {
    let stage = Stage::new().await;
    create(&stage, 2).await;
    let queue = portal_client::Sender::from(stage.sandbox.sender().clone());
    let relay = stage
        .relay()
        .queue(queue.clone())
        .queue(queue.with_queue("Ola Nordmann"))
        .sink(Kept::new())
        .delete_after(Duration::ZERO)
        .build()
        .unwrap();
    let running = run(&relay);
    until("all jobs confirmed", async || {
        sign_rest(&stage.sandbox);
        stage.sandbox.jobs().is_empty()
    })
    .await;
    let status = relay.status().await;
    relay.stop();
    running.await.unwrap().unwrap();
    assert!(status.deletes_at_service && status.certificate_days_left.unwrap() > 0);
    let wanted = job(&stage.client, "job-0", 1);
    let creation = relay.create(&wanted).await.unwrap();
    let again = relay
        .create(&job(&stage.client, "job-0", 2))
        .await
        .unwrap_err();
    let shown = format!("{status:?} {relay:?} {creation:?} {again:?} {again}");
    let personal = [
        "12345678910",
        "01013300001",
        "email@example.com",
        "Job title",
        "Document title",
        "Ola Nordmann",
        "job-0",
    ];
    for text in personal {
        assert!(!shown.contains(text), "{text} in {shown}");
    }
}

/// A store that was out of reach for a moment, while the lease is held.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_back_makes_the_relay_ready_again() {
    let stage = Stage::new().await;
    let settings = LeaseSettings::scaled_to(Duration::from_mins(1));
    let relay = stage.relay().lease_settings(settings).build().unwrap();
    let running = run(&relay);
    until("ready", async || {
        let status = relay.quick_status();
        status.role == RelayRole::Active && status.is_ready()
    })
    .await;
    let takeovers = relay.quick_status().counts.takeovers;
    let outage = &stage.objects.wrongs.outage;
    until("not ready", async || {
        // Whatever else asks the store may take the failure.
        outage.store(1, Ordering::SeqCst);
        !relay.quick_status().is_ready()
    })
    .await;
    outage.store(0, Ordering::SeqCst);
    until("ready again", async || relay.quick_status().is_ready()).await;
    assert_eq!(relay.quick_status().counts.takeovers, takeovers);
    relay.stop();
    running.await.unwrap().unwrap();
}

/// A lease that takes long to respond.
#[derive(Debug)]
struct Slow;

impl Lease for Slow {
    fn try_acquire(&self) -> BoxFuture<'_, Result<Option<Box<dyn HeldLease>>, LeaseError>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_slow_store_does_not_make_the_relay_look_stuck() {
    let stage = Stage::new().await;
    let relay = stage.relay().lease(Slow).build().unwrap();
    tokio::time::pause();
    let run = async {
        let relay = relay.clone();
        tokio::time::timeout(Duration::from_mins(3), relay.run()).await
    };
    let look = async {
        tokio::time::sleep(Duration::from_mins(2)).await;
        relay.quick_status()
    };
    let (cut_off, status) = tokio::join!(run, look);
    assert!(cut_off.is_err());
    assert_eq!(status.role, RelayRole::StandingBy);
    assert!(status.is_live(), "{status:?}");
    // Cut off, it is stuck for whoever looks.
    tokio::time::advance(Duration::from_mins(1)).await;
    assert!(!relay.quick_status().is_live());
}
