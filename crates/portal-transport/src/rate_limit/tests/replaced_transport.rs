//! A sender who changes certificates keeps the organisation's one limit.

use super::*;

#[test]
fn a_replaced_transport_shares_the_limit_and_the_block() {
    in_paused_time(async {
        let (old, new) = (Noting::new(vec![CALLS]), Noting::new(Vec::new()));
        let before = RateLimit::new(old.clone(), SharedClock::default());
        let after = before.with_transport(new.clone());
        assert!(after.is_rate_limited());
        for _ in 0..CALLS {
            before.send(request()).await.unwrap();
        }
        // The eleventh waits, and is told of a block.
        before.send(request()).await.unwrap();
        after.send(request()).await.unwrap();
        assert_eq!(old.arrivals().len(), CALLS + 1);
        let waited = new.arrivals()[0];
        assert!(waited >= RateBlock::DEFAULT_PERIOD, "{waited:?}");
    });
}

/// A place that was reserved before the change is good after it.
#[test]
fn a_reservation_outlives_the_transport_that_it_was_made_for() {
    in_paused_time(async {
        let before = RateLimit::new(Noting::new(Vec::new()), SharedClock::default());
        let reservation = before.reserve().await.unwrap();
        let new = Noting::new(Vec::new());
        let after = before.with_transport(new.clone());
        for _ in 1..CALLS {
            after.send(request()).await.unwrap();
        }
        let mut request = request();
        request.extensions_mut().insert(reservation);
        after.send(request).await.unwrap();
        assert!(new.arrivals().iter().all(Duration::is_zero));
    });
}

#[test]
fn a_replaced_transport_with_a_limit_is_not_limited_twice() {
    let limited = RateLimit::new(Noting::new(Vec::new()), SharedClock::default());
    let other = RateLimit::new(Noting::new(Vec::new()), SharedClock::default());
    assert!(limited.with_transport(other).queue.is_none());
}
