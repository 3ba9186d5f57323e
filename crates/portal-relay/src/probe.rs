//! Whether a store keeps the conditions that everything else depends on.

use bytes::Bytes;

use crate::StoreError;
use crate::store::{Store, Written};

/// How many create the same object at once. A store that looks first and writes later lets several win.
const CREATORS: usize = 8;

/// Creates, updates and deletes an object of its own.
///
/// A folder has a file lock in place of conditional updates, so that only creating is tried there.
pub(crate) async fn probe(store: &Store) -> Result<(), StoreError> {
    let unique: u128 = fastrand::u128(..);
    let name = store.layout().probe(&format!("{unique:032x}"));
    let tried = try_conditions(store, &name).await;
    let deleted = store.delete(&name).await;
    tried.and(deleted)
}

async fn try_conditions(store: &Store, name: &object_store::path::Path) -> Result<(), StoreError> {
    let ignores = |problem| Err(StoreError::IgnoresConditions { problem });
    let creators = (0..CREATORS).map(|creator| {
        let content = Bytes::from(format!(r#"{{"creator":{creator}}}"#));
        store.create(name, content)
    });
    let created = futures_util::future::try_join_all(creators).await?;
    let winners = created.iter().filter(|one| **one == Written::Yes).count();
    if winners != 1 {
        return ignores("lets several create the same object");
    }
    if store.local_folder().is_some() {
        return Ok(());
    }
    let Some((_, version)) = store.get_versioned(name).await? else {
        return ignores("does not return what was just written");
    };
    let update = |content: &'static str, version| {
        store.update(name, Bytes::from_static(content.as_bytes()), version)
    };
    let Some(newer) = update(r#"{"update":1}"#, version.clone()).await? else {
        return ignores("refuses an update of the current version");
    };
    if update(r#"{"update":2}"#, version).await?.is_some() {
        return ignores("accepts an update of an older version");
    }
    if update(r#"{"update":3}"#, newer).await?.is_none() {
        return ignores("does not know the version that it returned for an update");
    }
    match store.get(name).await? {
        Some(content) if content == r#"{"update":3}"# => Ok(()),
        _ => ignores("does not return what was just written"),
    }
}
