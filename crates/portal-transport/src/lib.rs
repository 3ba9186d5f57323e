//! HTTP for Posten signering behind one object-safe trait, with mutual TLS or access tokens.
//!
//! ```
//! use portal_certificate::EnterpriseCertificate;
//! use portal_transport::{
//!     Body, HyperTransport, ServerTrust, ServiceRoot, TlsSettings, Transport, TransportSettings,
//! };
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let identity = EnterpriseCertificate::from_pkcs12(&std::fs::read("sender.p12")?, "password")?;
//! let root = ServiceRoot::test();
//! let trust = ServerTrust::of_root(&root)?;
//! let url = root.join("/123456789/portal/signature-jobs")?;
//! let transport =
//!     HyperTransport::new(TransportSettings::new(root, TlsSettings::new(identity, trust)))?;
//!
//! let response = transport.send(http::Request::get(url).body(Body::empty())?).await?;
//! if response.status().is_success() {
//!     let xml = response.into_body().collect(1024 * 1024).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is here
//!
//! | | |
//! |---|---|
//! | [`Transport`] | the trait: a request with a streamed body in, a response with a streamed body out |
//! | `ReqwestTransport`, [`HyperTransport`] | the implementations; one is chosen by its type |
//! | [`Retrying`], [`RateLimit`] | layers above the trait: retries, and ten requests a second |
//! | [`BearerAuth`], [`TokenSource`] | access tokens in place of the client certificate |
//! | [`Reservation`], [`SendBy`] | for requests that age: a place in the rate limit, and a latest moment |
//! | [`Verdict`], [`CreateVerdict`], [`RateBlock`] | what an outcome means, in one table |
//! | [`TransportService`], [`ServiceTransport`] | to and from `tower::Service`, for other layers |
//! | [`Body`] | bytes, a reader or a stream; with its size, progress, and a limit on collecting |
//! | [`ServerTrust`] | the issuers whose servers are trusted: those known for the environment, or custom ones |
//! | [`TrustAnchors`] | the issuers' certificates from files, matched against those known |
//!
//! # Features
//!
//! | feature | default | |
//! |---|---|---|
//! | `reqwest` | yes | `ReqwestTransport`; [`HyperTransport`] is always there |
//! | `test-util` | no | `test_util`: a scripted transport, and a clock that never waits |
//!
//! # Mutual TLS
//!
//! [`TlsSettings`] takes the sender's certificate and which servers to trust. The certificate is
//! left out only where access tokens take its place. No switch turns a check off. The TLS versions are 1.2 and 1.3, the
//! cryptography is aws-lc-rs, given to rustls directly: the process-wide default provider is not
//! touched. A request goes only to URLs under the [`ServiceRoot`].
//!
//! What happens in situations that are not right, on both transports and both versions of TLS:
//!
//! | situation | outcome |
//! |---|---|
//! | server of another organisation | [`TlsFailure::OtherOrganization`] |
//! | server whose number only begins like the right one | [`TlsFailure::OtherOrganization`] |
//! | server with a person's certificate | [`TlsFailure::PersonalCertificate`] |
//! | server with an authority's own certificate | [`TlsFailure::AuthorityAsServer`] |
//! | server that has the certificate but not its key | [`TlsFailure::NoProofOfKey`] |
//! | server certified by another authority, of the same name too | [`TlsFailure::UnknownIssuer`] |
//! | server certified by a certificate that may not issue any | [`TlsFailure::IssuerMayNotIssue`] |
//! | server with a name outside its authority's name constraints | [`TlsFailure::NameConstraints`] |
//! | server's certificate expired | [`TlsFailure::Expired`] |
//! | server's certificate not yet valid | [`TlsFailure::NotYetValid`] |
//! | server's certificate signed by itself | [`TlsFailure::UnknownIssuer`], which says so |
//! | server certified for the other environment | [`TlsFailure::OtherEnvironment`], if that is known of its issuer |
//! | server certified under a trust anchor outside its dates | [`TlsFailure::AnchorOutsideDates`] |
//! | server leaves out its intermediate | accepted if the intermediate is a trust anchor, as the known ones are; else [`TlsFailure::UnknownIssuer`] |
//! | server sends its chain in the wrong order | accepted |
//! | server's certificate not for TLS servers (key usage or extended key usage) | [`TlsFailure::WrongUsage`] |
//! | server's certificate has DNS names, but not the host's | accepted and reported: [`TlsSettings::with_server_observer`] |
//! | client without certificate, or with another one's key | can't be made: `portal_certificate::LoadError` |
//! | server that demands a client certificate where access tokens are used | [`TlsFailure::ClientCertificateDemanded`] |
//! | client that the server does not accept | [`TlsFailure::ClientCertificateRefused`] |
//! | server that does not ask for a client certificate | [`TlsFailure::ClientCertificateNotAsked`] |
//! | server that takes no signature the client's key can make | [`TlsFailure::NoCommonSignatureScheme`] |
//! | plain HTTP | [`TlsFailure::NotTls`] |
//!
//! In none of them has the server received any of the request, and the error says so, with one
//! exception: in TLS 1.3 a refusal of the client's certificate can come after the request, and then
//! only a body that was not fully handed over proves that the server can't have it. The texts
//! say what was expected, what was seen (subject, issuer, serial number, dates) and the likely
//! cause; names that the server chose are escaped and cut at 100 characters. Two limits: a
//! certificate whose only extended key usage is `anyExtendedKeyUsage` is refused, and a server that
//! asks for the client's certificate only after the handshake (renegotiation) is not supported.
//!
//! So that a refusal in TLS 1.3 is seen for what it is, a request's body of more than 4 kB waits
//! for 50 to 500 ms (as long as connecting took) on a new connection of that version. The service
//! itself speaks TLS 1.2, where nothing waits.
//!
//! # Access tokens
//!
//! Instead of showing its certificate to the service, a client can show it to the service's token
//! endpoint and send the token that it gets there: [`TokenSettings`] says how, [`BearerAuth`] is
//! the layer that does it. The API then sees no client certificate; its server is checked as
//! always. The endpoint's server is checked like a web server's, by the system's roots. A 401 that
//! the layer returns has [`TokenRejected`] among its extensions, which says whether another attempt
//! gets a new token.
//!
//! # Errors and retries
//!
//! A response with any status is `Ok`. A [`TransportError`] has a [kind](ErrorKind), and says
//! whether the [request may have reached the
//! service](TransportError::request_may_have_reached_service). What that means for another attempt
//! is in [`Verdict`], and [`Retrying`] goes by it: a job is never created again once it may have
//! been created. The time limits are described at [`Timeouts`].
//!
//! # Spans
//!
//! For each attempt at a request there is one span `portal.request` of `tracing` (level debug),
//! closed when the response's body has been read or dropped. Its fields can serve as metrics under
//! the same names.
//!
//! | field | |
//! |---|---|
//! | `method`, `path` | the path with everything but plain words as `{}`, without the query |
//! | `attempt` | 1, and more through [`Retrying`] |
//! | `status` | of the response |
//! | `request_bytes`, `response_bytes` | sizes of the bodies, the response's as far as it was read |
//! | `head_ms`, `total_ms` | to the head of the response, and to the end of its body |
//! | `error` | the [name](ErrorKind::name) of the failure's kind |
//!
//! Nothing else is recorded: no query, no header, no body, no numbers of jobs, organisations or
//! persons, and no name that a server chose.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod access_token;
mod anchors;
mod body;
mod clock;
mod connect;
mod error;
mod exchange;
mod failure;
mod http_date;
mod hyper_transport;
mod in_flight;
mod observe;
mod proxy;
mod rate_limit;
#[cfg(feature = "reqwest")]
mod reqwest_transport;
mod resolution;
mod retry;
#[cfg(feature = "test-util")]
mod scripted;
mod send_by;
mod service_root;
mod settings;
#[cfg(feature = "test-util")]
mod test_clock;
mod timeouts;
mod tls;
mod tower_adapter;
mod transport;
mod verdict;

