//! A ready client of the sandbox that authenticates by access tokens.

use portal_client::{Authentication, BuildError, ClientBuilder, HyperTransport, PortalClient};

use crate::access_tokens::{BROKER_ID, CLIENT_ID};
use crate::{Certificate, Sandbox};

impl Sandbox {
    /// Returns a client that authenticates by access tokens, over hyper; else like [`client`](Self::client).
    /// The sandbox needs a [token endpoint](crate::SandboxBuilder::token_endpoint).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use portal_sandbox::Sandbox;
    ///
    /// let sandbox = Sandbox::builder()
    ///     .token_endpoint(([127, 0, 0, 1], 0).into())
    ///     .start()
    ///     .await?;
    /// let client = sandbox.client_with_tokens()?;
    /// println!("{}", client.who_am_i(None).await?);
    /// // Tokens that end before their time are replaced.
    /// sandbox.access_tokens().expire();
    /// println!("{}", client.who_am_i(None).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`client`](Self::client), and if there is no token endpoint.
    pub fn client_with_tokens(&self) -> Result<PortalClient, BuildError> {
        self.client_builder_with_tokens()?
            .build_over(HyperTransport::new)
    }

    /// Returns the builder of [`client_with_tokens`](Self::client_with_tokens), to change settings of the
    /// client or its transport.
    ///
    /// # Errors
    /// As for [`client`](Self::client).
    pub fn client_builder_with_tokens(&self) -> Result<ClientBuilder, BuildError> {
        let builder = self
            .client_builder()?
            .authentication(Authentication::token(CLIENT_ID, BROKER_ID));
        let Some(endpoint) = self.token_endpoint() else {
            return Ok(builder);
        };
        let root = Certificate::from_der(self.token_trust_anchor_der());
        Ok(builder.token_endpoint(endpoint).token_endpoint_roots(root))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use portal_client::{Document, Notification, PortalSignatureJobStatus, Signer};

    use super::*;
    use crate::sample_pdf;

    async fn with_tokens() -> (Sandbox, PortalClient) {
        let sandbox = Sandbox::builder()
            .token_endpoint(([127, 0, 0, 1], 0).into())
            .start()
            .await
            .unwrap();
        let client = sandbox.client_with_tokens().unwrap();
        (sandbox, client)
    }

    /// How often a token was asked for, and how many calls came without one.
    fn asked_and_without(sandbox: &Sandbox) -> (usize, usize) {
        let calls = sandbox.journal();
        let asked = calls.iter().filter(|call| call.path == "/oauth2/token");
        let without = calls
            .iter()
            .filter(|call| call.path != "/oauth2/token" && !call.with_token);
        (asked.count(), without.count())
    }

    #[tokio::test]
    async fn a_job_comes_to_its_end_by_tokens_alone() {
        let (sandbox, client) = with_tokens().await;
        let document = Document::pdf("Agreement", sample_pdf("Agreement", &["Text."]));
        let job = client
            .job("Agreement")
            .document(document)
            .signer(Signer::by_personal_number(
                "12345678910",
                Notification::email("signer@example.com"),
            ));
        let job = job.build_blocking().unwrap();
        let created = client.create(&job).await.unwrap();
        // A create with a token that is no longer good is made once more, and only then is there a job.
        sandbox.access_tokens().expire();
        client.create(&job).await.unwrap();
        assert_eq!(sandbox.jobs().len(), 2);
        sandbox.job(created.job_id()).sign_current_group().unwrap();
        let polled = client.status_change(None).await.unwrap();
        let change = polled.change.unwrap();
        assert_eq!(
            change.status(),
            PortalSignatureJobStatus::CompletedSuccessfully
        );
        client.confirm(&change).await.unwrap();
        assert_eq!(asked_and_without(&sandbox), (2, 0));
    }

    #[tokio::test]
    async fn a_token_is_renewed_as_the_sandboxs_time_goes() {
        let (sandbox, client) = with_tokens().await;
        client.who_am_i(None).await.unwrap();
        sandbox.clock().advance(Duration::from_secs(3500));
        client.who_am_i(None).await.unwrap();
        assert_eq!(asked_and_without(&sandbox), (1, 0));
        sandbox.clock().advance(Duration::from_secs(80));
        client.who_am_i(None).await.unwrap();
        assert_eq!(asked_and_without(&sandbox), (2, 0));
        assert!(sandbox.journal().iter().all(|call| call.status == 200));
    }

    #[tokio::test]
    async fn a_revoked_certificate_ends_it() {
        let (sandbox, client) = with_tokens().await;
        client.who_am_i(None).await.unwrap();
        sandbox.access_tokens().revoke();
        let error = client.who_am_i(None).await.unwrap_err();
        assert!(error.to_string().contains("token"), "{error}");
        sandbox.access_tokens().restore();
        sandbox.clock().advance(Duration::from_secs(60));
        client.who_am_i(None).await.unwrap();
    }

    #[tokio::test]
    async fn without_a_token_endpoint_no_client_is_built() {
        let sandbox = Sandbox::start().await.unwrap();
        let error = sandbox.client_with_tokens().unwrap_err();
        let mut said = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            said += &error.to_string();
            cause = error.source();
        }
        assert!(said.contains("token endpoint"), "{said}");
    }
}
