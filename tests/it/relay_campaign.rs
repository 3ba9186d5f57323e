//! Two relays on one folder are killed again and again while jobs finish.
//!
//! Six kills and twelve jobs by default; `cargo xtask relay-campaign` makes 300 of a thousand. What must hold: every
//! document is stored once and whole, every event is delivered at least once and none under a second id, and nothing is
//! confirmed before it and its event were stored.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use futures_util::{StreamExt, stream};
use portal_client::{Document, Notification, PortalClient, Signer};
use portal_sandbox::{
    EarlyPoll, ParallelChanges, RequestEvent, Sandbox, SandboxBuilder, SandboxClock, SandboxJob,
    sample_pdf,
};
use serde_json::Value;

use crate::campaign_jobs::{Kind, LEASE, confirmed_job, from_environment};
use crate::sandbox_clients::{Over, bare_client};

struct Known {
    at_service: SandboxJob,
    kind: Kind,
}

/// Looks into the store at the moment when a confirmation arrives at the sandbox.
struct Observer {
    folder: PathBuf,
    jobs: Mutex<HashMap<i64, Known>>,
    /// The statuses of the events that were stored, with all their documents, when the confirmation arrived.
    stored: Mutex<HashMap<i64, BTreeSet<String>>>,
    confirmations: Mutex<usize>,
    too_early: Mutex<usize>,
    wrong: Mutex<Vec<String>>,
}

impl Observer {
    fn see(&self, moment: RequestEvent<'_>) {
        match moment {
            RequestEvent::Arrived { method, path, .. } => {
                let Some(job) = confirmed_job(method, path) else {
                    return;
                };
                *self.confirmations.lock().unwrap() += 1;
                let stored = stored_statuses(&self.folder, job);
                if stored.is_empty() {
                    self.wrong
                        .lock()
                        .unwrap()
                        .push(format!("job {job}: confirmed, and nothing stored"));
                }
                self.stored.lock().unwrap().insert(job, stored);
            }
            RequestEvent::Handled {
                method,
                path,
                status,
                ..
            } => {
                if status.as_u16() == 429 {
                    *self.too_early.lock().unwrap() += 1;
                }
                let ended = confirmed_job(method, path).filter(|_| status.is_success());
                if let Some(job) = ended {
                    self.judge_end(job);
                }
            }
            _ => {}
        }
    }

    /// A confirmation that ended a job had the job's last event behind it.
    fn judge_end(&self, job: i64) {
        let jobs = self.jobs.lock().unwrap();
        let known = &jobs[&job];
        let last = match known.kind {
            Kind::Refused => "FAILED",
            _ => "COMPLETED_SUCCESSFULLY",
        };
        if known.at_service.state().is_err() && !self.stored.lock().unwrap()[&job].contains(last) {
            let text = format!("job {job}: ended before its last event was stored");
            self.wrong.lock().unwrap().push(text);
        }
    }
}

/// The folder of the organisation in the store.
fn own(folder: &Path) -> PathBuf {
    let only = |folder: PathBuf| {
        let mut entries = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        entries.find(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            path.is_dir() && name != "spool"
        })
    };
    only(only(folder.join("store")).unwrap()).unwrap()
}

fn events(folder: &Path, job: i64) -> Vec<Value> {
    let changes = own(folder).join(format!("jobs/{job}/changes"));
    let Ok(entries) = std::fs::read_dir(changes) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let events = paths.filter(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.ends_with(".json") && name.matches('.').count() == 1
    });
    events
        .map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
        .collect()
}

fn documents(event: &Value) -> Vec<PathBuf> {
    let documents = event["data"]["documents"].as_array().unwrap().iter();
    let urls = documents.map(|document| document["url"].as_str().unwrap());
    urls.map(|url| PathBuf::from(url.strip_prefix("file://").unwrap()))
        .collect()
}

fn stored_statuses(folder: &Path, job: i64) -> BTreeSet<String> {
    let whole = |event: &Value| documents(event).iter().all(|path| is_whole(path));
    let events = events(folder, job);
    let whole = events.iter().filter(|event| whole(event));
    whole
        .map(|event| event["data"]["status"].as_str().unwrap().to_owned())
        .collect()
}

