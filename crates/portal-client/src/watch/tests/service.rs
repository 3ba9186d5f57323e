//! The service's side of polling and confirming, as a transport: its queues, and nothing else of it.
//!
//! It lives in tokio's paused time, so that a month of it takes a minute. It keeps account of what a client
//! must never do.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http::{Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use portal_transport::{Body, BoxFuture, ErrorKind, Transport, TransportError};
use tokio::time::Instant;

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
            let to = "127.0.0.1:1".to_owned();
            return Err(TransportError::unsent(ErrorKind::Connect { to }));
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

impl State {
    fn elapsed(&self) -> Duration {
        let elapsed = self.started.elapsed();
        let (from, length) = self.asleep;
        if elapsed < from {
            elapsed
        } else {
            elapsed + length
        }
    }

    fn time(&self, elapsed: Duration) -> Timestamp {
        self.epoch + SignedDuration::try_from(elapsed).unwrap()
    }

    fn response(&mut self, request: &Request<Body>) -> Response<Body> {
        let now = self.elapsed();
        let now = if self.stands_still {
            Duration::ZERO
        } else {
            now
        };
        let path: Vec<&str> = request.uri().path().split('/').collect();
        let mut response = match (request.method(), path.as_slice()) {
            (&Method::GET, ["", "api", org, ..]) if self.refuses.as_deref() == Some(org) => {
                Response::builder()
                    .status(403)
                    .body(REFUSAL.to_owned().into())
                    .unwrap()
            }
            (&Method::GET, ["", "api", org, "portal", "signature-jobs"]) => {
                let query = request.uri().query();
                let name = query.and_then(|query| query.strip_prefix("polling_queue="));
                let queue = name.map_or((*org).to_owned(), |name| format!("{org}?{name}"));
                self.poll(now, &queue)
            }
            (&Method::POST, ["", "api", _, "portal", "signature-jobs", _, "complete"])
                if self.confirmations_fail =>
            {
                response(503)
            }
            (&Method::POST, ["", "api", _, "portal", "signature-jobs", job, "complete"]) => {
                let known = self.confirm(now, job.parse().unwrap());
                response(if known { 200 } else { 404 })
            }
            (&Method::GET, ["", "api", _]) => response(200),
            _ => panic!("{} {}", request.method(), request.uri()),
        };
        if self.tells_date {
            let time = self.time(now) + self.dates_ahead;
            let second = Timestamp::from_second(time.as_second()).unwrap();
            let date = jiff::fmt::rfc2822::DateTimePrinter::new();
            let date = date.timestamp_to_rfc9110_string(&second).unwrap();
            response.headers_mut().insert("date", date.parse().unwrap());
        }
        response
    }

    fn poll(&mut self, now: Duration, name: &str) -> Response<Body> {
        self.account.polls += 1;
        if self
            .account
            .most_at_work
            .is_some_and(|most| self.account.at_work >= most)
        {
            self.account.polls_with_full_hands += 1;
        }
        if let Some(arrivals) = &mut self.account.arrivals {
            arrivals.push((now, name.to_owned()));
        }
        let queue = self.queues.get_mut(name).unwrap();
        let permitted = queue.next_poll;
        let (status, change) = if now < permitted {
            self.account.early += 1;
            (429, None)
        } else {
            let lag = self.lag.mul_f64(self.lags.f64());
            match queue.hand_out(now, self.returns, lag) {
                Some((change, ready)) => {
                    let key = change.key;
                    // Before the time that the queue was permitted it could not be seen, and after
                    // trouble the client may be waiting for its end.
                    let beyond = now.saturating_sub(ready.max(permitted));
                    if queue.last_poll > self.account.last_trouble {
                        self.account.longest_beyond = self.account.longest_beyond.max(beyond);
                    }
                    self.account.handed_out.push((now, key));
                    (200, Some(change))
                }
                None => (204, None),
            }
        };
        let next = if change.is_some() {
            now
        } else {
            now + queue.wait
        };
        queue.next_poll = next;
        queue.last_poll = Some(now);
        let org = name.split('?').next().unwrap();
        let body = change.map_or(String::new(), |change| self.xml(org, &change));
        Response::builder()
            .status(status)
            .header("x-next-permitted-poll-time", self.time(next).to_string())
            .body(body.into())
            .unwrap()
    }

    /// Settles everything of a job that was handed out; `false` when there is nothing.
    fn confirm(&mut self, now: Duration, job: i64) -> bool {
        self.account.confirmations += 1;
        let name = self.jobs.get(&job).unwrap().0.clone();
        let changes = &mut self.queues.get_mut(&name).unwrap().changes;
        let before = changes.len();
        changes.retain(|_, change| {
            let settled = change.key.job == job && change.times_given > 0;
            if settled && !self.handled.contains(&change.key) {
                let mut handled = self.handled.iter();
                let newer = handled.any(|other| other.job == job && other.nth > change.key.nth);
                self.account.settled_unhandled.push((change.key, newer));
            }
            !settled
        });
        let held = changes.values_mut().filter(|change| change.key.job == job);
        if self.returns == Returns::HeldBack {
            held.for_each(|change| change.ready = now);
        }
        changes.len() < before
    }

    fn xml(&self, org: &str, change: &Change) -> String {
        let root =
            format!("https://api.difitest.signering.posten.no/api/{org}/portal/signature-jobs");
        let ChangeKey { job, nth } = change.key;
        let since = self.epoch + SignedDuration::from_secs(i64::from(nth));
        let (status, signer) = match change.is_last {
            true => ("COMPLETED_SUCCESSFULLY", "SIGNED"),
            false => ("IN_PROGRESS", "WAITING"),
        };
        let confirmation = if self.unreadable.contains(&change.key) {
            String::new()
        } else {
            format!("<confirmation-url>{root}/{job}/complete</confirmation-url>")
        };
        let has_pades = change.is_last && !(self.pades_is_late && change.times_given == 1);
        let pades = if has_pades {
            format!("<pades-url>{root}/{job}/pades</pades-url>")
        } else {
            String::new()
        };
        format!(
            r#"<portal-signature-job-status-change-response xmlns="http://signering.posten.no/schema/v1">
    <reference>{nth}</reference>
    <signature-job-id>{job}</signature-job-id>
    <status>{status}</status>
    {confirmation}
    <signatures>
        <signature>
            <status since="{since}">{signer}</status>
            <personal-identification-number>12345678910</personal-identification-number>
        </signature>
        {pades}
    </signatures>
</portal-signature-job-status-change-response>"#
        )
    }
}

impl Queue {
    fn hand_out(
        &mut self,
        now: Duration,
        returns: Returns,
        lag: Duration,
    ) -> Option<(Change, Duration)> {
        for change in self.changes.values_mut() {
            if let Some(until) = change.given_until.filter(|until| *until <= now) {
                change.given_until = None;
                change.ready = until;
            }
        }
        let out: HashSet<i64> = self
            .changes
            .values()
            .filter(|change| returns == Returns::HeldBack && change.given_until.is_some())
            .map(|change| change.key.job)
            .collect();
        let mut changes = self.changes.iter_mut();
        let (&place, change) = changes
            .find(|(_, change)| change.given_until.is_none() && !out.contains(&change.key.job))?;
        change.given_until = Some(now + LEASE + lag);
        change.times_given += 1;
        let (given, ready) = (change.clone(), change.ready);
        if returns == Returns::Newest {
            self.changes
                .retain(|&other, change| change.key.job != given.key.job || other >= place);
        }
        Some((given, ready))
    }
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
