//! The check before the first job, against the sandbox: each thing that can be wrong is found, and nothing is
//! polled.

use std::net::TcpListener;
use std::time::Duration;

use jiff::SignedDuration;
use portal_certificate::{Certificate, EnterpriseCertificate};
use portal_client::{
    Authentication, CheckCode, CheckReport, CheckStatus, ClientBuilder, Environment,
    HyperTransport, OrganizationNumber, PortalClient, Sector, Sender, SharedClock,
};
use portal_sandbox::{Endpoint, Fault, Organization, Sandbox, Validity};

use crate::access_tokens;
use crate::refusals::masked;
use crate::sandbox_clients::trust_in;

use CheckStatus::{Fail, Pass, Warn};

const OTHER: &str = "988015814";

fn other() -> OrganizationNumber {
    OrganizationNumber::new(OTHER).unwrap()
}

async fn sandbox() -> Sandbox {
    Sandbox::builder().standing_clock().start().await.unwrap()
}

/// A client of the sandbox that nothing is to be said about.
fn builder(sandbox: &Sandbox, certificate: &EnterpriseCertificate) -> ClientBuilder {
    let environment = Environment::custom(sandbox.root_url()).unwrap();
    let clock = sandbox.clock().clone();
    PortalClient::builder(environment, certificate.clone(), Sector::Public)
        .trust(trust_in(sandbox))
        .sender(Sender::from(sandbox.sender().clone()).with_queue("letters"))
        .clock(SharedClock::new(move || clock.now()))
        .without_proxy()
}

fn ours(sandbox: &Sandbox) -> ClientBuilder {
    builder(sandbox, sandbox.sender_certificate())
}

/// Checks, and sees to it that the sandbox was asked who the caller is at the most.
async fn check(sandbox: &Sandbox, builder: ClientBuilder) -> CheckReport {
    sandbox.clear_journal();
    let client = builder.build_over(HyperTransport::new).unwrap();
    let report = client.check().await;
    let calls = sandbox.journal();
    let calls = calls.iter().filter(|call| call.status != 0);
    for call in calls {
        let of_token = call.path == "/oauth2/token";
        let of_caller = call.method == "GET" && call.path.matches('/').count() == 2;
        assert!(of_token || of_caller, "{} {}", call.method, call.path);
    }
    for finding in &report.findings {
        assert_eq!(finding.fix.is_some(), finding.status != Pass, "{finding}");
    }
    report
}

/// The findings that are no pass.
fn odd(report: &CheckReport) -> Vec<(CheckCode, CheckStatus)> {
    let findings = report.findings.iter();
    findings
        .filter(|finding| finding.status != Pass)
        .map(|finding| (finding.code, finding.status))
        .collect()
}

#[tokio::test]
async fn what_is_right_passes() {
    let sandbox = sandbox().await;
    let report = check(&sandbox, ours(&sandbox)).await;
    assert_eq!((report.status(), report.is_ok()), (Pass, true), "{report}");
    let port = format!(":{}", sandbox.address().port());
    insta::assert_snapshot!(masked(&report.to_string().replace(&port, ":[port]")));
    assert_eq!(sandbox.journal().len(), 1);
}

#[tokio::test]
async fn a_report_is_json() {
    let sandbox = sandbox().await;
    let builder = ours(&sandbox).sender(Sender::from(other()));
    let report = check(&sandbox, builder).await;
    let json = serde_json::to_value(&report).unwrap();
    let findings = json["findings"].as_array().unwrap();
    let finding = |code: &str| {
        let found = findings.iter().find(|finding| finding["code"] == code);
        found.unwrap()
    };
    assert_eq!(finding("certificate-dates")["status"], "pass");
    assert_eq!(finding("sender")["status"], "fail");
    assert!(finding("sender")["fix"].is_string());
    for code in report.findings.iter().map(|finding| finding.code) {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
    }
}

