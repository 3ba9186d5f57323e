//! The pages, as a browser without scripts uses them.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use portal_model::{Description, NonsensitiveTitle, SignatureJobReference, Title};
use portal_sandbox::{Channel, JobState, NoticeKind, Sandbox, SandboxClock};
use tokio::net::TcpStream;

use crate::client::Client;
use crate::jobs::{Draft, by_email, by_lookup, four_signers};

const JOBS: &str = "/api/123456789/portal/signature-jobs";

/// A browser at the sandbox's pages.
struct Browser {
    authority: String,
    root_url: String,
}

struct Page {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Page {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn has(&self, text: &str) -> bool {
        self.text.contains(text)
    }
}

impl Browser {
    async fn get(&self, path: &str) -> Page {
        self.call(Method::GET, path, "", &[]).await
    }

    /// Sends a form, as the page itself would.
    async fn post(&self, path: &str, form: &str) -> Page {
        let origin = format!("http://{}", self.authority);
        let headers = [
            ("origin", origin.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.call(Method::POST, path, form, &headers).await
    }

    /// The path that a form leads on to.
    async fn sent_on(&self, path: &str, form: &str) -> String {
        let page = self.post(path, form).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}: {}", page.text);
        page.header("location").to_owned()
    }

    async fn call(&self, method: Method, path: &str, body: &str, headers: &[(&str, &str)]) -> Page {
        let stream = TcpStream::connect(&self.authority).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", &self.authority);
        }
        let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
        let response = sender
            .send_request(request.body(body).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Page {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// A page's main part with ports and links that differ from run to run replaced.
    fn redacted(&self, page: &Page) -> String {
        let main = page.text.split("<main").nth(1).unwrap();
        let main = main.split("</main>").next().unwrap();
        let text = format!("<main{main}")
            .replace(&self.root_url, "https://127.0.0.1:8443/api")
            .replace(&self.authority, "127.0.0.1:8444");
        let mut pieces = text.split("/sign/");
        let mut redacted = pieces.next().unwrap().to_owned();
        for piece in pieces {
            let token = piece
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
                .unwrap();
            redacted.push_str("/sign/TOKEN");
            redacted.push_str(&piece[token..]);
        }
        without_code(&redacted)
    }
}

/// Security codes differ from run to run.
fn without_code(text: &str) -> String {
    let mut pieces = text.split("security code ");
    let mut redacted = pieces.next().unwrap().to_owned();
    for piece in pieces {
        redacted.push_str("security code ");
        if piece.bytes().take(4).all(|byte| byte.is_ascii_digit()) {
            redacted.push_str("0000");
            redacted.push_str(&piece[4..]);
        } else {
            redacted.push_str(piece);
        }
    }
    redacted
}

async fn open() -> (Sandbox, Client, Browser) {
    let clock = SandboxClock::controlled("2026-03-01T08:00:00Z".parse().unwrap());
    let sandbox = Sandbox::builder()
        .clock(clock)
        .management(([127, 0, 0, 1], 0).into())
        .start()
        .await
        .unwrap();
    let client = Client::sender(&sandbox).await;
    let page = sandbox.page_url().unwrap();
    let browser = Browser {
        authority: page
            .strip_prefix("http://")
            .unwrap()
            .trim_end_matches('/')
            .to_owned(),
        root_url: sandbox.root_url().to_owned(),
    };
    (sandbox, client, browser)
}

fn tenancy() -> Draft {
    let mut draft = Draft::of(four_signers());
    draft.request.reference = Some(SignatureJobReference::new("123-ABC").unwrap());
    draft
}

/// The path of the link in a signer's first notice.
fn link_of(sandbox: &Sandbox, signer: usize) -> String {
    let notices = sandbox.job(1).notices().unwrap();
    let notice = notices
        .iter()
        .find(|notice| notice.signer == signer)
        .unwrap();
    let link = notice.reveal_link().unwrap();
    link[link.find("/sign/").unwrap()..].to_owned()
}

#[tokio::test]
async fn there_is_no_page_unless_it_is_asked_for() {
    assert_eq!(Sandbox::start().await.unwrap().page_url(), None);
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
        Draft::one().create(&sandbox, &mut client).await;
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
    client.get(JOBS).await;
    assert!(browser.get("/").await.has("a queue may be polled again"));
    assert_eq!(
        browser
            .sent_on("/clock/next-event", "back=%2Fjournal")
            .await,
        "/journal"
    );
    assert_eq!(now(), "2026-03-03T08:10:05Z");
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
async fn a_signer_signs_on_a_page_of_the_signers_own() {
    let (sandbox, mut client, browser) = open().await;
    let mut draft = tenancy();
    if let portal_model::ManifestContent::Documents(documents) = &mut draft.manifest.content {
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
    assert!(browser.get(&path).await.has("Signed"));
    assert_eq!(
        browser.post(&format!("{path}/sign"), "").await.status,
        StatusCode::CONFLICT
    );

    let path = link_of(&sandbox, 1);
    browser.sent_on(&format!("{path}/reject"), "").await;
    assert!(browser.get(&path).await.has("Refused"));
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
        let answer = browser.post(&format!("{path}{act}"), "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(
        browser.get(&format!("{path}/documents/1")).await.status,
        StatusCode::NOT_FOUND
    );

    let notices = sandbox.job(1).notices().unwrap();
    let text = notices[0].reveal_text();
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
    assert!(browser.get(&inside).await.has("BLOCKED"));
}

#[tokio::test]
async fn titles_are_never_markup() {
    let (sandbox, mut client, browser) = open().await;
    let evil = "<script>alert(1)</script>\"'&";
    let mut draft = tenancy();
    draft.manifest.signers = portal_model::Bounded::unchecked(vec![by_lookup("12345678910", 1)]);
    draft.request.reference = Some(SignatureJobReference::unchecked("<script>r"));
    draft.request.polling_queue = Some("<script>q".to_owned());
    if let portal_model::ManifestContent::Documents(documents) = &mut draft.manifest.content {
        documents.title = Title::unchecked(evil);
        documents.nonsensitive_title = Some(NonsensitiveTitle::unchecked(evil));
        documents.description = Some(Description::unchecked(evil));
        let mut first = documents.documents.to_vec();
        first[0].title = Title::unchecked(evil);
        documents.documents = portal_model::Bounded::unchecked(first);
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
async fn notices_follow_the_clock_and_the_signers() {
    let (sandbox, mut client, _browser) = open().await;
    tenancy().create(&sandbox, &mut client).await;
    let job = sandbox.job(1);
    let told = || -> Vec<_> {
        let notices = job.notices().unwrap();
        let told = notices
            .iter()
            .map(|n| (n.signer, n.kind, n.channel, n.sent));
        told.collect()
    };
    let first = (0, NoticeKind::Invitation, Channel::Email, true);
    let reminder = (0, NoticeKind::Reminder, Channel::Email, false);
    let last = (0, NoticeKind::Reminder, Channel::Sms, false);
    assert_eq!(told(), [first, reminder, last]);
    job.sign(0).unwrap();
    assert_eq!(told()[0], first);
    assert_eq!(told().iter().filter(|notice| notice.0 == 0).count(), 1);
    assert_eq!(told().iter().filter(|notice| notice.0 == 2).count(), 2);
    assert!(told().iter().all(|notice| notice.0 != 3));
    let debug = format!("{:?}", job.notices().unwrap());
    assert!(!debug.contains('@') && !debug.contains("sign/"), "{debug}");
}
