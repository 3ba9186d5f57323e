//! Two relays on one store are killed again and again while jobs finish.
//!
//! On a folder, and by `cargo xtask stores` on object stores, where they are stopped for longer than the lease as well.
//! Six kills and twelve jobs by default; `cargo xtask relay-campaign` makes 300 of a thousand, and 100 stops. What must
//! hold: every document is stored once and whole, every event is delivered at least once and none under a second id, and nothing is
//! confirmed before it and its event were stored.

mod observer;
mod stored;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use portal_client::{Document, Notification, PortalClient, Signer};
use portal_sandbox::{
    EarlyPoll, ParallelChanges, Sandbox, SandboxBuilder, SandboxClock, SandboxJob, sample_pdf,
};
use serde_json::Value;

use self::observer::Observer;
use self::stored::{Stored, documents_of};
use crate::campaign_jobs::{Kind, LEASE, from_environment};
use crate::sandbox_clients::{Over, bare_client};

/// How long the relays' own lease lives, in their process.
const RELAY_LEASE: Duration = Duration::from_secs(2);

/// How long nothing may get less at the end.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long the relays have to do nothing but find their queue empty before time passes.
const QUIET: Duration = Duration::from_secs(2);

struct Known {
    at_service: SandboxJob,
    kind: Kind,
}

async fn create(
    client: &PortalClient,
    sandbox: &Sandbox,
    observer: &Observer,
    number: usize,
) -> i64 {
    let kind = Kind::of(number);
    let mark = format!("Contract-{number:05}-of-the-campaign");
    let notify = || Notification::email("email@example.com");
    let job = client
        .job("Job title")
        .document(Document::pdf("Document", sample_pdf(&mark, &["A text."])))
        .reference(format!("campaign-{number}"))
        .signer(Signer::by_personal_number("12345678910", notify()).order(1));
    let job = match kind {
        Kind::TwoSigners => {
            job.signer(Signer::by_personal_number("01013300001", notify()).order(2))
        }
        _ => job,
    };
    let created = client.create(&job.build_blocking().unwrap()).await.unwrap();
    let id = created.job_id().get();
    let at_service = sandbox.job(created.job_id());
    observer
        .jobs
        .lock()
        .unwrap()
        .insert(id, Known { at_service, kind });
    id
}

fn act(observer: &Observer, job: i64) {
    let jobs = observer.jobs.lock().unwrap();
    let known = &jobs[&job];
    match known.kind {
        Kind::Refused => known.at_service.reject(0).unwrap(),
        _ => drop(known.at_service.sign_current_group().unwrap()),
    }
}

/// A relay in a process, killed when dropped.
struct RelayProcess(Child);

impl RelayProcess {
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        let _killed = self.0.kill();
        let _waited = self.0.wait();
    }
}

fn start(folder: &Path) -> RelayProcess {
    let relay = Command::new(env!("CARGO_BIN_EXE_relay-process"))
        .arg(folder)
        .stdout(Stdio::null())
        .spawn();
    RelayProcess(relay.unwrap())
}

/// Waits until nothing is left. Where the relays find nothing to do, something waits for a time that has to come, and so
/// time passes. Not while they work: everything that is in flight then would return to the front of the queue before
/// the rest of it has come at all.
async fn finish(
    what: &str,
    observer: &Observer,
    left: impl Fn() -> usize,
    mut time_passes: impl FnMut(),
) {
    let mut fewest = left();
    let (mut progress, mut moved) = (Instant::now(), Instant::now());
    while fewest > 0 {
        assert!(progress.elapsed() < PATIENCE, "{fewest} {what} are left");
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = left();
        if now < fewest {
            (fewest, progress) = (now, Instant::now());
        }
        if observer.quiet_for().min(moved.elapsed()) > QUIET {
            time_passes();
            moved = Instant::now();
        }
    }
}

/// Stops a process for long enough that the other relay takes the lease, and lets it go on.
async fn stop_for_longer_than_the_lease(relay: &RelayProcess, random: &mut fastrand::Rng) {
    let process = rustix::process::Pid::from_child(&relay.0);
    let signal = |signal| rustix::process::kill_process(process, signal).unwrap();
    // At any moment, so that it is before a look at the lease, or between it and the request.
    tokio::time::sleep(Duration::from_millis(random.u64(0..1000))).await;
    signal(rustix::process::Signal::STOP);
    tokio::time::sleep(RELAY_LEASE + Duration::from_millis(random.u64(500..2000))).await;
    signal(rustix::process::Signal::CONT);
}

