//! What is done when the event of a change is stored: it is put in every outbox, and its record written.

use object_store::path::Path;
use portal_client::StatusChange;
use portal_verify::DocumentFinding;
use serde::{Deserialize, Serialize};

use super::{ReceiveError, Receiver, findings_name, parse};
use crate::{EventBody, StoreError};

/// What is needed of a change beside its event: for deleting documents, and to know that it is in every outbox.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ChangeRecord {
    pub(crate) record: portal_client::JobRecord,
    /// Whether that came with a later change of the job: a killed process had only stored the event. It may number the
    /// signers otherwise than the event does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_later: bool,
    /// What comparing the job with what came back has found, with the sentences that the event leaves out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) findings: Option<Vec<DocumentFinding>>,
}

impl Receiver {
    /// Puts an event in every outbox, and then writes its record, which says so. It is the record of this change or of
    /// a later one.
    pub(super) async fn finish(
        &self,
        change: &StatusChange,
        event: &EventBody,
        event_name: &Path,
        is_later: bool,
    ) -> Result<(), ReceiveError> {
        self.outbox.put(self.sinks.iter(), event).await?;
        let record = ChangeRecord {
            record: change.record().clone(),
            is_later,
            findings: self.job_findings(event_name).await?,
        };
        let job = change.job_id();
        let record_name = self.store.layout().change_record(job, event.id().as_str());
        self.store.create_json(&record_name, &record).await?;
        Ok(())
    }

    /// Finishes the job's events before this one that a killed process has only stored. Their changes may never come
    /// again: the confirmation of this one settles the whole job.
    pub(super) async fn finish_earlier(
        &self,
        change: &StatusChange,
        event: &EventBody,
    ) -> Result<(), ReceiveError> {
        if event.sequence() <= 1 {
            return Ok(());
        }
        let job = change.job_id();
        let changes = self.store.changes(job).await?;
        for (id, _) in changes.iter().filter(|(_, change)| !change.has_record) {
            let name = self.store.layout().change(job, id);
            let Some(stored) = self.store.get(&name).await? else {
                continue;
            };
            let earlier = parse(&name, &stored)?;
            if earlier.sequence() < event.sequence() {
                self.finish(change, &earlier, &name, true).await?;
            }
        }
        Ok(())
    }

    async fn job_findings(&self, event: &Path) -> Result<Option<Vec<DocumentFinding>>, StoreError> {
        self.store.get_json(&findings_name(event)).await
    }
}
