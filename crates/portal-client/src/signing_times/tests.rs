use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};

use portal_asice::{SignatureInput, SignerError};
use portal_certificate::Certificate;
use portal_rules::Sector;
use portal_transport::test_util::{ScriptedTransport, TestClock};
use proptest::prelude::*;

use super::*;
use crate::PortalClient;
use crate::fixtures::{build, created_xml, environment, least, now, package_signer, sender};

/// The fixtures' key, which notes on which threads it signs and does `before` it does so.
struct Noting<F> {
    key: Arc<dyn PackageSigner>,
    only_computes: bool,
    before: F,
    threads: Arc<Mutex<Vec<ThreadId>>>,
}

impl<F: Fn() + Send + Sync> PackageSigner for Noting<F> {
    fn chain(&self) -> &[Certificate] {
        self.key.chain()
    }

    fn sign(&self, input: &SignatureInput<'_>) -> Result<Vec<u8>, SignerError> {
        (self.before)();
        self.threads.lock().unwrap().push(thread::current().id());
        self.key.sign(input)
    }

    fn only_computes(&self) -> bool {
        self.only_computes
    }
}

/// A client, and the threads that its key has signed on.
fn client(
    transport: ScriptedTransport,
    only_computes: bool,
    before: impl Fn() + Send + Sync + 'static,
) -> (PortalClient, Arc<Mutex<Vec<ThreadId>>>) {
    let threads = Arc::new(Mutex::new(Vec::new()));
    let signer = Noting {
        key: package_signer(),
        only_computes,
        before,
        threads: Arc::clone(&threads),
    };
    let transport = Arc::new(transport);
    let client = PortalClient::new(environment(), Sector::Unknown, transport, Arc::new(signer))
        .with_clock(TestClock::new(now()))
        .with_sender(sender());
    (client, threads)
}

fn creates(count: usize) -> ScriptedTransport {
    let script = ScriptedTransport::new();
    (0..count).fold(script, |script, _| script.response(200, created_xml()))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(future)
}

/// On which of so many signatures in a row the runtime's thread signed first.
fn first_in_place(count: usize, only_computes: bool, before: fn()) -> Option<usize> {
    let (client, threads) = client(creates(count), only_computes, before);
    let job = build(least());
    block_on(async {
        for _ in 0..count {
            client.create(&job).await.unwrap();
        }
    });
    let threads = threads.lock().unwrap();
    assert_eq!(threads.len(), count);
    let here = thread::current().id();
    threads.iter().position(|thread| *thread == here)
}

#[test]
fn a_fast_key_signs_in_place_once_it_is_known() {
    // On a machine with much other work, single signatures may be slow.
    let first = first_in_place(300, true, || {});
    assert!(first.is_some_and(|first| first >= 3), "{first:?}");
}

#[test]
fn a_slow_key_never_signs_in_place() {
    assert_eq!(first_in_place(10, true, || thread::sleep(FAST)), None);
}

#[test]
fn a_key_that_may_wait_never_signs_in_place_however_fast_it_was() {
    assert_eq!(first_in_place(20, false, || {}), None);
}

/// The key signs only when another request has its response, which it would never have if the key held
/// up the runtime's only thread.
#[test]
fn a_slow_key_holds_up_no_other_request() {
    for only_computes in [true, false] {
        let (done, until): (Sender<()>, Receiver<()>) = channel();
        let until = Mutex::new(until);
        let wait = move || {
            let until = until.lock().unwrap_or_else(PoisonError::into_inner);
            let limit = Duration::from_secs(60);
            until
                .recv_timeout(limit)
                .expect("the other request was held up");
        };
        let transport = ScriptedTransport::new()
            .response(200, "")
            .response(200, created_xml());
        let (client, _) = client(transport, only_computes, wait);
        let job = build(least());
        let other = async {
            // The create is under way.
            tokio::task::yield_now().await;
            client.cancel(crate::fixtures::created()).await.unwrap();
            done.send(()).unwrap();
        };
        let (created, ()) = block_on(async { tokio::join!(client.create(&job), other) });
        created.unwrap();
    }
}

/// A runtime of one thread has others sign where there are several jobs.
#[test]
fn several_jobs_are_signed_beside_each_other() {
    let times = SigningTimes::default();
    let signer = package_signer();
    for _ in 0..FAST_IN_A_ROW {
        times.took(Duration::ZERO);
    }
    let in_place = || times.in_place(&*signer);
    let _first = times.creating();
    assert!(block_on(async { in_place() }));
    let second = times.creating();
    assert!(!block_on(async { in_place() }));
    let several_threads = tokio::runtime::Builder::new_multi_thread();
    let several_threads = { several_threads }.worker_threads(1).build().unwrap();
    assert!(several_threads.block_on(async { in_place() }));
    drop(second);
    assert!(block_on(async { in_place() }));
}

proptest! {
    /// In place only after three fast signatures in a row, whatever was before.
    #[test]
    fn the_last_signatures_decide(slow in prop::collection::vec(any::<bool>(), 0..20)) {
        let times = SigningTimes::default();
        for slow in &slow {
            times.took(if *slow { FAST * 2 } else { FAST / 2 });
        }
        let fast = slow.len() >= 3 && slow.iter().rev().take(3).all(|slow| !slow);
        prop_assert_eq!(times.in_place(&*package_signer()), fast);
    }
}
