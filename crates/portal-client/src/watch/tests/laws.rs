//! Laws that hold whatever happens: random changes, handlers, faults and stops.

use std::collections::HashSet;

use proptest::prelude::*;

use super::process::Process;
use super::service::Fate;
use super::*;

const QUEUES: [&str; 3] = ["123456789", "123456789?two", "984661185"];

/// What happens in one case.
#[derive(Debug, Clone)]
struct Course {
    returns: Returns,
    /// How much later than a lease a change returns, at most.
    lag: u64,
    /// How far the clock that dates the responses is behind that of the queues.
    dates_behind: i64,
    queues: usize,
    wait: u64,
    max_in_flight: usize,
    latency: u64,
    ahead: i64,
    seed: u64,
    /// When a job changes.
    changes: Vec<(u64, i64)>,
    /// How long the handlers take, and whether they succeed, one after another.
    handlers: Vec<(u64, Outcome)>,
    /// When calls fail, for how long, and how.
    faults: Vec<(u64, u64, Fate)>,
    /// After how long the watch is stopped or killed, and begun again.
    ends: Vec<(u64, End)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Stopped,
    Killed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Succeeds,
    Fails,
    Panics,
}

fn courses() -> impl Strategy<Value = Course> {
    let outcome = prop_oneof![
        4 => Just(Outcome::Succeeds),
        2 => Just(Outcome::Fails),
        1 => Just(Outcome::Panics)
    ];
    let takes = prop_oneof![4 => 0_u64..20, 2 => 0_u64..200, 1 => 500_u64..1500];
    let fate = prop_oneof![
        Just(Fate::NoConnection),
        Just(Fate::Unavailable),
        Just(Fate::RateBlocked),
        Just(Fate::ResponseLost),
        Just(Fate::GatewayTimeout),
        Just(Fate::Unreadable),
        Just(Fate::Slow(Duration::from_secs(50))),
    ];
    let changes = prop::collection::vec((0_u64..3000, 1_i64..7), 1..25);
    let handlers = prop::collection::vec((takes, outcome), 1..12);
    let faults = prop::collection::vec((0_u64..4000, 1_u64..300, fate), 0..4);
    // In milliseconds; half of them at a moment of the first seconds.
    let life = prop_oneof![60_000_u64..2_000_000, 0_u64..5000];
    let end = prop_oneof![Just(End::Stopped), Just(End::Killed)];
    let ends = prop::collection::vec((life, end), 0..4);
    let sizes = (1_usize..=3, 5_u64..=30, 1_usize..6, 0_u64..2000);
    let returns = prop_oneof![
        Just(Returns::Each),
        Just(Returns::Newest),
        Just(Returns::HeldBack)
    ];
    let lag = prop_oneof![Just(0), 0_u64..=60, 0_u64..=300];
    let reading = (returns, lag, prop_oneof![3 => Just(0), 1 => 0_i64..=5]);
    let chance = (reading, -100_000_i64..100_000, any::<u64>());
    (sizes, chance, changes, handlers, faults, ends).prop_map(
        |(sizes, chance, changes, handlers, faults, ends)| {
            let (queues, wait, max_in_flight, latency) = sizes;
            let ((returns, lag, dates_behind), ahead, seed) = chance;
            Course {
                returns,
                lag,
                dates_behind,
                queues,
                wait,
                max_in_flight,
                latency,
                ahead,
                seed,
                changes,
                handlers,
                faults,
                ends,
            }
        },
    )
}

impl Course {
    /// Whether something hides from a watch that a change was handed out: the end of an earlier watch, or a response
    /// that was lost or can't be read. A newer change stands for it then, as it says how the whole job stands.
    fn hides_changes(&self) -> bool {
        let shows = |fate: Fate| {
            matches!(
                fate,
                Fate::NoConnection | Fate::Unavailable | Fate::RateBlocked
            )
        };
        !self.ends.is_empty() || self.faults.iter().any(|(.., fate)| !shows(*fate))
    }

    fn service(&self) -> Service {
        let faults = self.faults.clone();
        let mut service = Service::new(now(), self.returns)
            .with_latency(Duration::from_millis(self.latency))
            .with_lag(Duration::from_secs(self.lag))
            .with_dates_ahead(SignedDuration::from_secs(-self.dates_behind))
            .with_fate(move |at| {
                let at = at.as_secs();
                let mut faults = faults.iter();
                let fault = faults.find(|(from, length, _)| (*from..from + length).contains(&at));
                fault.map_or(Fate::Responded, |(.., fate)| *fate)
            });
        for name in QUEUES {
            service = service.with_queue(name, Duration::from_secs(self.wait));
        }
        service.state().account.most_at_work = Some(self.max_in_flight);
        service
    }

    fn senders(&self) -> impl Iterator<Item = Sender> + use<> {
        QUEUES.into_iter().take(self.queues).map(|name| {
            let (number, queue) = name.split_once('?').unwrap_or((name, ""));
            Sender::new(number).unwrap().with_queue(queue)
        })
    }
}

/// Who is at work at what, and what went wrong with it.
#[derive(Default)]
struct Office {
    jobs_at_work: HashSet<i64>,
    begun: usize,
    two_at_once: Vec<ChangeKey>,
    out_of_order: Vec<ChangeKey>,
}

/// Says that the work is over, also when it panics or is dropped.
struct AtWork(Arc<Mutex<Office>>, Service, ChangeKey);

