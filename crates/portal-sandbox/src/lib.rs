//! A stand-in for the portal service of Posten signering, to embed in tests.
//!
//! ```
//! use std::time::Duration;
//! use portal_sandbox::Sandbox;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A server on 127.0.0.1, with certificates made on the spot; gone when dropped.
//! let sandbox = Sandbox::start().await?;
//!
//! // What a client needs to call it.
//! println!("root of the API: {}", sandbox.root_url());
//! println!("trust this: {}", sandbox.trust_anchor_pem());
//! println!("demand organisation {} of it", sandbox.server_organization());
//! let _identity = sandbox.sender_certificate();
//!
//! // Time stands still until it is moved, so that nothing has to sleep.
//! sandbox.clock().advance(Duration::from_secs(600));
//!
//! // The signers' side: once the client has created a job, let its signers act.
//! for job in sandbox.jobs() {
//!     while !job.sign_current_group()?.is_empty() {}
//! }
//! assert_eq!(sandbox.journal(), []);
//! # Ok(())
//! # }
//! ```
//!
//! # What it does
//! Everything that the documented API does, over real mutual TLS (1.2 and 1.3) and HTTP/1.1: create,
//! poll, confirm, cancel, download (PAdES and XAdES), delete, archive, and the root resource that
//! tells who is calling. Packages are opened and verified, manifests checked against the schema and
//! every rule of [`portal_rules`]; what is not right is refused with the service's error document,
//! and no part of it is kept. The client certificate's organisation must be the one in the URL, or
//! have broker rights for it.
//!
//! It is strict where the service's leniency is not documented: a client that passes here has less
//! to fear there. It never talks to the service, and nothing that it makes has any legal effect.
//!
//! # Time
//! Every rule about time reads one [`SandboxClock`]: activation, each order group's own period, the
//! ten minutes after which an unconfirmed change returns, the permitted poll time, the 24 hours before
//! deletion and the 40 days after it, the signing time of packages, the dates of client certificates,
//! and the `Date` of responses. [`Sandbox::advance_to_next_event`] goes to whatever is due next. A client under test
//! signs packages by its own clock, so give it the sandbox's, or start the sandbox with
//! [`SandboxClock::real`].
//!
//! # Faults on purpose
//! [`Sandbox::faults`] lets calls go wrong: refused with any status, late, dropped before or after they
//! are handled, cut short, garbled, or with what the schema leaves room for and nobody expects. A
//! script says which calls, or a seed how many; the same script or seed and the same calls give the
//! same faults, and the journal tells which call met which. Without faults a create that was handled
//! always gets its response; with [`Fault::DropAfter`] a client can show that it does not create twice.
//!
//! # The page
//! [`SandboxBuilder::management`] opens a second port: plain HTTP, for the loopback address. A browser
//! finds there, at [`page_url`](Sandbox::page_url), what a developer looks at while integrating:
//!
//! | page | shows |
//! |---|---|
//! | `/` | the clock, to be moved; jobs with their order groups and time left; queues with what is ready, leased and until when; the latest calls |
//! | `/jobs/1` | signers with a button for all that can happen to them, and each one's inbox; what the client may call; the calls about the job |
//! | `/journal` | all calls |
//! | `/journal/1` | request and response, the manifest in the package among it, as indented XML |
//! | `/sign/...` | the signer's own page, under the link in the message: security code, documents, sign or refuse |
//!
//! Open pages follow what happens, and work without scripts too. Personal numbers, addresses and mobile
//! numbers stay on the server until they are asked for, one by one.
//!
//! The inbox holds what the service would send, when and by which channel, with the reminders of its
//! documented schedule; so does [`SandboxJob::messages`]. Its words are the sandbox's own. Offers of a
//! digital mailbox after signing are left out.
//!
//! # From outside the process
//! The same port serves programs that can't call this library, in JSON. All paths begin with
//! [`management_url`](Sandbox::management_url); signers are counted from 0, in the manifest's order,
//! and no response holds anything personal.
//!
//! | call | does |
//! |---|---|
//! | `GET` | the sandbox as a whole: root URL, organisations, clock |
//! | `GET /jobs` | all open jobs: state, times, signers |
//! | `GET /jobs/1` | one of them |
//! | `GET /jobs/1/messages` | what its signers were told and will be, by e-mail and SMS: kind, time, no text |
//! | `POST /jobs/1/sign` | everybody signs whose turn it is: `{"signed": [0, 1]}` |
//! | `POST /jobs/1/signers/0/sign` | one signer acts; also `reject`, `enter-wrong-code`, `block`, `reserve`, `miss-contact-information`, `lack-name`, and `have-mailbox`, `lack-mailbox` |
//! | `GET /clock` | the time, and what time will do next |
//! | `POST /clock/advance` | moves it ahead by `{"seconds": 600}` |
//! | `POST /clock/set` | moves it to `{"to": "2026-03-01T08:00:00Z"}` |
//! | `POST /clock/next-event` | moves it to what time will do next |
//! | `GET /journal` | every call: number, time, caller, method, path, query, status, sizes |
//! | `DELETE /journal` | forgets them |
//! | `POST /faults` | lets calls [go wrong](Fault): `{"calls": 3, "endpoint": "poll", "fault": {"status": 503}}`, or at random, `{"seed": 7, "rates": [{"endpoint": "any", "fault": "drop-after", "rate": 0.05}]}` |
//! | `GET /faults` | what is still to go wrong |
//! | `DELETE /faults` | nothing goes wrong any more |
//! | `POST /reset` | forgets all jobs, queues, calls and faults to come |
//!
//! What is not possible gets 404 or 409 and `{"problem": "..."}`. Calls from web pages of
//! other sites are refused.
//!
//! # For clients in other languages
//! `portal sandbox` (of this workspace's `portal-cli`) runs a sandbox with a real clock and the
//! page, by default on the ports 8443 and 8444, and writes what a client needs to a folder,
//! as [`Sandbox::write_client_files`] does for a program: `sender.p12` (alias `sender`, password
//! `sandbox`), the same as PEM, the trust anchor in `trust/`, and all addresses in `sandbox.json`.
//!
//! The official Java client takes it by documented settings alone:
//!
//! ```java
//! ServiceEnvironment sandbox = new ServiceEnvironment("sandbox",
//!         URI.create("https://127.0.0.1:8443/api"), List.of("portal-sandbox/trust"));
//! KeyStoreConfig sender = KeyStoreConfig.fromOrganizationCertificate(
//!         Files.newInputStream(Path.of("portal-sandbox/sender.p12")), "sandbox");
//! PortalClient client = new PortalClient(ClientConfiguration.builder(sender)
//!         .serviceEnvironment(sandbox)
//!         .serverOrganizationNumber("984661185")
//!         .defaultSender(new Sender("123456789"))
//!         .build());
//! ```
//!
//! It takes a *folder* of trust anchors, in which every file has to be a certificate; hence `trust/`.
//! Signers are then made to sign over the management API:
//! `curl -X POST http://127.0.0.1:8444/management/jobs/1/sign`.
//!
//! - Once the sandbox's clock was moved, packages signed by the system's time are refused. Give the
//!   client a `java.time.Clock` that follows, by `.clock(...)`.
//! - The client repeats a poll by itself, one second after a 429: an early poll arrives twice, and
//!   `TooEagerPollingException` does not tell the new time. `POST /clock/next-event` saves waiting.
//! - More than ten calls in a second get 429 for 30 s, as by the service;
//!   `--no-call-limit` spares test suites that.
//! - `Signature.is(...)` of version 7.0.4 compares objects that are not the same one. Compare
//!   `getStatus()` with `equals`.
//!
//! `tests/interop/java` of this workspace runs that client through the whole flow;
//! `cargo xtask interop` starts it.
//!
//! # Where the documentation leaves room
//! - Each change of a job is queued by itself, with the state that the job had then: one for what a
//!   signer does, with all that follows of it, one for a cancellation, one for an expiry. A queue hands
//!   its changes out in the order in which they happened. URLs are those of that state, except that
//!   none leads to documents that are gone since; the PAdES behind them has all signatures so far.
//! - Confirming settles all changes of the job that were handed out so far, and none that were not.
//!   Once the change that ended the job was handed out, confirming closes the job.
//! - A change that returns after ten minutes takes its old place, before every later change. It never
//!   returns when a later change of the same job was handed out meanwhile: that one returns instead,
//!   so that no client sees a job go back in time.
//! - Cancelling and expiry fall on the signers whose turn it is (`CANCELLED`, `EXPIRED`); everybody
//!   else who has not signed becomes `NOT_APPLICABLE`, as after a refusal.
//! - `delete-documents-url` stands in every response about a completed job, so that it can be stored for
//!   later. It works from 24 hours after the last signature, also once the job is confirmed; from 7
//!   days after it when a signer has no digital mailbox ([`SandboxJob::set_digital_mailbox`]), for
//!   which the documentation says "up to 7 days". Until then the response is 409 with the time.
//! - After the end of a job is confirmed, everything else about it gives 404.
//! - Three wrong security codes block a signer.
//! - Error codes that begin with `SANDBOX_` stand where the service's own are not published.
//! - The PAdES is a PDF with a front page, marked as without legal effect, and all pages of all
//!   documents, signed as PAdES baseline B-B asks for by a certificate named
//!   `O=SANDBOX - NO LEGAL EFFECT`. A reader finds the signature valid and its issuer unknown. The
//!   time in it is that of the last signer's signature. Signature fields that a document came with
//!   are left out, as their signatures hold for that document's own file.
//! - The XAdES of each signer is signed with a certificate that names the signer as
//!   `identifier-in-signed-documents` says, issued by the sandbox on its own key. Nobody is
//!   given a name: the first signer is `Sandbox signer 1`. A personal number is also in the subject's
//!   `serialNumber`, as `PNONO-12345678910` (ETSI EN 319 412-1).