pub use access_token::{BearerAuth, TokenRejected, TokenSettings, TokenSource};
pub use anchors::{AnchorError, AnchorNotice, KNOWN_ANCHORS, KnownAnchor, TrustAnchors};
pub use body::{Body, Progress};
pub use clock::{Clock, SharedClock, SystemClock};
pub use error::{
    ConfigError, ErrorKind, RequestBodyProblem, SeenCertificate, TlsFailure, TokenFailure,
    TransportError,
};
pub use http_date::{http_date, response_date, retry_after};
pub use hyper_transport::HyperTransport;
pub use portal_model::EnvironmentKind;
pub use proxy::Proxy;
pub use rate_limit::{RateLimit, Reservation};
#[cfg(feature = "reqwest")]
pub use reqwest_transport::ReqwestTransport;
pub use resolution::Resolution;
pub use retry::{Attempt, Idempotency, RetryPolicy, Retrying};
pub use send_by::SendBy;
pub use service_root::ServiceRoot;
pub use settings::TransportSettings;
pub use timeouts::{TimeoutKind, Timeouts};
pub use tls::{SeenServer, ServerAnchor, ServerTrust, TlsSettings, TlsVersion};
pub use tower_adapter::{ServiceTransport, TransportService};
pub use transport::{BoxFuture, OperationClass, Transport};
pub use verdict::{CreateVerdict, RateBlock, Verdict, status_is_transient};

/// Stand-ins for tests, behind the feature `test-util`.
#[cfg(feature = "test-util")]
pub mod test_util {
    pub use crate::scripted::{RecordedRequest, ScriptedTransport};
    pub use crate::test_clock::TestClock;
}
