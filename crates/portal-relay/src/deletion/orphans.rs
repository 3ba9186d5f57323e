//! Documents in the store that no event names.
//!
//! A process that is killed between storing a document and its event leaves one, if the next download is another: a
//! PAdES of a job in progress has the signatures so far. So does a document that was damaged on the way.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::TryStreamExt;
use object_store::path::Path;
use portal_client::jiff::{SignedDuration, Timestamp};

use super::Deleter;
use crate::StoreError;
use crate::store::REFRESHED_AFTER;

/// How often they are looked for: it takes reading all events when there is an old document.
pub(super) const LOOK_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// The least age. A document that is received again is written again when it is half as old, so that none of this age
/// is on its way to its event.
const LEAST_AGE: Duration = Duration::from_hours(24);
const _: () = assert!(REFRESHED_AFTER.as_secs() * 2 <= LEAST_AGE.as_secs());

impl Deleter {
    /// Deletes the documents that are older than the retention and that no event names. Returns how many.
    pub(super) async fn delete_orphans(
        &self,
        now: Timestamp,
        retention: Duration,
    ) -> Result<u64, StoreError> {
        let age = SignedDuration::try_from(retention.max(LEAST_AGE));
        let Ok(before) = now.checked_sub(age.unwrap_or(SignedDuration::MAX)) else {
            // Nothing is that old.
            return Ok(0);
        };
        // By digest: the document, and the findings beside it.
        let mut old: BTreeMap<String, Vec<Path>> = BTreeMap::new();
        let mut found = self.store.scan(&self.store.layout().documents());
        while let Some(found) = found.try_next().await? {
            if found.written < before
                && let Some(digest) = digest_in(&found.name)
            {
                old.entry(digest.to_owned()).or_default().push(found.name);
            }
        }
        drop(found);
        if old.is_empty() {
            return Ok(0);
        }
        for job in self.jobs().await? {
            // An event that can't be read may name anything: then nothing is deleted.
            for event in self.store.events(job).await? {
                for document in &event.data.documents {
                    old.remove(&document.sha256);
                }
            }
        }
        let mut deleted = 0;
        for mut names in old.into_values() {
            // Findings come first: they are found again by the document.
            names.sort_unstable();
            for name in &names {
                if self.store.delete_if_written_before(name, before).await? && is_document(name) {
                    deleted += 1;
                }
            }
        }
        if deleted > 0 {
            tracing::info!(
                deleted,
                "documents that no event names were deleted in the store"
            );
        }
        Ok(deleted)
    }
}

/// The digest that an object is named by; none for what this program has not put there.
fn digest_in(name: &Path) -> Option<&str> {
    let (digest, _) = name.filename()?.split_once('.')?;
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then_some(digest)
}

fn is_document(name: &Path) -> bool {
    name.filename()
        .is_some_and(|name| !name.ends_with(".findings.json"))
}
