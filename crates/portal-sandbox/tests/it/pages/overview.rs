//! The first page: what it folds, lists, hides and offers.

use http::StatusCode;

use super::{JOBS, open, tenancy};
use crate::jobs::{Draft, by_email, by_lookup};

#[tokio::test]
async fn runs_of_polls_are_one_row() {
    let (_sandbox, mut client, browser) = open().await;
    for _ in 0..3 {
        client.get(JOBS).await;
        _sandbox.clock().advance(std::time::Duration::from_secs(5));
    }
    client.get("/api/123456789").await;
    client.get(JOBS).await;
    for path in ["/", "/journal"] {
        let page = browser.get(path).await;
        assert!(page.has("3 times"), "{path}: {}", page.text);
        assert_eq!(page.text.matches("id=\"call-").count(), 3, "{path}");
    }
}

#[tokio::test]
async fn recently_ended_jobs_are_shown_with_how_they_ended() {
    let (sandbox, mut client, browser) = open().await;
    let job = Draft::one().create(&sandbox, &mut client).await;
    job.reject(0).unwrap();
    client.get(JOBS).await;
    client.post(&format!("{JOBS}/1/complete")).await;
    let page = browser.get("/").await;
    assert!(page.has("Recently ended") && page.has("0 FAILED; not confirmed"));
    let gone = browser.get("/jobs/1").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(
        gone.has(">REJECTED<") && gone.has(">FAILED<"),
        "{}",
        gone.text
    );
}

#[tokio::test]
async fn the_first_page_says_how_to_connect_and_plans_faults() {
    let (sandbox, mut client, browser) = open().await;
    assert!(!browser.get("/").await.has("sandbox.json"));
    let folder = tempfile::tempdir().unwrap();
    sandbox.write_client_files(folder.path()).unwrap();
    let page = browser.get("/").await;
    assert!(page.has("sandbox.json") && page.has("password sandbox"));
    for (name, pem) in [
        ("root", sandbox.trust_anchor_pem()),
        ("intermediate", sandbox.intermediate_pem()),
    ] {
        let path = format!("/connect/sandbox-{name}.pem");
        assert_eq!(browser.get(&path).await.text, pem);
    }

    let form = "calls=2&endpoint=poll&fault=503";
    assert_eq!(browser.sent_on("/faults/add", form).await, "/");
    browser
        .sent_on("/faults/add", "calls=1&endpoint=any&fault=drop-after")
        .await;
    let json = "calls=1&endpoint=create&fault=%7B%22delay-before%22%3A5%7D";
    browser.sent_on("/faults/add", json).await;
    assert_eq!(sandbox.faults().planned().len(), 3);
    assert_eq!(
        client.get(JOBS).await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    for form in [
        "",
        "calls=0&endpoint=poll&fault=503",
        "calls=1&endpoint=poll&fault=99",
    ] {
        let page = browser.post("/faults/add", form).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{form}");
    }
}

#[tokio::test]
async fn queues_have_pages_and_personal_values_do_not_show() {
    let (sandbox, mut client, browser) = open().await;
    for number in 10..35 {
        client
            .get(&format!("{JOBS}?polling_queue=queue-{number}"))
            .await;
    }
    let page = browser.get("/").await;
    assert!(page.has("queue-29") && !page.has(">queue-30<") && page.has("/?queues=20"));
    let page = browser.get("/?queues=20").await;
    assert!(page.has("queue-30") && !page.has(">queue-29<") && !page.has("More queues"));

    let mut draft = tenancy();
    draft.request.polling_queue = Some("sak-02038412546".to_owned());
    if let portal_model::ManifestContent::Documents(documents) = &mut draft.manifest.content {
        documents.title = portal_model::Title::unchecked("Avtale 010133 00001");
    }
    draft.create(&sandbox, &mut client).await.sign(0).unwrap();
    client
        .get(&format!("{JOBS}?polling_queue=sak-02038412546"))
        .await;
    for path in ["/", "/?queues=20", "/jobs/1", "/journal", "/journal/1"] {
        let page = browser.get(path).await;
        for personal in ["010133 00001", "02038412546"] {
            assert!(!page.has(personal), "{path} shows {personal}");
        }
    }
}

#[tokio::test]
async fn the_next_event_is_a_jobs_and_not_a_polls() {
    let (sandbox, mut client, browser) = open().await;
    client.get(JOBS).await;
    assert!(browser.get("/").await.has("time has nothing to do"));
    Draft::one().create(&sandbox, &mut client).await;
    assert!(browser.get("/").await.has("job 1 expires"));
    browser.sent_on("/clock/next-event", "back=/").await;
    assert_eq!(sandbox.job(1).state(), Ok(portal_sandbox::JobState::Failed));
}

/// A job of one state after the other: what its pages call it is what the management API does.
#[tokio::test]
async fn states_have_the_same_words_on_every_page_and_in_the_management_api() {
    let acts = [
        "sign",
        "reject",
        "block",
        "reserve",
        "miss-contact-information",
        "lack-name",
    ];
    let mut words = Vec::new();
    for act in [None].into_iter().chain(acts.map(Some)) {
        let (sandbox, mut client, browser) = open().await;
        let signer = if act == Some("block") {
            by_email("email@example.com", 1)
        } else {
            by_lookup("01013300001", 1)
        };
        let mut draft = Draft::of(vec![signer]);
        draft.manifest.identifier_in_signed_documents =
            Some(portal_model::IdentifierInSignedDocuments::Name);
        let job = draft.create(&sandbox, &mut client).await;
        let own = sandbox.job(job.id()).messages().unwrap();
        let own = own[0].reveal_link().unwrap().to_owned();
        let own = own[own.find("/sign/").unwrap()..].to_owned();
        if let Some(act) = act {
            let path = format!("/jobs/{}/signers/0/{act}", job.id());
            browser.sent_on(&path, "").await;
        }
        let view = browser.get(&format!("/management/jobs/{}", job.id())).await;
        let view: serde_json::Value = serde_json::from_str(&view.text).unwrap();
        let (state, status) = (&view["state"], &view["signers"][0]["status"]);
        let (state, status) = (state.as_str().unwrap(), status.as_str().unwrap());
        let shown =
            |text: &str, word: &str| text.replace("<wbr>", "").contains(&format!(">{word}<"));
        let first = browser.get("/").await.text;
        assert!(shown(&first, state), "{act:?}: {state} is not in {first}");
        let page = browser.get(&format!("/jobs/{}", job.id())).await.text;
        assert!(
            shown(&page, state) && shown(&page, status),
            "{act:?}: {page}"
        );
        if act.is_some_and(|act| act != "block") {
            let page = browser.get(&own).await.text;
            assert!(shown(&page, status), "{act:?}: {page}");
        }
        words.push(format!("{state} {status}"));
    }
    insta::assert_snapshot!(words.join("\n"));
}
