//! The command in a terminal of 60 columns, by tmux, and beside it in a pipe.

#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::sandbox::with_job;
use crate::{command, portal};

/// Far beyond what anything here takes, on a busy machine as well.
const LIMIT: Duration = Duration::from_secs(90);

const SEND: [&str; 10] = [
    "-psandbox",
    "send",
    "--pdf=agreement.pdf",
    "--title=Agreement",
    "--to=signer@example.com",
    "--to=signer2@example.com:2",
    "--wait",
    "--timeout=1h",
    "--out=signed",
    "--reference",
];

/// Before the exit code, on the screen.
const ENDED: &str = "[ended with ";

/// A terminal of 60 columns with one command in it; ended when dropped.
struct Terminal {
    /// Where the server of this terminal listens, so that nobody else's sessions are met.
    socket: TempDir,
}

impl Terminal {
    /// None, with a message, where there is no tmux.
    fn start(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Option<Self> {
        let mut inner = command(folder, arguments);
        for (name, value) in variables {
            inner.env(name, value);
        }
        let quoted = |text: &std::ffi::OsStr| format!("'{}'", text.to_str().unwrap());
        let mut line = "env".to_owned();
        for (name, value) in inner.get_envs() {
            let name = name.to_str().unwrap();
            line += &match value {
                Some(value) => format!(" {name}={}", quoted(value)),
                None => format!(" -u {name}"),
            };
        }
        line += &format!(" {}", quoted(inner.get_program()));
        for argument in inner.get_args() {
            line += &format!(" {}", quoted(argument));
        }
        // The terminal stays when the command has ended, and says how.
        line += &format!("; echo \"{ENDED}$?]\"; exec cat");
        let terminal = Self {
            socket: crate::folder(),
        };
        let started = terminal
            .tmux()
            .args(["new-session", "-d", "-x", "60", "-y", "40", "-c"])
            .arg(folder)
            .arg(&line)
            .stdin(Stdio::null())
            .output();
        let Ok(started) = started else {
            println!("skipped: no tmux on this machine");
            return None;
        };
        let said = String::from_utf8_lossy(&started.stderr).into_owned();
        assert!(started.status.success(), "{said}");
        Some(terminal)
    }

    fn tmux(&self) -> Command {
        let mut tmux = Command::new("tmux");
        tmux.args(["-f", "/dev/null", "-S"])
            .arg(self.socket.path().join("tmux"))
            .env("TERM", "xterm-256color")
            .env("LC_ALL", "C.UTF-8")
            .env_remove("TMUX");
        tmux
    }

    fn told(&self, arguments: &[&str]) -> String {
        let output = self.tmux().args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// What is on the screen now, with colors as escapes if they are asked for.
    fn screen(&self, with_colors: bool) -> String {
        let mut arguments = vec!["capture-pane", "-p"];
        if with_colors {
            arguments.push("-e");
        }
        self.told(&arguments)
    }

    fn until(&self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let screen = self.screen(false);
            if is_it(&screen) {
                return screen;
            }
            assert!(started.elapsed() < LIMIT, "{what}: {screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for the end of the command, and gives its exit code and what it has left on the screen.
    fn ended(&self, with_colors: bool) -> (String, String) {
        self.until("it does not end", |screen| screen.contains(ENDED));
        let screen = self.screen(with_colors);
        let (screen, code) = screen.rsplit_once(ENDED).unwrap();
        let code = code.split_once(']').unwrap().0;
        let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
        (code.to_owned(), lines.join("\n").trim_end().to_owned())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Without a terminal there is nothing to end.
        let _ = self.tmux().arg("kill-server").output();
    }
}

/// Times differ from run to run, and so does how long a file is.
fn masked(screen: &str) -> String {
    let is_time = |word: &str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        digits >= 4 && word.contains(['-', ':']) && !word.starts_with("signed/")
    };
    let lines = screen.lines().map(|line| {
        let words = line.split(' ').map(|word| {
            if is_time(word) {
                "0".repeat(word.len())
            } else {
                word.replace("CEST", "CET")
            }
        });
        let line = words.collect::<Vec<_>>().join(" ");
        match line.split_once(" bytes") {
            Some((before, after)) => {
                let kept = before.trim_end_matches(|letter: char| letter.is_ascii_digit());
                format!("{kept}[..] bytes{after}")
            }
            None => line,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn sign(path: &Path) {
    let signed = portal(path, &["sandbox", "sign", "last"]);
    assert!(
        signed.status.success(),
        "{}",
        String::from_utf8_lossy(&signed.stderr)
    );
}

#[test]
fn a_job_is_sent_and_waited_for_in_a_narrow_terminal_and_in_a_pipe() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let arguments = [&SEND[..], &["in-a-terminal"]].concat();
    let Some(terminal) = Terminal::start(path, &arguments, &[]) else {
        return;
    };
    let polls = |screen: &str| screen.contains("waiting for 1 job(s); next poll in ");
    let waiting = terminal.until("it polls", polls);
    for line in waiting.lines() {
        assert!(line.chars().count() <= 60, "{line}");
    }
    sign(path);
    sign(path);
    let (code, screen) = terminal.ended(false);
    assert_eq!(code, "0", "{screen}");
    // Of the progress nothing stays.
    insta::assert_snapshot!("terminal", masked(&screen));
    let colored = terminal.screen(true);
    assert!(colored.contains("\x1b[32m"), "{colored}");
    drop(terminal);

    // The same without colors.
    let arguments = [&SEND[..], &["in-a-terminal"]].concat();
    let variables = [("NO_COLOR", "1")];
    let terminal = Terminal::start(path, &arguments, &variables).unwrap();
    let (code, screen) = terminal.ended(true);
    assert_eq!(code, "0", "{screen}");
    assert!(!screen.contains("\x1b[3"), "{screen}");
    drop(terminal);

    // Piped there is no progress, and data and remarks are apart.
    let arguments = [&SEND[..], &["in-a-pipe"]].concat();
    let piped = command(path, &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let job = || portal(path, &["sandbox", "jobs"]).stdout;
    while !String::from_utf8(job()).unwrap().contains("in-a-pipe") {
        assert!(started.elapsed() < LIMIT);
    }
    sign(path);
    sign(path);
    let output = piped.wait_with_output().unwrap();
    let text = crate::described(path, output);
    assert!(
        !text.contains("waiting for") && !text.contains('\x1b'),
        "{text}"
    );
    insta::assert_snapshot!("piped", masked(&text));
}

/// Long texts go on in the next line between words, and a failure has its color.
#[test]
fn failures_and_lists_fit_a_narrow_terminal() {
    let (folder, running) = with_job();
    drop(running);
    let path = folder.path();
    for (name, arguments) in [
        ("failure", &["-psandbox", "send", "job.toml"][..]),
        ("rule", &["rules", "documents.pdf"]),
    ] {
        let Some(terminal) = Terminal::start(path, arguments, &[]) else {
            return;
        };
        let (_, screen) = terminal.ended(false);
        let lines = screen
            .lines()
            .map(|line| match line.split_once("127.0.0.1:") {
                Some((before, after)) => {
                    let rest = after.trim_start_matches(|letter: char| letter.is_ascii_digit());
                    format!("{before}127.0.0.1:[..]{rest}")
                }
                None => line.to_owned(),
            });
        let screen = lines.collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(format!("terminal-{name}"), screen);
        let colored = terminal.screen(true);
        assert!(colored.contains("\x1b["), "{colored}");
    }
}

/// A question is asked on a terminal, and what is typed counts.
#[test]
fn a_terminal_is_asked_before_what_cannot_be_undone() {
    let (folder, _running) = with_job();
    let path = folder.path();
    let sent = ["-psandbox", "send", "job.toml"];
    assert!(portal(path, &sent).status.success());
    let cancel = ["-psandbox", "cancel", "last"];
    for (key, code, said) in [("n", "2", "nothing was done"), ("y", "0", "cancelled")] {
        let Some(terminal) = Terminal::start(path, &cancel, &[]) else {
            return;
        };
        terminal.until("it asks", |screen| screen.contains("[y/N]"));
        terminal.told(&["send-keys", key, "Enter"]);
        let (status, screen) = terminal.ended(false);
        assert_eq!(status, code, "{screen}");
        assert!(screen.contains(said), "{screen}");
    }
}
