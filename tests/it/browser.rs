//! The sandbox's pages in headless Chromium: what a person does there, and what a client sees of it.
//!
//! `cargo xtask browser` runs these tests; without `PORTAL_CHROMEDRIVER` they do nothing.

mod checks;
mod screenshots;
mod webdriver;

use portal_client::{
    Document, Notification, PortalClient, PortalSignatureJobStatus, Sender, Signer,
};
use portal_sandbox::{Endpoint, Fault, Sandbox, SandboxClock};
use serde_json::json;

use crate::sandbox_clients::{Over, client, two_documents};
use checks::readable;
use webdriver::{Browser, ENTER, TAB};

const NUMBER: &str = "12345678910";

/// A sandbox with a page, a client of it, and a browser; `None` where there is no browser.
async fn open() -> Option<(Sandbox, PortalClient, Browser)> {
    let Some(browser) = Browser::start().await else {
        println!("skipped: PORTAL_CHROMEDRIVER names no driver; run `cargo xtask browser`");
        return None;
    };
    let clock = SandboxClock::controlled("2026-03-02T08:00:00Z".parse().unwrap());
    let builder = Sandbox::builder().clock(clock).first_job(1);
    let sandbox = builder
        .management(([127, 0, 0, 1], 0).into())
        .start()
        .await
        .unwrap();
    let client = client(&sandbox, Over::Hyper);
    Some((sandbox, client, browser))
}

fn page(sandbox: &Sandbox, path: &str) -> String {
    format!("{}{path}", sandbox.page_url().unwrap())
}

/// A job for a signer with a personal number and then one with an e-mail address.
async fn create(client: &PortalClient) {
    let job = two_documents(client)
        .signer(
            Signer::by_personal_number(NUMBER, Notification::email("first@example.com")).order(1),
        )
        .signer(Signer::by_email("second@example.com").order(2))
        .build_blocking()
        .unwrap();
    client.create(&job).await.unwrap();
}

/// A job with the longest words that a job may have, faults, and a document of plain text.
async fn create_unwieldy(sandbox: &Sandbox, client: &PortalClient) {
    let word = |length| "m".repeat(length);
    let job = client
        .job(word(80))
        .description(word(220))
        .reference(word(50))
        .sender(Sender::from(sandbox.sender().clone()).with_queue(word(70)))
        .document(Document::plain_text(word(80), word(500).into_bytes()))
        .signer(Signer::by_email(format!("{}@example.com", word(60))))
        .build_blocking()
        .unwrap();
    client.create(&job).await.unwrap();
    sandbox.job(6).sign(0).unwrap();
    sandbox.faults().next(1, Endpoint::Poll, Fault::Status(503));
    let _ = client.status_change(None).await;
    sandbox.faults().next(9, Endpoint::Create, Fault::DropAfter);
}

/// Marks the page, so that a page loaded again is told apart.
async fn mark(browser: &Browser) {
    browser.run("window.marked = true").await;
}

async fn is_marked(browser: &Browser) -> bool {
    browser.run("return window.marked === true").await == json!(true)
}

