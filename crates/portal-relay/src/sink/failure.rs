//! Why a delivery failed.

use std::io;

/// Why an attempt at a delivery failed. Its text is stored with the event and logged: it holds nothing that the
/// receiver chose.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryFailure {
    /// The receiver's response does not mean that it has the event.
    #[error("the receiver responded with status {0}")]
    Status(u16),
    /// There was no connection to the receiver.
    #[error("there is no connection to the receiver; check its address and that it runs")]
    Connect,
    /// The proxy opened no connection to the receiver.
    #[error(
        "the proxy opened no connection to the receiver; check that the proxy runs and lets the receiver's address through"
    )]
    Proxy,
    /// The receiver's name leads to no private address, and its URL is `http`.
    #[error("the receiver's name has no loopback or private address; use https for others")]
    NotPrivate,
    /// The receiver's certificate is not accepted.
    #[error("the receiver's certificate is not accepted: {0}")]
    Certificate(CertificateProblem),
    /// The TLS handshake failed for another reason.
    #[error("the TLS handshake with the receiver failed")]
    Tls,
    /// The connection ended before a response.
    #[error("the connection to the receiver ended before a response")]
    NoResponse,
    /// The attempt took longer than its time limit.
    #[error("the attempt took longer than its time limit")]
    Timeout,
    /// The command could not be started.
    #[error("the command could not be started ({0})")]
    Start(io::ErrorKind),
    /// The command ended with a status other than 0.
    #[error("the command ended with status {0}")]
    Exit(i32),
    /// The command was ended by a signal.
    #[error("the command was ended by a signal")]
    Killed,
    /// The event could not be written.
    #[error("the event could not be written ({0})")]
    Write(io::ErrorKind),
    /// A reason of a custom sink. Keep personal data out of it.
    #[error("{0}")]
    Custom(String),
}

/// What is wrong with a receiver's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// No trusted authority has issued it.
    #[error(
        "its issuer is not trusted; add the issuer's certificate as an anchor if it is your own"
    )]
    UnknownIssuer,
    /// It is outside its dates.
    #[error("it has expired or is not yet valid")]
    Dates,
    /// It is for another name than that of the URL.
    #[error("it is for another name than that of the URL")]
    Name,
    /// It was revoked.
    #[error("it was revoked")]
    Revoked,
    /// Something else, such as its key usage.
    #[error("it is not one for servers, or damaged")]
    Other,
}
