//! Not calling more often than the service allows.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::{Request, Response, StatusCode};

use crate::{Body, BoxFuture, Clock, SharedClock, Transport, TransportError};

/// How many calls may go out in one [`WINDOW`]. Source: the service's documentation allows an
/// organisation ten in a second.
const CALLS: usize = 10;
/// A tenth more than a second, for calls that the network brings closer together.
const WINDOW: Duration = Duration::from_millis(1_100);
/// For how long the service blocks an organisation that called too often. Source: the service's
/// documentation.
const BLOCK: Duration = Duration::from_secs(30);

/// A [`Transport`] that keeps to the service's limit of ten calls per second, and waits for 30
/// seconds when the service has blocked the organisation for too many calls.
///
/// The limit is the organisation's: make one layer for each and clone it. Clones share the limit,
/// and calls go out in the order in which they were made. The waiting is not part of any time
/// limit of the transport below. The answer that told of the block is handed on.
///
/// ```
/// use portal_transport::{RateLimit, SharedClock};
/// # use portal_transport::HyperTransport;
///
/// # fn example(transport: HyperTransport) {
/// let transport = RateLimit::new(transport, SharedClock::default());
/// let another_task = transport.clone();
/// # }
/// ```
#[derive(Clone)]
pub struct RateLimit {
    transport: Arc<dyn Transport>,
    clock: SharedClock,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// When the last calls went out, or will; at most [`CALLS`] of them.
    slots: VecDeque<Instant>,
    blocked_until: Option<Instant>,
}

impl State {
    /// Reserves the first moment at which one more call may go out.
    fn reserve(&mut self, now: Instant) -> Instant {
        let mut slot = self.blocked_until.map_or(now, |until| until.max(now));
        if let Some(last) = self.slots.back() {
            slot = slot.max(*last);
        }
        if self.slots.len() == CALLS
            && let Some(first) = self.slots.pop_front()
        {
            slot = slot.max(first + WINDOW);
        }
        self.slots.push_back(slot);
        slot
    }

    fn is_blocked(&self, now: Instant) -> bool {
        self.blocked_until.is_some_and(|until| now < until)
    }
}

impl RateLimit {
    /// Puts the layer on `transport`.
    pub fn new(transport: impl Transport, clock: SharedClock) -> Self {
        Self {
            transport: Arc::new(transport),
            clock,
            state: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        loop {
            let now = self.clock.instant();
            let slot = self.state().reserve(now);
            let wait = slot.saturating_duration_since(now);
            if !wait.is_zero() {
                self.clock.sleep(wait).await;
            }
            // Another call may have been told of a block meanwhile.
            if !self.state().is_blocked(self.clock.instant()) {
                break;
            }
        }
        let response = self.transport.send(request).await?;
        if is_rate_block(&response) {
            let until = self.clock.instant() + BLOCK;
            let mut state = self.state();
            state.blocked_until = state.blocked_until.max(Some(until));
            // Reservations from before the block have no meaning after it.
            state.slots.clear();
        }
        Ok(response)
    }
}

/// Whether the answer tells of the block for calling too often: a 429 with a `DoSFilter` header
/// and no next time to poll. Source: the service's own .NET client.
pub(crate) fn is_rate_block(response: &Response<Body>) -> bool {
    let headers = response.headers();
    response.status() == StatusCode::TOO_MANY_REQUESTS
        && headers.contains_key("dosfilter")
        && !headers.contains_key("x-next-permitted-poll-time")
}

impl Transport for RateLimit {
    fn send(
        &self,
        request: Request<Body>,
    ) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(self.call(request))
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pacing")
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Notes when each call arrives; every call in `blocks` (counted from 0) is told of a block.
    #[derive(Debug, Clone)]
    struct Noting {
        started: tokio::time::Instant,
        arrivals: Arc<Mutex<Vec<Duration>>>,
        blocks: Vec<usize>,
    }

    impl Transport for Noting {
        fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
            let mut arrivals = self.arrivals.lock().unwrap();
            let mut response = Response::new(Body::empty());
            if self.blocks.contains(&arrivals.len()) {
                *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
                let yes = http::HeaderValue::from_static("yes");
                response.headers_mut().insert("dosfilter", yes);
            }
            arrivals.push(self.started.elapsed());
            Box::pin(async { Ok(response) })
        }
    }

    /// A clock that somebody sets back by an hour with every look at it.
    fn set_back() -> SharedClock {
        let hours = Mutex::new(0);
        SharedClock::new(move || {
            let mut hours = hours.lock().unwrap();
            *hours -= 1;
            jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(*hours)
        })
    }

    /// Makes calls, all of them at once, after gaps in tokio's paused time.
    fn arrivals(gaps: &[u64], blocks: Vec<usize>) -> Vec<Duration> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        runtime.unwrap().block_on(async {
            let started = tokio::time::Instant::now();
            let arrivals = Arc::default();
            let below = Noting {
                started,
                arrivals: Arc::clone(&arrivals),
                blocks,
            };
            let rate_limit = RateLimit::new(below, set_back());
            let mut calls = Vec::new();
            for gap in gaps {
                tokio::time::sleep(Duration::from_millis(*gap)).await;
                let rate_limit = rate_limit.clone();
                calls.push(tokio::spawn(async move {
                    rate_limit.send(Request::new(Body::empty())).await.unwrap();
                }));
            }
            for call in calls {
                call.await.unwrap();
            }
            arrivals.lock().unwrap().clone()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// However calls come in, no second sees more than ten, and all get through.
        #[test]
        fn no_second_has_more_than_ten(gaps in prop::collection::vec(0_u64..300, 1..60)) {
            let arrivals = arrivals(&gaps, Vec::new());
            prop_assert_eq!(arrivals.len(), gaps.len());
            for eleven in arrivals.windows(CALLS + 1) {
                prop_assert!(eleven[CALLS] - eleven[0] > Duration::from_secs(1));
            }
        }
    }

    #[test]
    fn the_first_ten_do_not_wait() {
        let arrivals = arrivals(&[0; 25], Vec::new());
        let at = |seconds: f64| {
            arrivals
                .iter()
                .filter(|time| time.as_secs_f64() <= seconds)
                .count()
        };
        assert_eq!((at(0.0), at(1.2), at(2.3)), (10, 20, 25));
    }

    #[test]
    fn a_block_holds_everybody_for_thirty_seconds() {
        // The fourth is told of the block before the others have reserved their time, the
        // eleventh when all wait for theirs.
        for told in [3, 10] {
            let arrivals = arrivals(&[0; 30], vec![told]);
            let (early, after) = arrivals.split_at(told + 1);
            let end = early[told] + Duration::from_secs(30);
            assert!(early[told] < Duration::from_secs(2));
            assert!(after.iter().all(|time| *time >= end), "{after:?}");
            for eleven in after.windows(CALLS + 1) {
                assert!(eleven[CALLS] - eleven[0] > Duration::from_secs(1));
            }
        }
    }

    #[test]
    fn polling_too_early_is_no_block() {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        assert!(!is_rate_block(&response));
        let value = http::HeaderValue::from_static("yes");
        response.headers_mut().insert("DoSFilter", value.clone());
        assert!(is_rate_block(&response));
        response
            .headers_mut()
            .insert("X-Next-permitted-poll-time", value);
        assert!(!is_rate_block(&response));
    }
}
