//! Objects: created if absent, put, updated under a condition, read and listed.

use bytes::Bytes;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt, PutMode, PutOptions, PutPayload, UpdateVersion};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Store;
use crate::StoreError;

/// How often a write may meet another in a row before it has failed.
const CONFLICTS: u32 = 5;

/// Whether an object was written, or is another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is there now, by this write.
    Yes,
    /// It was there before, or changed meanwhile: nothing was written.
    No,
}

/// The version of an object, for a conditional update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    e_tag: Option<String>,
    version: Option<String>,
}

/// An object without its content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) length: u64,
    /// When it was last written, by the store's clock.
    pub(crate) written: Timestamp,
}

/// When an object was last written, by the store's clock.
pub(super) fn written(meta: &ObjectMeta) -> Timestamp {
    Timestamp::from_second(meta.last_modified.timestamp()).unwrap_or_default()
}

/// An object in a list.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) name: Path,
}

impl Store {
    /// Writes an object if there is none of that name.
    pub(crate) async fn create(&self, name: &Path, bytes: Bytes) -> Result<Written, StoreError> {
        let created = self.put_if(name, bytes, PutMode::Create).await?;
        Ok(created.map_or(Written::No, |_| Written::Yes))
    }

    /// Writes a value as JSON if there is no object of that name.
    pub(crate) async fn create_json(
        &self,
        name: &Path,
        value: &impl Serialize,
    ) -> Result<Written, StoreError> {
        self.create(name, json(value)?).await
    }

    /// Writes an object in place of any other.
    pub(crate) async fn put(&self, name: &Path, bytes: Bytes) -> Result<(), StoreError> {
        self.put_if(name, bytes, PutMode::Overwrite).await.map(drop)
    }

    /// Writes a value as JSON in place of any other.
    pub(crate) async fn put_json(
        &self,
        name: &Path,
        value: &impl Serialize,
    ) -> Result<(), StoreError> {
        self.put(name, json(value)?).await
    }

    /// Creates an object, with the version that it then has; none when there was one.
    pub(crate) async fn create_versioned(
        &self,
        name: &Path,
        bytes: Bytes,
    ) -> Result<Option<Version>, StoreError> {
        self.put_if(name, bytes, PutMode::Create).await
    }

    /// Replaces that version of an object; none when it is another by now, or gone.
    pub(crate) async fn update(
        &self,
        name: &Path,
        bytes: Bytes,
        version: Version,
    ) -> Result<Option<Version>, StoreError> {
        let version = UpdateVersion {
            e_tag: version.e_tag,
            version: version.version,
        };
        self.put_if(name, bytes, PutMode::Update(version)).await
    }

    async fn put_if(
        &self,
        name: &Path,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Option<Version>, StoreError> {
        let creates = matches!(mode, PutMode::Create);
        let mut conflicts = 0;
        loop {
            let options = PutOptions::from(mode.clone());
            let payload = PutPayload::from_bytes(bytes.clone());
            let error = match self.objects.put_opts(name, payload, options).await {
                Ok(put) => {
                    return Ok(Some(Version {
                        e_tag: put.e_tag,
                        version: put.version,
                    }));
                }
                Err(error) => error,
            };
            match error {
                // S3 says 409 as well when another request got in the way, and then nothing is there.
                object_store::Error::AlreadyExists { .. }
                    if creates && self.head(name).await?.is_none() =>
                {
                    conflicts += 1;
                    if conflicts == CONFLICTS {
                        return Err(StoreError::unavailable("write an object")(error));
                    }
                }
                object_store::Error::AlreadyExists { .. }
                | object_store::Error::Precondition { .. } => return Ok(None),
                object_store::Error::NotImplemented { .. } => {
                    return Err(StoreError::IgnoresConditions {
                        problem: "has no conditional updates (open a folder as a folder)",
                    });
                }
                error => return Err(StoreError::unavailable("write an object")(error)),
            }
        }
    }

    /// Reads a small object; none when there is none.
    pub(crate) async fn get(&self, name: &Path) -> Result<Option<Bytes>, StoreError> {
        Ok(self.get_versioned(name).await?.map(|(bytes, _)| bytes))
    }

    /// Reads a small object and its version; none when there is none.
    pub(crate) async fn get_versioned(
        &self,
        name: &Path,
    ) -> Result<Option<(Bytes, Version)>, StoreError> {
        let unavailable = || StoreError::unavailable("read an object");
        let got = match self.objects.get(name).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            got => got.map_err(unavailable())?,
        };
        let version = Version {
            e_tag: got.meta.e_tag.clone(),
            version: got.meta.version.clone(),
        };
        let bytes = got.bytes().await.map_err(unavailable())?;
        Ok(Some((bytes, version)))
    }

    /// Reads a value from JSON; none when there is no such object.
    pub(crate) async fn get_json<T: DeserializeOwned>(
        &self,
        name: &Path,
    ) -> Result<Option<T>, StoreError> {
        let bytes = self.get(name).await?;
        bytes.map(|bytes| read_json(name, &bytes)).transpose()
    }

    /// The length of an object; none when there is none.
    pub(crate) async fn length(&self, name: &Path) -> Result<Option<u64>, StoreError> {
        Ok(self.head(name).await?.map(|head| head.length))
    }

    /// What is known of an object without reading it; none when there is none.
    pub(crate) async fn head(&self, name: &Path) -> Result<Option<Head>, StoreError> {
        match self.objects.head(name).await {
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            head => head
                .map(|meta| {
                    Some(Head {
                        length: meta.size,
                        written: written(&meta),
                    })
                })
                .map_err(StoreError::unavailable("look for an object")),
        }
    }

    /// All objects whose names begin with a folder, in the order of their names.
    pub(crate) async fn list(&self, folder: &Path) -> Result<Vec<Listed>, StoreError> {
        let listed = self.objects.list(Some(folder)).map_ok(|meta| Listed {
            name: meta.location,
        });
        let listed: Result<Vec<Listed>, _> = listed.try_collect().await;
        let mut listed = listed.map_err(StoreError::unavailable("list objects"))?;
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(listed)
    }

    /// The names of the folders directly in a folder.
    pub(crate) async fn folders(&self, folder: &Path) -> Result<Vec<Path>, StoreError> {
        let listed = self.objects.list_with_delimiter(Some(folder)).await;
        let listed = listed.map_err(StoreError::unavailable("list objects"))?;
        Ok(listed.common_prefixes)
    }

    /// Deletes an object. It is no error when there is none.
    pub(crate) async fn delete(&self, name: &Path) -> Result<(), StoreError> {
        match self.objects.delete(name).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(StoreError::unavailable("delete an object")(error)),
        }
    }
}

pub(crate) fn json(value: &impl Serialize) -> Result<Bytes, StoreError> {
    match serde_json::to_vec(value) {
        Ok(bytes) => Ok(bytes.into()),
        Err(source) => Err(StoreError::Unwritable {
            source: Box::new(source),
        }),
    }
}

/// Reads JSON. Errors have the place and no value: objects may hold a reference, which is personal.
pub(crate) fn read_json<T: DeserializeOwned>(name: &Path, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::Unreadable {
        name: name.to_string(),
        line: error.line(),
        column: error.column(),
    })
}