impl AtWork {
    fn begin(office: &Arc<Mutex<Office>>, service: &Service, key: ChangeKey) -> Self {
        let mut office_now = office.lock().unwrap();
        office_now.begun += 1;
        if !office_now.jobs_at_work.insert(key.job) {
            office_now.two_at_once.push(key);
        }
        let earlier = (1..key.nth).map(|nth| change(key.job, nth));
        if earlier
            .into_iter()
            .any(|earlier| !service.was_handled(earlier))
        {
            office_now.out_of_order.push(key);
        }
        service.state().account.at_work += 1;
        Self(Arc::clone(office), service.clone(), key)
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.lock().unwrap().jobs_at_work.remove(&self.2.job);
        self.1.state().account.at_work -= 1;
    }
}

async fn live(course: &Course) -> (Service, Arc<Mutex<Office>>, Vec<ChangeKey>) {
    let service = course.service();
    let office = Arc::new(Mutex::new(Office::default()));
    let keys = Arc::new(Mutex::new(Vec::new()));
    let mut changes = course.changes.clone();
    changes.sort_unstable();
    let (at_service, made, queues) = (service.clone(), Arc::clone(&keys), course.queues);
    let changing = tokio::spawn(async move {
        for (nth, (at, job)) in changes.iter().copied().enumerate() {
            sleep(at - at_service.elapsed().as_secs().min(at)).await;
            let queue = QUEUES[usize::try_from(job).unwrap() % queues];
            let is_last = changes.iter().skip(nth + 1).all(|(_, other)| *other != job);
            let key = if is_last && job % 2 == 0 {
                at_service.complete(queue, job)
            } else {
                at_service.change(queue, job)
            };
            made.lock().unwrap().push(key);
        }
    });
    let memory = Memory::never_polled();
    let lives = course.ends.iter().copied().map(Some).chain([None]);
    for life in lives {
        let process = Process::new(&service, &memory);
        let watch = process
            .client(SignedDuration::from_secs(course.ahead))
            .watch()
            .queues(course.senders())
            .max_in_flight(course.max_in_flight)
            .jitter(Duration::from_secs(2))
            .seed(course.seed);
        let stop = watch.stop_handle();
        let (office, at_service, course) = (Arc::clone(&office), service.clone(), course.clone());
        let working = Arc::clone(&process);
        let handled = tokio::spawn(watch.handle(move |_, change| {
            let key = key(&change);
            let at_work = AtWork::begin(&office, &at_service, key);
            let begun = office.lock().unwrap().begun;
            // In the end every handler succeeds.
            let patience = at_service.elapsed() < Duration::from_secs(6000);
            let course = course.handlers.get(begun % (course.handlers.len() + 1));
            let (takes, outcome) = course
                .copied()
                .filter(|_| patience)
                .unwrap_or((1, Outcome::Succeeds));
            let process = Arc::clone(&working);
            async move {
                process.live(sleep(takes)).await;
                match outcome {
                    Outcome::Succeeds => {
                        at_work.1.handled(at_work.2);
                        Ok(())
                    }
                    Outcome::Fails => Err(io::Error::other("no")),
                    Outcome::Panics => std::panic::resume_unwind(Box::new("no")),
                }
            }
        }));
        // At the end, long enough for everything to come back more than once.
        let end = Duration::from_secs(20_000);
        let (life, how) = life.map_or(
            (end.saturating_sub(service.elapsed()), End::Stopped),
            |(millis, how)| (Duration::from_millis(millis), how),
        );
        tokio::time::sleep(life).await;
        if how == End::Killed {
            process.kill();
            handled.abort();
            // Until its handlers are gone.
            sleep(1).await;
        } else {
            stop.stop();
            handled.await.unwrap().unwrap();
        }
    }
    changing.await.unwrap();
    let keys = keys.lock().unwrap().clone();
    (service, office, keys)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn the_laws_hold(course in courses()) {
        let (service, office, keys) = paused(live(&course));
        let office = office.lock().unwrap();
        prop_assert_eq!(service.open(), vec![], "every change is settled in the end");
        let newer_was = |key: ChangeKey| {
            (key.nth..=30).any(|nth| service.was_handled(change(key.job, nth)))
        };
        let hidden = course.hides_changes();
        let strictly = course.returns != Returns::Newest && !hidden;
        for key in keys {
            let handled = service.was_handled(key);
            prop_assert!(handled || (!strictly && newer_was(key)), "{key:?} was not handled");
        }
        prop_assert_eq!(&office.two_at_once, &vec![], "one handler at a job at a time");
        if strictly {
            prop_assert_eq!(&office.out_of_order, &vec![]);
        }
        let state = service.state();
        for (key, newer) in &state.account.settled_unhandled {
            prop_assert!(hidden && *newer, "{key:?} was confirmed before it was handled");
        }
        // A killed process may have had no time to store when the next poll is permitted.
        if course.ends.iter().all(|(_, how)| *how == End::Stopped) {
            prop_assert_eq!(state.account.early, 0, "no poll before the permitted time");
        }
        prop_assert_eq!(state.account.polls_with_full_hands, 0);
    }
}

/// More of them by `PORTAL_WATCH_CASES=5000`.
fn cases() -> u32 {
    let wanted = std::env::var("PORTAL_WATCH_CASES").ok();
    wanted.and_then(|cases| cases.parse().ok()).unwrap_or(32)
}
