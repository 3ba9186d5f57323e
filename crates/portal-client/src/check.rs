//! A check of everything that a job needs, before there is one.

mod access;
mod certificate;
mod connection;
mod probe;
mod report;

use portal_transport::Clock;

pub use report::{CheckCode, CheckFinding, CheckReport, CheckStatus};

use crate::{PortalClient, Sender};
use access::Said;
pub(crate) use certificate::{DAYS_OF_WARNING, days_left};
use probe::Probe;

impl PortalClient {
    /// Checks certificate, trust anchors, connection, access token, access, clock, sender and queue, and says
    /// what to fix. For the start of a program, or by hand.
    ///
    /// It makes one request for an access token, where those are used, and one that asks how the service
    /// identifies the caller, on a connection of its own. **It never polls**, and changes nothing at the
    /// service. It takes as long as the time limits allow, and fails in no other way than by its findings:
    /// what can't be looked at, as something before it failed, has no finding.
    ///
    /// Of a client that [`PortalClient::new`] made of custom parts it sees the signer's certificate and what
    /// comes of a request, and neither trust anchors nor TLS.
    ///
    /// ```no_run
    /// # async fn example(client: portal_client::PortalClient) {
    /// let report = client.check().await;
    /// println!("{report}");
    /// assert!(report.is_ok(), "jobs can't be sent");
    /// # }
    /// ```
    pub async fn check(&self) -> CheckReport {
        let now = self.clock().now();
        let current = self.connection();
        let setup = current.setup.as_ref();
        let chain = current.signer.chain();
        let organization = chain
            .first()
            .and_then(|certificate| certificate.organization_number());
        let sender = self.profile().sender();
        let root = self.environment().root();

        let has_registration = setup.is_none_or(|setup| setup.authentication.uses_tokens());
        let needs_organization = !(has_registration && sender.is_some());
        let mut findings =
            certificate::certificate(chain, self.environment(), needs_organization, now);
        findings.extend(
            setup.map(|setup| certificate::anchors(&setup.trust, root.environment_kind(), now)),
        );

        let own = organization.clone().map(Sender::from);
        let probe = Probe::run(self, sender.or(own.as_ref())).await;
        let origin = root.origin();
        let host = origin.trim_start_matches("https://");
        findings.extend(connection::way(&probe, host));
        let said = Said::of(probe.exchange.as_ref());
        findings.push(said.sender(sender, organization.as_ref()));
        findings.extend(said.findings);
        findings.extend(access::queue(sender));
        CheckReport { findings }
    }
}
