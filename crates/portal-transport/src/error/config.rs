//! Settings that can't work.

use std::error::Error;

/// Why a transport or a layer could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A time limit of zero.
    #[error("the {which} time limit is zero: give it a length, or leave it at its default")]
    #[non_exhaustive]
    ZeroTimeout {
        /// Which limit.
        which: &'static str,
    },
    /// The service's root is not usable.
    #[error("the service's root URL: {problem}")]
    #[non_exhaustive]
    ServiceRoot {
        /// What is wrong with it and what would be right.
        problem: &'static str,
    },
    /// No trust anchor was given.
    #[error("no trust anchors: give the issuers' root or intermediate certificates")]
    NoTrustAnchors,
    /// A trust anchor is not a certificate.
    #[error("trust anchor number {number} is not an X.509 certificate in DER or PEM")]
    #[non_exhaustive]
    TrustAnchor {
        /// Counted from 1, in the order given.
        number: usize,
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A trust anchor is not a certification authority's certificate. Whoever has its key could
    /// pass for the service.
    #[error(
        "trust anchor number {number} ({subject}) is not an authority's certificate: take the \
         issuer's root or intermediate certificate instead"
    )]
    #[non_exhaustive]
    NotAnAuthority {
        /// Counted from 1, in the order given.
        number: usize,
        /// The holder's distinguished name.
        subject: String,
    },
    /// Certificate and key of the sender do not work as a TLS identity.
    #[error(
        "the enterprise certificate cannot be used for TLS: check that it is a whole RSA \
         certificate as Buypass or Commfides issue them"
    )]
    #[non_exhaustive]
    Identity {
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The proxy's address is not one.
    #[error("the proxy's host and port do not make an address: give a host name without http://")]
    Proxy,
    /// A proxy in the environment can't be used. Connecting without it would not be what the
    /// environment asks for.
    #[error("the proxy in {variable} can't be used: {problem}")]
    #[non_exhaustive]
    EnvironmentProxy {
        /// The environment variable, such as `HTTPS_PROXY`.
        variable: &'static str,
        /// What is wrong with its value, and what would be right.
        problem: &'static str,
    },
    /// A rate outside 1 to 10 requests per second.
    #[error("{given} requests per second are outside 1 to 10, which the service allows")]
    #[non_exhaustive]
    CallsPerSecond {
        /// The rate that was asked for.
        given: u32,
    },
    /// The program's part of the User-Agent can't stand in a header.
    #[error("the User-Agent part must be printable ASCII without brackets")]
    UserAgent,
    /// The HTTP library could not be set up.
    #[error("the HTTP client could not be set up")]
    #[non_exhaustive]
    Client {
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
}
