//! A process that watches and stores is killed again and again while jobs finish.
//!
//! Six kills and twenty jobs by default; `cargo xtask kill-campaign` makes 300 of a thousand. What must
//! hold: every signed document is stored once, whole and under its name, nothing is confirmed before it was
//! stored, and in the end everything is confirmed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use futures_util::{StreamExt, stream};
use http::{Method, StatusCode};
use portal_client::{Document, Notification, PortalClient, Signer};
use portal_sandbox::{
    EarlyPoll, ParallelChanges, RequestEvent, Sandbox, SandboxBuilder, SandboxClock, SandboxJob,
    UpcomingEvent, sample_pdf,
};

use crate::campaign_jobs::{Kind, LEASE, confirmed_job, from_environment};
use crate::sandbox_clients::{Over, bare_client};
use portal_tests::{store, stored_as};

use crate::watch_process::{kill_process, pass, prepare, start};

/// Within this a watch that can settle something does, however slow the computer is.
const STUCK_AFTER: Duration = Duration::from_secs(120);

/// What the campaign knows of a job.
struct Known {
    at_service: SandboxJob,
    kind: Kind,
    /// A text that stands in this job's document and in no other.
    mark: String,
}

/// Checks in the sandbox, at the moment when a confirmation arrives, that its document is stored.
struct RequestObserver {
    folder: PathBuf,
    jobs: Mutex<HashMap<i64, Known>>,
    /// Whether the job's final document, or that of its first signature, was stored whole.
    stored: Mutex<HashMap<i64, (bool, bool)>>,
    /// When each final document was written that was there at a confirmation.
    written: Mutex<HashMap<i64, SystemTime>>,
    confirmations: Mutex<usize>,
    polls: Mutex<usize>,
    empty_polls: Mutex<usize>,
    wrong: Mutex<Vec<String>>,
}

impl RequestObserver {
    fn new(folder: &Path) -> Arc<Self> {
        Arc::new(Self {
            folder: folder.to_owned(),
            jobs: Mutex::default(),
            stored: Mutex::default(),
            written: Mutex::default(),
            confirmations: Mutex::default(),
            polls: Mutex::default(),
            empty_polls: Mutex::default(),
            wrong: Mutex::default(),
        })
    }

    fn see(&self, moment: RequestEvent<'_>) {
        match moment {
            RequestEvent::Arrived { method, path, .. } => {
                if let Some(job) = confirmed_job(method, path) {
                    let whole = |signatures| is_whole(&stored_as(&self.folder, job, signatures));
                    let stored = (whole(None), whole(Some(1)));
                    self.stored.lock().unwrap().insert(job, stored);
                    self.judge_arrival(job, stored);
                    if let Some(time) = written(&stored_as(&self.folder, job, None)) {
                        self.written.lock().unwrap().entry(job).or_insert(time);
                    }
                }
            }
            RequestEvent::Handled {
                method,
                path,
                status,
                ..
            } if status.is_success() => {
                if method == Method::GET && path.ends_with("/portal/signature-jobs") {
                    *self.polls.lock().unwrap() += 1;
                    *self.empty_polls.lock().unwrap() +=
                        usize::from(status == StatusCode::NO_CONTENT);
                }
                if let Some(job) = confirmed_job(method, path) {
                    self.judge_end(job);
                }
            }
            _ => {}
        }
    }

    fn judge_arrival(&self, job: i64, (last, first): (bool, bool)) {
        *self.confirmations.lock().unwrap() += 1;
        let kind = self.jobs.lock().unwrap()[&job].kind;
        let fine = match kind {
            Kind::OneSigner => last,
            Kind::TwoSigners => last || first,
            Kind::Refused => true,
        };
        if !fine {
            let text = format!("job {job} was confirmed before its document was stored");
            self.wrong.lock().unwrap().push(text);
        }
    }

    /// A confirmation that ended a job had the job's last document behind it.
    fn judge_end(&self, job: i64) {
        let jobs = self.jobs.lock().unwrap();
        let known = &jobs[&job];
        let stored = self.stored.lock().unwrap()[&job];
        if known.at_service.state().is_err() && known.kind != Kind::Refused && !stored.0 {
            let text = format!("job {job} was ended before its last document was stored");
            self.wrong.lock().unwrap().push(text);
        }
    }
}

