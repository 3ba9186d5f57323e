//! The service's side of polling and confirming, as a transport: its queues, and nothing else of it.
//!
//! It lives in tokio's paused time, so that a month of it takes a minute. It keeps account of what a client
//! must never do.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use portal_transport::{Body, BoxFuture, ErrorKind, Transport, TransportError};
use tokio::time::Instant;

#[path = "service/queues.rs"]
mod queues;

const LEASE: Duration = Duration::from_mins(10);

/// What becomes of several changes of one job. The service's documentation leaves it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Returns {
    /// Each is handed out, and returns by itself: the plain reading.
    Each,
    /// Each is handed out, and the one that was handed out last returns.
    Newest,
    /// The next is held back while one is out.
    HeldBack,
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Responded,
    /// The service is not reached.
    NoConnection,
    /// The service does what was asked, and the response is lost.
    ResponseLost,
    /// The service does what was asked, and its response can't be read.
    Unreadable,
    /// The call takes so long to arrive.
    Slow(Duration),
    /// The service does what was asked, and a gateway has given up on it meanwhile.
    GatewayTimeout,
    /// A gateway says that the service is away.
    Unavailable,
    /// The service blocks calls for going too fast.
    RateBlocked,
}

const REFUSAL: &str = r#"<error xmlns="http://signering.posten.no/schema/v1">
    <error-code>NOT_AUTHORIZED</error-code>
    <error-message>You may not</error-message>
    <error-type>CLIENT</error-type>
</error>"#;

type FateOfCall = Box<dyn FnMut(Duration) -> Fate + Send>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ChangeKey {
    pub(crate) job: i64,
    /// Counts the changes of the job, from 1.
    pub(crate) nth: u32,
}

#[derive(Clone)]
pub(crate) struct Service {
    state: Arc<Mutex<State>>,
}

pub(crate) struct State {
    started: Instant,
    /// When the computer of the client falls asleep, and for how long: its timers know nothing of that time.
    asleep: (Duration, Duration),
    /// What the service's clock showed at the start.
    epoch: Timestamp,
    returns: Returns,
    lease: Duration,
    /// How much later than a lease a change returns, at most.
    lag: Duration,
    /// Changes whose document no client can read.
    unreadable: HashSet<ChangeKey>,
    /// Completed jobs have a PAdES only from the second time on that they are handed out.
    pades_is_late: bool,
    /// Confirmations are responded to with 503, whatever the fate of other calls.
    pub(crate) confirmations_fail: bool,
    /// The organisation whose polls are refused.
    pub(crate) refuses: Option<String>,
    tells_date: bool,
    /// Its clock has stopped.
    pub(crate) stands_still: bool,
    /// How far the clock that dates the responses is ahead of the one that keeps the queues.
    dates_ahead: SignedDuration,
    latency: Duration,
    fate: FateOfCall,
    random: fastrand::Rng,
    lags: fastrand::Rng,
    queues: HashMap<String, Queue>,
    /// The queue of each job and how many changes it had.
    jobs: HashMap<i64, (String, u32)>,
    handled: HashSet<ChangeKey>,
    pub(crate) account: Account,
}

/// What happened, for a test to judge.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) polls: u64,
    pub(crate) early: u64,
    pub(crate) confirmations: u64,
    pub(crate) handed_out: Vec<(Duration, ChangeKey)>,
    /// When each poll arrived, if wanted.
    pub(crate) arrivals: Option<Vec<(Duration, String)>>,
    /// The longest that a change lay ready beyond the wait that was asked for, outages aside.
    pub(crate) longest_beyond: Duration,
    /// The last time that a call went wrong.
    last_trouble: Option<Duration>,
    /// Confirmations that settled what no handler had done, and whether a newer change of the job was.
    pub(crate) settled_unhandled: Vec<(ChangeKey, bool)>,
    /// How many handlers are at work, and how many may be.
    pub(crate) at_work: usize,
    pub(crate) most_at_work: Option<usize>,
    /// Polls that came when as many handlers were at work as may be.
    pub(crate) polls_with_full_hands: usize,
}

struct Queue {
    wait: Duration,
    next_poll: Duration,
    last_poll: Option<Duration>,
    /// In the order in which they happened.
    changes: BTreeMap<u64, Change>,
    last_place: u64,
}

#[derive(Clone)]
struct Change {
    key: ChangeKey,
    /// When it became ready, and whether that could have been seen sooner than was permitted.
    ready: Duration,
    given_until: Option<Duration>,
    times_given: u32,
    is_last: bool,
}

