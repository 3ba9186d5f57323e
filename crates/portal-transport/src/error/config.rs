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
    /// A trust anchor is known not to be one for the service's servers.
    #[error(
        "trust anchor number {number} ({subject}) is not for the service's servers: take those of \
         Buypass or Commfides, or the ones built in for the environment"
    )]
    #[non_exhaustive]
    AnchorNotForServers {
        /// Counted from 1, in the order given.
        number: usize,
        /// The holder's distinguished name.
        subject: String,
    },
    /// A trust anchor is of another environment than the others.
    #[error(
        "trust anchor number {number} ({subject}) is of another environment than the others: \
         use the issuers' certificates of either production or test"
    )]
    #[non_exhaustive]
    MixedEnvironments {
        /// Counted from 1, in the order given.
        number: usize,
        /// The holder's distinguished name.
        subject: String,
    },
    /// A custom root has no issuers that are known for it.
    #[error(
        "no trust anchors are known for {root}: give the certificates of its server's issuer, or \
         use the root of one of the service's own environments"
    )]
    #[non_exhaustive]
    NoTrustForRoot {
        /// The root.
        root: String,
    },
    /// Access tokens can't be got with these settings.
    #[error("access tokens: {problem}")]
    #[non_exhaustive]
    Tokens {
        /// What is wrong, and what would be right.
        problem: &'static str,
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