fn written(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|data| data.modified()).ok()
}

fn is_whole(path: &Path) -> bool {
    std::fs::read(path)
        .is_ok_and(|pdf| pdf.starts_with(b"%PDF-") && pdf.trim_ascii_end().ends_with(b"%%EOF"))
}

/// Creates a job; its document holds a text of its own.
async fn create(
    client: &PortalClient,
    sandbox: &Sandbox,
    observer: &RequestObserver,
    number: usize,
) -> i64 {
    let kind = Kind::of(number);
    let mark = format!("Contract-{number:05}-of-the-campaign");
    let notify = || Notification::email("email@example.com");
    let job = client
        .job("Job title")
        .document(Document::pdf("Document", sample_pdf(&mark, &["A text."])))
        .signer(Signer::by_personal_number("12345678910", notify()).order(1));
    let job = match kind {
        Kind::TwoSigners => {
            job.signer(Signer::by_personal_number("01013300001", notify()).order(2))
        }
        _ => job,
    };
    let job = job.build_blocking().unwrap();
    let created = client.create(&job).await.unwrap();
    let id = created.job_id().get();
    let at_service = sandbox.job(created.job_id());
    let known = Known {
        at_service,
        kind,
        mark,
    };
    observer.jobs.lock().unwrap().insert(id, known);
    id
}

/// The next signer of a job does something.
fn sign(observer: &RequestObserver, job: i64) {
    let jobs = observer.jobs.lock().unwrap();
    let known = &jobs[&job];
    match known.kind {
        Kind::Refused => known.at_service.reject(0).unwrap(),
        _ => drop(known.at_service.sign_current_group().unwrap()),
    }
}

#[tokio::test]
async fn killed_at_any_moment_it_stores_everything_once_and_confirms_only_what_is_stored() {
    let modes = Sandbox::builder();
    killed_at_any_moment(modes).await;
}

/// The documentation's other readings: a job's next change is handed out while one is out, and an early
/// poll moves the time of its queue.
#[tokio::test]
async fn killed_at_any_moment_under_the_harsher_readings() {
    let modes = Sandbox::builder()
        .parallel_changes(ParallelChanges::HandedOut)
        .early_poll(EarlyPoll::MovesTime);
    killed_at_any_moment(modes).await;
}