mod builder;
mod certificates;
mod change_signal;
mod client_files;
mod clock;
mod documents;
mod error;
mod faults;
mod http;
mod job;
mod journal;
mod links;
mod management;
mod messages;
mod observer;
mod organization;
mod page;
mod pdf;
mod personal;
mod sandbox;
mod service;
mod shared;

pub use builder::SandboxBuilder;
pub use certificates::{SubjectProfile, Validity};
pub use client_files::ClientFiles;
pub use clock::{ClockError, SandboxClock};
pub use error::{ClientFilesError, IssueError, StartError};
pub use faults::{Endpoint, Fault, FaultRate, FaultRates, Faults, PlannedFault};
pub use http::{CancelStatus, ResponseStyle};
pub use job::{SandboxJob, SignerStanding};
pub use journal::JournalEntry;
pub use messages::{Channel, SignerMessage, SignerMessageKind};
pub use observer::RequestEvent;
pub use organization::Organization;
pub use pdf::{DocumentDefect, sample_pdf};
pub use portal_certificate::{Certificate, EnterpriseCertificate};
pub use portal_model::{EnvironmentKind, OrganizationNumber, PersonalIdentificationNumber};
pub use portal_rules::Sector;
pub use sandbox::Sandbox;
pub use service::{
    ActError, ChangeState, EarlyPoll, Event, JobId, JobState, Need, ParallelChanges, SignerAct,
    SignerState,
};
