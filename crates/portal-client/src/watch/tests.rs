//! The loop against a service of its own, in tokio's paused time: a test for each sentence of what the
//! loop promises.

mod clocks;
mod confirming;
mod events;
mod handling;
mod kills;
mod laws;
mod many;
mod polling;
mod process;
mod readings;
mod restarting;
mod service;
mod stopping;
mod waiting;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portal_transport::{BoxFuture, Transport};
use tokio::task::JoinHandle;

use self::service::{ChangeKey, Returns, Service};
use crate::fixtures::{environment, now, package_signer};
use crate::{
    Error, JobRecord, PermittedPoll, PollTimes, PortalClient, QueueKey, Sector, Sender, Shutdown,
    Watch,
};

const QUEUE: &str = "123456789";

/// What the documentation leaves open: which changes of a job are redelivered.
const READINGS: [Returns; 3] = [Returns::Each, Returns::Newest, Returns::HeldBack];

/// A service with one queue, which is polled every ten seconds.
fn service(returns: Returns) -> Service {
    Service::new(now(), returns).with_queue(QUEUE, Duration::from_secs(10))
}

/// Runs a test in paused time: a wait ends when nothing else is left to do.
fn paused<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(test)
}

/// A client whose computer's clock is ahead of the service's by so much, or behind.
fn client(service: &Service, ahead: SignedDuration) -> PortalClient {
    client_over(service, Arc::new(service.clone()), ahead)
}

fn client_over(
    service: &Service,
    transport: Arc<dyn Transport>,
    ahead: SignedDuration,
) -> PortalClient {
    let by_service = service.clone();
    bare_client(transport).with_clock(move || {
        let elapsed = SignedDuration::try_from(by_service.elapsed()).unwrap();
        now() + elapsed + ahead
    })
}

fn clocked(
    service: &Service,
    clock: impl Fn() -> Timestamp + Send + Sync + 'static,
) -> PortalClient {
    bare_client(Arc::new(service.clone())).with_clock(clock)
}

fn bare_client(transport: Arc<dyn Transport>) -> PortalClient {
    PortalClient::new(environment(), Sector::Unknown, transport, package_signer())
}

/// A watch of the queue without jitter, by a program that has not polled it yet.
fn watch(service: &Service) -> Watch {
    bare_watch(service).poll_times(Memory::never_polled())
}

/// A watch of the queue without jitter, and without knowledge of earlier polls.
fn bare_watch(service: &Service) -> Watch {
    client(service, SignedDuration::ZERO)
        .watch()
        .queue(sender())
        .jitter(Duration::ZERO)
        .seed(1)
}

/// Begins a watch whose handler takes so many seconds, and notes at the service what it has handled.
fn handling(watch: Watch, service: &Service, seconds: u64) -> JoinHandle<Result<(), Error>> {
    let at_service = service.clone();
    tokio::spawn(watch.handle(move |_, change| {
        let service = at_service.clone();
        async move {
            sleep(seconds).await;
            service.handled(key(&change));
            Ok::<(), io::Error>(())
        }
    }))
}

fn sender() -> Sender {
    Sender::new(QUEUE).unwrap()
}

/// Poll times that outlive a watch, and what there is for other queues.
#[derive(Clone, Default)]
struct Memory(
    Arc<Mutex<HashMap<String, PermittedPoll>>>,
    Option<PermittedPoll>,
);

impl Memory {
    fn never_polled() -> Self {
        Self(Arc::default(), Some(PermittedPoll::never_polled()))
    }

    /// How the last watch of the queue ended.
    fn shutdown(&self) -> Option<Shutdown> {
        let kept = self.0.lock().unwrap();
        kept.values().next().map(|kept| kept.shutdown)
    }
}

impl PollTimes for Memory {
    fn load<'a>(&'a self, queue: QueueKey<'a>) -> BoxFuture<'a, io::Result<Option<PermittedPoll>>> {
        let kept = self.0.lock().unwrap().get(&queue.text()).copied();
        let kept = kept.or(self.1);
        Box::pin(async move { Ok(kept) })
    }

    fn save<'a>(
        &'a self,
        queue: QueueKey<'a>,
        time: PermittedPoll,
    ) -> BoxFuture<'a, io::Result<()>> {
        self.0.lock().unwrap().insert(queue.text(), time);
        Box::pin(async { Ok(()) })
    }
}

/// Which change of the service a change is.
fn key(change: &impl AsRef<JobRecord>) -> ChangeKey {
    let record = change.as_ref();
    ChangeKey {
        job: record.job_id().get(),
        nth: record.reference().unwrap().reveal().parse().unwrap(),
    }
}

fn change(job: i64, nth: u32) -> ChangeKey {
    ChangeKey { job, nth }
}

/// What happened, with the second at which it did.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<(u64, String)>>>);

impl Diary {
    fn note(&self, service: &Service, what: impl Into<String>) {
        let at = service.elapsed().as_secs();
        self.0.lock().unwrap().push((at, what.into()));
    }

    fn entries(&self) -> Vec<(u64, String)> {
        self.0.lock().unwrap().clone()
    }

    /// When something happened.
    fn times(&self, what: &str) -> Vec<u64> {
        let entries = self.entries();
        let same = entries.iter().filter(|(_, said)| said == what);
        same.map(|(at, _)| *at).collect()
    }
}

async fn sleep(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
