//! The unit for systemd: its own command line, and systemd's reading of it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::Watching;
use crate::sandbox::with_job;
use crate::{command, folder};

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

    let (folder, _running) = with_job();
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
