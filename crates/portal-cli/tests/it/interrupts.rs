//! Ctrl-C at a hundred random moments of `send`, `fetch` and `watch`: nothing half-done, nothing lost.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::jobs::stored_copies;
use crate::sandbox::with_job;
use crate::{command, object, portal};

const MOMENTS: usize = 100;

/// The moments are the same in each run, as parts of how long the command takes here.
const SEED: u64 = 0x5eed;

/// A command against the sandbox, with the organisation's whole rate.
fn against(path: &Path, arguments: &[&str]) -> Command {
    let mut command = command(path, &[&["--profile=sandbox"], arguments].concat());
    command
        .env("PORTAL_CALLS_PER_SECOND", "10")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(path: &Path, arguments: &[&str]) -> Output {
    against(path, arguments).output().unwrap()
}

fn done(path: &Path, arguments: &[&str]) -> Output {
    let output = run(path, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    output
}

/// Interrupts a command after a time. Once it listens, it ends by itself.
fn interrupted(path: &Path, arguments: &[&str], after: Duration) -> Output {
    let mut process = against(path, arguments).spawn().unwrap();
    std::thread::sleep(after);
    let number = process.id().to_string();
    let interrupt = || {
        // It may have ended.
        let _ = Command::new("kill")
            .args(["-s", "INT", &number])
            .stderr(Stdio::null())
            .status();
    };
    interrupt();
    // Longer than any stop takes.
    let mut again = ignores_interrupts().then_some(Duration::from_secs(30));
    let asked = Instant::now();
    while process.try_wait().unwrap().is_none() {
        if again.is_some_and(|again| asked.elapsed() > again) {
            again = None;
            interrupt();
        }
        let goes_on = asked.elapsed() > Duration::from_secs(120);
        if goes_on {
            process.kill().unwrap();
        }
        assert!(!goes_on, "{arguments:?} was interrupted and goes on");
        std::thread::sleep(Duration::from_millis(5));
    }
    process.wait_with_output().unwrap()
}

/// Whether the tests run in the background of a shell, which lets them, and what they start, ignore SIGINT. One that
/// comes before a command listens does nothing then, and has to be sent again.
fn ignores_interrupts() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 2 != 0)
}

/// Random moments within a time.
fn moments(within: Duration) -> impl Iterator<Item = Duration> {
    let mut random = fastrand::Rng::with_seed(SEED);
    (0..MOMENTS).map(move |_| within.mul_f64(random.f64()))
}

fn timed(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

/// Job files with one signer each, and their references.
fn jobs(path: &Path, name: &str, count: usize) -> Vec<(String, String)> {
    let job = |number| {
        let (file, reference) = (format!("{name}-{number}.toml"), format!("{name}-{number}"));
        let text = format!(
            "portal-job = 1\ntitle = \"Agreement\"\nreference = \"{reference}\"\n\n\
             [[document]]\nfile = \"agreement.pdf\"\ntitle = \"Agreement\"\n\n\
             [[signer]]\nemail = \"signer@example.com\"\n"
        );
        fs::write(path.join(&file), text).unwrap();
        (file, reference)
    };
    (0..count).map(job).collect()
}

/// How many jobs of each reference the sandbox has.
fn created(path: &Path, reference: &str) -> usize {
    let listed = String::from_utf8(portal(path, &["sandbox", "jobs"]).stdout).unwrap();
    let ending = format!(" {reference}");
    listed
        .lines()
        .filter(|line| line.ends_with(&ending))
        .count()
}

/// No file with a temporary name lies in the folder.
fn is_tidy(path: &Path) {
    for entry in fs::read_dir(path).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.contains("tmp") && !name.contains(".part"), "{name}");
    }
}

