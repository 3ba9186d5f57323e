//! What a watch tells of itself.

use std::collections::BTreeSet;
use std::io::Write;

use tracing_subscriber::fmt::MakeWriter;

use super::service::Fate;
use super::*;
use crate::WatchEvent;

/// Everything that is written, as one text.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Page {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[test]
fn every_event_is_traced_and_none_with_anything_personal() {
    // While there is one dispatcher only, tracing asks the thread that comes upon an event first whether anybody
    // listens to it, for good: that may be another test's. With two it asks both.
    let _another = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    let page = Page::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(page.clone())
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .finish();
    let names = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&names);
    let _telling = tracing::subscriber::set_default(subscriber);
    paused(async {
        let queue = "123456789?archive-queue";
        let service = Service::new(now(), Returns::Each)
            .with_queue(queue, Duration::from_secs(10))
            .with_fate(|at| match at.as_secs() {
                100..130 => Fate::Unavailable,
                130..160 => Fate::RateBlocked,
                _ => Fate::Responded,
            });
        service.change(queue, 1);
        service.change(queue, 1);
        service.change(queue, 2);
        let client = client(&service, SignedDuration::ZERO);
        // Another process polls, so that the first poll here comes too early.
        let sender = sender().with_queue("archive-queue");
        client.status_change(&sender).await.unwrap();
        let watch = client.watch().queue(sender).jitter(Duration::ZERO).seed(1);
        let watch = watch.observe(move |event: WatchEvent<'_>| {
            let debug = format!("{event:?}");
            let variant = debug.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            seen.lock().unwrap().insert(event.name());
            assert_eq!(event.name().replace('_', ""), variant.to_lowercase());
        });
        let stop = watch.stop_handle();
        let handled = tokio::spawn(watch.handle(|_, change| async move {
            sleep(110).await;
            assert!(
                change.job_id().get() != 2 || change.was_handled_before(),
                "broken"
            );
            Err::<(), _>(io::Error::other("email@example.com, 12345678910"))
        }));
        sleep(300).await;
        stop.stop();
        handled.await.unwrap().unwrap();
    });
    // What a metric is called stays the same.
    let names: Vec<_> = names.lock().unwrap().iter().copied().collect();
    insta::assert_debug_snapshot!(names);
    let told = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
    for part in [
        "polled queue=0 found=true",
        "polled queue=0 found=false",
        "a poll failed",
        "polls succeed again queue=0 failures=",
        "the service blocks calls",
        "the handler failed; the change is redelivered queue=0 change=1 IN_PROGRESS WAITING@",
        "the handler panicked; the change is redelivered queue=0 change=2 ",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    for personal in ["email", "archive-queue", "12345678910", "123456789"] {
        assert!(!told.contains(personal), "{personal} in {told}");
    }
}
