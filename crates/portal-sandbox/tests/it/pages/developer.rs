//! What a developer sees and does.

use crate::client::standing;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use portal_model::IdentifierInSignedDocuments;
use portal_sandbox::{Endpoint, Fault};

use super::{JOBS, open, tenancy};
use crate::jobs::{Draft, by_email, by_lookup};

#[tokio::test]
async fn there_is_no_page_unless_it_is_asked_for() {
    assert_eq!(standing().start().await.unwrap().page_url(), None);
}

#[tokio::test]
async fn an_empty_sandbox_says_where_to_begin() {
    let (_sandbox, _client, browser) = open().await;
    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    insta::assert_snapshot!("page_empty", browser.redacted(&page));
}

#[tokio::test]
async fn the_overview_shows_jobs_queues_and_calls() {
    let (sandbox, mut client, browser) = open().await;
    tenancy().create(&sandbox, &mut client).await;
    Draft::one().create(&sandbox, &mut client).await;
    sandbox.job(1).sign_current_group().unwrap();
    sandbox.job(2).reject(0).unwrap();
    client.get(JOBS).await;
    client.get(&format!("{JOBS}?polling_queue=a%20b")).await;
    let page = browser.get("/").await;
    insta::assert_snapshot!("page_overview", browser.redacted(&page));
}

#[tokio::test]
async fn a_jobs_page_shows_signers_inbox_and_calls() {
    let (sandbox, mut client, browser) = open().await;
    tenancy().create(&sandbox, &mut client).await;
    sandbox.job(1).sign_current_group().unwrap();
    let page = browser.get("/jobs/1").await;
    insta::assert_snapshot!("page_job", browser.redacted(&page));
}

