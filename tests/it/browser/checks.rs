//! Whether a page can be read: its width, its names, its contrast.

use serde_json::{Value, json};

use super::webdriver::Browser;

/// Checks the page that is open, by checks of our own and by axe-core where the tests are told of it.
pub(super) async fn readable(browser: &Browser, what: &str) {
    let faults = browser.run(include_str!("checks.js")).await;
    assert_eq!(faults, json!([]), "{what}: {faults:#}");
    let Some(axe) = std::env::var_os("PORTAL_AXE") else {
        return;
    };
    let axe = std::fs::read_to_string(axe).unwrap();
    browser.run(&axe).await;
    let violations = browser
        .run(
            "return axe.run(document, {resultTypes: ['violations']}).then((report) =>
             report.violations.map((rule) => rule.id + ': ' + rule.help + ' ' +
                 rule.nodes.map((node) => node.target.join(' ')).join(', ')))",
        )
        .await;
    assert_eq!(
        violations,
        Value::Array(Vec::new()),
        "{what}: {violations:#}"
    );
}
