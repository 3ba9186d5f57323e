//! Token, client id and key appear in no output.

use std::fmt::Write as _;

use portal_transport::{RetryPolicy, Retrying, SharedClock, Transport};

use super::stage::{CLIENT_ID, Stage, settings};
use crate::log::Log;

/// What the libraries below log is seen as well.
#[tokio::test]
async fn nothing_secret_is_logged_or_shown() {
    let log = Log::new();
    let shown = async {
        let stage = Stage::start().await;
        let client = stage.client();
        let clock = SharedClock::new(stage.clock.clone());
        let retrying = Retrying::new(client.clone(), RetryPolicy::default(), clock);
        let mut shown = format!("{:?}", settings(&stage.authority, &stage.tokens.server));
        client.send(stage.get()).await.unwrap();
        write!(shown, "{client:?} {retrying:?} {:?}", stage.source).unwrap();
        stage.api.refuse(2);
        write!(shown, "{:?}", client.send(stage.get()).await.unwrap()).unwrap();
        for (status, body) in [
            (
                400,
                r#"{"error":"invalid_client","error_description":"canary-client"}"#,
            ),
            (
                400,
                r#"{"error":"invalid_scope","error_description":"canary-token-0"}"#,
            ),
            (
                200,
                r#"{"access_token":"canary-token-0","expires_in":"canary-token-0"}"#,
            ),
            (200, r#"{"access_token":"canary-token-0 ","expires_in":60}"#),
            (200, r#"{"access_token":"canary-token-0","expires_in":0}"#),
        ] {
            stage.source.forget();
            stage.tokens.respond(status, body, 1);
            let error = client.send(stage.get()).await.unwrap_err();
            write!(shown, "{error} {error:?}").unwrap();
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                write!(shown, "{error} {error:?}").unwrap();
                cause = error.source();
            }
        }
        shown
    };
    // The fetch is a task, and runs on this thread as well.
    let _default = tracing::dispatcher::set_default(&log.dispatch);
    let shown = shown.await;
    let logged = log.text();
    assert!(logged.contains("portal.request"), "{logged}");
    for text in [shown, logged] {
        assert!(!text.contains("canary-token"), "{text}");
        assert!(!text.contains(CLIENT_ID), "{text}");
        assert!(!text.to_lowercase().contains("bearer "), "{text}");
    }
}
