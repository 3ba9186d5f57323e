//! What pages keep to themselves, and what they refuse.

use http::{Method, StatusCode};
use portal_model::{
    Bounded, Description, ManifestContent, NonsensitiveTitle, SignatureJobReference, Title,
};

use super::{JOBS, link_of, open, tenancy};
use crate::jobs::by_lookup;

#[tokio::test]
async fn a_calls_page_hides_personal_values_until_they_are_asked_for() {
    let (sandbox, mut client, browser) = open().await;
    tenancy().create(&sandbox, &mut client).await;
    sandbox.job(1).sign(0).unwrap();
    client.get(JOBS).await;
    let personal = [
        "12345678910",
        "10987654321",
        "01013300001",
        "signer@example.com",
        "other@example.com",
        "99999999",
    ];
    for path in ["/journal/1", "/journal/2", "/jobs/1", "/", "/journal"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        for value in personal {
            assert!(!page.has(value), "{value} on {path}");
        }
    }
    let page = browser.get("/journal/1").await;
    insta::assert_snapshot!("page_call", browser.redacted(&page));
    assert!(page.has("?reveal=manifest-0#manifest-0"));
    let one = browser.get("/journal/1?reveal=manifest-0").await;
    assert!(one.has("12345678910") && !one.has("10987654321"));
    let all = browser.get("/journal/1?reveal=all").await;
    for value in personal {
        assert!(all.has(value), "{value}");
    }
    let one = browser.get("/jobs/1?reveal=signer-2-0").await;
    assert!(one.has("signer@example.com") && !one.has("12345678910"));
}

#[tokio::test]
async fn titles_are_never_markup() {
    let (sandbox, mut client, browser) = open().await;
    let evil = "<script>alert(1)</script>\"'&";
    let mut draft = tenancy();
    draft.manifest.signers = Bounded::unchecked(vec![by_lookup("12345678910", 1)]);
    draft.request.reference = Some(SignatureJobReference::unchecked("<script>r"));
    draft.request.polling_queue = Some("<script>q".to_owned());
    if let ManifestContent::Documents(documents) = &mut draft.manifest.content {
        documents.title = Title::unchecked(evil);
        documents.nonsensitive_title = Some(NonsensitiveTitle::unchecked(evil));
        documents.description = Some(Description::unchecked(evil));
        let mut first = documents.documents.to_vec();
        first[0].title = Title::unchecked(evil);
        documents.documents = Bounded::unchecked(first);
    }
    draft.create(&sandbox, &mut client).await;
    client.get("/api/%3Cscript%3E?%3Cscript%3E'").await;
    let sign = link_of(&sandbox, 0);
    for path in [
        "/",
        "/jobs/1",
        "/journal",
        "/journal/1",
        "/journal/2",
        "/jobs/1?reveal=%3Cscript%3E",
        sign.as_str(),
    ] {
        let page = browser.get(path).await;
        let text = page
            .text
            .replace("<script src=\"/page.js\" defer></script>", "");
        assert!(!text.contains("<script"), "{path}: {text}");
    }
}

#[tokio::test]
async fn pages_of_other_sites_are_refused() {
    let (sandbox, mut client, browser) = open().await;
    tenancy().create(&sandbox, &mut client).await;
    for (name, value) in [
        ("origin", "https://example.com"),
        ("origin", "null"),
        ("host", "rebound.example.com"),
    ] {
        for (method, path) in [
            (Method::POST, "/jobs/1/sign"),
            (Method::GET, "/"),
            (Method::POST, "/reset"),
            (Method::GET, "/events"),
        ] {
            let page = browser.call(method, path, "", &[(name, value)]).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path} {value}");
        }
    }
    assert_eq!(sandbox.jobs().len(), 1);
}

#[tokio::test]
async fn pages_load_nothing_from_elsewhere() {
    let (_sandbox, _client, browser) = open().await;
    let page = browser.get("/").await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert!(
        !page.has(" style=") && !page.has(" onclick") && !page.has("http://") && !page.has("//cdn")
    );
    for (path, kind) in [
        ("/page.css", "text/css; charset=utf-8"),
        ("/page.js", "text/javascript; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
    ] {
        let file = browser.get(path).await;
        assert_eq!(
            (file.status, file.header("content-type")),
            (StatusCode::OK, kind)
        );
        assert!(!file.has("@import") && !file.has("url(http"), "{path}");
    }
}
