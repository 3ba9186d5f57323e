//! What a start makes of how the last watch ended: no change is lost by a kill, and after a clean stop nothing
//! waits.

use super::service::{Fate, Returns};
use super::*;
use crate::Confirmation;

const READINGS: [Returns; 3] = [Returns::Each, Returns::Newest, Returns::HeldBack];

fn service(returns: Returns) -> Service {
    Service::new(now(), returns).with_queue(QUEUE, Duration::from_secs(10))
}

/// Watches for a while with a handler that succeeds or not, and stops in order.
async fn run(
    service: &Service,
    memory: &Memory,
    seconds: u64,
    succeeds: impl Fn(ChangeKey) -> bool + Send + Sync + 'static,
) {
    let watch = bare_watch(service).poll_times(memory.clone());
    let stop = watch.stop_handle();
    let at_service = service.clone();
    let watching = tokio::spawn(watch.handle(move |_, change| {
        let (key, service) = (key(&change), at_service.clone());
        let succeeds = succeeds(key);
        async move {
            if !succeeds {
                return Err(io::Error::other("no"));
            }
            service.handled(key);
            Ok(())
        }
    }));
    sleep(seconds).await;
    stop.stop();
    watching.await.unwrap().unwrap();
}

/// Whether something was settled that no handler has done, nor a newer change of its job.
fn lost(service: &Service) -> bool {
    let state = service.state();
    let settled = &state.account.settled_unhandled;
    settled.iter().any(|(_, newer)| !newer)
}

#[test]
fn four_changes_of_a_job_are_confirmed_soon_after_a_first_and_a_clean_start() {
    for returns in READINGS {
        for lag in [0, 300] {
            paused(async {
                let service = service(returns).with_lag(Duration::from_secs(lag));
                let memory = Memory::never_polled();
                for job in [1, 2] {
                    for _ in 0..3 {
                        service.change(QUEUE, job);
                    }
                    service.complete(QUEUE, job);
                    run(&service, &memory, 60, |_| true).await;
                    assert_eq!(service.open(), [], "{returns:?} {job}");
                    assert_eq!(memory.shutdown(), Some(Shutdown::Clean), "{returns:?}");
                }
                assert!(service.was_handled(change(2, 4)));
                assert_eq!(service.state().account.settled_unhandled, []);
                assert_eq!(service.state().account.early, 0);
            });
        }
    }
}

/// A watch that is not stopped in order: its requests and its notes end in the middle, and no handler gets further.
struct Process {
    service: Service,
    memory: Memory,
    killed: tokio::sync::watch::Sender<bool>,
}

impl Process {
    fn new(service: &Service, memory: &Memory) -> Arc<Self> {
        Arc::new(Self {
            service: service.clone(),
            memory: memory.clone(),
            killed: tokio::sync::watch::Sender::new(false),
        })
    }

    /// Resolves to what the work gives, or never when the process is killed first.
    async fn live<T>(&self, work: impl Future<Output = T>) -> T {
        let mut killed = self.killed.subscribe();
        let dies = async {
            let _killed = killed.wait_for(|killed| *killed).await;
        };
        tokio::select! {
            biased;
            () = dies => std::future::pending().await,
            done = work => done,
        }
    }
}

#[derive(Clone)]
struct Mortal(Arc<Process>);

impl portal_transport::Transport for Mortal {
    fn send(
        &self,
        request: http::Request<portal_transport::Body>,
    ) -> BoxFuture<
        '_,
        Result<http::Response<portal_transport::Body>, portal_transport::TransportError>,
    > {
        Box::pin(self.0.live(self.0.service.send(request)))
    }
}

impl std::fmt::Debug for Mortal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mortal")
    }
}

impl PollTimes for Mortal {
    fn load<'a>(&'a self, queue: QueueKey<'a>) -> BoxFuture<'a, io::Result<Option<PermittedPoll>>> {
        Box::pin(self.0.live(self.0.memory.load(queue)))
    }