#[tokio::test]
async fn a_certificate_at_its_end() {
    let sandbox = sandbox().await;
    let now = sandbox.clock().now();
    let issue = |days: i64| {
        let from = now - SignedDuration::from_hours(48);
        let until = now + SignedDuration::from_hours(24 * days) - SignedDuration::from_secs(1);
        let validity = Validity::new(from, until);
        sandbox.issue(sandbox.sender(), validity).unwrap()
    };
    let odd_after = async |certificate| {
        let report = check(&sandbox, builder(&sandbox, &certificate)).await;
        odd(&report)
    };
    assert_eq!(odd_after(issue(31)).await, []);
    let warned = [(CheckCode::CertificateDates, Warn)];
    assert_eq!(odd_after(issue(30)).await, warned);
    assert_eq!(odd_after(issue(1)).await, warned);
    // The service refuses it in the handshake.
    let failed = [(CheckCode::CertificateDates, Fail), (CheckCode::Tls, Fail)];
    assert_eq!(odd_after(issue(0)).await, failed);
}

#[tokio::test]
async fn servers_that_are_not_the_service() {
    let sandbox = sandbox().await;
    let failed = [(CheckCode::Tls, Fail)];
    let stranger = Sandbox::start().await.unwrap();
    let report = check(&sandbox, ours(&sandbox).trust(trust_in(&stranger))).await;
    assert_eq!(odd(&report), failed, "{report}");
    let posing = trust_in(&sandbox).with_organization_number(other());
    let report = check(&sandbox, ours(&sandbox).trust(posing)).await;
    assert_eq!(odd(&report), failed, "{report}");
    // Nothing can be said about what comes after.
    assert!(report.finding(CheckCode::Access).is_none());
    assert!(report.finding(CheckCode::Clock).is_none());
}

#[tokio::test]
async fn a_server_for_another_host_is_warned_about() {
    let sandbox = Sandbox::builder()
        .host_name("www.example.com")
        .standing_clock();
    let sandbox = sandbox.start().await.unwrap();
    let root = format!("https://127.0.0.1:{}/api", sandbox.address().port());
    let clock = sandbox.clock().clone();
    let builder = elsewhere(&sandbox, &root).clock(SharedClock::new(move || clock.now()));
    let report = check(&sandbox, builder).await;
    assert_eq!(odd(&report), [(CheckCode::ServerNames, Warn)], "{report}");
}

fn elsewhere(sandbox: &Sandbox, root: &str) -> ClientBuilder {
    let environment = Environment::custom(root).unwrap();
    let certificate = sandbox.sender_certificate().clone();
    PortalClient::builder(environment, certificate, Sector::Public)
        .trust(trust_in(sandbox))
        .sender(Sender::from(sandbox.sender().clone()).with_queue("letters"))
        .without_proxy()
}

/// A port where nobody listens.
fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test]
async fn a_service_that_is_not_there() {
    let sandbox = sandbox().await;
    // A label of 64 characters is one too long for a name server to be asked.
    let nowhere = format!("https://{}.example.com/api", "a".repeat(64));
    let report = check(&sandbox, elsewhere(&sandbox, &nowhere)).await;
    assert_eq!(
        odd(&report),
        [(CheckCode::NameResolution, Fail)],
        "{report}"
    );
    assert!(report.finding(CheckCode::Tls).is_none());
    let closed = format!("https://127.0.0.1:{}/api", closed_port());
    let report = check(&sandbox, elsewhere(&sandbox, &closed)).await;
    assert_eq!(odd(&report), [(CheckCode::Tls, Fail)], "{report}");
}

#[tokio::test]
async fn a_token_endpoint_that_is_not_there() {
    let sandbox = sandbox().await;
    let root = Certificate::from_der(sandbox.trust_anchor_der()).unwrap();
    let builder = ours(&sandbox)
        .authentication(Authentication::token("canary-client", "canary-broker"))
        .token_endpoint(format!("https://127.0.0.1:{}/token", closed_port()))
        .token_endpoint_roots([root]);
    let report = check(&sandbox, builder).await;
    assert_eq!(odd(&report), [(CheckCode::Token, Fail)], "{report}");
    assert!(report.finding(CheckCode::Access).is_none());
    assert!(sandbox.journal().is_empty());
    assert!(!format!("{report}{report:?}").contains("canary"));
}

