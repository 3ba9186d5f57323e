mod replaced_transport;

use std::sync::Mutex;
use std::time::Duration;

use http::StatusCode;
use proptest::prelude::*;
use tokio::time::{Instant, sleep, timeout};

use super::*;
use queue::MOST_CALLS;

const CALLS: usize = MOST_CALLS as usize;
const SECOND: Duration = Duration::from_secs(1);

/// Notes when each request arrives; every one in `blocks` (counted from 0) is told of a block.
#[derive(Debug, Clone)]
struct Noting {
    started: Instant,
    arrivals: Arc<Mutex<Vec<Duration>>>,
    blocks: Vec<usize>,
}

impl Noting {
    fn new(blocks: Vec<usize>) -> Self {
        Self {
            started: Instant::now(),
            arrivals: Arc::default(),
            blocks,
        }
    }

    fn arrivals(&self) -> Vec<Duration> {
        self.arrivals.lock().unwrap().clone()
    }
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

/// In tokio's paused time, which goes from one wait to the next.
fn in_paused_time<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.unwrap().block_on(future)
}

fn request() -> Request<Body> {
    Request::new(Body::empty())
}

/// Sends requests, each after a gap, and gives up those that have a limit when it has passed.
fn arrivals(requests: &[(u64, Option<u64>)], blocks: Vec<usize>) -> Vec<Duration> {
    in_paused_time(async {
        let below = Noting::new(blocks);
        let rate_limit = RateLimit::new(below.clone(), set_back());
        let mut tasks = Vec::new();
        for (gap, limit) in requests.iter().copied() {
            sleep(Duration::from_millis(gap)).await;
            let rate_limit = rate_limit.clone();
            tasks.push(tokio::spawn(async move {
                let sent = rate_limit.send(request());
                match limit {
                    Some(limit) => drop(timeout(Duration::from_millis(limit), sent).await),
                    None => drop(sent.await.unwrap()),
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        below.arrivals()
    })
}

fn at_once(count: usize) -> Vec<(u64, Option<u64>)> {
    vec![(0, None); count]
}

fn assert_no_second_has_more_than(calls: usize, arrivals: &[Duration]) {
    for more in arrivals.windows(calls + 1) {
        assert!(more[calls] - more[0] > SECOND, "{arrivals:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However requests come in, no second sees more than ten, and all get through in their order.
    #[test]
    fn no_second_has_more_than_ten(gaps in prop::collection::vec(0_u64..300, 1..60)) {
        let requests: Vec<_> = gaps.iter().map(|gap| (*gap, None)).collect();
        let arrivals = arrivals(&requests, Vec::new());
        prop_assert_eq!(arrivals.len(), gaps.len());
        assert_no_second_has_more_than(CALLS, &arrivals);
    }

    /// Whoever gives up while waiting, at whatever moment, leaves no trace: the others go out when
    /// they would have if it had never come.
    #[test]
    fn a_dropped_request_leaves_no_trace(
        requests in prop::collection::vec((0_u64..150, prop::option::of(0_u64..3_000)), 1..80),
    ) {
        let all = arrivals(&requests, Vec::new());
        assert_no_second_has_more_than(CALLS, &all);
        // The same without those that gave up: who they are shows in a run with all of them.
        let gone = gave_up(&requests);
        let mut kept = Vec::new();
        let mut gap = 0;
        for (index, (own_gap, _)) in requests.iter().enumerate() {
            gap += own_gap;
            if !gone.contains(&index) {
                kept.push((gap, None));
                gap = 0;
            }
        }
        prop_assert_eq!(arrivals(&kept, Vec::new()), all);
    }
}

/// Which requests never arrive.
fn gave_up(requests: &[(u64, Option<u64>)]) -> Vec<usize> {
    in_paused_time(async {
        let rate_limit = RateLimit::new(Noting::new(Vec::new()), set_back());
        let gone = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for (index, (gap, limit)) in requests.iter().copied().enumerate() {
            sleep(Duration::from_millis(gap)).await;
            let (rate_limit, gone) = (rate_limit.clone(), Arc::clone(&gone));
            tasks.push(tokio::spawn(async move {
                let limit = limit.map_or(Duration::from_secs(1_000_000), Duration::from_millis);
                if timeout(limit, rate_limit.send(request())).await.is_err() {
                    gone.lock().unwrap().push(index);
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        gone.lock().unwrap().clone()
    })
}

#[test]
fn the_first_ten_do_not_wait() {
    let arrivals = arrivals(&at_once(25), Vec::new());
    let at = |seconds: f64| {
        let early = arrivals.iter().filter(|time| time.as_secs_f64() <= seconds);
        early.count()
    };
    assert_eq!((at(0.0), at(1.2), at(2.3)), (10, 20, 25));
}

#[test]
fn a_thousand_that_gave_up_keep_nobody_waiting() {
    let mut requests = vec![(0, Some(100)); 1_000];
    requests.push((100, None));
    let arrivals = arrivals(&requests, Vec::new());
    assert_eq!(arrivals.len(), CALLS + 1);
    assert!(
        arrivals[CALLS] < Duration::from_millis(1_200),
        "{arrivals:?}"
    );
}

#[test]
fn callers_with_a_limit_of_two_seconds_get_through_at_the_full_rate() {
    in_paused_time(async {
        let below = Noting::new(Vec::new());
        let rate_limit = RateLimit::new(below.clone(), SharedClock::default());
        let callers: Vec<_> = (0..30)
            .map(|_| {
                let rate_limit = rate_limit.clone();
                tokio::spawn(async move {
                    for _ in 0..20 {
                        drop(timeout(2 * SECOND, rate_limit.send(request())).await);
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
        let arrivals = below.arrivals();
        assert_no_second_has_more_than(CALLS, &arrivals);
        let rate = arrivals.len() as f64 / (arrivals.last().unwrap().as_secs_f64() + 1.1);
        assert!((9.0..=10.0).contains(&rate), "{rate} in a second");
    });
}

#[test]
fn after_a_block_no_second_has_more_than_its_share() {
    // The fourth is told of the block while the others are in line, the eleventh when all wait.
    for (told, count) in [(3, 1_000), (10, 1_000), (10, 30)] {
        let arrivals = arrivals(&at_once(count), vec![told]);
        assert_eq!(arrivals.len(), count);
        let (early, after) = arrivals.split_at(told + 1);
        let end = early[told] + Duration::from_secs(30);
        assert!(early[told] < Duration::from_secs(2));
        assert!(after.iter().all(|time| *time >= end), "{after:?}");
        assert_no_second_has_more_than(CALLS, after);
        let took = arrivals.last().unwrap().as_secs_f64() - end.as_secs_f64();
        let rate = after.len() as f64 / (took + 1.1);
        assert!(
            count < 100 || (9.0..=10.0).contains(&rate),
            "{rate} in a second"
        );
    }
}

#[test]
fn the_rate_can_be_lower() {
    for calls in [1, 3] {
        let arrivals = in_paused_time(async {
            let below = Noting::new(Vec::new());
            let rate_limit = RateLimit::new(below.clone(), SharedClock::default());
            let rate_limit = rate_limit.with_calls_per_second(calls).unwrap();
            for _ in 0..20 {
                rate_limit.send(request()).await.unwrap();
            }
            below.arrivals()
        });
        assert_no_second_has_more_than(calls as usize, &arrivals);
        let expected = (20_f64 / f64::from(calls)).ceil() * 1.1;
        assert!(arrivals.last().unwrap().as_secs_f64() < expected);
    }
    for calls in [0, 11] {
        let rate_limit = RateLimit::new(in_paused_time(async { Noting::new(vec![]) }), set_back());
        let refused = rate_limit.with_calls_per_second(calls).unwrap_err();
        assert!(matches!(refused, ConfigError::CallsPerSecond { given, .. } if given == calls));
    }
}

fn with(reservation: Reservation) -> Request<Body> {
    let mut request = request();
    request.extensions_mut().insert(reservation);
    request
}

#[test]
fn a_reserved_request_goes_out_without_another_wait() {
    in_paused_time(async {
        let below = Noting::new(Vec::new());
        let rate_limit = RateLimit::new(below.clone(), set_back());
        for _ in 0..CALLS {
            rate_limit.send(request()).await.unwrap();
        }
        let reservation = rate_limit.reserve().await.unwrap();
        let reserved = below.started.elapsed();
        assert!(reserved > SECOND);
        // Somebody else has been in the queue for longer, and still is.
        let other = rate_limit.clone();
        for _ in 0..CALLS - 1 {
            rate_limit.send(request()).await.unwrap();
        }
        let waiting = tokio::spawn(async move { other.send(request()).await.map(drop) });
        tokio::task::yield_now().await;
        rate_limit.send(with(reservation)).await.unwrap();
        assert_eq!(below.started.elapsed(), reserved);
        waiting.await.unwrap().unwrap();
        assert_no_second_has_more_than(CALLS, &below.arrivals());
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens between reserving and sending, no second has more than ten, and everybody
    /// gets through: those that send at once, that reserve and take their time, and that give up.
    #[test]
    fn reservations_keep_the_limit(
        requests in prop::collection::vec((0_u64..100, 0_u64..2_000, 0_u8..4), 1..60),
    ) {
        in_paused_time(async {
            let below = Noting::new(Vec::new());
            let rate_limit = RateLimit::new(below.clone(), SharedClock::default());
            let mut tasks = Vec::new();
            let mut expected = 0;
            for (gap, making, what) in requests {
                sleep(Duration::from_millis(gap)).await;
                let rate_limit = rate_limit.clone();
                expected += usize::from(what != 3);
                tasks.push(tokio::spawn(async move {
                    if what == 0 {
                        return drop(rate_limit.send(request()).await.unwrap());
                    }
                    let reservation = rate_limit.reserve().await.unwrap();
                    sleep(Duration::from_millis(making)).await;
                    if what != 3 {
                        rate_limit.send(with(reservation)).await.unwrap();
                    }
                }));
            }
            for task in tasks {
                task.await.unwrap();
            }
            let arrivals = below.arrivals();
            assert_eq!(arrivals.len(), expected);
            assert_no_second_has_more_than(CALLS, &arrivals);
        });
    }
}

#[test]
fn a_reservation_that_is_dropped_gives_its_place_back() {
    in_paused_time(async {
        let below = Noting::new(Vec::new());
        let rate_limit = RateLimit::new(below.clone(), set_back());
        let mut reservations = Vec::new();
        for _ in 0..CALLS {
            reservations.push(rate_limit.reserve().await.unwrap());
        }
        let other = rate_limit.clone();
        let waiting = tokio::spawn(async move { other.send(request()).await.map(drop) });
        sleep(Duration::from_secs(60)).await;
        assert!(below.arrivals().is_empty());
        let clone = reservations[0].clone();
        reservations.clear();
        drop(clone);
        waiting.await.unwrap().unwrap();
        assert_eq!(below.arrivals(), [Duration::from_secs(60)]);
    });
}

#[test]
fn a_reservation_serves_one_request() {
    in_paused_time(async {
        let below = Noting::new(Vec::new());
        let rate_limit = RateLimit::new(below.clone(), set_back());
        let reservation = rate_limit.reserve().await.unwrap();
        for _ in 0..=CALLS {
            rate_limit.send(with(reservation.clone())).await.unwrap();
        }
        assert_no_second_has_more_than(CALLS, &below.arrivals());
    });
}

#[test]
fn a_request_that_ages_does_not_wait_out_a_block() {
    in_paused_time(async {
        let below = Noting::new(vec![0]);
        let clock = SharedClock::default();
        let rate_limit = RateLimit::new(below.clone(), clock.clone());
        let reservation = rate_limit.reserve().await.unwrap();
        rate_limit.send(request()).await.unwrap();
        let mut late = with(reservation);
        late.extensions_mut()
            .insert(SendBy::within(2 * SECOND, &clock));
        let error = rate_limit.send(late).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::SendDeadline);
        assert!(!error.request_may_have_reached_service());
        assert!(below.started.elapsed() <= 2 * SECOND);
        // Reserved after the block, it goes out.
        let mut fresh = with(rate_limit.reserve().await.unwrap());
        fresh
            .extensions_mut()
            .insert(SendBy::within(2 * SECOND, &clock));
        rate_limit.send(fresh).await.unwrap();
        assert_eq!(below.arrivals()[1], Duration::from_secs(30));
    });
}

#[test]
fn one_limit_on_another_is_one_limit() {
    in_paused_time(async {
        let below = Noting::new(vec![20]);
        let inner = RateLimit::new(below.clone(), set_back());
        let outer = RateLimit::new(Arc::new(inner.clone()), set_back());
        assert!(outer.is_rate_limited());
        for _ in 0..10 {
            inner.send(request()).await.unwrap();
            let reservation = outer.reserve().await.unwrap();
            outer.send(with(reservation)).await.unwrap();
        }
        assert_no_second_has_more_than(CALLS, &below.arrivals());
        assert!(below.started.elapsed() < Duration::from_millis(1_200));
        outer.send(request()).await.unwrap();
        inner.send(request()).await.unwrap();
        assert!(below.started.elapsed() >= Duration::from_secs(30));
    });
}