    fn save<'a>(
        &'a self,
        queue: QueueKey<'a>,
        time: PermittedPoll,
    ) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(self.0.live(async move {
            // It may be killed before it is stored, or after.
            tokio::time::sleep(Duration::from_millis(30)).await;
            self.0.memory.save(queue, time).await?;
            tokio::time::sleep(Duration::from_millis(30)).await;
            Ok(())
        }))
    }
}

/// Watches until it is killed, or stopped in order.
async fn live_for(service: &Service, memory: &Memory, life: Duration, killed: bool) {
    let process = Process::new(service, memory);
    let mortal = Mortal(Arc::clone(&process));
    let by_service = service.clone();
    let client = PortalClient::new(
        environment(),
        Sector::Unknown,
        Arc::new(mortal.clone()),
        package_signer(),
    )
    .with_clock(move || now() + SignedDuration::try_from(by_service.elapsed()).unwrap())
    .with_poll_times(mortal);
    let watch = client
        .watch()
        .queue(sender())
        .jitter(Duration::ZERO)
        .seed(1);
    let stop = watch.stop_handle();
    let working = Arc::clone(&process);
    let watching = tokio::spawn(watch.handle(move |_, change| {
        let process = Arc::clone(&working);
        async move {
            process.live(sleep(2)).await;
            process.service.handled(key(&change));
            Ok::<(), io::Error>(())
        }
    }));
    tokio::time::sleep(life).await;
    if killed {
        process.killed.send_replace(true);
        watching.abort();
    } else {
        stop.stop();
        watching.await.unwrap().unwrap();
    }
}

/// Two changes of a job, the second its end or not, come while the process starts; it is killed at every moment of
/// the first seconds, and the next one starts at once, soon, or when everything has returned.
#[test]
fn a_kill_at_any_moment_loses_nothing() {
    for returns in READINGS {
        for lag in [0, 300] {
            for killed_at in (0..30).map(|nth| nth * 193) {
                let away = [0, 7, 640, 1300, 4000][usize::try_from(killed_at % 5).unwrap()];
                paused(async {
                    let service = Service::new(now(), returns)
                        .with_queue(QUEUE, Duration::from_secs(30))
                        .with_lag(Duration::from_secs(lag))
                        .with_latency(Duration::from_millis(400));
                    let memory = Memory::never_polled();
                    service.change(QUEUE, 1);
                    service.complete(QUEUE, 1);
                    service.change(QUEUE, 2);
                    service.change(QUEUE, 2);
                    service.change(QUEUE, 2);
                    let life = Duration::from_millis(killed_at);
                    live_for(&service, &memory, life, true).await;
                    sleep(away).await;
                    live_for(&service, &memory, Duration::from_secs(6000), false).await;
                    let moment = format!("{returns:?} {lag} {killed_at} {away}");
                    assert_eq!(service.open(), [], "{moment}");
                    assert!(!lost(&service), "{moment}");
                    assert!(service.was_handled(change(1, 2)), "{moment}");
                    assert!(service.was_handled(change(2, 3)), "{moment}");
                    assert_eq!(memory.shutdown(), Some(Shutdown::Clean), "{moment}");
                });
            }
        }
    }
}

/// Between polls that are far apart the note of the last one is old; the process is killed just after a poll.
#[test]
fn a_kill_after_a_long_wait_is_a_kill_after_the_last_poll() {
    paused(async {
        let service = Service::new(now(), Returns::Each)
            .with_queue(QUEUE, Duration::from_secs(3600))
            .with_lag(Duration::from_secs(300));
        let memory = Memory::never_polled();
        let changes = service.clone();
        tokio::spawn(async move {
            sleep(60).await;
            changes.change(QUEUE, 1);
            changes.complete(QUEUE, 1);
        });
        live_for(&service, &memory, Duration::from_millis(3_601_500), true).await;
        assert_eq!(service.state().account.handed_out.len(), 2);
        assert_eq!(memory.shutdown(), Some(Shutdown::Unclean));
        sleep(610).await;
        live_for(&service, &memory, Duration::from_secs(20_000), false).await;
        assert!(service.was_handled(change(1, 2)));
        assert!(!lost(&service));
    });
}

