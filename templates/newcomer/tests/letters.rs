//! The office against a sandbox: the service, its signers, its time and its faults, inside the test.

use std::path::Path;
use std::time::Duration;

use newcomer::{BoxError, Office, Reaction, Stage};
use portal_client::{Error, HyperTransport, OrganizationNumber, PortalClient};
use portal_client::{Sector, Sender};
use portal_sandbox::{Endpoint, Fault, JobState, Sandbox, Validity, sample_pdf};

type Result = std::result::Result<(), BoxError>;

const SIGNERS: [&str; 2] = ["12345678910", "10987654321"];
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Opens the office as a program does when it starts: a new client, the old folder.
fn start(sandbox: &Sandbox, folder: &Path) -> std::result::Result<Office, BoxError> {
    let client = sandbox.client_builder()?.build_over(HyperTransport::new)?;
    Ok(Office::open(client, folder.to_owned())?)
}

async fn send(office: &Office, reference: &str) -> Result {
    let pdf = sample_pdf("The letter", &["Please sign."]);
    office.send(reference, pdf, SIGNERS).await
}

/// Handles every change that is there, then ends.
async fn watch_once(office: &Office) -> std::result::Result<(), Error> {
    let short = Duration::from_millis(10);
    office
        .watch(|watch| {
            watch
                .until_empty()
                .jitter(Duration::ZERO)
                .back_off(short, short)
        })
        .await
}

fn count(office: &Office, name: &str) -> u64 {
    let counters = office.metrics.0.lock().unwrap();
    counters.get(name).copied().unwrap_or(0)
}

fn reaction(error: &BoxError) -> Reaction {
    Reaction::from(error.downcast_ref::<Error>().unwrap())
}