#[test]
fn no_interrupted_send_is_lost_or_done_twice() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let first = jobs(path, "first", 1);
    let whole = timed(|| drop(done(path, &["send", &first[0].0])));
    let jobs = jobs(path, "job", MOMENTS);
    let mut codes = Vec::new();
    for ((file, _), after) in jobs.iter().zip(moments(whole)) {
        let code = interrupted(path, &["send", file], after).status.code();
        // Before it listens to signals, the signal itself ends it.
        assert!([Some(0), Some(130), None].contains(&code), "{code:?}");
        codes.push(code);
    }
    let stopped = codes.iter().filter(|code| **code != Some(0)).count();
    assert!(stopped > MOMENTS / 10, "{stopped}");
    // Known, or sent now; or perhaps sent, which is said and never repeated.
    let mut arguments = vec!["--json", "send"];
    arguments.extend(jobs.iter().map(|(file, _)| file.as_str()));
    let again = run(path, &arguments);
    assert!([Some(0), Some(5)].contains(&again.status.code()));
    let known: BTreeSet<String> = String::from_utf8(again.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            object(line.as_bytes())["reference"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let said = String::from_utf8(again.stderr).unwrap();
    let unknown = said.lines().map(|line| object(line.as_bytes()));
    let unknown = unknown.filter(|failure| failure["exit"] == 5).count();
    assert_eq!(known.len() + unknown, MOMENTS, "{said}");
    for ((_, reference), code) in jobs.iter().zip(codes) {
        let count = created(path, reference);
        let expected = if known.contains(reference) {
            1..=1
        } else {
            0..=1
        };
        assert!(expected.contains(&count), "{reference}: {count}");
        assert!(code != Some(0) || known.contains(reference), "{reference}");
    }
    is_tidy(path);
}

#[test]
fn an_interrupted_fetch_leaves_a_whole_file_or_none() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let files = jobs(path, "job", 2);
    // The second waits for another signer, so that the service keeps its documents.
    let second = path.join(&files[1].0);
    let text = fs::read_to_string(&second).unwrap();
    let more = "order = 1\n\n[[signer]]\nemail = \"signer2@example.com\"\norder = 2\n";
    fs::write(second, text + more).unwrap();
    for (file, reference) in &files {
        done(path, &["send", file]);
        assert!(portal(path, &["sandbox", "sign", "last"]).status.success());
        done(path, &["wait", reference, "--for=change", "--timeout=60s"]);
        let out = format!("--out={reference}.pdf");
        done(path, &["fetch", reference, &out]);
    }
    let whole: Vec<Vec<u8>> = (0..2)
        .map(|number| fs::read(path.join(format!("job-{number}.pdf"))).unwrap())
        .collect();
    // The first is in the store; the other has to come from the service.
    for copy in stored_copies(&path.join("portal-sandbox"), &whole[1]) {
        fs::remove_file(copy).unwrap();
    }
    let again = ["fetch", "job-1", "--out=again.pdf"];
    let time = timed(|| {
        let fetched = done(path, &again);
        assert!(
            String::from_utf8(fetched.stdout)
                .unwrap()
                .contains("the service")
        );
    });
    let mut stopped = 0;
    for (moment, after) in moments(time).enumerate() {
        let (job, name) = (moment % 2, format!("fetched-{moment}.pdf"));
        let arguments = ["fetch", &format!("job-{job}"), &format!("--out={name}")];
        let code = interrupted(path, &arguments, after).status.code();
        assert!([Some(0), Some(130), None].contains(&code), "{code:?}");
        let file = fs::read(path.join(&name)).ok();
        if let Some(file) = &file {
            assert!(*file == whole[job], "{name} is not whole");
        }
        assert!(code != Some(0) || file.is_some(), "{name}");
        stopped += usize::from(code != Some(0));
    }
    assert!(stopped > MOMENTS / 10, "{stopped}");
    is_tidy(path);
}

/// In several folders at once: a watch that takes the lease over waits a second before it polls, also when it is
/// stopped meanwhile.
#[test]
fn an_interrupted_watch_loses_no_event() {
    const LANES: usize = 10;
    let moments: Vec<f64> = moments(Duration::from_secs(1))
        .map(|moment| moment.as_secs_f64())
        .collect();
    let watched: Vec<Watched> = std::thread::scope(|scope| {
        let lanes = moments.chunks(MOMENTS / LANES);
        let lanes: Vec<_> = lanes
            .map(|moments| scope.spawn(move || watch_is_interrupted(moments)))
            .collect();
        lanes.into_iter().map(|lane| lane.join().unwrap()).collect()
    });
    let sum = |count: fn(&Watched) -> usize| watched.iter().map(count).sum::<usize>();
    let (listened, worked) = (sum(|lane| lane.listened), sum(|lane| lane.worked));
    assert!(listened > MOMENTS / 10, "{listened}");
    assert!(worked > 0, "{watched:?}");
}

/// How many watches listened to the signal, and how many of them had delivered an event.
#[derive(Debug)]
struct Watched {
    listened: usize,
    worked: usize,
}

/// Interrupts a watch at moments, each a part of how long it takes until an event is delivered, with a change that
/// waits each time.
fn watch_is_interrupted(moments: &[f64]) -> Watched {
    let (folder, _running) = with_job();
    let path = folder.path();
    let jobs = jobs(path, "job", moments.len() + 2);
    let mut arguments = vec!["send"];
    arguments.extend(jobs.iter().map(|(file, _)| file.as_str()));
    done(path, &arguments);
    let sign = |reference: &str| {
        let signed = portal(path, &["sandbox", "sign", reference]);
        assert!(signed.status.success(), "{reference}");
    };
    let mut events = BTreeSet::new();
    let mut take = |output: &Output| {
        // Each line is a whole event.
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        for line in text.lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            events.insert(event["data"]["reference"].as_str().unwrap().to_owned());
        }
        usize::from(!text.is_empty())
    };
    let until_empty = ["watch", "--print", "--until-empty"];
    // The first makes the store; the second takes a lease over, as the others do.
    sign(&jobs[0].1);
    take(&done(path, &until_empty));
    sign(&jobs[1].1);
    let whole = timed(|| assert_eq!(take(&done(path, &until_empty)), 1));
    let mut watched = Watched {
        listened: 0,
        worked: 0,
    };
    for (moment, (_, reference)) in moments.iter().zip(&jobs[2..]) {
        sign(reference);
        let output = interrupted(path, &["watch", "--print"], whole.mul_f64(*moment));
        let code = output.status.code();
        // Being stopped is its end.
        let said = String::from_utf8_lossy(&output.stderr);
        assert!([Some(0), None].contains(&code), "{code:?}: {said}");
        watched.listened += usize::from(code == Some(0));
        watched.worked += take(&output);
    }
    take(&done(path, &until_empty));
    let expected: BTreeSet<String> = jobs.iter().map(|(_, name)| name.clone()).collect();
    assert_eq!(events, expected);
    // Everything was confirmed, and its documents are here.
    assert!(portal(path, &["sandbox", "jobs"]).stdout.is_empty());
    let mut verify = vec!["verify"];
    verify.extend(jobs.iter().map(|(_, reference)| reference.as_str()));
    done(path, &verify);
    is_tidy(path);
    watched
}
