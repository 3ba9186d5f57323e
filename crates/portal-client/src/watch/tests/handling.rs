//! Who gets which change, and when.

use super::*;
use crate::{Error, WatchEvent};

fn service() -> Service {
    Service::new(now(), Returns::Each).with_queue(QUEUE, Duration::from_secs(10))
}

/// Watches with a handler that notes what it does, and takes and fails as it is told.
async fn run(
    service: &Service,
    watch: Watch,
    seconds: u64,
    course: impl Fn(ChangeKey, u32) -> (u64, bool) + Send + Sync + 'static,
) -> Diary {
    let diary = Diary::default();
    let stop = watch.stop_handle();
    let (at_service, noted) = (service.clone(), diary.clone());
    let attempts = Mutex::new(HashMap::new());
    let handled = tokio::spawn(watch.handle(move |_, change| {
        let key = key(&change);
        let attempt = {
            let mut attempts = attempts.lock().unwrap();
            let attempt = attempts.entry(key).or_insert(0);
            *attempt += 1;
            *attempt
        };
        let (takes, succeeds) = course(key, attempt);
        let (service, diary) = (at_service.clone(), noted.clone());
        async move {
            let seen = if change.was_handled_before() {
                " again"
            } else {
                ""
            };
            diary.note(&service, format!("begin {}.{}{seen}", key.job, key.nth));
            sleep(takes).await;
            let end = if succeeds { "end" } else { "fail" };
            diary.note(&service, format!("{end} {}.{}", key.job, key.nth));
            if succeeds {
                service.handled(key);
                Ok(())
            } else {
                Err(io::Error::other("First Last, 12345678910"))
            }
        }
    }));
    sleep(seconds).await;
    stop.stop();
    handled.await.unwrap().unwrap();
    assert_eq!(service.state().account.settled_unhandled, []);
    diary
}

fn entries(of: &[(u64, &str)]) -> Vec<(u64, String)> {
    of.iter()
        .map(|(at, what)| (*at, (*what).to_owned()))
        .collect()
}

/// It happened at these seconds, or up to a wait of the queue later for each time that a change returned.
#[track_caller]
fn expect_times(diary: &Diary, what: &str, expected: &[u64]) {
    let times = diary.times(what);
    let near = |(at, expected): (&u64, &u64)| {
        (*expected..expected + 12 * (1 + expected / 600)).contains(at)
    };
    assert_eq!(times.len(), expected.len(), "{what}: {times:?}");
    assert!(times.iter().zip(expected).all(near), "{what}: {times:?}");
}

#[test]
fn a_change_is_confirmed_only_after_its_handler_returned_ok() {
    paused(async {
        let service = service();
        service.change(QUEUE, 1);
        let watching = service.clone();
        let watch = watch(&service).observe(move |event| {
            if let WatchEvent::Confirmed { .. } = event {
                assert_eq!(watching.elapsed().as_secs(), 100);
            }
        });
        let diary = run(&service, watch, 1000, |_, _| (100, true)).await;
        assert_eq!(
            diary.entries(),
            entries(&[(0, "begin 1.1"), (100, "end 1.1")])
        );
        assert_eq!(service.state().account.confirmations, 1);
        assert_eq!(service.open(), []);
    });
}

#[test]
fn a_handler_that_fails_leaves_the_change_to_come_back_after_ten_minutes() {
    paused(async {
        let service = service();
        service.change(QUEUE, 1);
        let diary = run(&service, watch(&service), 2000, |_, attempt| {
            (5, attempt == 3)
        })
        .await;
        expect_times(&diary, "fail 1.1", &[5, 605]);
        expect_times(&diary, "begin 1.1", &[0, 600, 1200]);
        assert_eq!(service.state().account.confirmations, 1);
        assert_eq!(service.open(), []);
    });
}

#[test]
fn a_handler_that_panics_leaves_the_change_and_the_others_go_on() {
    paused(async {
        let service = service();
        service.change(QUEUE, 1);
        service.change(QUEUE, 2);
        let panicked = Diary::default();
        let (noted, at_service) = (panicked.clone(), service.clone());
        let watch = watch(&service).observe(move |event| {
            if let WatchEvent::HandlerPanicked { id } = event {
                noted.note(&at_service, id.job_id().unwrap().get().to_string());
            }
        });
        let diary = run(&service, watch, 1000, |key, attempt| {
            assert!(key.job != 1 || attempt > 1, "the handler is broken");
            (1, true)
        })
        .await;
        assert_eq!(panicked.entries(), entries(&[(0, "1")]));
        assert_eq!(diary.times("end 2.1"), [1]);
        expect_times(&diary, "end 1.1", &[601]);
    });
}

#[test]
fn a_handler_longer_than_ten_minutes_is_not_joined_by_a_second() {
    paused(async {
        let service = service();
        service.change(QUEUE, 1);
        let again = Diary::default();
        let (noted, at_service) = (again.clone(), service.clone());
        let watch = watch(&service).observe(move |event| {
            if let WatchEvent::AlreadyInFlight { .. } = event {
                noted.note(&at_service, "again");
            }
        });
        let diary = run(&service, watch, 3000, |_, _| (1500, true)).await;
        assert_eq!(
            diary.entries(),
            entries(&[(0, "begin 1.1"), (1500, "end 1.1")])
        );
        expect_times(&again, "again", &[600, 1201]);
        assert_eq!(service.open(), []);
    });
}

