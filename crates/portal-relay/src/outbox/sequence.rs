//! The order of a job's changes.

use bytes::Bytes;
use portal_client::SignatureJobId;

use super::{Outbox, child};
use crate::store::Written;
use crate::{EventId, StoreError};

impl Outbox {
    /// Returns the number of an event among those of its job, from 1, and claims the next one for an event that
    /// has none. The same event always gets the same number, and no other event of the job gets it.
    ///
    /// # Errors
    /// When the store can't be read or written.
    pub async fn sequence(&self, job: SignatureJobId, event: &EventId) -> Result<u64, StoreError> {
        let folder = child(&self.store.layout().job(job), "sequence");
        loop {
            let mut last = 0;
            // The newest first: a change that is received again is the latest in nearly every case.
            for claim in self.store.list(&folder).await?.into_iter().rev() {
                let number = claim.name.filename().and_then(|name| name.parse().ok());
                let Some(number): Option<u64> = number else {
                    continue;
                };
                last = last.max(number);
                let claimed = self.store.get(&claim.name).await?;
                if claimed.is_some_and(|claimed| claimed == event.as_str().as_bytes()) {
                    return Ok(number);
                }
            }
            let next = last.saturating_add(1);
            let claim = Bytes::copy_from_slice(event.as_str().as_bytes());
            let name = child(&folder, format_args!("{next:010}"));
            // A claim that another made meanwhile, or an earlier attempt of this one, is found by looking again.
            if self.store.create(&name, claim).await? == Written::Yes {
                return Ok(next);
            }
        }
    }
}
