//! A watch that is killed: whenever that happens, no change is lost.

use super::process::Process;
use super::restarting::{confirmed, lost};
use super::*;

/// Watches until it is killed, or stopped in order.
pub(super) async fn live_for(service: &Service, memory: &Memory, life: Duration, killed: bool) {
    let process = Process::new(service, memory);
    let client = process.client(SignedDuration::ZERO);
    let watch = client
        .watch()
        .queue(sender())
        .jitter(Duration::ZERO)
        .seed(1);
    let stop = watch.stop_handle();
    let (working, at_service) = (Arc::clone(&process), service.clone());
    let watching = tokio::spawn(watch.handle(move |_, change| {
        let (process, at_service) = (Arc::clone(&working), at_service.clone());
        async move {
            process.live(sleep(2)).await;
            at_service.handled(key(&change));
            Ok::<(), io::Error>(())
        }
    }));
    tokio::time::sleep(life).await;
    if killed {
        process.kill();
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