#[tokio::test]
async fn an_organization_without_access() {
    let sandbox = sandbox().await;
    let validity = Validity::around(sandbox.clock().now());
    let certificate = sandbox.issue(&other(), validity).unwrap();
    let sender = Sender::from(other()).with_queue("letters");
    let builder = builder(&sandbox, &certificate).sender(sender);
    let report = check(&sandbox, builder).await;
    assert_eq!(odd(&report), [(CheckCode::Access, Fail)], "{report}");
}

#[tokio::test]
async fn a_broker_needs_the_right_of_the_sender() {
    let sandbox = sandbox().await;
    let sender = Sender::from(other()).with_queue("letters");
    let report = check(&sandbox, ours(&sandbox).sender(sender.clone())).await;
    assert_eq!(odd(&report), [(CheckCode::Sender, Fail)], "{report}");

    let broker = Organization::new(sandbox.sender().clone()).with_broker_rights_for(other());
    let sandbox = Sandbox::builder().sender(broker).standing_clock();
    let sandbox = sandbox.start().await.unwrap();
    let report = check(&sandbox, ours(&sandbox).sender(sender)).await;
    assert_eq!(report.status(), Pass, "{report}");
    let finding = report.finding(CheckCode::Sender).unwrap();
    assert!(finding.sentence.contains("on behalf of"), "{finding}");
}

#[tokio::test]
async fn a_client_without_sender_and_queue() {
    let sandbox = sandbox().await;
    let environment = Environment::custom(sandbox.root_url()).unwrap();
    let certificate = sandbox.sender_certificate().clone();
    let without = PortalClient::builder(environment, certificate, Sector::Public)
        .trust(trust_in(&sandbox))
        .without_proxy();
    // The service is asked as the certificate's organisation.
    let report = check(&sandbox, without).await;
    assert_eq!(odd(&report), [(CheckCode::Sender, Warn)], "{report}");
    assert!(report.finding(CheckCode::Access).is_some());

    let default = Sender::from(sandbox.sender().clone());
    let report = check(&sandbox, ours(&sandbox).sender(default)).await;
    assert_eq!(odd(&report), [(CheckCode::Queue, Warn)], "{report}");
}

#[tokio::test]
async fn a_clock_that_is_off() {
    let sandbox = sandbox().await;
    for (seconds, expected) in [
        (-6, Some(Fail)),
        (-4, Some(Warn)),
        (-2, None),
        (0, None),
        (3, None),
        (5, Some(Warn)),
        (7, Some(Fail)),
        (60, Some(Fail)),
    ] {
        let clock = sandbox.clock().clone();
        let off = SharedClock::new(move || clock.now() + SignedDuration::from_secs(seconds));
        let report = check(&sandbox, ours(&sandbox).clock(off)).await;
        let clock = report.finding(CheckCode::Clock).unwrap();
        assert_eq!(clock.status, expected.unwrap_or(Pass), "{seconds}: {clock}");
        assert_eq!(odd(&report).len(), usize::from(expected.is_some()));
    }
}

#[tokio::test]
async fn a_service_that_fails() {
    let sandbox = sandbox().await;
    for fault in [Fault::Status(503), Fault::Status(404)] {
        sandbox.reset();
        sandbox.faults().next(1, Endpoint::WhoAmI, fault.clone());
        let report = check(&sandbox, ours(&sandbox)).await;
        assert_eq!(
            odd(&report),
            [(CheckCode::Access, Fail)],
            "{fault:?}: {report}"
        );
    }
    sandbox.reset();
    sandbox
        .faults()
        .next(1, Endpoint::WhoAmI, Fault::DropBefore);
    let report = check(&sandbox, ours(&sandbox)).await;
    assert_eq!(odd(&report), [(CheckCode::Tls, Fail)], "{report}");
}

