//! The service's own samples of the portal flow, in Rust, with the same values.
//!
//! They are in the order of the documentation's page on the portal flow. `client` is a
//! [`PortalClient`](crate::PortalClient) with a default sender, made [as in the first](#the-client).
//!
//! # The client
//! ```no_run
//! use portal_client::{EnterpriseCertificate, Environment, PortalClient, Sector, Sender};
//!
//! # fn example() -> Result<PortalClient, Box<dyn std::error::Error>> {
//! let certificate = EnterpriseCertificate::from_pkcs12(
//!     &std::fs::read("/path/to/certificate.p12")?,
//!     "CertificatePassword",
//! )?;
//! let client = PortalClient::builder(Environment::difitest(), certificate, Sector::Public)
//!     .sender(Sender::new("123456789")?)
//!     .build()?;
//! # Ok(client)
//! # }
//! ```
//!
//! # Create a job (C#)
//! ```no_run
//! # use std::path::Path;
//! # use portal_client::{Document, Error, Notification, PortalClient, Signer};
//! # async fn example(client: PortalClient) -> Result<(), Error> {
//! let job = client
//!     .job("Job title")
//!     .document(Document::pdf("Document title", Path::new(r"C:\Path\ToDocument\File.pdf")))
//!     .signer(Signer::by_personal_number("00000000000", Notification::lookup()))
//!     .signer(Signer::by_personal_number(
//!         "11111111111",
//!         Notification::email_and_mobile("email1@example.com", "999999999"),
//!     ))
//!     .signer(Signer::by_email("email2@example.com"))
//!     .signer(Signer::by_mobile("88888888"))
//!     .signer(Signer::by_email_and_mobile("email3@example.com", "77777777"))
//!     .reference("myReferenceToJob")
//!     .build()
//!     .await?;
//! let created = client.create(&job).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Create a job (Java)
//! ```no_run
//! # use portal_client::{Document, Error, Notification, PortalClient, Signer};
//! # async fn example(client: PortalClient, document1: Vec<u8>, document2: Vec<u8>)
//! # -> Result<(), Error> {
//! let job = client
//!     .job("Job title")
//!     .document(Document::pdf("Document 1 title", document1))
//!     .document(Document::pdf("Document 2 title", document2))
//!     .signer(Signer::by_personal_number("12345678910", Notification::lookup()))
//!     .signer(Signer::by_personal_number("12345678911", Notification::email("email@example.com")))
//!     .signer(Signer::by_email("email@example.com"))
//!     .build()
//!     .await?;
//! let created = client.create(&job).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Signature type and authentication level (C#)
//! ```no_run
//! # use portal_client::{AuthenticationLevel, Document, Error, Notification, PortalClient};
//! # use portal_client::{SignatureType, Signer};
//! # async fn example(client: PortalClient, documents: Vec<Document>) -> Result<(), Error> {
//! let job = client
//!     .job("Job title")
//!     .documents(documents)
//!     .signer(
//!         Signer::by_personal_number("00000000000", Notification::lookup())
//!             .signature_type(SignatureType::AdvancedElectronicSignature),
//!     )
//!     .reference("myReferenceToJob")
//!     .require_authentication(AuthenticationLevel::Level4)
//!     .build()
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Get status changes (C#)
//! ```no_run
//! # use portal_client::{Error, PortalClient, PortalSignatureJobStatus};
//! # async fn example(client: PortalClient) -> Result<(), Error> {
//! let polled = client.status_change(None).await?;
//! if let Some(change) = &polled.change {
//!     match change.status() {
//!         PortalSignatureJobStatus::InProgress | PortalSignatureJobStatus::Failed => {}
//!         PortalSignatureJobStatus::CompletedSuccessfully => {
//!             let first_signer = change.signatures().first().map(|signature| signature.status());
//!         }
//!         other => println!("the service reports a new status, {other}"),
//!     }
//!     client.confirm(change).await?;
//! }
//! // Polling again before this time gives an error.
//! let wait = polled.next_poll.wait();
//! # Ok(())
//! # }
//! ```
//!
//! # Get status changes (Java)
//! ```no_run
//! # use portal_client::{PersonalIdentificationNumber, PortalClient};
//! # async fn example(client: PortalClient) -> Result<(), Box<dyn std::error::Error>> {
//! let polled = client.status_change(None).await?;
//! let next_permitted_poll_time = polled.next_poll.permitted_at;
//! if let Some(change) = polled.change {
//!     let signature_job_status = change.status();
//!     let signer = PersonalIdentificationNumber::new("12345678910")?;
//!     let signature = change.signature_of(&signer.into());
//!     client.confirm(&change).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Get signed documents (C# and Java)
//! ```no_run
//! # use portal_client::{Error, PortalClient, StatusChange};
//! # async fn example(client: PortalClient, change: StatusChange) -> Result<(), Error> {
//! if change.record().has_pades() {
//!     client.pades(&change).await?.save_over(format!("{}.pdf", change.job_id())).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Get each signer's XAdES
//! ```no_run
//! # use portal_client::{Error, PortalClient, StatusChange};
//! # async fn example(client: PortalClient, change: StatusChange) -> Result<(), Error> {
//! for signer in change.record().signers_with_xades() {
//!     let name = format!("{}-{signer}.xml", change.job_id());
//!     client.xades(&change, signer).await?.save_over(name).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Specify a queue (C# and Java)
//! ```no_run
//! # use portal_client::{Document, PortalClient, Sender, Signer};
//! # async fn example(client: PortalClient, documents: Vec<Document>, signers: Vec<Signer>)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! let sender = Sender::new("123456789")?.with_queue("CustomPollingQueue");
//! let job = client.job("Job title").documents(documents).signers(signers);
//! let job = job.sender(sender.clone()).build().await?;
//! let created = client.create(&job).await?;
//! let polled = client.status_change(&sender).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Delete documents (Java)
//! ```no_run
//! # use portal_client::{Error, PortalClient, StatusChange};
//! # async fn example(client: PortalClient, change: StatusChange) -> Result<(), Error> {
//! client.delete_documents(&change).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Fetch from the archive (C# and Java)
//! ```no_run
//! # use portal_client::{Error, PortalClient, Sender};
//! # async fn example(client: PortalClient, owner: Sender) -> Result<(), Error> {
//! client.archived_pades(&owner, "abcde12345").await?.save_to("archived.pdf").await?;
//! # Ok(())
//! # }
//! ```

#[cfg(test)]
mod tests {
    /// Each sample with the lines that the service's documentation has for it in Java, or in C# where
    /// there is no Java: without blank lines, comments, imports and placeholders that are null.
    const THEIRS: &[(&str, usize)] = &[
        ("The client", 12),
        ("Create a job (C#)", 25),
        ("Create a job (Java)", 15),
        ("Signature type and authentication level (C#)", 11),
        ("Get status changes (C#)", 21),
        ("Get status changes (Java)", 11),
        ("Get signed documents (C# and Java)", 3),
        ("Specify a queue (C# and Java)", 8),
        ("Delete documents (Java)", 1),
        ("Fetch from the archive (C# and Java)", 6),
    ];

    fn lines_of(sample: &str) -> usize {
        let text = include_str!("samples.rs");
        let (_, after) = text.split_once(&format!("//! # {sample}\n")).unwrap();
        let code = after.split("//! ```").nth(1).unwrap();
        code.lines()
            .skip(1)
            .map(|line| line.trim_start_matches("//!").trim())
            .filter(|line| !line.is_empty() && !line.starts_with("# ") && !line.starts_with("//"))
            .filter(|line| !line.starts_with("use "))
            .count()
    }

    #[test]
    fn no_sample_is_longer_than_the_services_own() {
        for (sample, theirs) in THEIRS {
            let ours = lines_of(sample);
            assert!(
                (1..=*theirs).contains(&ours),
                "{sample}: {ours} of {theirs}"
            );
        }
    }
}