/// Whether a document is what its name says.
fn is_whole(path: &Path) -> bool {
    let Ok(content) = std::fs::read(path) else {
        return false;
    };
    let digest = digest(&SHA256, &content);
    let digest: String = digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    path.file_stem().unwrap().to_str().unwrap() == digest
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

fn start(folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_relay-process"))
        .arg(folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
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

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_killed_at_any_moment_lose_and_double_nothing() {
    two_relays_killed(Sandbox::builder()).await;
}

/// The documentation's other readings: a job's next change is handed out while one is out, and an early poll moves the
/// time of its queue.
#[tokio::test(flavor = "multi_thread")]
async fn two_relays_killed_under_the_harsher_readings() {
    let modes = Sandbox::builder()
        .parallel_changes(ParallelChanges::HandedOut)
        .early_poll(EarlyPoll::MovesTime);
    two_relays_killed(modes).await;
}

async fn two_relays_killed(modes: SandboxBuilder) {
    let kills = from_environment("PORTAL_KILLS", 6);
    let jobs = from_environment("PORTAL_KILL_JOBS", 12);
    let longest_life = from_environment("PORTAL_KILL_LIFE_MS", 4000);
    let mut random = fastrand::Rng::with_seed(from_environment("PORTAL_KILL_SEED", 1) as u64);
    let started = Instant::now();

    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let observer = Arc::new(Observer {
        folder: folder.to_owned(),
        jobs: Mutex::default(),
        stored: Mutex::default(),
        confirmations: Mutex::default(),
        too_early: Mutex::default(),
        wrong: Mutex::default(),
    });
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
        killed.kill().unwrap();
        killed.wait().unwrap();
        while acts.len() > total - wanted {
            act(&observer, acts.pop().unwrap());
        }
        if random.u8(0..4) == 0 {
            // What killed processes have left in the air comes back.
            advance(&sandbox, folder, LEASE);
        }
        *killed = start(folder);
    }
    let left = sandbox.jobs().len();
    let deadline = Instant::now() + Duration::from_secs(240);
    while !sandbox.jobs().is_empty() {
        assert!(
            Instant::now() < deadline,
            "{} jobs are left",
            sandbox.jobs().len()
        );
        for relay in &mut relays {
            assert!(relay.try_wait().unwrap().is_none(), "a relay ended");
        }
        tokio::time::sleep(Duration::from_millis(1500)).await;
        advance(&sandbox, folder, LEASE);
    }
    while waiting(folder) > 0 {
        assert!(
            Instant::now() < deadline,
            "{} events are left",
            waiting(folder)
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
        advance(&sandbox, folder, LEASE);
    }
    for relay in &mut relays {
        relay.kill().unwrap();
        relay.wait().unwrap();
    }

    assert_eq!(*observer.wrong.lock().unwrap(), Vec::<String>::new());
    let (stored, delivered, lines) = expect_everything(folder, &observer, kills);
    println!(
        "{kills} kills, {jobs} jobs, {total} acts: {left} jobs were left after the last kill, {} confirmations, {} polls \
         too early, {stored} documents, {delivered} events in {lines} deliveries; {:.0} s",
        observer.confirmations.lock().unwrap(),
        observer.too_early.lock().unwrap(),
        started.elapsed().as_secs_f64(),
    );
    // Each kill is one takeover at the most, and two relays start.
    assert!(*observer.too_early.lock().unwrap() <= kills + 2);
}

/// How many events are not delivered yet.
fn waiting(folder: &Path) -> usize {
    let mut folders = vec![own(folder).join("outbox"), own(folder).join("dead")];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if path.is_dir() {
                folders.push(path);
            } else {
                count += 1;
            }
        }
    }
    count
}

/// Returns how many documents were stored, events delivered, and deliveries made.
fn expect_everything(folder: &Path, observer: &Observer, kills: usize) -> (usize, usize, usize) {
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
        let events = events(folder, *job);
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
            named.extend(documents(event));
        }
        let last = match known.kind {
            Kind::Refused => "FAILED",
            _ => "COMPLETED_SUCCESSFULLY",
        };
        assert!(stored_statuses(folder, *job).contains(last), "job {job}");
    }
    let stored_ids: BTreeSet<&str> = stored_ids.iter().map(String::as_str).collect();
    assert_eq!(delivered, stored_ids, "delivered is what was stored");
    // What is stored is whole, and what the events name is stored.
    let entries = std::fs::read_dir(own(folder).join("documents")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let documents: BTreeSet<PathBuf> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|end| end == "pdf" || end == "xml")
        })
        .collect();
    assert!(documents.iter().all(|path| is_whole(path)));
    assert!(named.is_subset(&documents));
    // A PAdES of a job in progress has the signatures so far. Where a relay was killed between storing it and
    // its event, the next download may have one more; the first one is named by nothing.
    let left: Vec<_> = documents.difference(&named).collect();
    let is_pades = |path: &&PathBuf| path.extension().is_some_and(|end| end == "pdf");
    assert!(left.iter().all(is_pades), "{left:?}");
    assert!(left.len() <= kills, "{left:?}");
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
