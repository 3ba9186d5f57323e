//! What the verifier is given, and what becomes of what it says.

use std::error::Error as StdError;
use std::sync::{Arc, Mutex};

use http::Method;
use portal_relay::{DocumentVerifier, PortalVerifier, SignedDocuments};
use portal_verify::{JobReport, Received, Sent};

use super::{completed, receiver, two_changes};
use crate::stage::Stage;

#[derive(Debug)]
enum Bad {
    Fails,
    Panics,
    FindsBroken,
}

impl DocumentVerifier for Bad {
    fn verify(&self, _: &SignedDocuments) -> Result<JobReport, Box<dyn StdError + Send + Sync>> {
        match self {
            Self::Fails => Err("Ola Nordmann, 12345678910".into()),
            Self::Panics => panic!("Ola Nordmann, 12345678910"),
            Self::FindsBroken => {
                let received = Received::new().signed(1).pades(b"%PDF-1.7").xades(b"");
                Ok(portal_verify::job(&Sent::new(), &received))
            }
        }
    }
}

#[tokio::test]
async fn a_bad_verifier_holds_up_nothing() {
    for bad in [Bad::Fails, Bad::Panics, Bad::FindsBroken] {
        let finds_broken = matches!(bad, Bad::FindsBroken);
        let stage = Stage::new().await;
        let change = completed(&stage, 1).await;
        let receiver = receiver(&stage).with_verifier(Some(Arc::new(bad)));
        let event = receiver
            .receive(&stage.client, &change)
            .await
            .unwrap()
            .event()
            .unwrap();
        assert_eq!(event.is_broken(), finds_broken);
        assert_eq!(event.data.findings.is_some(), finds_broken);
        let downloads = stage.requests(&Method::GET, "/pades");
        assert_eq!(downloads, if finds_broken { 2 } else { 1 });
    }
}

/// Keeps what it is given: how many have signed, whether others may, whether there is a PDF, how many XAdES.
#[derive(Debug, Default)]
struct Keeping(Mutex<Vec<(usize, bool, bool, usize)>>);

impl DocumentVerifier for Keeping {
    fn verify(
        &self,
        documents: &SignedDocuments,
    ) -> Result<JobReport, Box<dyn StdError + Send + Sync>> {
        self.0.lock().unwrap().push((
            documents.signed,
            documents.in_progress,
            documents.pades.is_some(),
            documents.xades.len(),
        ));
        PortalVerifier.verify(documents)
    }
}

#[tokio::test]
async fn a_verifier_is_told_who_has_signed_and_whether_others_may() {
    let stage = Stage::new().await;
    let keeping = Arc::new(Keeping::default());
    let receiver = receiver(&stage).with_verifier(Some(Arc::clone(&keeping) as _));
    for change in two_changes(&stage).await {
        let event = receiver.receive(&stage.client, &change).await.unwrap();
        // Each signer's findings are those of their own document.
        let documents = event.event().unwrap().data.documents;
        assert!(documents.iter().all(|document| document.findings.is_some()));
    }
    let given = keeping.0.lock().unwrap();
    assert_eq!(*given, [(1, true, true, 1), (2, false, true, 2)]);
}

#[tokio::test]
async fn without_a_verifier_there_are_no_findings() {
    let stage = Stage::new().await;
    let change = completed(&stage, 1).await;
    let receiver = receiver(&stage).with_verifier(None);
    let event = receiver.receive(&stage.client, &change).await.unwrap();
    let event = event.event().unwrap();
    assert_eq!(event.data.findings, None);
    let documents = &event.data.documents;
    assert!(documents.len() == 2 && documents.iter().all(|one| one.findings.is_none()));
}
