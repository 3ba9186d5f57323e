//! `portal anchors check`: a folder of certificates beside the table that is built in.

use std::fs;
use std::path::{Path, PathBuf};

use portal_certificate::{Certificate, KNOWN_ANCHORS, KnownAnchor};
use portal_model::EnvironmentKind;
use serde_json::json;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Paint};

/// The endings of certificates' files; anything else in the folder is no certificate.
const ENDINGS: [&str; 4] = ["cer", "crt", "der", "pem"];

/// Folders inside each other; a certificate lies in the first or second.
const DEPTH: u32 = 4;

/// A certificate of the folder.
struct Found {
    file: PathBuf,
    /// What its folder says.
    environment: Option<EnvironmentKind>,
    certificate: Certificate,
}

/// What the folder and the table don't agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Difference {
    code: &'static str,
    /// The file, or the subject of an anchor without one.
    what: String,
    problem: String,
}

impl Difference {
    fn of_file(code: &'static str, file: &Path, problem: impl Into<String>) -> Self {
        Self {
            code,
            what: file.display().to_string(),
            problem: problem.into(),
        }
    }
}

pub(super) fn run(
    folder: &Path,
    environment: Option<EnvironmentKind>,
    output: &Output,
) -> Result<Exit, Failure> {
    let mut files = Vec::new();
    collect(folder, None, DEPTH, &mut files)?;
    files.sort_by(|one, other| one.0.cmp(&other.0));
    let (mut found, mut differences) = (Vec::new(), Vec::new());
    for (file, place) in files {
        let bytes = fs::read(&file).map_err(|error| unreadable(&file, &error))?;
        match Certificate::read_all(&bytes) {
            Ok((certificates, notices)) => {
                for notice in notices {
                    let problem = notice.to_string();
                    differences.push(Difference::of_file("unreadable", &file, problem));
                }
                found.extend(certificates.into_iter().map(|certificate| Found {
                    file: file.clone(),
                    environment: place,
                    certificate,
                }));
            }
            Err(error) => {
                let problem = format!("can't be read as a certificate: {error}");
                differences.push(Difference::of_file("unreadable", &file, problem));
            }
        }
    }
    differences.extend(compare(KNOWN_ANCHORS, &found, environment));
    for difference in &differences {
        let Difference {
            code,
            what,
            problem,
        } = difference;
        if output.json {
            let object = json!({ "code": code, "what": what, "problem": problem });
            output.object("anchor-difference", object)?;
        } else {
            let word = output.paint("differs", Paint::Bad);
            output.line(&format!("{word}  {what}: {problem}"))?;
        }
    }
    let certificates = found.len();
    if output.json {
        let object = json!({ "certificates": certificates, "differences": differences.len() });
        output.object("anchors-check", object)?;
    } else if differences.is_empty() {
        output.line(&format!(
            "The {certificates} certificates are those that are built in."
        ))?;
    }
    Ok(if differences.is_empty() {
        Exit::Done
    } else {
        Exit::NotRight
    })
}

