//! `portal watch` as a process: events, probes, signals, and what systemd is told.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::sandbox::Running;
use crate::validate::write_job;
use crate::{command, folder, object, portal};

fn sandbox() -> (tempfile::TempDir, Running) {
    let folder = folder();
    write_job(folder.path());
    let (running, _) = Running::start(folder.path(), &["--poll-wait=1s", "--no-call-limit"]);
    (folder, running)
}

fn send(path: &Path, reference: &str) {
    let reference = format!("--reference={reference}");
    let sent = portal(
        path,
        &[
            "-psandbox",
            "send",
            "--pdf=agreement.pdf",
            "--title=Agreement",
            "--to=signer@example.com",
            &reference,
        ],
    );
    assert!(
        sent.status.success(),
        "{}",
        String::from_utf8_lossy(&sent.stderr)
    );
}

fn sign(path: &Path) {
    assert!(portal(path, &["sandbox", "sign", "last"]).status.success());
}

/// Ended when dropped.
struct Watching(Child);

impl Watching {
    fn start(mut command: Command) -> Self {
        Self(
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
        )
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.0.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    fn end(mut self) -> (Option<i32>, String) {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                break status;
            }
            assert!(
                started.elapsed() < Duration::from_secs(40),
                "it does not end"
            );
            std::thread::sleep(Duration::from_millis(10));
        };
        let mut said = String::new();
        self.0
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        (status.code(), said)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn events_are_printed_and_given_to_programs_until_the_queue_is_empty() {
    let (folder, _running) = sandbox();
    let path = folder.path();
    send(path, "one");
    sign(path);
    let arguments = [
        "-psandbox",
        "watch",
        "--print",
        "--exec=tee event.json",
        "--until-empty",
    ];
    let output = portal(path, &arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let event: serde_json::Value = serde_json::from_str(printed.lines().next().unwrap()).unwrap();
    assert_eq!(event["type"], "no.signering.portal.job.changed.v1");
    assert_eq!(event["data"]["reference"], "one");
    assert_eq!(event["data"]["status"], "COMPLETED_SUCCESSFULLY");
    let given: serde_json::Value =
        serde_json::from_slice(&fs::read(path.join("event.json")).unwrap()).unwrap();
    assert_eq!(given, event);
    assert!(!printed.contains("signer@example.com"));
    let none = portal(path, &["-psandbox", "--json", "events", "list"]);
    assert_eq!(
        (none.status.code(), none.stdout.as_slice()),
        (Some(0), &b""[..])
    );
}

/// A change that another process takes in waits for the receivers of the watch.
#[test]
fn wait_leaves_the_watch_its_events() {
    let (folder, _running) = sandbox();
    let path = folder.path();
    let watch = [
        "-psandbox",
        "watch",
        "--exec=tee event.json",
        "--until-empty",
    ];
    assert_eq!(portal(path, &watch).status.code(), Some(0));
    send(path, "one");
    sign(path);
    let waited = portal(path, &["-psandbox", "wait", "one", "--timeout=60s"]);
    assert_eq!(
        waited.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&waited.stderr)
    );
    let listed = portal(path, &["-psandbox", "--json", "events", "list"]);
    let entry = object(&listed.stdout);
    assert_eq!(
        (&entry["sink"], &entry["dead"]),
        (&"exec".into(), &false.into())
    );
    let id = entry["id"].as_str().unwrap();
    let event = portal(path, &["-psandbox", "events", "show", id]);
    assert!(
        String::from_utf8(event.stdout)
            .unwrap()
            .contains("no.signering.portal")
    );
    // Only what was given up is sent again.
    assert_eq!(
        portal(path, &["-psandbox", "events", "resend", id])
            .status
            .code(),
        Some(3)
    );
    assert_eq!(
        portal(path, &["-psandbox", "events", "resend", "x"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(portal(path, &watch).status.code(), Some(0));
    assert!(path.join("event.json").exists());
}

fn get(authority: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(authority).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

/// The unit's own command line, with a socket in place of systemd, and credentials in a folder.
#[cfg(target_os = "linux")]
#[test]
fn the_unit_starts_reports_reloads_and_stops() {
    use std::os::unix::net::UnixDatagram;

    let (folder, _running) = sandbox();
    let path = folder.path();
    let settings: serde_json::Value =
        serde_json::from_slice(&fs::read(path.join("portal-sandbox/sandbox.json")).unwrap())
            .unwrap();
    let text = |name: &str| settings[name].as_str().unwrap().to_owned();
    fs::write(
        path.join("config.toml"),
        format!(
            "[profile.test]\nenvironment = '{}'\nsector = 'public'\norganization = '{}'\nanchors = '{}'\n",
            text("root_url"), text("sender"), text("trust_anchor"),
        ),
    )
    .unwrap();
    let credentials = path.join("credentials");
    fs::create_dir(&credentials).unwrap();
    fs::copy(text("pkcs12"), credentials.join("certificate")).unwrap();
    fs::write(credentials.join("password"), "sandbox").unwrap();

    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/portal-watch.service");
    let unit = fs::read_to_string(unit).unwrap();
    let line = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart=/usr/bin/portal "))
        .unwrap();
    let words: Vec<&str> = line
        .split_whitespace()
        .flat_map(|word| match word {
            "$PORTAL_WATCH_OPTIONS" => vec!["--listen", "127.0.0.1:0"],
            word => vec![word],
        })
        .collect();
    let socket = UnixDatagram::bind(path.join("notify")).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let mut command = command(path, &words);
    command
        .env("PORTAL_CONFIG", path.join("config.toml"))
        .env("CREDENTIALS_DIRECTORY", &credentials)
        .env("NOTIFY_SOCKET", path.join("notify"))
        .env("WATCHDOG_USEC", "1000000");
    for variable in unit
        .lines()
        .filter_map(|line| line.strip_prefix("Environment="))
    {
        let (name, value) = variable.trim_matches('"').split_once('=').unwrap();
        let value = value
            .replace("%d", &credentials.display().to_string())
            .replace("%S", &path.join("state").display().to_string());
        command.env(name, value);
    }
    let mut watching = Watching::start(command);
    let mut errors = BufReader::new(watching.0.stderr.take().unwrap());
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    let authority = line
        .trim()
        .strip_prefix("listening at http://")
        .unwrap_or_else(|| panic!("{line}"))
        .to_owned();

    let receive = || {
        let mut buffer = [0; 64];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };
    assert_eq!(receive(), "READY=1");
    assert_eq!(receive(), "WATCHDOG=1");
    assert_eq!(receive(), "WATCHDOG=1");
    assert!(get(&authority, "/livez").starts_with("HTTP/1.1 200"));
    assert!(get(&authority, "/readyz").starts_with("HTTP/1.1 200"));
    let metrics = get(&authority, "/metrics");
    for line in [
        "portal_relay_active 1",
        "portal_store_available 1",
        "portal_certificate_days_left ",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    assert!(get(&authority, "/").starts_with("HTTP/1.1 404"));

    let next = |errors: &mut BufReader<std::process::ChildStderr>| {
        let mut line = String::new();
        errors.read_line(&mut line).unwrap();
        line
    };
    let line = next(&mut errors);
    assert!(line.starts_with("Events are stored only"), "{line}");
    watching.signal("HUP");
    let line = next(&mut errors);
    assert!(line.contains("read again"), "{line}");
    fs::write(credentials.join("password"), "wrong").unwrap();
    watching.signal("HUP");
    let line = next(&mut errors);
    assert!(line.contains("password does not open"), "{line}");
    assert!(get(&authority, "/livez").starts_with("HTTP/1.1 200"));

    watching.signal("TERM");
    let stopping = (0..40)
        .map(|_| receive())
        .find(|state| state != "WATCHDOG=1");
    assert_eq!(stopping.as_deref(), Some("STOPPING=1"));
    watching.0.stderr = Some(errors.into_inner());
    let (code, _) = watching.end();
    assert_eq!(code, Some(0));
}

#[cfg(unix)]
#[test]
fn being_stopped_is_its_end() {
    let (folder, _running) = sandbox();
    let path = folder.path();
    for signal in ["INT", "TERM"] {
        let mut command = command(
            path,
            &["-psandbox", "watch", "--print", "--listen=127.0.0.1:0"],
        );
        command.env("PORTAL_LOG", "off");
        let mut watching = Watching::start(command);
        // It listens before it polls.
        let mut line = String::new();
        let errors = watching.0.stderr.as_mut().unwrap();
        BufReader::new(errors).read_line(&mut line).unwrap();
        watching.signal(signal);
        let (code, said) = watching.end();
        assert_eq!(code, Some(0), "{said}");
    }
}

#[test]
fn what_keeps_a_watch_from_starting_is_said() {
    let (folder, _running) = sandbox();
    let path = folder.path();
    let fails = |arguments: &[&str], code: i32| {
        let output = portal(path, &[&["-psandbox", "watch"], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        said
    };
    assert!(fails(&["--forward-to=http://127.0.0.1:1/"], 6).contains("webhook-secret"));
    fails(&["--listen=somewhere"], 2);
    fails(&["--store=gopher://x"], 6);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("--listen={}", taken.local_addr().unwrap());
    assert!(fails(&[&listen], 9).contains("--listen"));
    // The store is another organisation's.
    let mut other = command(path, &["-psandbox", "list"]);
    fs::create_dir_all(path.join("foreign")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path.join("foreign"), fs::Permissions::from_mode(0o700)).unwrap();
    }
    let owner = r#"{"format": 1, "environment": "difitest", "organization": "988015814"}"#;
    fs::write(path.join("foreign/store.json"), owner).unwrap();
    let output = other.env("PORTAL_STORE", "foreign").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(6), "{said}");
}

/// The unit, where systemd's own reader is on this machine.
#[cfg(unix)]
#[test]
fn systemd_takes_the_unit() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/portal-watch.service");
    let folder = folder();
    // The program has to be where the unit says.
    let root = folder.path();
    fs::create_dir_all(root.join("usr/bin")).unwrap();
    fs::create_dir_all(root.join("usr/lib/systemd/system")).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_portal"), root.join("usr/bin/portal")).unwrap();
    fs::create_dir_all(root.join("bin")).unwrap();
    fs::copy("/bin/kill", root.join("bin/kill")).unwrap();
    let units = root.join("usr/lib/systemd/system");
    fs::copy(&unit, units.join("portal-watch.service")).unwrap();
    // What every system has.
    for target in [
        "sysinit",
        "basic",
        "shutdown",
        "multi-user",
        "network-online",
        "system",
    ] {
        let kind = if target == "system" {
            "slice"
        } else {
            "target"
        };
        fs::write(
            units.join(format!("{target}.{kind}")),
            "[Unit]\nDescription=x\n",
        )
        .unwrap();
    }
    let verified = Command::new("systemd-analyze")
        .args(["verify", "--man=no", "--recursive-errors=no"])
        .arg(format!("--root={}", root.display()))
        .arg("portal-watch.service")
        .output();
    match verified {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let about_us: Vec<&str> = said
                .lines()
                .filter(|line| line.contains("portal-watch"))
                .collect();
            assert!(about_us.is_empty(), "{said}");
        }
        Err(_) => println!("skipped: no systemd-analyze on this machine"),
    }
}
