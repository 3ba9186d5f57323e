//! What the commands about jobs print, plain and as JSON, where it succeeds and where it fails.
//!
//! Plain texts are compared without what differs from run to run; of JSON it is the form that programs rely on: keys
//! and types.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::sandbox::with_job;
use crate::{portal, shown};

mod events;
mod tools;
mod undoing;

/// Long numbers, times and digests differ from run to run, and so does how long ago something was.
fn masked(text: &str) -> String {
    let lines = text.lines().map(|line| match line.rsplit_once(", ") {
        Some((before, age)) if age.ends_with(" ago") => format!("{before}, [..] ago"),
        _ => line.to_owned(),
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let mut masked = String::new();
    let mut rest = &*text;
    while let Some(first) = rest.chars().next() {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-:.".contains(letter);
        let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        if length == 0 {
            masked.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        // What ends a sentence does not belong to the word.
        let length = rest[..length].trim_end_matches([':', '.']).len().max(1);
        let (word, after) = rest.split_at(length);
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let is_hex = word.len() >= 32 && word.chars().all(|letter| letter.is_ascii_hexdigit());
        let keeps = word.starts_with("job-");
        // Summer or winter.
        let is_zone = ["CET", "CEST"].contains(&word);
        masked.push_str(if !keeps && (digits >= 4 || is_hex || is_zone) {
            "[..]"
        } else {
            word
        });
        rest = after;
    }
    masked
}

/// Keys and types of a value; of an array, those of its first element.
fn form(value: &Value, indent: usize, out: &mut String) {
    let gap = "  ".repeat(indent);
    match value {
        Value::Null => out.push_str("null\n"),
        Value::Bool(_) => out.push_str("bool\n"),
        Value::Number(_) => out.push_str("number\n"),
        Value::String(_) => out.push_str("string\n"),
        Value::Array(values) => match values.first() {
            Some(first) => {
                out.push_str("array of ");
                form(first, indent, out);
            }
            None => out.push_str("array\n"),
        },
        Value::Object(entries) => {
            out.push_str("object\n");
            let mut keys: Vec<&String> = entries.keys().collect();
            keys.sort();
            for key in keys {
                out.push_str(&format!("{gap}  {key}: "));
                match (&**key, &entries[key]) {
                    // What tells the kinds of objects and errors apart is part of the form.
                    ("kind" | "code" | "fixed_by" | "retry" | "next", Value::String(text)) => {
                        out.push_str(&format!("{}\n", masked(text)));
                    }
                    (_, value) => form(value, indent + 1, out),
                }
            }
        }
    }
}

/// Exit code, and the form of each line of both outputs.
fn forms(path: &Path, arguments: &[&str]) -> String {
    let output = portal(path, &[&["--json"], arguments].concat());
    let mut text = format!("{}\n", output.status.code().unwrap());
    for (name, bytes) in [("out", output.stdout), ("err", output.stderr)] {
        for line in String::from_utf8(bytes).unwrap().lines() {
            text.push_str(&format!("--- {name}\n"));
            let value: Value = serde_json::from_str(line).unwrap();
            // An event has the form of CloudEvents, with a version of its own.
            let version = if value["specversion"].is_string() {
                ("specversion", Value::from("1.0"))
            } else {
                ("version", Value::from(1))
            };
            assert_eq!(value[version.0], version.1, "{line}");
            form(&value, 0, &mut text);
        }
    }
    text
}

/// The same command as JSON alone, where the plain text has its own test.
fn json_alone(path: &Path, name: &str, code: i32, arguments: &[&str]) {
    let json = forms(path, &[&["--profile=sandbox"], arguments].concat());
    assert!(json.starts_with(&format!("{code}\n")), "{name}: {json}");
    insta::assert_snapshot!(format!("output-{name}-json"), json);
}

/// The same command plain and as JSON.
fn both(path: &Path, name: &str, code: i32, arguments: &[&str]) {
    each(path, name, code, arguments, arguments);
}

/// A command plain, and as JSON for another job, where the first can't be had twice.
fn each(path: &Path, name: &str, code: i32, plain: &[&str], json: &[&str]) {
    let of_sandbox =
        |arguments: &[&str]| shown(path, &[&["--profile=sandbox"], arguments].concat());
    let plain = masked(&of_sandbox(plain));
    assert!(plain.starts_with(&format!("{code}\n")), "{name}: {plain}");
    insta::assert_snapshot!(format!("output-{name}"), plain);
    let json = forms(path, &[&["--profile=sandbox"], json].concat());
    assert!(json.starts_with(&format!("{code}\n")), "{name}: {json}");
    insta::assert_snapshot!(format!("output-{name}-json"), json);
}

#[test]
fn commands_about_jobs_print_what_they_did_and_why_they_could_not() {
    let (folder, _running) = with_job();
    let path = folder.path();
    both(path, "list-empty", 0, &["list"]);
    both(path, "show-unknown", 3, &["show", "nothing"]);
    // The second time it is known, which reads differently.
    both(path, "send", 0, &["send", "job.toml"]);
    both(path, "show-open", 0, &["show", "hr-2026-00417"]);
    let small = [
        "send",
        "--pdf=agreement.pdf",
        "--title=Agreement",
        "--to=signer@example.com",
        "--reference=lease-7",
    ];
    both(path, "send-flags", 0, &small);
    both(path, "fetch-nothing", 3, &["fetch", "lease-7"]);
    both(path, "wait-limit", 8, &["wait", "lease-7", "--timeout=1s"]);
    both(path, "delete-unsigned", 3, &["delete", "lease-7", "--yes"]);
    both(path, "cancel-unasked", 2, &["cancel", "lease-7"]);
    assert!(portal(path, &["sandbox", "sign", "last"]).status.success());
    both(path, "wait", 0, &["wait", "lease-7", "--timeout=60s"]);
    both(path, "show", 0, &["show", "lease-7"]);
    both(path, "list", 0, &["list", "--state=completed"]);
    let fetch = ["fetch", "lease-7", "--out=signed.pdf"];
    both(path, "fetch", 0, &[&fetch[..], &["--force"]].concat());
    both(path, "fetch-exists", 9, &fetch);
    both(path, "verify-job", 0, &["verify", "lease-7"]);
    json_alone(path, "verify-file", 0, &["verify", "signed.pdf"]);
    let waits = [&small[..], &["--wait", "--out=all"]].concat();
    json_alone(path, "send-wait", 0, &waits);
    both(path, "verify-unknown", 3, &["verify", "nothing"]);
    both(path, "delete-early", 3, &["delete", "lease-7", "--yes"]);
    both(path, "cancel-late", 3, &["cancel", "lease-7", "--yes"]);
    both(
        path,
        "settle-known",
        3,
        &["settle", "lease-7", "--not-created", "--yes"],
    );
    both(
        path,
        "settle-nothing",
        3,
        &["settle", "nothing", "--not-created", "--yes"],
    );
    both(path, "events-empty", 0, &["events", "list"]);
    both(path, "events-no-id", 2, &["events", "resend", "nothing"]);
    let key = ["sender.pem", "--key=sender.key.pem"]
        .map(|name| name.replace("sender", "portal-sandbox/sender"));
    let key: Vec<&str> = key.iter().map(String::as_str).collect();
    both(
        path,
        "certificate",
        0,
        &[&["certificate", "show"], &key[..]].concat(),
    );
    both(
        path,
        "certificate-check",
        0,
        &[&["certificate", "check"], &key[..]].concat(),
    );
    let soon = ["certificate", "check", "--expires-within=36500d"];
    both(path, "certificate-ends", 1, &[&soon[..], &key[..]].concat());
    fs::create_dir(path.join("none")).unwrap();
    both(path, "anchors-check", 1, &["anchors", "check", "none"]);
}

#[test]
fn what_differs_from_run_to_run_is_masked_and_nothing_else() {
    let text = "job 5000000001: sent at 2026-11-26T14:00:00Z, 4 signers, job-5000000001.pdf";
    let expected = "job [..]: sent at [..], 4 signers, job-5000000001.pdf";
    assert_eq!(masked(text), expected);
}