#[tokio::test]
async fn a_job_is_made_by_a_client_signed_by_clicking_and_found_complete() {
    let Some((sandbox, client, browser)) = open().await else {
        return;
    };
    browser.go(&page(&sandbox, "")).await;
    mark(&browser).await;
    // The page learns of the job by itself.
    create(&client).await;
    browser
        .wait_for("document.querySelector('#jobs #job-1')")
        .await;
    browser
        .wait_for("document.querySelector('#calls').innerText.includes('create')")
        .await;
    assert!(is_marked(&browser).await);

    // The first signer, by the button of the job's page.
    browser.click("#job-1").await;
    browser.wait_for("document.querySelector('#sign-0')").await;
    mark(&browser).await;
    browser.click("#sign-0").await;
    browser
        .wait_for("document.querySelector('#signers .signer').innerText.includes('SIGNED')")
        .await;
    browser.wait_for("document.querySelector('#sign-1')").await;
    // The button is gone, and the focus with the signer whose it was.
    let focus = browser.run("return document.activeElement.id").await;
    assert_eq!(focus, json!("signer-0"));
    assert!(is_marked(&browser).await);

    // The second one, on a page of the signer's own, by the link in the inbox.
    browser.click(".signer-group.turn .message summary").await;
    browser.click(".signer-group.turn .message .letter a").await;
    browser.wait_for("document.querySelector('#code')").await;
    let messages = sandbox.job(1).messages().unwrap();
    let letter = messages.iter().find(|message| message.signer == 1).unwrap();
    let code = letter.reveal_text().split("security code ").nth(1).unwrap();
    let code = &code[..4];
    let wrong = if code == "0000" { "0001" } else { "0000" };
    browser.click("#code").await;
    browser.write(wrong).await;
    browser.press(ENTER).await;
    browser
        .wait_for("document.body.innerText.includes('2 tries are left.')")
        .await;
    assert!(
        !browser
            .run("return document.body.innerText")
            .await
            .to_string()
            .contains("Job title")
    );
    browser
        .run("document.querySelector('#code').value = ''")
        .await;
    browser.click("#code").await;
    browser.write(code).await;
    browser.press(ENTER).await;
    browser.wait_for("document.querySelector('#sign')").await;

    // Nothing but the keyboard.
    tab_to(&browser, "sign").await;
    browser.press(ENTER).await;
    browser
        .wait_for("document.querySelector('#standing').innerText.includes('SIGNED')")
        .await;

    // What the client finds.
    let folder = tempfile::tempdir().unwrap();
    let mut last = None;
    while let Some(change) = client.status_change(None).await.unwrap().change {
        if change.status() == PortalSignatureJobStatus::CompletedSuccessfully {
            let signed = client.pades(&change).await.unwrap();
            signed
                .save_to(&folder.path().join("signed.pdf"))
                .await
                .unwrap();
        }
        client.confirm(&change).await.unwrap();
        last = Some(change.status());
    }
    assert_eq!(last, Some(PortalSignatureJobStatus::CompletedSuccessfully));
    let signed = std::fs::read(folder.path().join("signed.pdf")).unwrap();
    assert!(signed.starts_with(b"%PDF-"));
    // To the client the job is gone, and so the page says.
    browser.go(&page(&sandbox, "jobs/1")).await;
    browser
        .wait_for("document.body.innerText.includes('Job 1 is gone')")
        .await;
}

/// Walks with the Tab key until the focus is there.
async fn tab_to(browser: &Browser, id: &str) {
    for _ in 0..30 {
        browser.press(TAB).await;
        let focus = browser.run("return document.activeElement.id").await;
        if focus == json!(id) {
            let shown = "return getComputedStyle(document.activeElement).outlineStyle";
            assert_eq!(
                browser.run(shown).await,
                json!("solid"),
                "the focus is not seen"
            );
            return;
        }
    }
    panic!("the Tab key does not reach #{id}");
}

#[tokio::test]
async fn a_personal_number_comes_when_it_is_clicked() {
    let Some((sandbox, client, browser)) = open().await else {
        return;
    };
    create(&client).await;
    browser.go(&page(&sandbox, "journal/1")).await;
    let served = "return fetch(location.href).then((response) => response.text())";
    assert!(!browser.run(served).await.to_string().contains(NUMBER));
    mark(&browser).await;
    browser.click("#manifest-0").await;
    browser
        .wait_for(&format!(
            "document.querySelector('#manifest-0').innerText === '{NUMBER}'"
        ))
        .await;
    let focus = browser.run("return document.activeElement.id").await;
    assert_eq!(focus, json!("manifest-0"));
    assert!(is_marked(&browser).await);
    assert!(!browser.run(served).await.to_string().contains(NUMBER));
    let source = browser
        .run("return document.documentElement.outerHTML")
        .await;
    assert!(!source.to_string().contains("first@example.com"));
}

#[tokio::test]
async fn the_clock_and_other_pages_are_followed() {
    let Some((sandbox, client, browser)) = open().await else {
        return;
    };
    create(&client).await;
    browser.go(&page(&sandbox, "jobs/1")).await;
    mark(&browser).await;
    browser
        .wait_for("document.querySelector('#job').innerText.includes('30 d left')")
        .await;
    browser.click("button[value='86400']").await;
    browser
        .wait_for("document.querySelector('#job').innerText.includes('29 d left')")
        .await;
    // Moved from within the test's process.
    sandbox
        .clock()
        .advance(std::time::Duration::from_secs(86_400));
    browser
        .wait_for("document.querySelector('#job').innerText.includes('28 d left')")
        .await;
    // An open message stays open, and what was typed stays, when the parts around are replaced.
    browser.click(".message summary").await;
    browser
        .run("document.querySelector('#amount').value = '17'")
        .await;
    sandbox.job(1).sign(0).unwrap();
    browser.wait_for("document.querySelector('#sign-1')").await;
    assert_eq!(
        browser
            .run("return document.querySelector('.message').open")
            .await,
        json!(true)
    );
    assert_eq!(
        browser
            .run("return document.querySelector('#amount').value")
            .await,
        json!("17")
    );
    // What is not possible is said on the spot.
    browser
        .run("document.querySelector('#sign-1').form.action = '/jobs/1/signers/0/sign'")
        .await;
    browser.click("#sign-1").await;
    browser
        .wait_for("document.querySelector('#said').innerText.includes('not WAITING')")
        .await;
    assert!(is_marked(&browser).await);
}