/// A client of custom parts knows its certificate and what comes of a request.
#[tokio::test]
async fn custom_parts_are_checked_as_far_as_they_show() {
    let sandbox = sandbox().await;
    let client = crate::sandbox_clients::bare_client(&sandbox, crate::sandbox_clients::Over::Hyper);
    let report = client.check().await;
    assert_eq!(odd(&report), [(CheckCode::Queue, Warn)], "{report}");
    let has = |code| report.finding(code).is_some();
    assert!(has(CheckCode::CertificateKey) && has(CheckCode::Access) && has(CheckCode::Clock));
    assert!(!has(CheckCode::TrustAnchors) && !has(CheckCode::Tls));
}

/// It may be dropped at any point.
#[tokio::test]
async fn a_check_that_is_dropped_leaves_nothing_behind() {
    let sandbox = sandbox().await;
    let client = ours(&sandbox).build_over(HyperTransport::new).unwrap();
    for wait in 0..20 {
        let limit = Duration::from_millis(wait);
        let _ = tokio::time::timeout(limit, client.check()).await;
    }
    assert_eq!(client.check().await.status(), Pass);
}

#[tokio::test]
async fn access_tokens_are_checked() {
    let tokens = Sandbox::builder()
        .standing_clock()
        .token_endpoint(([127, 0, 0, 1], 0).into());
    let sandbox = tokens.start().await.unwrap();
    let named = || Sender::from(sandbox.sender().clone()).with_queue("letters");
    let ours = || access_tokens::builder(&sandbox).sender(named());
    let report = check(&sandbox, ours()).await;
    assert_eq!(report.status(), Pass, "{report}");
    let token = report.finding(CheckCode::Token).unwrap();
    assert!(token.sentence.contains("is used for 35"), "{token}");
    assert_eq!(sandbox.journal().len(), 2);

    let failed = [(CheckCode::Token, Fail)];
    sandbox.access_tokens().refuse(1);
    let report = check(&sandbox, ours()).await;
    assert_eq!(odd(&report), failed, "{report}");
    assert!(report.to_string().contains("invalid_client"), "{report}");
    let registration = &sandbox.access_tokens().registrations()[0];
    let other_scope = Authentication::token(registration.client_id(), "another-broker");
    let report = check(&sandbox, ours().authentication(other_scope)).await;
    assert_eq!(odd(&report), failed, "{report}");
    sandbox
        .faults()
        .next(1, Endpoint::Token, Fault::Status(503));
    let report = check(&sandbox, ours()).await;
    assert_eq!(odd(&report), failed, "{report}");
    sandbox
        .faults()
        .next(2, Endpoint::WhoAmI, Fault::Status(401));
    let report = check(&sandbox, ours()).await;
    assert_eq!(odd(&report), [(CheckCode::Access, Fail)], "{report}");
    let access = report.finding(CheckCode::Access).unwrap().to_string();
    assert!(access.contains("registration"), "{access}");
}

/// The lines of the crate's page, with a sandbox's root URL and trust.
#[tokio::test]
async fn the_first_client_of_a_newcomer_runs() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = sandbox.write_client_files(folder.path()).unwrap();

    let file = std::fs::read(&files.pkcs12).unwrap();
    let certificate = EnterpriseCertificate::from_pkcs12(&file, files.pkcs12_password).unwrap();
    let environment = sandbox.root_url().parse().unwrap();
    let client = PortalClient::builder(environment, certificate, Sector::Public)
        .trust(trust_in(&sandbox))
        .sender(Sender::new("123456789").unwrap())
        .build()
        .unwrap();
    let report = client.check().await;
    assert_eq!(odd(&report), [(CheckCode::Queue, Warn)], "{report}");
}