#[test]
fn changes_of_one_job_are_handled_one_after_another_and_those_of_others_beside_them() {
    paused(async {
        let service = service();
        for job in [1, 2, 1, 1] {
            service.change(QUEUE, job);
        }
        let diary = run(&service, watch(&service), 1000, |_, _| (50, true)).await;
        let expected = [
            (0, "begin 1.1"),
            (0, "begin 2.1"),
            (50, "end 1.1"),
            (50, "begin 1.2"),
            (50, "end 2.1"),
            (100, "end 1.2"),
            (100, "begin 1.3"),
            (150, "end 1.3"),
        ];
        let mut found = diary.entries();
        found.sort();
        let mut expected = entries(&expected);
        expected.sort();
        assert_eq!(found, expected);
        // One for each job: the last settles the earlier ones.
        assert_eq!(service.state().account.confirmations, 2);
        assert_eq!(service.open(), []);
    });
}

#[test]
fn a_newer_change_waits_until_the_failed_one_has_come_back() {
    paused(async {
        let service = service();
        service.change(QUEUE, 1);
        service.change(QUEUE, 1);
        let course = |key: ChangeKey, attempt| (5, key.nth != 1 || attempt == 3);
        let diary = run(&service, watch(&service), 3000, course).await;
        expect_times(&diary, "fail 1.1", &[5, 605]);
        expect_times(&diary, "end 1.1", &[1205]);
        expect_times(&diary, "end 1.2", &[1210]);
        assert_eq!(service.open(), []);
    });
}

#[test]
fn a_newer_change_is_handled_when_the_service_does_not_give_the_failed_one_again() {
    paused(async {
        let service =
            Service::new(now(), Returns::Newest).with_queue(QUEUE, Duration::from_secs(10));
        service.change(QUEUE, 1);
        service.change(QUEUE, 1);
        let diary = run(&service, watch(&service), 3000, |key, _| (5, key.nth != 1)).await;
        assert_eq!(diary.times("fail 1.1"), [5]);
        // It has to be sure that the first does not return, and to be given the second again.
        let end = diary.times("end 1.2")[0];
        assert!((1200..2100).contains(&end), "{end}");
        assert_eq!(service.open(), []);
    });
}

#[test]
fn never_polls_while_too_many_changes_are_in_flight() {
    paused(async {
        let service = service();
        for job in 1..=10 {
            service.change(QUEUE, job);
        }
        let diary = run(&service, watch(&service).max_in_flight(3), 1000, |_, _| {
            (60, true)
        })
        .await;
        let mut max_in_flight = 0_i32;
        for (_, what) in diary.entries() {
            max_in_flight += if what.starts_with("begin") { 1 } else { -1 };
            assert!(max_in_flight <= 3);
        }
        let handed_out: Vec<u64> = {
            let state = service.state();
            let times = state.account.handed_out.iter();
            times.map(|(at, _)| at.as_secs()).collect()
        };
        assert_eq!(handed_out, [0, 0, 0, 60, 60, 60, 120, 120, 120, 180]);
        assert_eq!(service.open(), []);
    });
}

#[test]
fn failing_changes_do_not_keep_the_others_waiting() {
    paused(async {
        let service = service();
        for job in 1..=50 {
            service.change(QUEUE, job);
        }
        let diary = run(&service, watch(&service).max_in_flight(2), 100, |key, _| {
            (0, key.job > 40)
        })
        .await;
        let ends = diary.entries();
        let ends = ends.iter().filter(|(_, what)| what.starts_with("end"));
        assert_eq!(ends.count(), 10);
    });
}

#[test]
fn a_stream_polls_only_while_somebody_waits_for_a_change() {
    paused(async {
        let service = service();
        for job in 1..=4 {
            service.change(QUEUE, job);
        }
        let mut changes = watch(&service).stream().unwrap();
        sleep(100).await;
        assert_eq!(service.state().account.polls, 0);
        let first = changes.next().await.unwrap().unwrap();
        sleep(100).await;
        assert_eq!(service.state().account.polls, 1);
        let second = changes.next().await.unwrap().unwrap();
        assert_eq!((key(&first), key(&second)), (change(1, 1), change(2, 1)));
        service.handled(key(&second));
        second.confirm().await.unwrap();
        drop(first);
        assert_eq!(service.open().len(), 3);
        assert_eq!(service.state().account.settled_unhandled, []);
    });
}

#[test]
fn a_change_that_is_dropped_comes_back_and_one_that_was_confirmed_is_known() {
    paused(async {
        let service = service();
        service.change(QUEUE, 1);
        let mut changes = watch(&service).stream().unwrap();
        drop(changes.next().await.unwrap().unwrap());
        let again = changes.next().await.unwrap().unwrap();
        assert!((600..612).contains(&service.elapsed().as_secs()));
        assert!(!again.change().was_handled_before());
        service.handled(key(&again));
        again.confirm().await.unwrap();
    });
}

#[test]
fn the_default_sender_is_watched_when_no_queue_is_given() {
    paused(async {
        let service = service();
        service.change(QUEUE, 1);
        let client = client(&service, SignedDuration::ZERO);
        let none = client.watch().stream();
        assert!(matches!(none, Err(Error::NoSender)));
        let mut changes = client.with_sender(sender()).watch().stream().unwrap();
        let change = changes.next().await.unwrap().unwrap();
        assert_eq!(change.change().record().sender(), &sender());
    });
}