#[tokio::test]
async fn without_scripts_every_button_is_a_form() {
    let Some((sandbox, client, browser)) = open().await else {
        return;
    };
    create(&client).await;
    browser.forbid_scripts().await;
    browser.go(&page(&sandbox, "jobs/1")).await;
    browser.click("#sign-0").await;
    browser.wait_for("document.querySelector('#sign-1')").await;
    assert_eq!(browser.url().await, page(&sandbox, "jobs/1"));
    browser.click("button[value='3600']").await;
    browser
        .wait_for("document.querySelector('#now').innerText === '2026-03-02 09:00:00'")
        .await;
    browser.click("#signer-0-0").await;
    browser
        .wait_for(&format!(
            "document.querySelector('#signer-0-0').innerText === '{NUMBER}'"
        ))
        .await;
    // Nothing follows what happens elsewhere.
    sandbox.job(1).sign(1).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(
        browser
            .run("return !!document.querySelector('#sign-1')")
            .await,
        json!(true)
    );
}

#[tokio::test]
async fn every_page_is_readable_at_every_width_in_light_and_dark() {
    let Some((sandbox, client, browser)) = open().await else {
        return;
    };
    screenshots::fill(&sandbox, &client).await;
    create_unwieldy(&sandbox, &client).await;
    let signer = |job: i64, index: usize| {
        let messages = sandbox.job(job).messages().unwrap();
        let message = messages
            .iter()
            .find(|message| message.signer == index)
            .unwrap();
        message.reveal_link().unwrap().to_owned()
    };
    let mut pages = vec![signer(1, 0), signer(1, 1), signer(3, 0)];
    browser.go(&page(&sandbox, "jobs/6")).await;
    let own = browser
        .run("return document.querySelector('a.own').href")
        .await;
    pages.push(own.as_str().unwrap().to_owned());
    for path in [
        "",
        "jobs/1",
        "jobs/2",
        "jobs/99",
        "journal",
        "journal/1",
        "journal/1?reveal=all",
    ] {
        pages.push(page(&sandbox, path));
    }
    for address in &pages {
        browser.go(address).await;
        browser
            .run("document.querySelectorAll('details').forEach((one) => one.open = true)")
            .await;
        for colours in ["light", "dark"] {
            for width in [1280, 1120, 760, 390, 320] {
                browser.appear(width, 844, colours).await;
                readable(&browser, &format!("{address} at {width} px, {colours}")).await;
            }
        }
    }
}

/// Everything of the clock stands beside everything else from the width of the documentation's pictures on, and
/// nothing of it lies on anything else.
#[tokio::test]
async fn the_clock_is_one_row_on_a_desk() {
    let Some((sandbox, client, browser)) = open().await else {
        return;
    };
    screenshots::fill(&sandbox, &client).await;
    let rows = "const parts = [...document.querySelectorAll('.clock p, .clock button, .clock input:not([type=hidden]), \
                .clock select')].map((part) => part.getBoundingClientRect()).sort((a, b) => a.left - b.left); \
                const middles = parts.map((part) => (part.top + part.bottom) / 2); \
                const apart = parts.every((part, i) => i === 0 || part.left >= parts[i - 1].right); \
                return Math.max(...middles) - Math.min(...middles) < 6 && apart";
    for path in ["", "jobs/1", "journal"] {
        for width in [1120, 1239, 1240, 1600] {
            browser.appear(width, 844, "light").await;
            browser.go(&page(&sandbox, path)).await;
            assert_eq!(browser.run(rows).await, json!(true), "{path} at {width} px");
        }
    }
}

#[tokio::test]
async fn pictures_for_the_documentation() {
    if let Some(folder) = std::env::var_os("PORTAL_SCREENSHOTS")
        && let Some((sandbox, client, browser)) = open().await
    {
        screenshots::fill(&sandbox, &client).await;
        screenshots::take(&sandbox, &browser, folder.as_ref()).await;
    }
}
