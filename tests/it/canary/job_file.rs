//! Jobs written as files, and digests of jobs.

use std::path::Path;

use portal_client::{
    DocumentDigest, EnvironmentKind, JobDigest, JobFile, JobFileError, PortalClient, Profile,
    Sector,
};

use super::shown::Shown;
use super::{ADDRESS, FILE, MESSAGE, MOBILE, NUMBER, QUEUE, REFERENCE, TITLE, TOKEN, VALID_NUMBER};

pub(super) fn show(shown: &mut Shown) {
    let text = file();
    let file = JobFile::from_toml(&text).unwrap();
    shown
        .debug("portal_client::JobFile", &file)
        .json("portal_client::JobFile", &file);
    let profile = Profile::new(Sector::Public, EnvironmentKind::Test);
    let folder = Path::new("/nonexistent/canary");
    let numbered = |source: &str| {
        let number = format!("personal-number = \"{NUMBER}\"");
        assert!(text.contains(&number));
        let text = text.replace(&number, source);
        let file = JobFile::from_toml(&text).unwrap();
        file.job(&profile, folder).unwrap_err()
    };
    let no_file: JobFileError = numbered(&format!("personal-number-file = \"{FILE}\""));
    assert!(matches!(no_file, JobFileError::NumberFile { .. }));
    let sender = text.replace("123456789", ADDRESS);
    let sender = JobFile::from_toml(&sender).unwrap();
    let sender = sender.job(&profile, folder).unwrap_err();
    let wrong = |from: &str, to: &str| {
        let text = text.replacen(from, to, 1);
        JobFile::from_toml(&text).unwrap_err()
    };
    let content = [
        wrong("portal-job = 1", &format!("portal-job = \"{TOKEN}\"")),
        wrong("title =", "titel ="),
        wrong("order = 1", &format!("order = \"{ADDRESS}\"")),
        wrong(&format!("\"{NUMBER}\""), NUMBER),
        wrong(&format!("\"{NUMBER}\""), VALID_NUMBER),
        wrong("\"lookup\"", &format!("\"{MOBILE}\"")),
        wrong("\"14d\"", &format!("\"{MESSAGE}\"")),
        wrong("\"14d\"", "14d canary"),
        wrong("[[signer]]", &format!("[[signer]]\n\"{ADDRESS}\" = 1")),
        JobFile::from_json(&format!("{{\"title\": \"{TITLE}\" {MESSAGE}}}")).unwrap_err(),
    ];
    for error in content.iter().chain([&no_file, &sender]) {
        shown.error("portal_client::JobFileError", error);
        if let JobFileError::Content { problems, .. } = error {
            for problem in problems {
                shown.both("portal_client::JobFileProblem", problem);
            }
        }
    }
}

pub(super) async fn digests(shown: &mut Shown, client: &PortalClient, job: &portal_client::Job) {
    let digest: JobDigest = client.digest(job).await.unwrap();
    let document: &DocumentDigest = &digest.documents()[0];
    assert_eq!(document.reveal_name(), FILE);
    shown
        .debug("portal_client::JobDigest", &digest)
        .debug("portal_client::DocumentDigest", document);
}

fn file() -> String {
    format!(
        r#"
portal-job = 1
title = "{TITLE}"
description = "{MESSAGE}"
reference = "{REFERENCE}"
available-for = "14d"

[[document]]
file = "{FILE}"
title = "{TITLE}"

[[signer]]
personal-number = "{NUMBER}"
notify = "lookup"
order = 1

[[signer]]
email = "{ADDRESS}"
mobile = "{MOBILE}"
order = 2

[sender]
organization = "123456789"
queue = "{QUEUE}"
"#
    )
}
