//! A sandbox in the middle of things, and pictures of it for the documentation.

use std::path::Path;
use std::time::Duration;

use portal_client::{Document, JobBuilder, Notification, PortalClient, Sender, Signer};
use portal_sandbox::{Sandbox, sample_pdf};

use super::page;
use super::webdriver::Browser;

fn job(client: &PortalClient, title: &str, reference: &str) -> JobBuilder {
    let document = Document::pdf(title, sample_pdf(title, &["Nothing here binds anybody."]));
    client.job(title).document(document).reference(reference)
}

fn by_number(number: &str, order: u8) -> Signer {
    Signer::by_personal_number(number, Notification::lookup_with_sms()).order(order)
}

/// Jobs in every state, queues with something in them, and calls that went well and not.
pub(super) async fn fill(sandbox: &Sandbox, client: &PortalClient) {
    let clock = sandbox.clock();
    let contact = Notification::email_and_mobile("landlord@example.com", "99999999");
    let boats = Sender::from(sandbox.sender().clone()).with_queue("boats");
    let jobs = [
        job(client, "Tenancy agreement, Storgata 1", "T-1041")
            .document(Document::pdf(
                "House rules",
                sample_pdf("House rules", &["Quiet."]),
            ))
            .signer(by_number("12345678910", 1))
            .signer(Signer::by_email("tenant@example.com").order(1))
            .signer(Signer::by_personal_number("01013300001", contact).order(2)),
        job(client, "Minutes of the annual meeting", "M-2026")
            .signer(by_number("10987654321", 1))
            .signer(by_number("02038412546", 1)),
        job(client, "Contract of employment", "HR-77")
            .description("Please read it, and sign before your first day.")
            .signer(by_number("12345678910", 1)),
        job(client, "Power of attorney", "P-12").signer(by_number("10987654321", 1)),
        job(client, "Purchase of a used boat", "B-3")
            .signer(by_number("12345678910", 1))
            .signer(Signer::by_mobile("98765432").order(2)),
    ];
    for (index, job) in jobs.into_iter().enumerate() {
        let job = match index {
            4 => job.sender(boats.clone()),
            _ => job,
        };
        let job = job.build_blocking().unwrap();
        client.create(&job).await.unwrap();
        clock.advance(Duration::from_secs(437));
    }
    sandbox.job(1).sign(0).unwrap();
    clock.advance(Duration::from_secs(1900));
    sandbox.job(2).sign_current_group().unwrap();
    sandbox.job(4).reject(0).unwrap();
    clock.advance(Duration::from_secs(60));
    sandbox.job(5).sign_current_group().unwrap();
    // The change of the first job is handed out and left there, an empty queue asked too early.
    client.status_change(None).await.unwrap();
    client.status_change(&boats).await.unwrap();
    client.status_change(&boats).await.unwrap();
    let _ = client.status_change(&boats).await;
    clock.advance(Duration::from_secs(95));
}

/// Takes every picture.
pub(super) async fn take(sandbox: &Sandbox, browser: &Browser, folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for (name, path, width, height, colours) in [
        ("overview-light", "", 1120, 700, "light"),
        ("overview-dark", "", 1120, 700, "dark"),
        ("job-dark", "jobs/1", 1120, 980, "dark"),
        ("call-light", "journal/1", 1120, 760, "light"),
        ("phone-job", "jobs/1", 390, 780, "dark"),
    ] {
        browser.appear(width, height, colours).await;
        browser.go(&page(sandbox, path)).await;
        // One letter lies open.
        browser
            .run("document.querySelectorAll('.turn .signer')[1]?.querySelector('details')?.setAttribute('open', '')")
            .await;
        let picture = browser.screenshot().await;
        std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }
    let messages = sandbox.job(3).messages().unwrap();
    browser.appear(390, 780, "light").await;
    browser.go(messages[0].reveal_link().unwrap()).await;
    let picture = browser.screenshot().await;
    std::fs::write(folder.join("phone-sign.png"), picture).unwrap();
}
