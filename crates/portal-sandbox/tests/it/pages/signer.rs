//! What a signer is told, sees and does.

use std::time::Duration;

use http::StatusCode;
use portal_model::{Availability, Bounded, DateTime, Description, ManifestContent, Mime};
use portal_sandbox::{Channel, JobState, SignerMessageKind};

use super::{link_of, open, tenancy};
use crate::jobs::{Draft, by_email};

#[tokio::test]
async fn a_signer_signs_on_a_page_of_the_signers_own() {
    let (sandbox, mut client, browser) = open().await;
    let mut draft = tenancy();
    if let ManifestContent::Documents(documents) = &mut draft.manifest.content {
        documents.description = Some(Description::unchecked("Please read both."));
    }
    draft.create(&sandbox, &mut client).await;
    let path = link_of(&sandbox, 0);
    let page = browser.get(&path).await;
    assert!(page.has("SANDBOX – no legal effect."));
    insta::assert_snapshot!("page_sign", browser.redacted(&page));
    let document = browser.get(&format!("{path}/documents/1")).await;
    assert_eq!(document.header("content-type"), "application/pdf");
    assert_eq!(document.header("content-disposition"), "inline");
    assert!(document.has("%PDF-"));

    assert_eq!(browser.sent_on(&format!("{path}/sign"), "").await, path);
    assert!(browser.get(&path).await.has(">SIGNED<"));
    assert_eq!(
        browser.post(&format!("{path}/sign"), "").await.status,
        StatusCode::CONFLICT
    );

    let path = link_of(&sandbox, 1);
    browser.sent_on(&format!("{path}/reject"), "").await;
    assert!(browser.get(&path).await.has(">REJECTED<"));
    assert_eq!(sandbox.job(1).state(), Ok(JobState::Failed));
}

#[tokio::test]
async fn a_signer_without_a_personal_number_enters_the_code_first() {
    let (sandbox, mut client, browser) = open().await;
    let signers = vec![
        by_email("signer@example.com", 1),
        by_email("next@example.com", 2),
    ];
    Draft::of(signers).create(&sandbox, &mut client).await;
    let path = link_of(&sandbox, 0);
    let page = browser.get(&path).await;
    assert!(page.has("Security code") && !page.has("Tenancy"));
    insta::assert_snapshot!("page_code", browser.redacted(&page));
    // Nothing is open before the code is entered.
    for act in ["/sign", "/reject"] {
        let response = browser.post(&format!("{path}{act}"), "").await;
        assert_eq!(response.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(
        browser.get(&format!("{path}/documents/1")).await.status,
        StatusCode::NOT_FOUND
    );

    let messages = sandbox.job(1).messages().unwrap();
    let text = messages[0].reveal_text();
    let code = text.split("security code ").nth(1).unwrap()[..4].to_owned();
    let wrong = if code == "0000" { "0001" } else { "0000" };
    assert_eq!(
        browser
            .sent_on(&format!("{path}/code"), &format!("code={wrong}"))
            .await,
        path
    );
    assert!(browser.get(&path).await.has("2 tries are left."));
    let inside = browser
        .sent_on(&format!("{path}/code"), &format!("code=+{code}+"))
        .await;
    assert_ne!(inside, path);
    assert!(browser.get(&inside).await.has("Tenancy"));
    browser
        .sent_on(&format!("{path}/code"), &format!("code={wrong}"))
        .await;
    assert!(browser.get(&path).await.has("One try is left."));
    browser
        .sent_on(&format!("{path}/code"), &format!("code={wrong}"))
        .await;
    assert!(browser.get(&path).await.has("Too many wrong codes"));
    // The way past the code is shut as well.
    let shut = browser.get(&inside).await;
    assert_eq!(shut.status, StatusCode::NOT_FOUND);
    assert!(!shut.has("Tenancy"));
    let form = format!("code={code}");
    let response = browser.post(&format!("{path}/code"), &form).await;
    assert_eq!(response.status, StatusCode::CONFLICT);
    let document = browser.get(&format!("{inside}/documents/1")).await;
    assert_eq!(document.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_signer_sees_nothing_before_the_activation() {
    let (sandbox, mut client, browser) = open().await;
    let later = sandbox.clock().now() + Duration::from_secs(3600);
    let mut draft = tenancy();
    let activation = DateTime::utc(later).unwrap();
    draft.manifest.availability = Some(Availability::new().with_activation_time(activation));
    draft.create(&sandbox, &mut client).await;
    let path = link_of(&sandbox, 0);
    for path in [path.clone(), format!("{path}/documents/1")] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(!page.has("Tenancy") && !page.has("%PDF"));
    }
    sandbox.clock().set(later).unwrap();
    assert!(browser.get(&path).await.has("Tenancy"));
}

#[tokio::test]
async fn messages_follow_the_clock_and_the_signers() {
    let (sandbox, mut client, _browser) = open().await;
    tenancy().create(&sandbox, &mut client).await;
    let job = sandbox.job(1);
    let told = || -> Vec<_> {
        let messages = job.messages().unwrap();
        let told = messages
            .iter()
            .map(|n| (n.signer, n.kind, n.channel, n.sent));
        told.collect()
    };
    let first = (0, SignerMessageKind::Invitation, Channel::Email, true);
    let reminder = (0, SignerMessageKind::Reminder, Channel::Email, false);
    let last = (0, SignerMessageKind::Reminder, Channel::Sms, false);
    assert_eq!(told(), [first, reminder, last]);
    job.sign(0).unwrap();
    assert_eq!(told()[0], first);
    assert_eq!(told().iter().filter(|message| message.0 == 0).count(), 1);
    assert_eq!(told().iter().filter(|message| message.0 == 2).count(), 2);
    assert!(told().iter().all(|message| message.0 != 3));
    let debug = format!("{:?}", job.messages().unwrap());
    assert!(!debug.contains('@') && !debug.contains("sign/"), "{debug}");
}

#[tokio::test]
async fn a_text_is_read_on_the_page_itself() {
    let (sandbox, mut client, browser) = open().await;
    let mut draft = tenancy();
    if let ManifestContent::Documents(documents) = &mut draft.manifest.content {
        let mut both = documents.documents.to_vec();
        both[0].mime = Mime::unchecked("text/plain");
        documents.documents = Bounded::unchecked(both);
    }
    draft.files[0].1 = b"Rent is <b>due</b> on the first.".to_vec();
    draft.create(&sandbox, &mut client).await;
    let path = link_of(&sandbox, 0);
    let page = browser.get(&path).await;
    assert!(
        page.has("Rent is &#60;b&#62;due&#60;/b&#62; on the first."),
        "{}",
        page.text
    );
    assert!(!page.has("/documents/1\"") && page.has("/documents/2\""));
    let text = browser.get("/jobs/1/documents/1").await;
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
}