fn files(folder: &Path) -> Vec<String> {
    let entries = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn two_sign_in_order_and_everything_is_kept() -> Result {
    let (sandbox, folder) = (Sandbox::start().await?, tempfile::tempdir()?);
    let office = start(&sandbox, folder.path())?;
    send(&office, "letter-1").await?;
    let sent = office.folder.load("letter-1").await?;
    let digest = sent.package_sha256.unwrap();
    let kept = files(&folder.path().join("sent"));
    assert!(kept.len() == 1 && kept[0].contains(&digest), "{kept:?}");

    let id = sent.record.unwrap().job_id();
    let job = sandbox.job(id);
    assert!(job.sign(1).is_err(), "it is not the second signer's turn");
    job.sign(0)?;
    watch_once(&office).await?;
    assert_eq!(office.folder.load("letter-1").await?.stage, Stage::Waiting);
    let signed = folder.path().join("signed");
    assert_eq!(files(&signed), [format!("{id}.1.xml"), format!("{id}.pdf")]);

    job.sign(1)?;
    watch_once(&office).await?;
    let letter = office.folder.load("letter-1").await?;
    assert_eq!(
        (letter.stage, letter.package_sha256),
        (Stage::Signed, Some(digest))
    );
    let expected = ["1.xml", "2.xml", "pdf"].map(|end| format!("{id}.{end}"));
    assert_eq!(files(&signed), expected);
    assert!(std::fs::read(signed.join(format!("{id}.pdf")))?.starts_with(b"%PDF-"));
    assert!(count(&office, "polled") >= 2);
    assert_eq!(count(&office, "confirmed"), 2);
    Ok(())
}

#[tokio::test]
async fn a_lost_response_leaves_the_outcome_unknown_until_the_queue_says() -> Result {
    let (sandbox, folder) = (Sandbox::start().await?, tempfile::tempdir()?);
    let office = start(&sandbox, folder.path())?;
    sandbox.faults().next(1, Endpoint::Create, Fault::DropAfter);
    let error = send(&office, "letter-1").await.unwrap_err();
    assert_eq!(reaction(&error), Reaction::OutcomeUnknown);
    assert!(
        send(&office, "letter-1").await.is_err(),
        "it is not sent twice"
    );
    assert_eq!(sandbox.jobs().len(), 1);
    assert_eq!(office.folder.load("letter-1").await?.stage, Stage::Sending);

    sandbox.jobs()[0].reject(0)?;
    watch_once(&office).await?;
    assert_eq!(office.folder.load("letter-1").await?.stage, Stage::Failed);
    Ok(())
}

#[tokio::test]
async fn a_restarted_program_goes_on_from_its_folder() -> Result {
    let (sandbox, folder) = (Sandbox::start().await?, tempfile::tempdir()?);
    let office = start(&sandbox, folder.path())?;
    send(&office, "letter-1").await?;
    send(&office, "letter-2").await?;
    sandbox.jobs()[0].sign_current_group()?;
    // It is killed when it has been given the change, before anything is stored.
    let polled = sandbox.client()?.status_change(None).await?;
    assert!(polled.change.is_some());
    drop(office);

    let office = start(&sandbox, folder.path())?;
    assert!(office.cancel("letter-2").await?);
    assert!(!office.cancel("letter-2").await?, "it has ended");
    sandbox.clock().advance(Duration::from_secs(600));
    watch_once(&office).await?;
    let first = office.folder.load("letter-1").await?;
    assert_eq!(first.record.unwrap().signers_with_xades().count(), 1);
    assert_eq!(office.folder.load("letter-2").await?.stage, Stage::Failed);
    Ok(())
}

#[tokio::test]
async fn documents_are_deleted_when_it_is_allowed() -> Result {
    let (sandbox, folder) = (Sandbox::start().await?, tempfile::tempdir()?);
    let office = start(&sandbox, folder.path())?;
    send(&office, "letter-1").await?;
    let job = sandbox.jobs().remove(0);
    job.set_digital_mailbox(1, false)?;
    while !job.sign_current_group()?.is_empty() {}
    assert_eq!(job.state()?, JobState::CompletedSuccessfully);
    // The second change is on the queue when the first is confirmed.
    watch_once(&office).await?;
    watch_once(&office).await?;
    assert_eq!(office.folder.load("letter-1").await?.stage, Stage::Signed);

    assert!(!office.delete_documents("letter-1").await?);
    sandbox.clock().advance(DAY);
    assert!(
        !office.delete_documents("letter-1").await?,
        "a signer has no mailbox"
    );
    sandbox.clock().advance(6 * DAY);
    assert!(office.delete_documents("letter-1").await?);
    assert_eq!(office.folder.load("letter-1").await?.stage, Stage::Deleted);
    Ok(())
}

#[tokio::test]
async fn an_outage_is_waited_for_and_counted() -> Result {
    let (sandbox, folder) = (Sandbox::start().await?, tempfile::tempdir()?);
    let office = start(&sandbox, folder.path())?;
    send(&office, "letter-1").await?;
    sandbox.jobs()[0].reject(0)?;
    sandbox.faults().next(2, Endpoint::Poll, Fault::Status(503));
    watch_once(&office).await?;
    assert_eq!(office.folder.load("letter-1").await?.stage, Stage::Failed);
    assert_eq!(count(&office, "errors: RetryLater"), 2);
    Ok(())
}

#[tokio::test]
async fn errors_say_who_acts() -> Result {
    let (sandbox, folder) = (Sandbox::start().await?, tempfile::tempdir()?);
    let office = start(&sandbox, folder.path())?;
    let refused = Fault::error_document(400, "SCHEMA_VALIDATION_ERROR");
    for (reference, fault, expected) in [
        ("lost", Fault::DropBefore, Reaction::OutcomeUnknown),
        ("by-proxy", Fault::Status(503), Reaction::OutcomeUnknown),
        ("refused", refused, Reaction::AskPerson),
    ] {
        sandbox.faults().next(1, Endpoint::Create, fault);
        let error = send(&office, reference).await.unwrap_err();
        assert_eq!(reaction(&error), expected, "{error}");
    }
    assert_eq!(sandbox.jobs().len(), 0);
    // What was refused may be sent again.
    send(&office, "refused").await?;

    // Certificate and access are right for another organisation only.
    let stranger = OrganizationNumber::new("988015814")?;
    let certificate = sandbox.issue(&stranger, Validity::around(sandbox.clock().now()))?;
    let client = PortalClient::builder(sandbox.root_url().parse()?, certificate, Sector::Public)
        .trust(sandbox.server_trust()?)
        .sender(Sender::from(stranger))
        .build_over(HyperTransport::new)?;
    let office = Office::open(client, folder.path().to_owned())?;
    let error = send(&office, "letter-3").await.unwrap_err();
    assert_eq!(reaction(&error), Reaction::FixConfiguration, "{error}");
    assert_eq!(count(&office, "errors: FixConfiguration"), 1);
    let error = watch_once(&office).await.unwrap_err();
    assert_eq!(
        Reaction::from(&error),
        Reaction::FixConfiguration,
        "{error}"
    );

    // A package that cannot be kept is not sent.
    let office = start(&sandbox, folder.path())?;
    std::fs::remove_dir_all(folder.path().join("sent"))?;
    std::fs::write(folder.path().join("sent"), "not a folder")?;
    let error = send(&office, "letter-4").await.unwrap_err();
    assert_eq!(reaction(&error), Reaction::FixConfiguration, "{error}");
    assert_eq!(sandbox.jobs().len(), 1);

    // Nobody listens any more, so that nothing was sent.
    let office = start(&sandbox, &folder.path().join("another"))?;
    drop(sandbox);
    let error = send(&office, "letter-5").await.unwrap_err();
    assert_eq!(reaction(&error), Reaction::RetryLater, "{error}");
    assert!(office.folder.load("letter-5").await.is_err());
    Ok(())
}
