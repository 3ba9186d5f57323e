//! Signers who are made to sign by several at once.

use http::StatusCode;
use serde_json::Value;

use crate::jobs::{Draft, four_signers};
use crate::management::managed;

#[tokio::test]
async fn nobody_signs_twice_or_after_the_end() {
    let (sandbox, mut client, management) = managed().await;
    Draft::of(four_signers())
        .create(&sandbox, &mut client)
        .await;
    // Four signers in three groups, each of whom is signed for once however many ask.
    let asked = (0..6).map(|_| management.post("/jobs/1/sign", ""));
    let responses = futures_util::future::join_all(asked).await;
    let mut signed: Vec<_> = responses
        .iter()
        .filter(|(status, _)| *status == StatusCode::OK)
        .flat_map(|(_, response)| response["signed"].as_array().unwrap().clone())
        .collect();
    signed.sort_by_key(Value::as_u64);
    assert_eq!(signed, [0, 1, 2, 3].map(Value::from));
    let late = responses.iter().filter(|(s, _)| *s == StatusCode::CONFLICT);
    assert_eq!(late.count(), 3);
    let (status, problem) = management.post("/jobs/1/sign", "").await;
    assert_eq!(status, StatusCode::CONFLICT);
    let problem = problem["problem"].as_str().unwrap();
    assert!(problem.contains("has ended"), "{problem}");
}
