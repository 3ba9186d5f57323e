//! What a whole relay keeps in memory while a receiver is down.

use std::time::Duration;

use portal_client::{BoxFuture, SharedClock};
use portal_relay::{DeliveryFailure, DeliveryOutcome, EventBody, Relay, Sink, SinkName};

use crate::moved_clock::MovedClock;
use crate::relay::{create, sign_rest};
use crate::stage::{Stage, gated_by, until};

/// So much may come and go: buffers of connections, the journal's ring.
const FLAT: i64 = 64 * 1024;

#[derive(Debug)]
struct Down(SinkName);

impl Sink for Down {
    fn name(&self) -> &SinkName {
        &self.0
    }

    fn deliver<'a>(&'a self, _: &'a EventBody) -> BoxFuture<'a, DeliveryOutcome> {
        Box::pin(async { DeliveryOutcome::retry(DeliveryFailure::Status(503)) })
    }
}

/// Polling, lease, outbox and schedule go on for three days. Service and relay are on one thread, whose allocations are
/// counted; the store is in memory too, and the same objects are written again and again.
#[test]
fn a_relay_keeps_no_more_while_a_receiver_is_down() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    let clock = MovedClock::default();
    let (stage, relay) = runtime.block_on(async {
        let stage = Stage::new().await;
        create(&stage, 20).await;
        let client = gated_by(&stage.sandbox, &stage.gate, clock.clone());
        let relay = Relay::builder(client, stage.store.clone())
            .gate(stage.gate.clone())
            .clock(SharedClock::new(clock.clone()))
            .sink(Down(SinkName::new("receiver").unwrap()))
            .jitter(Duration::ZERO)
            .build()
            .unwrap();
        (stage, relay)
    });
    let running = runtime.spawn({
        let relay = relay.clone();
        async move { relay.run().await }
    });
    runtime.block_on(until("all jobs confirmed", async || {
        sign_rest(&stage.sandbox);
        stage.sandbox.jobs().is_empty()
    }));
    let half_day = |_| {
        let half_day = async {
            for _ in 0..24 {
                clock.advance(&stage.sandbox, Duration::from_mins(30));
                tokio::time::sleep(Duration::from_millis(15)).await;
            }
            // Polling goes on.
            assert!(!stage.sandbox.journal().is_empty());
            stage.sandbox.clear_journal();
        };
        allocation_counter::measure(|| runtime.block_on(half_day)).bytes_current
    };
    let attempts = || relay.quick_status().sinks[0].failed;
    let before = attempts();
    let grown: Vec<i64> = (0..7).map(half_day).collect();
    assert!(attempts() >= before + 20 * 8, "{}", attempts());
    // The first half day sets everything up.
    assert!(grown[1..].iter().sum::<i64>() < FLAT, "{grown:?}");
    runtime.block_on(async {
        let waiting = relay.status().await.outbox.unwrap()[0].waiting;
        assert_eq!(waiting, 30);
        relay.stop();
        running.await.unwrap().unwrap();
    });
}