/// The files of certificates in a folder and below, each with the environment that a folder's name says.
fn collect(
    folder: &Path,
    environment: Option<EnvironmentKind>,
    depth: u32,
    files: &mut Vec<(PathBuf, Option<EnvironmentKind>)>,
) -> Result<(), Failure> {
    let failed = |error: std::io::Error| unreadable(folder, &error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            let environment = match path.file_name().and_then(|name| name.to_str()) {
                Some("prod" | "production") => Some(EnvironmentKind::Production),
                Some("test") => Some(EnvironmentKind::Test),
                _ => environment,
            };
            if depth > 1 {
                collect(&path, environment, depth - 1, files)?;
            }
            continue;
        }
        let ending = path.extension().and_then(|ending| ending.to_str());
        if ending.is_some_and(|ending| ENDINGS.contains(&&*ending.to_lowercase())) {
            files.push((path, environment));
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let message = format!("{} can't be read", path.display());
    Failure::new(Exit::Computer, "certificates", message)
        .because(error)
        .fix("give a folder of certificates that exists")
}

/// First what the folder has and the table lacks, then the other way round.
fn compare(
    table: &[KnownAnchor],
    found: &[Found],
    only: Option<EnvironmentKind>,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let of = |environment: EnvironmentKind| only.is_none_or(|only| only == environment);
    for Found {
        file,
        environment,
        certificate,
    } in found
        .iter()
        .filter(|found| found.environment.is_none_or(of))
    {
        // An issuer may stand in the table once for each environment, so its rows are looked at together.
        let mut same = table
            .iter()
            .filter(|anchor| anchor.sha256 == certificate.sha256())
            .peekable();
        if let Some(known) = same.peek().copied() {
            if let Some(place) = environment
                && !same.any(|anchor| anchor.environment == *place)
            {
                let problem = format!(
                    "lies with {place}, and is built in for {}",
                    known.environment
                );
                differences.push(Difference::of_file("environment", file, problem));
            }
            continue;
        }
        let subject = certificate.subject();
        let until = certificate.not_after().strftime("%F");
        let (code, problem) = match KnownAnchor::find(table, certificate) {
            Some(known) => (
                "reissued",
                format!(
                    "{subject} was issued again until {until}; built in is the one until {}",
                    known.not_after.strftime("%F")
                ),
            ),
            None => ("new", format!("{subject} until {until} is not built in")),
        };
        differences.push(Difference::of_file(code, file, problem));
    }
    for anchor in table.iter().filter(|anchor| of(anchor.environment)) {
        let is_there = found.iter().any(|found| {
            found.certificate.sha256() == anchor.sha256
                && found
                    .environment
                    .is_none_or(|place| place == anchor.environment)
        });
        if !is_there {
            differences.push(Difference {
                code: "missing",
                what: anchor.subject.to_string(),
                problem: format!(
                    "is built in for {}, until {}, and is not in the folder",
                    anchor.environment,
                    anchor.not_after.strftime("%F")
                ),
            });
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use portal_sandbox::Sandbox;

    use super::*;

    async fn certificates() -> Vec<Certificate> {
        let sandbox = Sandbox::builder().start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let files = sandbox.write_client_files(folder.path()).unwrap();
        [files.trust_anchor, files.intermediate]
            .iter()
            .flat_map(|path| Certificate::read_all(&fs::read(path).unwrap()).unwrap().0)
            .collect()
    }

    fn found(certificate: &Certificate, environment: Option<EnvironmentKind>) -> Found {
        Found {
            file: "a.cer".into(),
            environment,
            certificate: certificate.clone(),
        }
    }

    fn codes(differences: &[Difference]) -> Vec<&str> {
        differences.iter().map(|found| found.code).collect()
    }

    #[tokio::test]
    async fn each_difference_is_found_in_both_directions() {
        use EnvironmentKind::{Production, Test};
        let certificates = certificates().await;
        let [root, intermediate] = &*certificates else {
            panic!("{} certificates", certificates.len());
        };
        let table = [
            KnownAnchor::new(Test, root),
            KnownAnchor::new(Test, intermediate),
        ];
        let both = [found(root, Some(Test)), found(intermediate, None)];
        assert_eq!(compare(&table, &both, None), []);
        assert_eq!(compare(&table, &both, Some(Production)), []);
        assert_eq!(codes(&compare(&table, &both[..1], None)), ["missing"]);
        assert_eq!(codes(&compare(&table[..1], &both, None)), ["new"]);
        let misplaced = [found(root, Some(Production)), found(intermediate, None)];
        assert_eq!(
            codes(&compare(&table, &misplaced, None)),
            ["environment", "missing"]
        );
        let mut old = table.clone();
        old[0].sha256 = [0; 32];
        assert_eq!(codes(&compare(&old, &both, None)), ["reissued", "missing"]);
    }
}
