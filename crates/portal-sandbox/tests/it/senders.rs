//! What senders of different kinds may send, and how their clients write it.

use http::StatusCode;
use portal_certificate::EnterpriseCertificate;
use portal_model::{OrganizationNumber, XmlDocument};
use portal_sandbox::{Organization, Sandbox, Validity};

use crate::client::{Client, standing};
use crate::jobs::{Draft, change, csharp, java, php};

const JOBS: &str = "/api/123456789/portal/signature-jobs";

async fn started() -> (Sandbox, Client) {
    let sandbox = standing().start().await.unwrap();
    let client = Client::sender(&sandbox).await;
    (sandbox, client)
}

#[tokio::test]
async fn all_three_clients_ways_of_writing_the_message_are_understood() {
    let (sandbox, mut client) = started().await;
    let draft = Draft::one();
    let now = sandbox.clock().now();
    let package = draft.package(&draft.manifest_xml(), sandbox.sender_certificate(), now);
    let request = draft.request.to_xml().unwrap();
    for write in [java, csharp, php] {
        let (content_type, chunks) = write(&request, &package);
        let reply = client.create("123456789", &content_type, chunks).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    }
    assert_eq!(sandbox.jobs().len(), 3);
}

/// The C# client puts only the end certificate into a package.
#[tokio::test]
async fn a_package_may_leave_the_intermediate_to_the_receiver() {
    let (sandbox, mut client) = started().await;
    let whole = sandbox.sender_certificate();
    let leaf = EnterpriseCertificate::from_der([whole.leaf_der()], whole.private_key_pkcs8());
    let draft = Draft::one();
    let now = sandbox.clock().now();
    let package = draft.package(&draft.manifest_xml(), &leaf.unwrap(), now);
    let (content_type, chunks) = csharp(&draft.request.to_xml().unwrap(), &package);
    let reply = client.create("123456789", &content_type, chunks).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn a_broker_sends_and_polls_on_behalf_of_another() {
    let broker = OrganizationNumber::new("988015814").unwrap();
    let sender = OrganizationNumber::new("123456789").unwrap();
    let sandbox = standing()
        .organization(Organization::new(broker.clone()).with_broker_rights_for(sender))
        .start()
        .await
        .unwrap();
    let now = sandbox.clock().now();
    let identity = sandbox.issue(&broker, Validity::around(now)).unwrap();
    let mut client = Client::as_owner_of(&sandbox, &identity).await;
    let draft = Draft::one();
    let request = draft.request.to_xml().unwrap();

    // The broker signs the package; the manifest and the URL name the sender.
    let package = draft.package(&draft.manifest_xml(), &identity, now);
    let (content_type, chunks) = java(&request, &package);
    let reply = client
        .create("123456789", &content_type, chunks.clone())
        .await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    sandbox.job(1).sign(0).unwrap();
    change(&client.get(JOBS).await);

    // The sender itself has no part in what the broker signed, and a broker's own queue is another.
    let mut owner = Client::sender(&sandbox).await;
    let reply = owner.create("123456789", &content_type, chunks).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let own = "/api/988015814/portal/signature-jobs";
    assert_eq!(client.get(own).await.status, StatusCode::NO_CONTENT);
    let foreign = client.get(&format!("{own}/1/pades")).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
}
