//! Profiles: where settings come from, `portal init`, and what is said when something is missing.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::{command, described, folder, object, portal, shown};

fn write(folder: &Path, text: &str) {
    fs::create_dir_all(folder.join("config/portal")).unwrap();
    fs::write(folder.join("config/portal/config.toml"), text).unwrap();
}

fn settings(output: &Output) -> serde_json::Value {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    object(&output.stdout)
}

#[test]
fn flags_come_before_variables_and_these_before_files() {
    let folder = folder();
    let path = folder.path();
    write(
        path,
        "[profile.test]\nqueue = \"file\"\nsector = \"public\"\ncertificate = \"a.p12\"\n\
         [profile.other]\nqueue = \"other\"\n",
    );
    let mut with_variable = command(path, &["--json", "--profile=test", "config", "show"]);
    with_variable
        .env("PORTAL_QUEUE", "variable")
        .env("PORTAL_PROFILE", "other");
    let shown = settings(&with_variable.output().unwrap());
    assert_eq!(shown["profile"], "test");
    assert_eq!(shown["settings"]["queue"]["value"], "variable");
    assert_eq!(
        shown["settings"]["queue"]["source"],
        "environment variables"
    );
    assert_eq!(shown["settings"]["sector"]["value"], "public");
    let certificate = shown["settings"]["certificate"]["value"].as_str().unwrap();
    assert!(
        certificate.ends_with("config/portal/a.p12"),
        "{certificate}"
    );

    let mut other = command(path, &["--json", "config", "show"]);
    let shown = settings(&other.env("PORTAL_PROFILE", "other").output().unwrap());
    assert_eq!(shown["settings"]["queue"]["value"], "other");

    fs::write(path.join("named.toml"), "[profile.one]\nqueue = \"one\"\n").unwrap();
    let shown = settings(&portal(
        path,
        &["--json", "--config=named.toml", "config", "show"],
    ));
    assert_eq!(
        (&shown["profile"], &shown["settings"]["queue"]["value"]),
        (&"one".into(), &"one".into())
    );
}

#[test]
fn what_is_wrong_with_a_configuration_is_said_with_its_line() {
    let folder = folder();
    for (name, text) in [
        ("typo", "[profile.test]\nqueu = \"q\"\n"),
        (
            "password",
            "[profile.test]\nqueue = \"q\"\npassword = \"hunter2\"\n",
        ),
        ("sector", "[profile.test]\nsector = \"both\"\n"),
        ("kind", "[profile.test]\ncalls-per-second = \"hunter2\"\n"),
        ("syntax", "[profile.test\n"),
    ] {
        write(folder.path(), text);
        let text = shown(folder.path(), &["config", "show"]);
        assert!(
            text.starts_with("6\n") && !text.contains("hunter2"),
            "{text}"
        );
        insta::assert_snapshot!(format!("configuration-{name}"), text);
    }
    write(folder.path(), "[profile.test]\nqueue = \"q\"\n");
    let unknown = shown(folder.path(), &["--profile=tset", "config", "show"]);
    insta::assert_snapshot!("configuration-unknown-profile", unknown);
    let missing = shown(folder.path(), &["--config=missing.toml", "config", "show"]);
    insta::assert_snapshot!("configuration-missing", missing);
    let path = shown(folder.path(), &["config", "path"]);
    assert!(
        path.contains("[folder]/config/portal/config.toml\n/etc/portal/config.toml"),
        "{path}"
    );
    let shown = shown(folder.path(), &["config", "show"]);
    insta::assert_snapshot!("configuration-shown", shown);
    let mut number = command(folder.path(), &["config", "show"]);
    let output = number
        .env("PORTAL_CALLS_PER_SECOND", "many")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(6));
}

#[test]
fn init_writes_what_it_was_given_and_never_over_another() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("certificate.p12"), "").unwrap();
    let arguments = [
        "init",
        "--environment=difitest",
        "--organization=984661185",
        "--sector=public",
        "--certificate=certificate.p12",
        "--password-file=password",
    ];
    insta::assert_snapshot!("init", shown(path, &arguments));
    let file = path.join("config/portal/config.toml");
    let text = fs::read_to_string(&file).unwrap();
    insta::assert_snapshot!(
        "init-written",
        text.replace(&path.display().to_string(), "[folder]")
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let again = shown(path, &arguments);
    assert!(again.starts_with("9\n"), "{again}");
    insta::assert_snapshot!("init-again", again);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);

    let missing = shown(
        path,
        &["--config=new.toml", "init", "--environment=difitest"],
    );
    insta::assert_snapshot!("init-without-terminal", missing);
    let wrong = shown(
        path,
        &["--config=new.toml", "init", "--environment=difitset"],
    );
    assert!(wrong.starts_with("2\n"), "{wrong}");
    assert!(!path.join("new.toml").exists());

    let sandbox = shown(
        path,
        &["--config=sandbox.toml", "init", "--environment=sandbox"],
    );
    assert!(sandbox.starts_with("0\n"), "{sandbox}");
    let doctor = shown(path, &["--config=sandbox.toml", "doctor"]);
    assert!(
        doctor.starts_with("6\n") && doctor.contains("next: portal sandbox"),
        "{doctor}"
    );
    let json = portal(
        path,
        &["--json", "--config=j.toml", "init", "--environment=sandbox"],
    );
    assert_eq!(object(&json.stdout)["kind"], "init");
}

#[test]
fn each_missing_setting_is_named() {
    let folder = folder();
    let path = folder.path();
    let mut shown = String::new();
    let mut text = "[profile.test]\n".to_owned();
    for line in [
        "environment = \"difitest\"\n",
        "sector = \"public\"\n",
        "certificate = \"missing.p12\"\n",
    ] {
        write(path, &text);
        shown += &described(path, portal(path, &["doctor"]));
        shown += "\n---\n";
        text += line;
    }
    write(path, &text);
    shown += &described(path, portal(path, &["doctor"]));
    insta::assert_snapshot!("missing-settings", shown);
}