/// What several handlers failed on, the next process can't tell from what is there for the first time.
#[test]
fn several_unconfirmed_changes_of_a_job_are_reckoned_with_after_a_clean_stop() {
    for returns in READINGS {
        for lag in [0, 300] {
            paused(async {
                let service = service(returns).with_lag(Duration::from_secs(lag));
                let memory = Memory::never_polled();
                service.change(QUEUE, 1);
                service.complete(QUEUE, 1);
                run(&service, &memory, 60, |_| false).await;
                let several = returns != Returns::HeldBack;
                let unseen = matches!(memory.shutdown(), Some(Shutdown::UnseenUntil(_)));
                assert_eq!(unseen, several, "{returns:?}");
                run(&service, &memory, 3000, |_| true).await;
                assert!(service.was_handled(change(1, 2)), "{returns:?} {lag}");
                assert!(!lost(&service), "{returns:?} {lag}");
                assert_eq!(service.open(), []);
                assert_eq!(memory.shutdown(), Some(Shutdown::Clean));
            });
        }
    }
}

#[test]
fn a_failed_handler_of_a_single_change_leaves_a_clean_stop() {
    paused(async {
        let service = service(Returns::Each);
        let memory = Memory::never_polled();
        service.change(QUEUE, 1);
        run(&service, &memory, 5, |_| false).await;
        assert_eq!(memory.shutdown(), Some(Shutdown::Clean));
    });
}

/// The doubt goes on where it was, and ends with the queue empty after its time.
#[test]
fn a_doubt_that_stands_at_a_clean_stop_is_kept_until_its_end() {
    for fate in [Fate::ResponseLost, Fate::Unreadable, Fate::GatewayTimeout] {
        paused(async {
            let service = service(Returns::Each).with_fate(move |at| match at.as_secs() {
                0..5 => fate,
                _ => Fate::Responded,
            });
            let memory = Memory::never_polled();
            service.change(QUEUE, 1);
            run(&service, &memory, 4, |_| true).await;
            let until = now() + Duration::from_secs(1200);
            assert_eq!(memory.shutdown(), Some(Shutdown::UnseenUntil(until)));
            // A second stop within that time keeps it.
            run(&service, &memory, 300, |_| true).await;
            assert_eq!(memory.shutdown(), Some(Shutdown::UnseenUntil(until)));
            service.change(QUEUE, 2);
            let confirmed_at = confirmed(&service, &memory).await;
            assert!((1200..1235).contains(&confirmed_at), "{confirmed_at}");
        });
    }
}

/// When everything is confirmed, by a watch that begins now; which stops then.
async fn confirmed(service: &Service, memory: &Memory) -> u64 {
    let watch = bare_watch(service).poll_times(memory.clone());
    let stop = watch.stop_handle();
    let at_service = service.clone();
    let watching = tokio::spawn(watch.handle(move |_, change| {
        at_service.handled(key(&change));
        async { Ok::<(), io::Error>(()) }
    }));
    while !service.open().is_empty() {
        sleep(1).await;
    }
    let at = service.elapsed().as_secs();
    stop.stop();
    watching.await.unwrap().unwrap();
    at
}

/// Twenty minutes count from the last poll of the killed process, not from the start of the next.
#[test]
fn after_a_kill_the_doubt_ends_with_the_last_poll() {
    for (away, least) in [
        (0, 1200),
        (600, 1200),
        (1195, 1200),
        (1500, 1500),
        (90_000, 90_000),
    ] {
        paused(async {
            let service = service(Returns::HeldBack);
            let memory = Memory::never_polled();
            live_for(&service, &memory, Duration::from_millis(500), true).await;
            service.change(QUEUE, 1);
            sleep(away).await;
            let at = confirmed(&service, &memory).await;
            // A minute, since the note may be that old, and two polls.
            assert!((least..least + 85).contains(&at), "{away}: {at}");
            assert_eq!(memory.shutdown(), Some(Shutdown::Clean));
        });
    }
}

#[test]
fn what_is_not_known_is_in_doubt_for_twenty_minutes_from_the_start() {
    paused(async {
        let service = service(Returns::HeldBack);
        service.change(QUEUE, 1);
        let at = confirmed(&service, &Memory::default()).await;
        assert!((1200..1215).contains(&at), "{at}");
    });
}

