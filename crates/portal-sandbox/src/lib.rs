//! A stand-in for the portal service of Posten signering, to embed in tests or to run as a server.
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
//! // Time runs, and can be moved ahead, so that nothing has to sleep.
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
//! With the feature `client` there is no need to put these together: `sandbox.client()?` is a client that is
//! ready, and `sandbox.client_builder()?` takes settings first; `sandbox.client_with_tokens()?` authenticates by
//! access tokens.
//!
//! # Features
//! | feature | default | adds |
//! |---|---|---|
//! | `client` | no | `Sandbox::client` and `Sandbox::client_builder`, and the same `_with_tokens`: the client of portal-client, on the sandbox's time |
//!
//! # What it does
//! Everything that the documented API does, over real mutual TLS (1.2 and 1.3) and HTTP/1.1: create,
//! poll, confirm, cancel, download (PAdES and XAdES), delete, archive, and the root resource that
//! tells who is calling. Packages are opened and verified, manifests checked against the schema and
//! every rule of [`portal_rules`]; what is not right is refused with the service's error document,
//! and no part of it is kept. The caller's organisation, by client certificate or access token, must be the
//! one in the URL, or have broker rights for it.
//!
//! [`SandboxBuilder::token_endpoint`] opens the second way in: access tokens by OAuth's client credentials over
//! mutual TLS, which stand in for the client certificate on the API. A call with neither gets 401.
//!
//! It is strict where the service's leniency is not documented: a client that passes here has less
//! to fear there. It never talks to the service, and nothing that it makes has any legal effect.
//!
//! Guides: [testing your integration](guide::testing), [clients in other languages](guide::languages),
//! and [what is documented and what is assumed](guide::assumptions).
//!
//! # Time
//! Every rule about time reads one [`SandboxClock`]: activation, each order group's own period, the
//! ten minutes after which an unconfirmed change returns, the permitted poll time, the 24 hours before
//! deletion and the 40 days after it, and the `Date` of responses. By default it runs with the
//! system's clock, plus what the test has moved it ahead by; one that
//! [stands still](SandboxBuilder::standing_clock) is a choice. [`Sandbox::advance_to_next_event`] goes
//! to whatever is due next.
//!
//! A clock that was moved shuts nobody out: packages may be signed by the real time or by the
//! sandbox's, and certificates hold for decades.
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
//! and nothing personal is shown unless it is asked for by `reveal=true`, which only programs on this
//! machine and the sandbox's own pages may. `GET /management` lists all calls,
//! `/management/openapi.json` describes them (OpenAPI 3.1). In paths, `last` is the newest open job.
//!
//! | call | does |
//! |---|---|
//! | `GET` | the sandbox as a whole: root URL, organisations, clock, these calls |
//! | `GET /health` | responds once the sandbox serves |
//! | `GET /sample` | the body of a create call, signed now |
//! | `GET /jobs` | all open jobs: state, times, signers; `?reference=` finds jobs, ended ones too |
//! | `GET /jobs/1` | one of them, or how it ended |
//! | `GET /jobs/1/messages` | the messages to its signers by e-mail and SMS, sent and due: kind, time, no text |
//! | `POST /jobs/1/sign` | everybody signs whose turn it is: `{"signed": [0, 1]}` |
//! | `POST /jobs/1/signers/0/sign` | one signer acts; also `reject`, `enter-wrong-code`, `block`, `reserve`, `miss-contact-information`, `lack-name`, and `have-mailbox`, `lack-mailbox` |
//! | `GET /clock` | the time, and what time will do next |
//! | `POST /clock/advance` | moves it ahead by `{"seconds": 600}` |
//! | `POST /clock/set` | moves it to `{"to": "2026-03-01T08:00:00Z"}` |
//! | `POST /clock/next-event` | moves it to what time will do next |
//! | `GET /journal` | every call: number, time, caller, method, path, query, status, sizes; filtered by `job`, `operation`, `from`, `until`; `documents=true` adds what was said |
//! | `GET /journal/1` | one call with request document, manifest and response |
//! | `DELETE /journal` | forgets them |
//! | `POST /faults` | lets calls [go wrong](Fault): `{"calls": 3, "endpoint": "poll", "fault": {"status": 503}}`, or at random, `{"seed": 7, "rates": [{"endpoint": "any", "fault": "drop-after", "rate": 0.05}]}` |
//! | `GET /faults` | what is still to go wrong |
//! | `DELETE /faults` | nothing goes wrong any more |
//! | `GET /tokens` | the token endpoint: address, resource, registrations, how many tokens hold |
//! | `POST /tokens/expire` | ends every [access token](AccessTokens) issued so far |
//! | `POST /tokens/revoke` | revokes the registered certificates: calls get 401, the endpoint `invalid_client` |
//! | `POST /tokens/refuse` | lets the endpoint refuse the next requests: `{"requests": 2}` |
//! | `POST /tokens/restore` | takes `revoke` and `refuse` back |
//! | `POST /reset` | forgets all jobs, queues, calls and faults to come |
//!
//! What is not possible gets 404 or 409 and `{"problem": "..."}`. Calls from web pages of
//! other sites are refused.

pub mod guide {
    //! Longer texts about the use of a sandbox. There is no code here.

    #[doc = include_str!("../docs/testing.md")]
    pub mod testing {}

    #[doc = include_str!("../docs/languages.md")]
    pub mod languages {}

    #[doc = include_str!("../docs/assumptions.md")]
    pub mod assumptions {}
}

mod access_tokens;
mod builder;
mod certificates;
mod change_signal;
#[cfg(feature = "client")]
mod client;
mod client_files;
#[cfg(feature = "client")]
mod client_with_tokens;
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
mod norway;
mod observer;
mod organization;
mod page;
mod pdf;
mod personal;
mod sandbox;
mod service;
mod shared;
mod start;

pub use access_tokens::{AccessTokens, RegistrationError, TokenRegistration};
pub use builder::SandboxBuilder;
pub use certificates::{SubjectProfile, Validity};
pub use client_files::ClientFiles;
pub use clock::{ClockError, SandboxClock};
pub use error::{ClientFilesError, IssueError, StartError};
pub use faults::{Endpoint, Fault, FaultRate, FaultRates, Faults, PlannedFault, StatusWithHeaders};
pub use http::{CancelStatus, ResponseStyle, ServerChain};
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
    ActError, ChangeState, EarlyPoll, JobId, JobState, Need, ParallelChanges, SignerAct,
    SignerState, UpcomingEvent,
};