#[tokio::test]
async fn signers_act_by_the_buttons_of_the_jobs_page() {
    let (sandbox, mut client, browser) = open().await;
    let states = |id: i64| -> Vec<&str> {
        let signers = sandbox.job(id).signers().unwrap();
        signers.iter().map(|signer| signer.state.as_str()).collect()
    };
    tenancy().create(&sandbox, &mut client).await;
    assert_eq!(browser.sent_on("/jobs/1/sign", "").await, "/jobs/1");
    browser
        .sent_on("/jobs/1/signers/2/enter-wrong-code", "")
        .await;
    assert_eq!(states(1), ["SIGNED", "WAITING", "WAITING", "WAITING"]);
    assert!(browser.get("/jobs/1").await.has("1 of 3 wrong codes"));
    browser.sent_on("/jobs/1/signers/2/sign", "").await;
    browser.sent_on("/jobs/1/signers/1/reject", "").await;
    assert_eq!(
        states(1),
        ["SIGNED", "REJECTED", "SIGNED", "NOT_APPLICABLE"]
    );

    for (id, (act, state)) in [
        ("reserve", "RESERVED"),
        ("miss-contact-information", "CONTACT_INFORMATION_MISSING"),
        ("lack-name", "SIGNERS_NAME_NOT_AVAILABLE"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = i64::try_from(id).unwrap() + 2;
        let mut draft = Draft::one();
        draft.manifest.identifier_in_signed_documents = Some(IdentifierInSignedDocuments::Name);
        draft.create(&sandbox, &mut client).await;
        let path = format!("/jobs/{id}/signers/0/{act}");
        assert!(browser.get(&format!("/jobs/{id}")).await.has(&path));
        browser.sent_on(&path, "").await;
        assert_eq!(states(id), [state]);
    }
}

#[tokio::test]
async fn only_what_is_possible_has_a_button() {
    let (sandbox, mut client, browser) = open().await;
    let signers = vec![
        by_lookup("12345678910", 1),
        by_email("signer@example.com", 1),
        by_email("second@example.com", 2),
    ];
    Draft::of(signers).create(&sandbox, &mut client).await;
    let page = browser.get("/jobs/1").await;
    for (path, there) in [
        ("signers/0/sign", true),
        ("signers/0/reserve", true),
        ("signers/0/block", false),
        ("signers/1/block", true),
        ("signers/1/enter-wrong-code", true),
        ("signers/1/reserve", false),
        ("signers/2/sign", false),
    ] {
        assert_eq!(
            page.has(&format!("action=\"/jobs/1/{path}\"")),
            there,
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_can_not_be_done_is_said() {
    let (sandbox, mut client, browser) = open().await;
    tenancy().create(&sandbox, &mut client).await;
    let mut told = Vec::new();
    for (method, path, form) in [
        (Method::POST, "/jobs/1/signers/3/sign", ""),
        (Method::POST, "/jobs/1/signers/9/sign", ""),
        (Method::POST, "/jobs/1/signers/0/dance", ""),
        (Method::POST, "/jobs/9/sign", ""),
        (Method::GET, "/jobs/9", ""),
        (Method::GET, "/jobs/first", ""),
        (Method::GET, "/jobs/1/documents/3", ""),
        (Method::GET, "/jobs/1/sign", ""),
        (Method::GET, "/journal/99", ""),
        (Method::GET, "/sign/none", ""),
        (Method::GET, "/no-such-page", ""),
        (Method::POST, "/clock/advance", "amount=-1&unit=1"),
        (Method::POST, "/clock/advance", ""),
    ] {
        let page = browser.call(method.clone(), path, form, &[]).await;
        assert!(
            page.header("content-security-policy")
                .contains("default-src 'none'"),
            "{path}"
        );
        let problem = page.text.split("id=\"problem\">").nth(1).unwrap();
        let problem = problem.split('<').next().unwrap();
        told.push(format!(
            "{method} {path} {form}\n  {}: {problem}",
            page.status.as_u16()
        ));
    }
    insta::assert_snapshot!("page_refusals", told.join("\n"));
}

#[tokio::test]
async fn the_clock_moves_by_buttons() {
    let (sandbox, mut client, browser) = open().await;
    let now = || sandbox.clock().now().to_string();
    assert_eq!(
        browser
            .sent_on("/clock/advance", "back=%2F&unit=1&amount=600")
            .await,
        "/"
    );
    assert_eq!(now(), "2026-03-01T08:10:00Z");
    let form = "back=%2Fjobs%2F1&amount=2&unit=86400";
    assert_eq!(browser.sent_on("/clock/advance", form).await, "/jobs/1");
    assert_eq!(now(), "2026-03-03T08:10:00Z");
    Draft::one().create(&sandbox, &mut client).await;
    assert!(browser.get("/").await.has("job 1 expires"));
    assert_eq!(
        browser
            .sent_on("/clock/next-event", "back=%2Fjournal")
            .await,
        "/journal"
    );
    assert_eq!(now(), "2026-04-02T08:10:00Z");
    // Whatever a form says, it leads to a page of the sandbox.
    for elsewhere in [
        "https://example.com/",
        "//example.com",
        "/jobs/1/../../x",
        "/jobs/",
    ] {
        let form = format!("amount=0&unit=1&back={elsewhere}");
        assert_eq!(
            browser.sent_on("/clock/advance", &form).await,
            "/",
            "{elsewhere}"
        );
    }
}

#[tokio::test]
async fn the_journal_is_read_and_cleared() {
    let (sandbox, mut client, browser) = open().await;
    tenancy().create(&sandbox, &mut client).await;
    for _ in 0..105 {
        client.get("/api/123456789").await;
    }
    let page = browser.get("/journal").await;
    assert!(page.has("/journal/106\"") && page.has("/journal/7\"") && !page.has("/journal/6\""));
    assert!(page.has("href=\"/journal?before=7\""));
    let older = browser.get("/journal?before=7").await;
    assert!(older.has("/journal/1\"") && !older.has("/journal/7\""));
    let of_job = browser.get("/journal?job=1").await;
    assert!(of_job.has("/journal/1\"") && !of_job.has("/journal/2\""));
    insta::assert_snapshot!("page_journal", browser.redacted(&of_job));
    assert_eq!(browser.sent_on("/journal/clear", "").await, "/journal");
    assert_eq!(sandbox.journal(), []);
    assert!(browser.get("/journal").await.has("No calls"));
}

#[tokio::test]
async fn a_job_that_is_gone_still_has_its_calls() {
    let (sandbox, mut client, browser) = open().await;
    Draft::one().create(&sandbox, &mut client).await;
    sandbox.job(1).reject(0).unwrap();
    client.get(JOBS).await;
    client.post(&format!("{JOBS}/1/complete")).await;
    let page = browser.get("/jobs/1").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.has("Job 1 is gone") && page.has("/journal/3\""));
    browser.sent_on("/reset", "").await;
    assert!(!browser.get("/jobs/1").await.has("/journal/3"));
}

#[tokio::test]
async fn a_long_list_of_jobs_has_pages() {
    let (sandbox, mut client, browser) = open().await;
    for _ in 0..53 {
        Draft::one().create(&sandbox, &mut client).await;
    }
    let page = browser.get("/").await;
    assert!(page.has("id=\"job-53\"") && page.has("id=\"job-4\"") && !page.has("id=\"job-3\""));
    assert!(page.has("50 of 53 on this page") && page.has("53 IN_PROGRESS"));
    assert!(page.has("href=\"/?before=4\""));
    let older = browser.get("/?before=4").await;
    assert!(older.has("id=\"job-3\"") && !older.has("id=\"job-4\"") && older.has("Newest jobs"));
}

#[tokio::test]
async fn what_went_wrong_on_purpose_is_shown() {
    let (sandbox, mut client, browser) = open().await;
    sandbox.faults().next(1, Endpoint::Poll, Fault::Status(503));
    client.get(JOBS).await;
    sandbox.faults().next(1, Endpoint::Poll, Fault::DropAfter);
    let dropped = Request::builder().uri(JOBS).header("host", "127.0.0.1");
    let dropped = client
        .try_send(dropped.body(Empty::new().boxed()).unwrap())
        .await;
    assert!(dropped.is_err());
    for path in ["/", "/journal", "/journal/1"] {
        assert!(
            browser
                .get(path)
                .await
                .has("<span class=\"fault\">status 503</span>"),
            "{path}"
        );
    }
    sandbox
        .faults()
        .next(3, Endpoint::Create, Fault::Truncate(7));
    sandbox.faults().next(1, Endpoint::Any, Fault::Garbage);
    let overview = browser.get("/").await;
    assert!(overview.has("<li>the next 3 calls of create: truncate 7</li>"));
    assert!(overview.has("<li>the next call of any: garbage</li>"));
    assert_eq!(browser.sent_on("/faults/clear", "").await, "/");
    assert!(!browser.get("/").await.has("Faults to come"));
    assert_eq!(sandbox.faults().planned(), []);
    let page = browser.get("/journal/2").await;
    assert!(page.has("<span class=\"fault\">drop-after</span>"));
    assert!(page.has(">none</span>"));
}

#[tokio::test]
async fn the_signed_document_is_shown_once_there_is_one() {
    let (sandbox, mut client, browser) = open().await;
    Draft::one().create(&sandbox, &mut client).await;
    assert!(!browser.get("/jobs/1").await.has("signed.pdf"));
    let none = browser.get("/jobs/1/signed.pdf").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    sandbox.job(1).sign(0).unwrap();
    assert!(browser.get("/jobs/1").await.has("/jobs/1/signed.pdf"));
    let signed = browser.get("/jobs/1/signed.pdf").await;
    assert_eq!(signed.header("content-type"), "application/pdf");
    assert!(signed.has("%PDF-"));
}

#[tokio::test]
async fn mailboxes_are_taken_and_given() {
    let (sandbox, mut client, browser) = open().await;
    Draft::one().create(&sandbox, &mut client).await;
    sandbox.job(1).sign(0).unwrap();
    let day = sandbox.job(1).deletable_from().unwrap();
    browser.sent_on("/jobs/1/signers/0/lack-mailbox", "").await;
    assert!(browser.get("/jobs/1").await.has("no digital mailbox"));
    assert!(sandbox.job(1).deletable_from().unwrap() > day);
    browser.sent_on("/jobs/1/signers/0/have-mailbox", "").await;
    assert_eq!(sandbox.job(1).deletable_from().unwrap(), day);
}
