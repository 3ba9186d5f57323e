//! What programs read of the journal and of jobs: filtered, and with personal values hidden.

use http::{Method, StatusCode};
use portal_model::{SignatureJobReference, Title};

use crate::jobs::{Draft, by_number, change};
use crate::management::managed;

const JOBS: &str = "/api/123456789/portal/signature-jobs";
const NUMBER: &str = "01013300001";

fn personal() -> Draft {
    let mut draft = Draft::of(vec![by_number(NUMBER, 1)]);
    draft.request.reference = Some(SignatureJobReference::new("sak-7").unwrap());
    if let portal_model::ManifestContent::Documents(documents) = &mut draft.manifest.content {
        documents.title = Title::unchecked("Avtale 010133 00001");
    }
    draft
}

#[tokio::test]
async fn each_call_has_its_documents_without_personal_values() {
    let (sandbox, mut client, management) = managed().await;
    personal().create(&sandbox, &mut client).await;
    client.get(JOBS).await;

    let calls = management.get("/journal").await;
    assert_eq!(calls.as_array().unwrap().len(), 2);
    assert!(calls[0].get("documents").is_none());

    let call = management.get("/journal/1").await;
    let documents = &call["documents"];
    let manifest = documents["manifest"].as_str().unwrap();
    assert!(manifest.contains("<signers>") && manifest.contains("••••••••"));
    assert!(documents["request"].as_str().unwrap().contains("sak-7"));
    assert!(
        documents["response"]
            .as_str()
            .unwrap()
            .contains("signature-job-id")
    );
    for personal in [NUMBER, "010133 00001", "other@example.com", "99999999"] {
        assert!(!call.to_string().contains(personal), "{personal}");
    }
    let listed = management.get("/journal?documents=true").await;
    assert_eq!(listed[0]["documents"], *documents);

    let revealed = management.get("/journal/1?reveal=true").await;
    assert!(revealed.to_string().contains(NUMBER));
    // A page of another site gets nothing of it.
    for (site, status) in [
        ("same-origin", StatusCode::OK),
        ("none", StatusCode::OK),
        ("same-site", StatusCode::FORBIDDEN),
        ("cross-site", StatusCode::FORBIDDEN),
    ] {
        let site = [("sec-fetch-site", site)];
        let revealing = management.call(Method::GET, "/journal/1?reveal=true", "", &site);
        assert_eq!(revealing.await.0, status, "{site:?}");
    }
}

#[tokio::test]
async fn calls_are_found_by_job_operation_and_time() {
    let (sandbox, mut client, management) = managed().await;
    personal().create(&sandbox, &mut client).await;
    sandbox.clock().advance(std::time::Duration::from_secs(60));
    personal().create(&sandbox, &mut client).await;
    client.get(JOBS).await;
    for (query, numbers) in [
        ("", &[1, 2, 3][..]),
        ("?job=2", &[2]),
        ("?operation=create", &[1, 2]),
        ("?operation=poll", &[3]),
        ("?operation=any", &[1, 2, 3]),
        ("?from=2026-03-01T08:01:00Z", &[2, 3]),
        ("?until=2026-03-01T08:01:00Z", &[1]),
        ("?operation=create&job=1", &[1]),
    ] {
        let calls = management.get(&format!("/journal{query}")).await;
        let found = calls.as_array().unwrap().iter();
        let found: Vec<_> = found.map(|call| call["number"].as_i64().unwrap()).collect();
        assert_eq!(found, numbers, "{query}");
    }
    for query in ["?job=x", "?operation=dance", "?from=yesterday", "?other=1"] {
        let path = format!("/journal{query}");
        let (status, _) = management.call(Method::GET, &path, "", &[]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn a_closed_job_still_says_how_it_ended_and_is_found_by_its_reference() {
    let (sandbox, mut client, management) = managed().await;
    let job = personal().create(&sandbox, &mut client).await;
    job.reject(0).unwrap();
    let change = change(&client.get(JOBS).await);
    assert_eq!(management.get("/jobs/1").await["closed"], false);
    client.post(change.confirmation_url.as_str()).await;
    let closed = management.get("/jobs/1").await;
    assert_eq!(closed["state"], "FAILED");
    assert_eq!(closed["closed"], true);
    assert_eq!(closed["signers"][0]["status"], "REJECTED");
    personal().create(&sandbox, &mut client).await;
    let found = management.get("/jobs?reference=sak-7").await;
    let found = found.as_array().unwrap().iter();
    let found: Vec<_> = found
        .map(|job| (job["id"].clone(), job["closed"].clone()))
        .collect();
    assert_eq!(found, [(1.into(), true.into()), (2.into(), false.into())]);
    assert_eq!(
        management.get("/jobs?reference=other").await,
        serde_json::json!([])
    );
    assert_eq!(management.get("/jobs").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn references_and_queue_names_with_numbers_are_hidden() {
    let (sandbox, mut client, management) = managed().await;
    let mut draft = Draft::of(vec![by_number("12345678910", 1)]);
    draft.request.polling_queue = Some("kø 010133 00001".to_owned());
    draft.create(&sandbox, &mut client).await;
    client
        .get(&format!("{JOBS}?polling_queue=sak-02038412546"))
        .await;
    for path in ["/jobs", "/jobs/1", "/journal"] {
        let response = management.get(path).await.to_string();
        assert!(!response.contains("010133 00001"), "{path}: {response}");
        assert!(!response.contains("02038412546"), "{path}: {response}");
    }
}
