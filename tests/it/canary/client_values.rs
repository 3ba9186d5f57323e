//! The client's values: senders, jobs, signers, documents, records.

use std::io;
use std::path::PathBuf;

use http::Response;
use portal_client::{
    Content, CreateOptions, Document, DocumentKind, Environment, ErrorChain, Job, JobError, Link,
    NextPoll, Notification, Operation, PackageFolder, PackageProcessorError, PermittedPoll,
    PollTimeFolder, PollTimeWarning, PrivatePath, Profile, QueueKey, SaveOptions, Sector, Sender,
    Signer, UnexpectedResponse,
};
use portal_model::EnvironmentKind;

use super::shown::Shown;
use super::{ADDRESS, CONTENT, FILE, MESSAGE, MOBILE, NUMBER, QUEUE, REFERENCE, TITLE};

pub(super) fn queue() -> Sender {
    Sender::new("123456789").unwrap().with_queue(QUEUE)
}

pub(super) fn show(shown: &mut Shown) {
    let environment = Environment::custom("https://api.example.com/api").unwrap();
    let sender = queue();
    shown.no_text(&[
        "portal_client::CheckCode",
        "portal_client::CheckStatus",
        "portal_client::StoppedClock",
        "portal_client::WaitReason",
    ]);
    for path in [
        "portal_client::DocumentReport",
        "portal_client::SavedDocument",
    ] {
        shown.exempt(
            path,
            "of texts it has the reports of portal-verify, whose own tests show them",
        );
    }
    for path in ["portal_client::QueueStatus", "portal_client::StatusHandle"] {
        shown.exempt(
            path,
            "of texts it has the sender's alone, who hides the queue's name",
        );
    }
    shown
        .debug("portal_client::Sender", &sender)
        .json("portal_client::Sender", &sender)
        .debug(
            "portal_client::QueueKey",
            &QueueKey::new(&environment, &sender),
        )
        .both("portal_client::Environment", &environment)
        .debug("portal_client::PollTimeFolder", &PollTimeFolder::new(FILE))
        .debug("portal_client::PackageFolder", &PackageFolder::new(FILE))
        .debug(
            "portal_client::PrivatePath",
            &PrivatePath::from(PathBuf::from(FILE)),
        )
        .debug(
            "portal_client::SaveOptions",
            &SaveOptions::new().unix_mode(0o640),
        )
        .debug(
            "portal_client::CreateOptions",
            &CreateOptions::new().package_processor(PackageFolder::new(FILE)),
        );
    jobs(shown);
    times(shown);
    errors(shown);
    for (path, sample) in [
        ("portal_client::Link", Link::Pades.to_string()),
        ("portal_client::Operation", Operation::Create.to_string()),
        ("portal_client::DocumentKind", DocumentKind::Pdf.to_string()),
    ] {
        assert!(!sample.is_empty());
        shown.no_text(&[path]);
    }
    shown.no_text(&["portal_client::Confirmation", "portal_client::ErrorOrigin"]);
}

fn jobs(shown: &mut Shown) {
    let notification = Notification::email_and_mobile(ADDRESS, MOBILE);
    let signer = Signer::by_personal_number(NUMBER, notification.clone());
    let content = Content::from(PathBuf::from(FILE));
    let document = Document::pdf(TITLE, CONTENT.as_bytes()).name(FILE);
    let profile = Profile::new(Sector::Public, EnvironmentKind::Test).with_sender(queue());
    let builder = profile
        .job(TITLE)
        .nonsensitive_title(TITLE)
        .description(MESSAGE)
        .document(Document::pdf(
            TITLE,
            portal_sandbox::sample_pdf(TITLE, &[CONTENT]),
        ))
        .signer(signer.clone())
        .signer(Signer::by_email(ADDRESS))
        .reference(REFERENCE);
    shown
        .debug("portal_client::Notification", &notification)
        .debug("portal_client::Signer", &signer)
        .debug("portal_client::Content", &content)
        .debug("portal_client::Content", &Content::from(CONTENT.as_bytes()))
        .debug("portal_client::Document", &document)
        .debug("portal_client::Profile", &profile)
        .debug("portal_client::JobBuilder", &builder);
    let broken = |document: Document| -> JobError {
        let builder = builder.clone().document(document);
        builder.build_blocking().unwrap_err()
    };
    let elsewhere: Content = PathBuf::from(format!("/nonexistent/{FILE}")).into();
    for error in [
        broken(Document::pdf(TITLE, MESSAGE.as_bytes())),
        broken(Document::pdf(TITLE, elsewhere)),
        broken(Document::pdf(TITLE, CONTENT.as_bytes()).name("canary file.pdf")),
        builder
            .clone()
            .reference(REFERENCE.repeat(9))
            .build_blocking()
            .unwrap_err(),
    ] {
        shown.error("portal_client::JobError", &error);
    }
    let job: Job = builder.build_blocking().unwrap();
    shown.debug("portal_client::Job", &job);
}

fn times(shown: &mut Shown) {
    let now = jiff::Timestamp::UNIX_EPOCH;
    let poll = PermittedPoll::new(now, now);
    shown
        .json("portal_client::PermittedPoll", &poll)
        .no_text(&["portal_client::PermittedPoll"]);
    shown
        .json("portal_client::PollTimeWarning", &PollTimeWarning::Missing)
        .no_text(&["portal_client::PollTimeWarning", "portal_client::NextPoll"]);
    let next: NextPoll = serde_json::from_value(serde_json::json!({
        "permitted_at": now, "responded_at": now, "warning": null,
    }))
    .unwrap();
    shown.json("portal_client::NextPoll", &next);
}

fn errors(shown: &mut Shown) {
    for (kind, body) in [
        ("text/html", MESSAGE.to_owned()),
        (
            "application/xml",
            format!(
                "<error xmlns=\"http://signering.posten.no/schema/v1\"><error-code>CODE</error-code>\
                 <error-message>{MESSAGE}</error-message><error-type>CLIENT</error-type></error>"
            ),
        ),
    ] {
        let response = Response::builder()
            .status(400)
            .header("content-type", kind)
            .body(body.into())
            .unwrap();
        let unexpected = UnexpectedResponse::new(Operation::Create, &response);
        assert!(unexpected.reveal_message().contains("canary"), "{kind}");
        shown.error("portal_client::UnexpectedResponse", &unexpected);
        shown.both("portal_client::ErrorChain", &ErrorChain(&unexpected));
    }
    shown.error(
        "portal_client::PackageProcessorError",
        &PackageProcessorError::TooSlow,
    );
    let _ = io::ErrorKind::Other;
}
