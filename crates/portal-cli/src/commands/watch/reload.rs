//! Reading certificate and access again without a stop, on SIGHUP.

use portal_client::{PortalClient, Renewal, RenewalError};

use crate::config::Config;
use crate::connection::Connection;
use crate::exit::Exit;
use crate::failure::Failure;

/// Replaces the certificate of the client. Requests that begin afterwards use it.
pub(super) fn certificate(
    config: &Config,
    no_input: bool,
    client: &PortalClient,
) -> Result<(), Failure> {
    let connection = Connection::new(config, no_input);
    let renewal =
        Renewal::new(connection.certificate()?).authentication(connection.authentication()?);
    client
        .replace_certificate(renewal)
        .map_err(|error: RenewalError| {
            Failure::of(Exit::Configuration, "certificate", &error)
                .fix("the certificate that was read before stays in use")
                .next("portal certificate check")
        })
}
