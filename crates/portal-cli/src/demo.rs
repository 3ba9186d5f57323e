//! `portal demo`: the whole portal flow against a sandbox inside this process.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use portal_client::{
    Authentication, Document, Environment, Job, NextPoll, Notification, PortalClient,
    PortalSignatureJobStatus, Sector, Sender, Signer, SignerStatus, StatusChange,
};
use portal_sandbox::{Certificate, Sandbox, sample_pdf};
use portal_transport::ServerTrust;

use crate::arguments::Demo;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::steps::Steps;

/// Why the demo did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    #[error("the sandbox could not be started")]
    Sandbox(#[from] portal_sandbox::StartError),
    #[error("the client's settings are not right")]
    Configuration(#[from] portal_transport::ConfigError),
    #[error("the client could not be set up")]
    SetUp(#[from] portal_client::BuildError),
    #[error("the job was not built; nothing was sent")]
    Job(#[from] portal_client::JobError),
    #[error("a call failed")]
    Operation(#[from] portal_client::Error),
    #[error("a signed document was not saved")]
    Download(#[from] portal_client::DownloadError),
    #[error("a signer of the sandbox could not sign")]
    Signing(#[from] portal_sandbox::ActError),
    #[error("the folder {} for the signed documents cannot be made or written to; name another with --out", folder.display())]
    Folder { folder: PathBuf, source: io::Error },
    #[error("the account of the demo could not be written")]
    Output(#[from] io::Error),
    #[error("{0}")]
    NotAsExpected(&'static str),
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        match error {
            DemoError::Job(error) => error.into(),
            DemoError::Operation(error) => error.into(),
            DemoError::Download(error) => Self::from(portal_client::Error::from(error)),
            DemoError::Output(error) => error.into(),
            DemoError::Folder { .. } | DemoError::Sandbox(_) => {
                Self::of(Exit::Computer, "demo", &error)
            }
            error => Self::of(Exit::NotRight, "demo", &error),
        }
    }
}

/// Runs the demo and writes its account to `out`.
pub(crate) async fn run(options: &Demo, is_json: bool, out: impl Write) -> Result<(), DemoError> {
    let mut steps = Steps::new(out, is_json);
    make_folder(&options.out)?;

    let mut sandbox = Sandbox::builder().standing_clock().first_job(1);
    if options.tokens {
        sandbox = sandbox.token_endpoint(([127, 0, 0, 1], 0).into());
    }
    let sandbox = sandbox.start().await?;
    steps.done(&format!("Started a sandbox at {}", sandbox.root_url()))?;

    let client = client_of(&sandbox)?;
    let job = job(options, &client)?;
    let signers = job.manifest().signers.len();
    steps.done(&format!(
        "Checked a job of {} documents and {signers} signers in the order 1, 2, 2, 3",
        job.manifest().documents().documents.len(),
    ))?;
    for violation in job.report().violations() {
        steps.detail(&format!(
            "{} {} at {}",
            violation.severity, violation.code, violation.path
        ))?;
    }

    let package = client.package(&job).await?;
    steps.done(&format!(
        "Made and signed its document package, {} bytes",
        package.len()
    ))?;

    let created = client.create(&job).await?;
    let way = if options.tokens {
        "with an access token"
    } else {
        "over mutual TLS"
    };
    steps.done(&format!("Created job {} {way}", created.job_id()))?;

    let mut queue = Queue {
        sandbox: &sandbox,
        client: &client,
        next_poll: None,
    };
    expect(
        queue.poll(&mut steps).await?.is_none(),
        "a change came before anybody had signed",
    )?;

    let at_service = sandbox.job(created.job_id());
    let mut saved = Vec::new();
    for _ in 0..signers {
        let signed = at_service.sign_current_group()?;
        steps.done(&format!("Let {} sign in the sandbox", named(&signed)))?;
        while let Some(change) = queue.poll(&mut steps).await? {
            if change.status() == PortalSignatureJobStatus::CompletedSuccessfully {
                saved = save(&client, &change, &options.out, &mut steps).await?;
            }
            client.confirm(&change).await?;
            steps.done("Confirmed the change")?;
        }
        if !saved.is_empty() {
            break;
        }
    }
    expect(
        saved.len() == signers + 1,
        "the job did not come to its end with every signature",
    )?;
    steps.finish("Every step held. The signed documents:", &saved)?;
    Ok(())
}

/// The sender's side of the default queue. Where a sender would wait, the sandbox's clock moves.
struct Queue<'a> {
    sandbox: &'a Sandbox,
    client: &'a PortalClient,
    next_poll: Option<NextPoll>,
}

impl Queue<'_> {
    /// Polls once, as soon as it is permitted.
    async fn poll(
        &mut self,
        steps: &mut Steps<impl Write>,
    ) -> Result<Option<StatusChange>, DemoError> {
        let clock = self.sandbox.clock();
        if let Some(next_poll) = &self.next_poll {
            let wait = next_poll.wait();
            if !wait.is_zero() {
                clock.advance(wait);
            }
        }
        let polled = self.client.status_change(None).await?;
        let permitted = polled.next_poll.permitted_at;
        self.next_poll = Some(polled.next_poll);
        match &polled.change {
            None => steps.done(&format!(
                "Polled: no change (204); the next poll is permitted at {permitted}"
            ))?,
            Some(change) => {
                steps.done(&format!(
                    "Polled: job {} is {}",
                    change.job_id(),
                    change.status()
                ))?;
                for signature in change.signatures() {
                    steps.detail(&format!(
                        "signer {}: {}",
                        signature.index(),
                        signature.status()
                    ))?;
                }
            }
        }
        Ok(polled.change)
    }
}

/// A client of the sandbox: its trust anchor, its organisation number, its clock, and the sender's
/// certificate that it has issued.
fn client_of(sandbox: &Sandbox) -> Result<PortalClient, DemoError> {
    let environment = Environment::custom(sandbox.root_url())?;
    let trust = ServerTrust::new([sandbox.trust_anchor_der()])?
        .with_organization_number(sandbox.server_organization().clone());
    let clock = sandbox.clock().clone();
    let certificate = sandbox.sender_certificate().clone();
    let mut builder = PortalClient::builder(environment, certificate, Sector::Public)
        .trust(trust)
        .sender(Sender::from(sandbox.sender().clone()))
        .clock(move || clock.now());
    let registrations = sandbox.access_tokens().registrations();
    if let (Some(endpoint), Some(registered)) = (sandbox.token_endpoint(), registrations.first()) {
        let root = Certificate::from_der(sandbox.token_trust_anchor_der());
        builder = builder
            .authentication(Authentication::token(
                registered.client_id(),
                registered.broker_id(),
            ))
            .token_endpoint(endpoint)
            .token_endpoint_roots(root);
    }
    Ok(builder.build()?)
}

/// The documentation's sample signers, in a chained order, by number and by contact information.
fn job(options: &Demo, client: &PortalClient) -> Result<Job, DemoError> {
    Ok(client
        .job("Tenancy agreement with house rules")
        .nonsensitive_title("Documents to sign")
        .documents(documents(&options.documents))
        .signer(
            Signer::by_personal_number("12345678910", Notification::email("signer1@example.com"))
                .order(1),
        )
        .signer(Signer::by_email("signer2@example.com").order(2))
        .signer(Signer::by_personal_number("01013300001", Notification::lookup_with_sms()).order(2))
        .signer(Signer::by_email_and_mobile("signer3@example.com", "99999999").order(3))
        .available_for(Duration::from_secs(10 * 24 * 60 * 60))
        .reference("demo-1")
        .build_blocking()?)
}

fn documents(paths: &[PathBuf]) -> Vec<Document> {
    if paths.is_empty() {
        let agreement = sample_pdf(
            "Tenancy agreement",
            &[
                "The rent is due on the first day of each month.",
                "Notice is three months.",
            ],
        );
        let rules = sample_pdf("House rules", &["Quiet hours are from 23 to 7."]);
        return vec![
            Document::pdf("Tenancy agreement", agreement),
            Document::pdf("House rules", rules),
        ];
    }
    paths
        .iter()
        .map(|path| Document::pdf(title_of(path), path.clone()))
        .collect()
}

/// A file's name without its ending, as much of it as a title may have.
fn title_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    stem.to_string_lossy().chars().take(80).collect()
}

fn make_folder(folder: &Path) -> Result<(), DemoError> {
    fs::create_dir_all(folder).map_err(|source| DemoError::Folder {
        folder: folder.to_owned(),
        source,
    })
}

/// Downloads the PAdES and each signer's XAdES.
async fn save(
    client: &PortalClient,
    change: &StatusChange,
    folder: &Path,
    steps: &mut Steps<impl Write>,
) -> Result<Vec<PathBuf>, DemoError> {
    let mut signatures = change.signatures().iter();
    expect(
        signatures.all(|signature| *signature.status() == SignerStatus::SIGNED),
        "a job is complete that not all have signed",
    )?;

    let pades = folder.join("signed.pdf");
    let length = client.pades(change).await?.save_over(&pades).await?;
    steps.done(&format!("Downloaded the PAdES, {length} bytes"))?;
    let mut saved = vec![pades];
    for signer in change.record().signers_with_xades() {
        let xades = folder.join(format!("signer-{signer}.xades.xml"));
        let length = client
            .xades(change, signer)
            .await?
            .save_over(&xades)
            .await?;
        steps.done(&format!(
            "Downloaded the XAdES of signer {signer}, {length} bytes"
        ))?;
        saved.push(xades);
    }
    Ok(saved)
}

/// Signers as people count them.
fn named(signers: &[usize]) -> String {
    let numbers: Vec<String> = signers
        .iter()
        .map(|signer| format!("signer {}", signer + 1))
        .collect();
    numbers.join(" and ")
}

fn expect(held: bool, otherwise: &'static str) -> Result<(), DemoError> {
    if held {
        Ok(())
    } else {
        Err(DemoError::NotAsExpected(otherwise))
    }
}
