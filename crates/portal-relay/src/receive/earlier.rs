//! What an earlier change of a job has brought, and a later one need not bring again.

use std::collections::BTreeMap;

use portal_client::{JobRecord, SignatureJobId, SignerIndex};

use super::ChangeRecord;
use crate::store::StoredChange;
use crate::{Event, EventDocument, EventDocumentKind, Store, StoreError};

/// The newest change of a job that was taken in whole.
pub(super) struct Earlier {
    record: JobRecord,
    documents: Vec<EventDocument>,
}

impl Earlier {
    /// Finds it; none where there is none.
    pub(super) async fn newest(
        store: &Store,
        job: SignatureJobId,
        changes: &BTreeMap<String, StoredChange>,
    ) -> Result<Option<Self>, StoreError> {
        let mut newest: Option<Event> = None;
        for (id, _) in changes.iter().filter(|(_, change)| change.has_record) {
            let name = store.layout().change(job, id);
            let Some(event) = store.event(&name).await? else {
                continue;
            };
            let is_newer = |newest: &Event| newest.data.sequence < event.data.sequence;
            if newest.as_ref().is_none_or(is_newer) {
                newest = Some(event);
            }
        }
        let Some(event) = newest else {
            return Ok(None);
        };
        let name = store.layout().change_record(job, event.id.as_str());
        let stored: Option<ChangeRecord> = store.get_json(&name).await?;
        let stored = stored.filter(|stored| !stored.is_later);
        Ok(stored.map(|stored| Self {
            record: stored.record,
            documents: event.data.documents,
        }))
    }

    /// The XAdES of a signer of a later change, where it is the same one. Not where it was broken: it may have been
    /// damaged on the way.
    pub(super) fn xades(&self, later: &JobRecord, signer: SignerIndex) -> Option<&EventDocument> {
        let signer = self.record.signer_with_same_xades(later, signer)?;
        let is_signers = |document: &&EventDocument| {
            document.kind == EventDocumentKind::Xades
                && document.signer.map(u64::from) == Some(signer.number())
        };
        let document = self.documents.iter().find(is_signers);
        document.filter(|document| !document.is_broken())
    }
}

#[cfg(test)]
mod tests {
    use portal_verify::FindingSeverity;

    use super::*;
    use crate::EventFinding;

    fn record(signers: &[&str]) -> JobRecord {
        let urls: Vec<_> = signers
            .iter()
            .map(|signer| format!("https://api.signering.posten.no/api/1/xades/{signer}"))
            .collect();
        let stored = serde_json::json!({
            "version": 1,
            "sender": {"organization_number": "123456789"},
            "job_id": 1,
            "xades_urls": urls,
        });
        serde_json::from_value(stored).unwrap()
    }

    /// The event numbers its documents by its own record; a later one may number them otherwise.
    #[test]
    fn a_xades_is_found_under_another_number_and_not_where_it_was_broken() {
        let finding = |severity| EventFinding {
            code: "signature-invalid".into(),
            severity,
            place: "signature 1".into(),
            meaning: String::new(),
        };
        let xades = |signer, digest: &str, severity| {
            let document = EventDocument::xades(signer, "url", digest, 1);
            document.with_findings([finding(severity)])
        };
        let earlier = Earlier {
            record: record(&["a", "b", "c"]),
            documents: vec![
                EventDocument::pades("url", "pades", 1),
                xades(1, "of a", FindingSeverity::Notice),
                xades(2, "of b", FindingSeverity::Broken),
                xades(3, "of c", FindingSeverity::Info),
            ],
        };
        let later = record(&["c", "d", "b", "a"]);
        let found: Vec<_> = later
            .signers_with_xades()
            .map(|signer| {
                let found = earlier.xades(&later, signer);
                found.map(|document| document.sha256.as_str())
            })
            .collect();
        assert_eq!(found, [Some("of c"), None, None, Some("of a")]);
    }
}
