//! Object stores that are there in a process of their own: what the relay needs of them. `cargo xtask stores`
//! installs and starts some, and runs this.
#![cfg(feature = "aws")]

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use portal_client::{Environment, OrganizationNumber, SignatureJobId};
use portal_relay::{
    Deliverer, DeliveryFailure, DeliveryOutcome, HeldLease, Lease, LeaseSettings, ObjectLease,
    Outbox, RetrySchedule, Scope, Sink, Store, StoreError,
};

use crate::deliver::{Fake, PausedClock};
use crate::event::body;
use crate::outbox::{scope, sink};

/// An engine that keeps conditions: its address, and a line for each option, such as `aws_region=us-east-1`.
const ENGINE: &str = "PORTAL_RELAY_ENGINE";
/// An engine that accepts conditions and ignores them.
const LYING: &str = "PORTAL_RELAY_LYING_ENGINE";

/// What leads to a prefix of the test's own in a bucket.
struct Engine {
    address: String,
    options: Vec<(String, String)>,
}

impl Engine {
    fn from_environment(variable: &str, prefix: &str) -> Option<Self> {
        let Ok(engine) = std::env::var(variable) else {
            println!("SKIPPED: {variable} is not set; run `cargo xtask stores`");
            return None;
        };
        let mut lines = engine.lines();
        let address = lines.next().unwrap();
        let options = lines.map(|option| option.split_once('=').unwrap());
        Some(Self {
            address: format!("{address}/{prefix}-{}", std::process::id()),
            options: options
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        })
    }

    async fn open(&self, scope: Scope) -> Result<Store, StoreError> {
        Store::by_address(&self.address, self.options.clone(), scope).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_engine_is_refused() {
    let Some(engine) = Engine::from_environment(LYING, "lying") else {
        return;
    };
    let refused = engine.open(scope()).await.unwrap_err();
    assert!(
        matches!(refused, StoreError::IgnoresConditions { .. }),
        "{refused:?}"
    );
    println!("{refused}");
    // Nothing was claimed.
    let again = engine.open(scope()).await.unwrap_err();
    assert!(
        matches!(again, StoreError::IgnoresConditions { .. }),
        "{again:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_belongs_to_one_of_several_that_come_at_once() {
    for round in 0..5 {
        let prefix = format!("owners-{round}");
        let Some(engine) = Engine::from_environment(ENGINE, &prefix) else {
            return;
        };
        let engine = &engine;
        let open = async |number: &str| {
            let number = OrganizationNumber::new(number).unwrap();
            engine
                .open(Scope::new(Environment::difitest(), number))
                .await
        };
        let (first, second) = tokio::join!(open("123456789"), open("984661185"));
        let opened = [first.is_ok(), second.is_ok()];
        assert_eq!(
            opened.iter().filter(|opened| **opened).count(),
            1,
            "{first:?} {second:?}"
        );
        for refused in [first, second].into_iter().filter_map(Result::err) {
            assert!(matches!(refused, StoreError::Foreign { .. }), "{refused:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_gives_no_number_twice() {
    let Some(engine) = Engine::from_environment(ENGINE, "numbers") else {
        return;
    };
    let outbox = Outbox::new(engine.open(scope()).await.unwrap());
    let job = SignatureJobId::new(7);
    let claims = (0..32).map(|claim| {
        let outbox = outbox.clone();
        tokio::spawn(async move {
            let event = body(7, claim % 16);
            (claim % 16, outbox.sequence(job, event.id()).await.unwrap())
        })
    });
    let mut numbers = BTreeSet::new();
    for claim in claims.collect::<Vec<_>>() {
        numbers.insert(claim.await.unwrap());
    }
    let distinct: BTreeSet<u64> = numbers.iter().map(|(_, number)| *number).collect();
    assert_eq!((numbers.len(), distinct), (16, (1..=16).collect()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_holds_the_outbox() {
    let Some(engine) = Engine::from_environment(ENGINE, "outbox") else {
        return;
    };
    let outbox = Outbox::new(engine.open(scope()).await.unwrap());
    let receiver = Fake::new("receiver", PausedClock::new(), |_, event| {
        match event.sequence() {
            2 => DeliveryOutcome::retry(DeliveryFailure::Status(500)),
            _ => DeliveryOutcome::Taken,
        }
    });
    for job in 1..=20 {
        for sequence in [3, 1, 2, 1] {
            outbox
                .put([receiver.name()], &body(job, sequence))
                .await
                .unwrap();
        }
    }
    let depths = outbox.depths().await.unwrap();
    assert_eq!((depths[0].waiting, depths[0].dead), (60, 0));
    let attempts = NonZeroU32::new(3).unwrap();
    let deliverer = Deliverer::builder(outbox.clone())
        .sink(receiver.clone())
        .with_schedule(RetrySchedule::new([], Duration::from_millis(10), attempts))
        .build()
        .unwrap();
    let gate = || true;
    let done = async {
        while outbox.depths().await.unwrap()[0].waiting > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        () = deliverer.run(&gate) => panic!("the gate is open"),
        done = tokio::time::timeout(Duration::from_secs(120), done) => done.unwrap(),
    }
    let dead = outbox.dead_letters(receiver.name()).await.unwrap();
    assert_eq!(dead.len(), 20);
    assert!(
        dead.iter()
            .all(|dead| dead.attempts.as_ref().unwrap().failed == 3)
    );
    assert!(outbox.resend(&dead[0].entry).await.unwrap());
    assert_eq!(
        outbox.waiting(&sink("receiver")).await.unwrap(),
        [dead[0].entry.clone()]
    );
    let taken = receiver.taken();
    assert_eq!(taken.len(), 40);
    for job in 1..=20 {
        let of_job = taken
            .iter()
            .filter(|taken| taken.0 == job)
            .map(|taken| taken.1);
        assert_eq!(of_job.collect::<Vec<_>>(), [1, 3]);
    }
}

/// The settings of production, with everything thirty times as fast.
#[tokio::test(flavor = "multi_thread")]
async fn an_engine_hands_the_lease_over_when_the_holder_is_silent() {
    let Some(engine) = Engine::from_environment(ENGINE, "lease") else {
        return;
    };
    let settings = LeaseSettings::scaled_to(Duration::from_secs(2));
    let store = engine.open(scope()).await.unwrap();
    let lease = || ObjectLease::new(&store, settings.clone());
    let (first, second) = (lease(), lease());
    let (one, other) = tokio::join!(first.try_acquire(), second.try_acquire());
    let mut held: Vec<Box<dyn HeldLease>> = [one.unwrap(), other.unwrap()]
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(held.len(), 1);
    let silent = held.remove(0);
    let standing_by = lease();
    let began = Instant::now();
    let next = loop {
        if let Some(next) = standing_by.try_acquire().await.unwrap() {
            break next;
        }
        tokio::time::sleep(settings.look_every()).await;
        assert!(began.elapsed() < Duration::from_secs(30));
    };
    assert!(
        began.elapsed() >= Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    // The one that was silent sees that it has lost the lease.
    assert!(silent.write(&silent.state()).await.is_err());
    next.write(&next.state()).await.unwrap();
    next.release(&next.state()).await.unwrap();
    // After a clean stop nobody waits.
    assert!(lease().try_acquire().await.unwrap().is_some());
}