impl Service {
    pub(crate) fn new(epoch: Timestamp, returns: Returns) -> Self {
        let state = State {
            started: Instant::now(),
            asleep: (Duration::ZERO, Duration::ZERO),
            epoch,
            returns,
            lease: LEASE,
            lag: Duration::ZERO,
            unreadable: HashSet::new(),
            pades_is_late: false,
            confirmations_fail: false,
            refuses: None,
            tells_date: true,
            stands_still: false,
            dates_ahead: SignedDuration::ZERO,
            latency: Duration::ZERO,
            fate: Box::new(|_| Fate::Responded),
            random: fastrand::Rng::with_seed(7),
            lags: fastrand::Rng::with_seed(8),
            queues: HashMap::new(),
            jobs: HashMap::new(),
            handled: HashSet::new(),
            account: Account::default(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// What is not confirmed returns after so long, and not after ten minutes.
    pub(crate) fn with_lease(self, lease: Duration) -> Self {
        self.state().lease = lease;
        self
    }

    /// What is not confirmed returns up to so much later than ten minutes.
    pub(crate) fn with_lag(self, most: Duration) -> Self {
        self.state().lag = most;
        self
    }

    pub(crate) fn with_late_pades(self) -> Self {
        self.state().pades_is_late = true;
        self
    }

    /// From now on no client can read this change.
    pub(crate) fn spoil(&self, key: ChangeKey) {
        self.state().unreadable.insert(key);
    }

    /// The computer of the client falls asleep at a time, for so long.
    pub(crate) fn with_sleep(self, from: Duration, length: Duration) -> Self {
        self.state().asleep = (from, length);
        self
    }

    pub(crate) fn without_date(self) -> Self {
        self.state().tells_date = false;
        self
    }

    /// Responses are dated by a clock that is so far ahead of that of the queues.
    pub(crate) fn with_dates_ahead(self, ahead: SignedDuration) -> Self {
        self.state().dates_ahead = ahead;
        self
    }

    /// Each way takes up to so long.
    pub(crate) fn with_latency(self, most: Duration) -> Self {
        self.state().latency = most;
        self
    }

    pub(crate) fn with_fate(self, fate: impl FnMut(Duration) -> Fate + Send + 'static) -> Self {
        self.state().fate = Box::new(fate);
        self
    }

    /// A queue, `org` or `org?name`, and how long to stay away from it when it is empty.
    pub(crate) fn with_queue(self, name: &str, wait: Duration) -> Self {
        let queue = Queue {
            wait,
            next_poll: Duration::ZERO,
            last_poll: None,
            changes: BTreeMap::new(),
            last_place: 0,
        };
        self.state().queues.insert(name.to_owned(), queue);
        self
    }

    /// How long the service has been there.
    pub(crate) fn elapsed(&self) -> Duration {
        self.state().elapsed()
    }

    /// A job changes.
    pub(crate) fn change(&self, queue: &str, job: i64) -> ChangeKey {
        self.add(queue, job, false)
    }

    /// A job is completed.
    pub(crate) fn complete(&self, queue: &str, job: i64) -> ChangeKey {
        self.add(queue, job, true)
    }

    fn add(&self, queue: &str, job: i64, is_last: bool) -> ChangeKey {
        let mut state = self.state();
        let ready = state.elapsed();
        let (_, nth) = state.jobs.entry(job).or_insert((queue.to_owned(), 0));
        *nth += 1;
        let key = ChangeKey { job, nth: *nth };
        let queue = state.queues.get_mut(queue).unwrap();
        queue.last_place += 1;
        let change = Change {
            key,
            ready,
            given_until: None,
            times_given: 0,
            is_last,
        };
        queue.changes.insert(queue.last_place, change);
        key
    }

    /// Whatever the queue holds is settled by somebody else.
    pub(crate) fn settle(&self, queue: &str) {
        let mut state = self.state();
        state.queues.get_mut(queue).unwrap().changes.clear();
    }

    /// A handler has done its work.
    pub(crate) fn handled(&self, key: ChangeKey) {
        self.state().handled.insert(key);
    }

    pub(crate) fn was_handled(&self, key: ChangeKey) -> bool {
        self.state().handled.contains(&key)
    }

    /// What is not settled.
    pub(crate) fn open(&self) -> Vec<ChangeKey> {
        let state = self.state();
        let changes = state
            .queues
            .values()
            .flat_map(|queue| queue.changes.values());
        changes.map(|change| change.key).collect()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn operation(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let (there, back, fate) = {
            let mut state = self.state();
            let elapsed = state.elapsed();
            let latency = state.latency;
            let (there, back) = (state.random.f64(), state.random.f64());
            let fate = (state.fate)(elapsed);
            if fate != Fate::Responded {
                state.account.last_trouble = Some(elapsed);
            }
            (latency.mul_f64(there), latency.mul_f64(back), fate)
        };
        if fate == Fate::NoConnection {
            return Err(TransportError::unsent(ErrorKind::connect("127.0.0.1:1")));
        }
        wait(there).await;
        if let Fate::Slow(duration) = fate {
            wait(duration).await;
        }
        let response = match fate {
            Fate::Unavailable => response(503),
            Fate::RateBlocked => {
                let mut blocked = response(429);
                blocked
                    .headers_mut()
                    .insert("dosfilter", "yes".parse().unwrap());
                blocked
            }
            _ => self.state().response(&request),
        };
        wait(back).await;
        if fate == Fate::GatewayTimeout {
            return Ok(self::response(504));
        }
        if fate == Fate::Unreadable && response.status() == 200 {
            let (head, _) = response.into_parts();
            return Ok(Response::from_parts(
                head,
                "<html>Welcome</html>".to_owned().into(),
            ));
        }
        if fate == Fate::ResponseLost {
            return Err(TransportError::may_have_arrived(ErrorKind::NoResponse));
        }
        Ok(response)
    }
}

async fn wait(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}

fn response(status: u16) -> Response<Body> {
    Response::builder()
        .status(status)
        .body(Body::empty())
        .unwrap()
}

impl Transport for Service {
    fn send(
        &self,
        request: Request<Body>,
    ) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(self.operation(request))
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Service")
    }
}