#[test]
fn a_watch_notes_that_it_runs_before_it_polls_and_that_it_stopped_after() {
    paused(async {
        let service = service(Returns::Each).with_latency(Duration::from_secs(3));
        let memory = Memory::default();
        let mut changes = bare_watch(&service)
            .poll_times(memory.clone())
            .stream()
            .unwrap();
        let stop = changes.stop_handle();
        let noted = memory.clone();
        let stopping = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let running = noted.shutdown();
            stop.stop();
            running
        });
        assert!(changes.next().await.is_none());
        assert_eq!(stopping.await.unwrap(), Some(Shutdown::Unclean));
        assert_eq!(service.state().account.polls, 1);
        // Nothing is known of what was before it.
        assert!(matches!(memory.shutdown(), Some(Shutdown::UnseenUntil(_))));
        // One that is stopped before it polls leaves everything as it is.
        let memory = Memory::default();
        let changes = bare_watch(&service)
            .poll_times(memory.clone())
            .stream()
            .unwrap();
        changes.stop_handle().stop();
        drop(changes);
        sleep(60).await;
        assert_eq!(memory.shutdown(), None);
    });
}

/// The changes of a stream are with the program when it ends.
#[test]
fn a_stream_that_ended_counts_what_the_program_still_has_as_unconfirmed() {
    paused(async {
        for (changes_of_job, clean) in [(1, true), (2, false)] {
            let service = service(Returns::Each);
            let memory = Memory::never_polled();
            for _ in 0..changes_of_job {
                service.change(QUEUE, 1);
            }
            let mut changes = bare_watch(&service)
                .poll_times(memory.clone())
                .shutdown_timeout(Duration::from_secs(1))
                .stream()
                .unwrap();
            let stop = changes.stop_handle();
            let first = changes.next().await.unwrap().unwrap();
            tokio::spawn(async move {
                sleep(5).await;
                stop.stop();
            });
            assert!(changes.next().await.is_none());
            assert_eq!(memory.shutdown() == Some(Shutdown::Clean), clean);
            service.handled(key(&first));
            let confirmed = first.confirm().await.unwrap();
            assert_eq!(confirmed == Confirmation::Done, clean);
        }
    });
}

/// Held changes that finish within the time limit are no reason to wait after the restart.
#[test]
fn what_finishes_after_the_stop_is_noted() {
    paused(async {
        let service = service(Returns::Each);
        let memory = Memory::never_polled();
        service.change(QUEUE, 1);
        service.change(QUEUE, 1);
        let watch = bare_watch(&service).poll_times(memory.clone());
        let stop = watch.stop_handle();
        let at_service = service.clone();
        let watching = tokio::spawn(watch.handle(move |_, change| {
            let service = at_service.clone();
            async move {
                sleep(8).await;
                service.handled(key(&change));
                Ok::<(), io::Error>(())
            }
        }));
        sleep(3).await;
        stop.stop();
        sleep(3).await;
        assert!(matches!(memory.shutdown(), Some(Shutdown::UnseenUntil(_))));
        watching.await.unwrap().unwrap();
        assert_eq!(service.open(), []);
        assert_eq!(memory.shutdown(), Some(Shutdown::Clean));
    });
}

#[test]
fn a_permanent_error_is_a_clean_stop_too() {
    paused(async {
        let service = service(Returns::Each);
        let memory = Memory::never_polled();
        let client = client(&service, SignedDuration::ZERO);
        let queues = [sender(), Sender::new("984661185").unwrap()];
        service.state().refuses = Some("984661185".to_owned());
        let watch = client.watch().queues(queues).poll_times(memory.clone());
        let ended = watch.handle(|_, _| async { Ok::<(), io::Error>(()) }).await;
        assert!(ended.is_err());
        let kept = memory.0.lock().unwrap();
        let ends: Vec<Shutdown> = kept.values().map(|kept| kept.shutdown).collect();
        assert_eq!(ends, [Shutdown::Clean, Shutdown::Clean]);
    });
}
