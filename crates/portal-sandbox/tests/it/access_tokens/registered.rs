//! Registrations: ids, thumbprints, and certificates that end or name no organisation.

use std::time::Duration;

use http::StatusCode;
use portal_model::OrganizationNumber;
use portal_sandbox::{RegistrationError, TokenRegistration, Validity};

use super::{Ask, started, token, token_of};
use crate::client::Client;
use crate::jobs::{Draft, java};
use portal_model::XmlDocument;

fn number(text: &str) -> OrganizationNumber {
    OrganizationNumber::new(text).unwrap()
}

#[tokio::test]
async fn ids_are_neither_blank_nor_an_organisation_number_and_belong_together() {
    let sandbox = started().await;
    let leaf = sandbox.sender_certificate().leaf();
    let new = |client: &str, broker: &str| {
        TokenRegistration::new(client, broker, number("123456789"), leaf)
    };
    for (client, broker) in [("", "b"), ("c", ""), ("a c", "b"), ("c", "b\t"), ("c", " ")] {
        assert!(matches!(
            new(client, broker),
            Err(RegistrationError::Id { .. })
        ));
    }
    assert_eq!(
        new("c", "988015814").unwrap_err(),
        RegistrationError::OrganizationNumber
    );
    let tokens = sandbox.access_tokens();
    tokens.register(new("c", "b").unwrap()).unwrap();
    for (client, broker) in [("c", "other"), ("other", "b")] {
        let taken = tokens.register(new(client, broker).unwrap());
        assert_eq!(taken, Err(RegistrationError::Taken));
    }
    assert_eq!(tokens.registrations().len(), 2);
}

/// A renewed certificate gets a new client id, and the old one goes on as long as its certificate.
#[tokio::test]
async fn a_renewed_certificate_needs_a_new_client_id() {
    let sandbox = started().await;
    let renewed = sandbox.issue(sandbox.sender(), Validity::around(sandbox.clock().now()));
    let renewed = renewed.unwrap();
    let registration = TokenRegistration::new(
        "new-client",
        "new-broker",
        number("123456789"),
        renewed.leaf(),
    );
    let registration = registration.unwrap();
    let unregistered = Ask::of(&sandbox, &registration);
    let refused = unregistered.refused(&sandbox, &renewed).await;
    assert_eq!(refused, "401 invalid_client");
    sandbox
        .access_tokens()
        .register(registration.clone())
        .unwrap();
    let ours = token_of(&sandbox, &registration, &renewed).await;
    let before = token(&sandbox).await;
    for token in [ours, before] {
        let mut client = Client::with_token(&sandbox, &token).await;
        assert_eq!(client.get("/api/123456789").await.status, StatusCode::OK);
    }
    // A broker id is one client's alone.
    let ask = Ask::of(&sandbox, &registration).with("scope", "signering:sandbox-broker");
    assert_eq!(ask.refused(&sandbox, &renewed).await, "400 invalid_scope");
}

#[tokio::test]
async fn tokens_stop_when_the_certificate_ends() {
    let sandbox = started().await;
    let sold = sandbox.issue(sandbox.sender(), Validity::around(sandbox.clock().now()));
    let sold = sold.unwrap();
    let registration =
        TokenRegistration::new("client", "broker", number("123456789"), sold.leaf()).unwrap();
    sandbox
        .access_tokens()
        .register(registration.clone())
        .unwrap();
    let year = Duration::from_secs(365 * 24 * 3600);
    sandbox.access_tokens().set_life(year);
    sandbox
        .clock()
        .advance(3 * year - Duration::from_secs(3600));
    let token = token_of(&sandbox, &registration, &sold).await;
    let mut client = Client::with_token(&sandbox, &token).await;
    assert_eq!(client.get("/api/123456789").await.status, StatusCode::OK);
    sandbox.clock().advance(Duration::from_secs(3601));
    let reply = client.get("/api/123456789").await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    let remark = sandbox.journal().pop().unwrap().remark.unwrap();
    assert!(remark.contains("certificate"), "{remark}");
    // And the endpoint lets it in no more.
    let ask = Ask::of(&sandbox, &registration);
    assert!(ask.send(&sandbox, &sold).await.is_err());
}

/// Digipost issues certificates, too, and nobody says that they hold an organisation number.
#[tokio::test]
async fn a_certificate_without_an_organisation_is_enough_with_tokens() {
    let sandbox = started().await;
    let around = Validity::around(sandbox.clock().now());
    let identity = sandbox.issue_without_organization(around).unwrap();
    assert_eq!(identity.organization_number(), None);
    let registration =
        TokenRegistration::new("digipost", "broker", number("123456789"), identity.leaf());
    let registration = registration.unwrap();
    sandbox
        .access_tokens()
        .register(registration.clone())
        .unwrap();
    let token = token_of(&sandbox, &registration, &identity).await;
    let mut client = Client::with_token(&sandbox, &token).await;
    // The package is signed by the same key.
    let draft = Draft::one();
    let package = draft.package(&draft.manifest_xml(), &identity, sandbox.clock().now());
    let (content_type, chunks) = java(&draft.request.to_xml().unwrap(), &package);
    let reply = client
        .create("123456789", &content_type, chunks.clone())
        .await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());

    // Not without a token, and not with another client's.
    let mut by_certificate = Client::as_owner_of(&sandbox, &identity).await;
    let reply = by_certificate.get("/api/123456789").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let senders = super::token(&sandbox).await;
    let mut client = Client::with_token(&sandbox, &senders).await;
    let reply = client.create("123456789", &content_type, chunks).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(
        reply.text().contains("signed by another"),
        "{}",
        reply.text()
    );
}