async fn killed_at_any_moment(modes: SandboxBuilder) {
    let kills = from_environment("PORTAL_KILLS", 6);
    let jobs = from_environment("PORTAL_KILL_JOBS", 20);
    let longest_life = from_environment("PORTAL_KILL_LIFE_MS", 700);
    let mut random = fastrand::Rng::with_seed(from_environment("PORTAL_KILL_SEED", 1) as u64);
    let started = Instant::now();

    let folder = tempfile::tempdir().unwrap();
    let observer = RequestObserver::new(folder.path());
    let seeing = Arc::clone(&observer);
    let sandbox = modes
        .clock(SandboxClock::real())
        .limit_call_rate(false)
        .poll_wait(Duration::from_millis(20))
        .observe(move |moment| seeing.see(moment));
    let sandbox = sandbox.start().await.unwrap();
    prepare(&sandbox, folder.path());
    let client = bare_client(&sandbox, Over::Hyper);
    let ids: Vec<i64> = stream::iter(0..jobs)
        .map(|number| create(&client, &sandbox, &observer, number))
        .buffered(8)
        .collect()
        .await;
    let created = started.elapsed();

    // Every signing once, the second of a job after the first, all jobs mixed.
    let mut signings: Vec<i64> = ids
        .iter()
        .flat_map(|id| std::iter::repeat_n(*id, observer.jobs.lock().unwrap()[id].kind.acts()))
        .collect();
    random.shuffle(&mut signings);
    let total = signings.len();
    let is_leftover = |name: &str| name.starts_with(".portal-download-");
    let (mut leftovers, mut in_the_air) = (0, 0);

    for kill in 0..kills {
        let mut process = start(folder.path());
        let life = Duration::from_millis(random.u64(0..longest_life as u64));
        let wanted = total * (kill + 1) / kills;
        let begins = Instant::now();
        while begins.elapsed() < life {
            if signings.len() > total - wanted && random.u8(0..4) == 0 {
                sign(&observer, signings.pop().unwrap());
            }
            tokio::time::sleep(Duration::from_millis(random.u64(0..20))).await;
        }
        kill_process(&mut process);
        leftovers += count(folder.path(), is_leftover);
        let next = sandbox.next_event();
        in_the_air += usize::from(matches!(next, Some((_, UpcomingEvent::ChangeReturns(_)))));
        while signings.len() > total - wanted {
            sign(&observer, signings.pop().unwrap());
        }
        if random.u8(0..4) == 0 {
            // What killed processes have left in the air comes back.
            pass(&sandbox, folder.path(), LEASE);
        }
    }
    let left = sandbox.jobs().len();

    // After a kill a watch confirms jobs in progress when its queue was empty twenty minutes after the last poll.
    pass(&sandbox, folder.path(), 3 * LEASE);
    let (begins, polls) = (Instant::now(), *observer.polls.lock().unwrap());
    let mut process = start(folder.path());
    let leases = settle_all(&sandbox, folder.path(), &observer).await;
    let polls = *observer.polls.lock().unwrap() - polls;
    let settled = begins.elapsed();
    kill_process(&mut process);

    println!(
        "{kills} kills, {jobs} jobs, {total} signings: {in_the_air} kills left a change unconfirmed and \
         {leftovers} a file unfinished; {left} jobs were left after the last and settled in {:.0} s, with \
         {polls} polls and {leases} leases; {} confirmations; jobs created in {:.0} s, all in {:.0} s",
        settled.as_secs_f64(),
        observer.confirmations.lock().unwrap(),
        created.as_secs_f64(),
        started.elapsed().as_secs_f64(),
    );
    assert_eq!(*observer.wrong.lock().unwrap(), Vec::<String>::new());
    expect_everything_stored(folder.path(), &observer);
    // Once the last poll's wait is over, the next thing would be a change that returns, were there one.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let next = sandbox.next_event().map(|(_, event)| event);
    assert!(
        !matches!(next, Some(UpcomingEvent::ChangeReturns(_))),
        "{next:?}"
    );
}

/// Waits until a process has settled everything, and says how many leases had to pass for that.
///
/// A lease passes when the queue was found empty and nothing was settled since: then the process waits for what is
/// still out to return. Were it to pass earlier, all that waits for an empty queue would return before there is one.
async fn settle_all(sandbox: &Sandbox, folder: &Path, observer: &RequestObserver) -> usize {
    let mut leases = 0;
    let mut settled = Instant::now();
    let mut left = sandbox.jobs().len();
    let mut empty = *observer.empty_polls.lock().unwrap();
    while left > 0 {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let before = std::mem::replace(&mut left, sandbox.jobs().len());
        let empty_before = std::mem::replace(&mut empty, *observer.empty_polls.lock().unwrap());
        if left < before {
            settled = Instant::now();
        } else if empty > empty_before {
            pass(sandbox, folder, LEASE);
            leases += 1;
        }
        let stuck = settled.elapsed() > STUCK_AFTER;
        assert!(!stuck, "{left} jobs are left, after {leases} leases");
    }
    leases
}

fn count(folder: &Path, wanted: impl Fn(&str) -> bool) -> usize {
    let entries = std::fs::read_dir(store(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| wanted(name)).count()
}

fn expect_everything_stored(folder: &Path, observer: &RequestObserver) {
    let jobs = observer.jobs.lock().unwrap();
    let mut last = 0;
    for (id, known) in jobs.iter().filter(|(_, known)| known.kind != Kind::Refused) {
        let path = stored_as(folder, *id, None);
        assert!(is_whole(&path), "job {id}");
        let pdf = std::fs::read(&path).unwrap();
        let mark = known.mark.as_bytes();
        assert!(
            pdf.windows(mark.len()).any(|part| part == mark),
            "job {id} has its own"
        );
        let first_seen = observer.written.lock().unwrap()[id];
        assert_eq!(written(&path), Some(first_seen), "job {id} was stored once");
        last += 1;
    }
    // Documents of first signatures may be there or not; nothing else is.
    let first = count(folder, |name| name.ends_with("-1.pdf"));
    assert_eq!(count(folder, |_| true), last + first);
}