/// Moves the time at the service and in the processes.
fn advance(sandbox: &Sandbox, folder: &Path, by: Duration) {
    let file = folder.join("ahead");
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let ahead: u64 = text.trim().parse().unwrap_or_default();
    let next = folder.join("ahead-next");
    std::fs::write(&next, (ahead + by.as_secs()).to_string()).unwrap();
    std::fs::rename(next, file).unwrap();
    sandbox.clock().advance(by);
}

/// Where the relays' store is.
enum Place {
    Folder,
    /// An object store: its address, and a line for each option.
    #[cfg(feature = "engines")]
    Engine(String),
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_killed_at_any_moment_lose_and_double_nothing() {
    two_relays_killed(Sandbox::builder(), Place::Folder).await;
}

/// The documentation's other readings: a job's next change is handed out while one is out, and an early poll moves the
/// time of its queue.
#[tokio::test(flavor = "multi_thread")]
async fn two_relays_killed_under_the_harsher_readings() {
    let modes = Sandbox::builder()
        .parallel_changes(ParallelChanges::HandedOut)
        .early_poll(EarlyPoll::MovesTime);
    two_relays_killed(modes, Place::Folder).await;
}

/// A lease in an object store can be taken over while its holder is stopped, and goes on afterwards.
#[cfg(feature = "engines")]
#[tokio::test(flavor = "multi_thread")]
async fn two_relays_killed_and_stopped_on_an_object_store() {
    let Ok(engine) = std::env::var("PORTAL_RELAY_ENGINE") else {
        println!("SKIPPED: PORTAL_RELAY_ENGINE is not set; run `cargo xtask stores`");
        return;
    };
    two_relays_killed(Sandbox::builder(), Place::Engine(engine)).await;
}

impl std::fmt::Display for Place {
    /// Without an object store's keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder => f.write_str("folder"),
            #[cfg(feature = "engines")]
            Self::Engine(engine) => {
                let mut lines = engine.lines().take(2);
                let (address, endpoint) = (lines.next(), lines.next());
                write!(f, "{}, {}", address.unwrap(), endpoint.unwrap())
            }
        }
    }
}

async fn two_relays_killed(modes: SandboxBuilder, place: Place) {
    let kills = from_environment("PORTAL_KILLS", 6);
    // Only the lease of an object store ends while its holder is stopped.
    let stops = match place {
        Place::Folder => 0,
        #[cfg(feature = "engines")]
        Place::Engine(_) => from_environment("PORTAL_STOPS", 3),
    };
    let jobs = from_environment("PORTAL_KILL_JOBS", 12);
    let longest_life = from_environment("PORTAL_KILL_LIFE_MS", 4000);
    let mut random = fastrand::Rng::with_seed(from_environment("PORTAL_KILL_SEED", 1) as u64);
    let started = Instant::now();

    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (stored, address) = match &place {
        Place::Folder => {
            let path = folder.join("store");
            (Stored::in_folder(&path), path.display().to_string())
        }
        #[cfg(feature = "engines")]
        Place::Engine(engine) => {
            let (bucket, options) = portal_tests::object_store(engine);
            let address = format!("{bucket}/campaign-{}", std::process::id());
            let place = engine.replacen(bucket, &address, 1);
            (Stored::in_engine(&address, options), place)
        }
    };
    std::fs::write(folder.join("store-address"), address).unwrap();
    let observer = Arc::new(Observer::new(stored));
    let seeing = Arc::clone(&observer);
    let sandbox = modes
        .clock(SandboxClock::real())
        .limit_call_rate(false)
        .poll_wait(Duration::from_millis(20))
        .observe(move |moment| seeing.see(moment));
    let sandbox = sandbox.start().await.unwrap();
    sandbox.write_client_files(folder).unwrap();
    let addresses = format!("{}\n{}", sandbox.root_url(), sandbox.sender());
    std::fs::write(folder.join("addresses"), addresses).unwrap();
    let client = bare_client(&sandbox, Over::Hyper);
    let ids: Vec<i64> = stream::iter(0..jobs)
        .map(|number| create(&client, &sandbox, &observer, number))
        .buffered(8)
        .collect()
        .await;
    // Every act once, the second of a job after the first, all jobs mixed.
    let acts = |id: &i64| std::iter::repeat_n(*id, observer.jobs.lock().unwrap()[id].kind.acts());
    let mut acts: Vec<i64> = ids.iter().flat_map(acts).collect();
    random.shuffle(&mut acts);
    let total = acts.len();

    let mut relays = [start(folder), start(folder)];
    let mut stopped = 0;
    for kill in 0..kills {
        let life = Duration::from_millis(random.u64(0..longest_life as u64));
        let wanted = total * (kill + 1) / kills;
        let begins = Instant::now();
        while begins.elapsed() < life {
            if acts.len() > total - wanted && random.u8(0..4) == 0 {
                act(&observer, acts.pop().unwrap());
            }
            tokio::time::sleep(Duration::from_millis(random.u64(0..20))).await;
        }
        let killed = &mut relays[random.usize(0..2)];
        killed.kill();
        while acts.len() > total - wanted {
            act(&observer, acts.pop().unwrap());
        }
        if random.u8(0..4) == 0 {
            // What killed processes have left in the air comes back.
            advance(&sandbox, folder, LEASE);
        }
        *killed = start(folder);
        while stopped * kills < stops * (kill + 1) {
            stop_for_longer_than_the_lease(&relays[random.usize(0..2)], &mut random).await;
            stopped += 1;
        }
    }
    let left = sandbox.jobs().len();
    finish(
        "jobs",
        &observer,
        || sandbox.jobs().len(),
        || {
            for relay in &mut relays {
                assert!(relay.0.try_wait().unwrap().is_none(), "a relay ended");
            }
            advance(&sandbox, folder, LEASE);
        },
    )
    .await;
    finish(
        "events",
        &observer,
        || observer.stored_now.waiting(),
        || {
            advance(&sandbox, folder, LEASE);
        },
    )
    .await;
    drop(relays);

    assert_eq!(*observer.wrong.lock().unwrap(), Vec::<String>::new());
    let (stored, delivered, lines) = expect_everything(folder, &observer, kills + stopped);
    println!(
        "{place}: {kills} kills, {stopped} stops, {jobs} jobs, {total} acts: {left} jobs were left after the last kill, {} confirmations, {} polls \
         too early, {stored} documents, {delivered} events in {lines} deliveries; {:.0} s",
        observer.confirmations.lock().unwrap(),
        observer.too_early.lock().unwrap(),
        started.elapsed().as_secs_f64(),
    );
    // Each kill and each stop is one takeover at the most, and two relays start.
    assert!(*observer.too_early.lock().unwrap() <= kills + stopped + 2);
}

