//! HTTP for Posten signering behind one object-safe trait, with mutual TLS that cannot be got
//! wrong.
//!
//! ```
//! use portal_certificate::EnterpriseCertificate;
//! use portal_transport::{
//!     Body, ReqwestTransport, ServerTrust, ServiceRoot, TlsSettings, Transport, TransportSettings,
//! };
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let identity = EnterpriseCertificate::from_pkcs12(&std::fs::read("sender.p12")?, "password")?;
//! let trust = ServerTrust::from_pem(&std::fs::read("test-anchors.pem")?)?;
//! let root = ServiceRoot::test();
//! let url = root.join("/123456789/portal/signature-jobs")?;
//! let transport =
//!     ReqwestTransport::new(TransportSettings::new(root, TlsSettings::new(identity, trust)))?;
//!
//! let answer = transport.send(http::Request::get(url).body(Body::empty())?).await?;
//! if answer.status().is_success() {
//!     let xml = answer.into_body().collect(1024 * 1024).await?;
//! }
//! # Ok(())
//! # }
//! ```

mod anchors;
mod body;
mod call;
mod clock;
mod connect;
mod error;
mod exchange;
mod failure;
mod hyper_transport;
mod observe;
mod pacing;
mod proxy;
#[cfg(feature = "reqwest")]
mod reqwest_transport;
mod retry;
#[cfg(feature = "test-util")]
mod scripted;
mod service_root;
mod settings;
#[cfg(feature = "test-util")]
mod test_clock;
mod timeouts;
mod tls;
mod tower_adapter;
mod transport;

pub use anchors::{
    AnchorEnvironment, AnchorError, AnchorNotice, KNOWN_ANCHORS, KnownAnchor, TrustAnchors,
};
pub use body::{Body, Progress};
pub use clock::{Clock, SharedClock, SystemClock};
pub use error::{
    ConfigError, ErrorKind, RequestBodyProblem, SeenCertificate, TlsFailure, TransportError,
};
pub use hyper_transport::HyperTransport;
pub use pacing::Pacing;
pub use proxy::Proxy;
#[cfg(feature = "reqwest")]
pub use reqwest_transport::ReqwestTransport;
pub use retry::{Attempt, Repetition, RetryPolicy, Retrying};
pub use service_root::ServiceRoot;
pub use settings::TransportSettings;
pub use timeouts::{TimeoutKind, Timeouts};
pub use tls::{ServerTrust, TlsSettings};
pub use tower_adapter::{ServiceTransport, TransportService};
pub use transport::{BoxFuture, CallClass, Transport};

/// Stand-ins for tests, behind the feature `test-util`.
#[cfg(feature = "test-util")]
pub mod test_util {
    pub use crate::scripted::{RecordedRequest, ScriptedTransport};
    pub use crate::test_clock::TestClock;
}
