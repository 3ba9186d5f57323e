//! Writes the source of `KNOWN_ANCHORS`, or looks for certificates in it that end soon.
//!
//! `anchor_table FOLDER` reads the certificates in FOLDER's folders `prod` and `test` and prints
//! the table; `anchor_table --expiry` fails if one that is valid ends within 400 days.
//! `cargo xtask anchors` runs both.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use jiff::{SignedDuration, Timestamp};
use portal_certificate::{Certificate, KNOWN_ANCHORS};

/// Days before the end of a certificate from which on the table counts as out of date: time for a
/// release, and for its users to take it.
const NOTICE_DAYS: i64 = 400;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [option] if option == "--expiry" => expiry(Timestamp::now()),
        [folder] => {
            print!("{}", table(Path::new(folder))?);
            Ok(())
        }
        _ => Err("usage: anchor_table FOLDER, or anchor_table --expiry".into()),
    }
}

fn expiry(now: Timestamp) -> Result<(), Box<dyn Error>> {
    let limit = now + SignedDuration::from_hours(24 * NOTICE_DAYS);
    let ending: Vec<String> = KNOWN_ANCHORS
        .iter()
        .filter(|known| known.is_valid_at(now) && known.not_after <= limit)
        .map(ToString::to_string)
        .collect();
    if ending.is_empty() {
        let valid = KNOWN_ANCHORS.iter().filter(|known| known.is_valid_at(now));
        println!(
            "{} anchors are valid for {NOTICE_DAYS} days or more",
            valid.count()
        );
        return Ok(());
    }
    let ending = ending.join("\n");
    Err(format!(
        "these anchors end within {NOTICE_DAYS} days; add the certificates that their issuers \
         have put in their place:\n{ending}"
    )
    .into())
}

fn table(folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut summary = String::new();
    let mut rows = String::new();
    for (name, environment) in [("prod", "Production"), ("test", "Test")] {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder.join(name))? {
            files.push(entry?.path());
        }
        files.sort();
        for file in files {
            let (certificates, _) = Certificate::read_all(&fs::read(&file)?)
                .map_err(|error| format!("{}: {error}", file.display()))?;
            for certificate in certificates {
                if !certificate.is_authority() {
                    return Err(format!("{} is not an authority's", file.display()).into());
                }
                summarize(&mut summary, &certificate, environment)?;
                row(&mut rows, &certificate, environment)?;
            }
        }
    }
    Ok(format!(
        "//! Written by `cargo xtask anchors`; do not edit.\n\n\
         use std::borrow::Cow;\n\n\
         use jiff::Timestamp;\n\
         use portal_model::EnvironmentKind;\n\n\
         use super::{{KnownAnchor, from_hex}};\n\n\
         macro_rules! hex {{\n    ($text:literal) => {{{{\n        \
         const BYTES: [u8; $text.len() / 2] = from_hex($text);\n        \
         &BYTES\n    }}}};\n}}\n\n\
         /// The issuers' certificates of both environments, expired ones included, so that these can\n\
         /// be recognised.\n///\n\
         /// Names, keys and dates of the trust anchors that the service's own clients come with.\n///\n\
         /// | environment | subject | kind | valid | SHA-256 |\n\
         /// |---|---|---|---|---|\n\
         {summary}\
         #[rustfmt::skip]\n\
         pub static KNOWN_ANCHORS: &[KnownAnchor] = &[\n{rows}];\n"
    ))
}

fn kind(certificate: &Certificate) -> &'static str {
    if certificate.is_self_issued() {
        "root"
    } else {
        "intermediate"
    }
}

/// Posten's own authority is known, but not all of the service's own clients trust its servers.
fn is_for_servers(certificate: &Certificate) -> bool {
    !certificate.subject().contains("OU=Digipost")
}

fn summarize(
    summary: &mut String,
    certificate: &Certificate,
    environment: &str,
) -> Result<(), std::fmt::Error> {
    let servers = if is_for_servers(certificate) {
        ""
    } else {
        ", not for servers"
    };
    writeln!(
        summary,
        "/// | {} | {} | {}{servers} | {} to {} | `{}` |",
        environment.to_lowercase(),
        certificate.subject(),
        kind(certificate),
        certificate.not_before().strftime("%F"),
        certificate.not_after().strftime("%F"),
        hex(&certificate.sha256()),
    )
}

fn row(
    rows: &mut String,
    certificate: &Certificate,
    environment: &str,
) -> Result<(), std::fmt::Error> {
    writeln!(rows, "    KnownAnchor {{")?;
    writeln!(rows, "        environment: EnvironmentKind::{environment},")?;
    writeln!(
        rows,
        "        subject: Cow::Borrowed({:?}),",
        certificate.subject()
    )?;
    writeln!(rows, "        is_root: {},", certificate.is_self_issued())?;
    writeln!(
        rows,
        "        for_servers: {},",
        is_for_servers(certificate)
    )?;
    writeln!(
        rows,
        "        sha256: *hex!({:?}),",
        hex(&certificate.sha256())
    )?;
    for (name, time) in [
        ("not_before", certificate.not_before()),
        ("not_after", certificate.not_after()),
    ] {
        let seconds = time.as_second();
        writeln!(
            rows,
            "        {name}: Timestamp::constant({seconds}, 0), // {time}"
        )?;
    }
    let subject = long_hex(&certificate.subject_der());
    writeln!(rows, "        subject_der: Cow::Borrowed(hex!({subject})),")?;
    let key = long_hex(&certificate.public_key_info());
    writeln!(rows, "        public_key_info: Cow::Borrowed(hex!({key})),")?;
    match certificate.name_constraints() {
        None => writeln!(rows, "        name_constraints: None,")?,
        Some(der) => {
            let der = long_hex(der);
            writeln!(
                rows,
                "        name_constraints: Some(Cow::Borrowed(hex!({der}))),"
            )?;
        }
    }
    writeln!(rows, "    }},")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A literal of several lines.
fn long_hex(bytes: &[u8]) -> String {
    let lines: Vec<String> = bytes.chunks(48).map(hex).collect();
    format!("\"{}\"", lines.join("\\\n            "))
}