/// Returns how many documents were stored, events delivered, and deliveries made.
fn expect_everything(folder: &Path, observer: &Observer, cuts: usize) -> (usize, usize, usize) {
    let stored = &observer.stored_now;
    let received = std::fs::read_to_string(folder.join("received")).unwrap();
    let lines: Vec<Value> = received
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let delivered: BTreeSet<&str> = lines
        .iter()
        .map(|event| event["id"].as_str().unwrap())
        .collect();

    let mut named = BTreeSet::new();
    let mut stored_ids = BTreeSet::new();
    for (job, known) in &*observer.jobs.lock().unwrap() {
        let events = stored.events(*job);
        // The same state is one event: none has a second id.
        let mut states = BTreeMap::new();
        let mut sequences = BTreeSet::new();
        for event in &events {
            let data = &event["data"];
            let state = format!("{} {}", data["status"], data["signers"]);
            let id = event["id"].as_str().unwrap().to_owned();
            assert_eq!(states.insert(state, id.clone()), None, "job {job}");
            assert!(
                sequences.insert(data["sequence"].as_u64().unwrap()),
                "job {job}"
            );
            stored_ids.insert(id);
            named.extend(documents_of(event));
        }
        let last = match known.kind {
            Kind::Refused => "FAILED",
            _ => "COMPLETED_SUCCESSFULLY",
        };
        assert!(stored.statuses(*job).contains(last), "job {job}");
    }
    let stored_ids: BTreeSet<&str> = stored_ids.iter().map(String::as_str).collect();
    assert_eq!(delivered, stored_ids, "delivered is what was stored");
    // What is stored is whole, and what the events name is stored.
    let documents = stored.documents();
    assert!(documents.iter().all(|name| stored.is_whole(name)));
    assert!(named.is_subset(&documents));
    // A PAdES of a job in progress has the signatures so far. Where a relay was killed or stopped between storing it
    // and its event, the next download may have one more; the first one is named by nothing.
    let left: Vec<_> = documents.difference(&named).collect();
    assert!(left.iter().all(|name| name.ends_with(".pdf")), "{left:?}");
    assert!(left.len() <= cuts, "{left:?}");
    // The first deliveries of a job are in the order of its changes.
    let mut seen: BTreeMap<i64, u64> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for event in &lines {
        if ids.insert(event["id"].as_str().unwrap()) {
            let job = event["data"]["job_id"].as_i64().unwrap();
            let sequence = event["data"]["sequence"].as_u64().unwrap();
            assert!(
                seen.insert(job, sequence)
                    .is_none_or(|before| before < sequence),
                "job {job}"
            );
        }
    }
    (documents.len(), delivered.len(), lines.len())
}
