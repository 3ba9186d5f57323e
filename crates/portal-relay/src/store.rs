//! The store: objects that are created if absent, put by their digest, or updated under a condition.

use std::fmt;
use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, UpdateVersion};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::layout::{DocumentType, Layout, STORE};
use crate::spool::Spool;
use crate::{Scope, StoreError, probe};

mod folder;
mod scan;

pub(crate) use scan::Scanned;

pub(crate) use folder::create_private;

/// The format of the objects that this version writes.
const FORMAT: u32 = 1;

/// Documents are read and sent in parts of this many bytes, and one part is in memory at a time.
const PART: usize = 8 * 1024 * 1024;

/// Where a relay keeps everything: documents, events, intents, what waits for delivery and the lease. Cheap to
/// clone.
///
/// It is a folder, or an object store by the crate `object_store`. The store's objects are the database: what is
/// there is the state, after any crash, and for every relay of the organisation.
///
/// ```
/// use portal_client::{Environment, OrganizationNumber};
/// use portal_relay::{Scope, Store};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let parent = tempfile::tempdir()?;
/// # let folder = parent.path().join("store");
/// let scope = Scope::new(Environment::difitest(), OrganizationNumber::new("123456789")?);
/// let store = Store::folder(&folder, scope).await?;
/// assert_eq!(store.scope().organization().as_str(), "123456789");
///
/// // Another organisation's relay is refused.
/// let other = Scope::new(Environment::difitest(), OrganizationNumber::new("984661185")?);
/// assert!(Store::folder(&folder, other).await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    layout: Layout,
    scope: Arc<Scope>,
    spool: Arc<Spool>,
    /// The local folder that it is, which has a file lock in place of conditional updates.
    folder: Option<Arc<FilePath>>,
    /// Begins the addresses of documents in events; ends with a slash, or is empty.
    address: Arc<str>,
}

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

/// An object in a list.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) name: Path,
    pub(crate) size: u64,
}

/// What `store.json` holds.
#[derive(Serialize, serde::Deserialize)]
struct Owner {
    format: u32,
    environment: String,
    organization: String,
}

impl Store {
    /// Opens a folder, which is created with mode 0700 if it is not there. What is written is synchronised to the
    /// disk. What a killed process left unfinished is removed.
    ///
    /// # Errors
    /// When others than the owner may read an existing folder, when it belongs to another environment or
    /// organisation, or when it can't be written.
    pub async fn folder(folder: impl AsRef<FilePath>, scope: Scope) -> Result<Self, StoreError> {
        let (folder, spool) = folder::prepare(folder.as_ref()).await?;
        let objects = object_store::local::LocalFileSystem::new_with_prefix(&folder)
            .map_err(StoreError::unavailable("be opened"))?
            .with_fsync(true);
        let address = url::Url::from_directory_path(&folder).map_or(String::new(), String::from);
        let folder = Some(folder.into());
        Self::checked(Arc::new(objects), scope, spool, folder, address).await
    }

    /// Opens an object store: `object_store`'s S3, Azure or Google Cloud client, or its memory for tests. Use a
    /// `PrefixStore` where the bucket is shared with others. Documents pass through the system's folder for
    /// temporary files.
    ///
    /// # Errors
    /// When the store ignores conditional writes, belongs to another environment or organisation, or can't be
    /// reached. Returns [`StoreError::IgnoresConditions`] for a `LocalFileSystem`, which has no conditional
    /// updates: [`Store::folder`] is for folders.
    pub async fn open(objects: Arc<dyn ObjectStore>, scope: Scope) -> Result<Self, StoreError> {
        let spool = Spool::temporary().await?;
        Self::checked(objects, scope, spool, None, String::new()).await
    }

    /// Opens a store by its address: a folder, or a URL such as `s3://bucket/prefix`, `az://container/prefix` or
    /// `gs://bucket/prefix` where the feature for it is on. `options` are settings by name, such as
    /// `aws_endpoint`; environment variables can be given as they are, since unknown names are ignored.
    ///
    /// # Errors
    /// As [`folder`](Self::folder) and [`open`](Self::open), and [`StoreError::UnknownAddress`].
    pub async fn by_address(
        address: &str,
        options: impl IntoIterator<Item = (String, String)>,
        scope: Scope,
    ) -> Result<Self, StoreError> {
        let Some((scheme, _)) = address.split_once("://") else {
            return Self::folder(address, scope).await;
        };
        let unknown = || StoreError::UnknownAddress {
            scheme: scheme.to_owned(),
        };
        let url = url::Url::parse(address).map_err(|_| unknown())?;
        match scheme {
            "file" => {
                let folder = url.to_file_path().map_err(|()| unknown())?;
                Self::folder(folder, scope).await
            }
            "s3" | "s3a" if cfg!(feature = "aws") => Self::by_url(&url, options, scope).await,
            "az" | "adl" | "azure" | "abfs" | "abfss" if cfg!(feature = "azure") => {
                Self::by_url(&url, options, scope).await
            }
            "gs" if cfg!(feature = "gcp") => Self::by_url(&url, options, scope).await,
            _ => Err(unknown()),
        }
    }

    async fn by_url(
        url: &url::Url,
        options: impl IntoIterator<Item = (String, String)>,
        scope: Scope,
    ) -> Result<Self, StoreError> {
        let (objects, prefix) = object_store::parse_url_opts(url, options)
            .map_err(StoreError::unavailable("be opened"))?;
        let mut address = url.clone();
        // Credentials would go out with every event.
        let _none = address.set_username("");
        let _none = address.set_password(None);
        address.set_query(None);
        let store = Self::open(Arc::new(PrefixStore::new(objects, prefix)), scope).await?;
        Ok(store.with_address(address))
    }

    async fn checked(
        objects: Arc<dyn ObjectStore>,
        scope: Scope,
        spool: Spool,
        folder: Option<Arc<FilePath>>,
        address: String,
    ) -> Result<Self, StoreError> {
        let store = Self {
            layout: Layout::new(&scope),
            objects,
            scope: Arc::new(scope),
            spool: Arc::new(spool),
            folder,
            address: address.into(),
        };
        // Before anything is written: another's store stays as it is.
        let owned = store.is_owned().await?;
        probe::probe(&store).await?;
        if !owned {
            let owner = Owner {
                format: FORMAT,
                environment: store.scope.environment().to_string(),
                organization: store.scope.organization().as_str().to_owned(),
            };
            store.create_json(&Path::from(STORE), &owner).await?;
            // Another relay may have been first.
            store.is_owned().await?;
        }
        Ok(store)
    }

    /// Whether the store says that it belongs to this scope; an error where it is another's.
    async fn is_owned(&self) -> Result<bool, StoreError> {
        let Some(owner) = self.get_json::<Owner>(&Path::from(STORE)).await? else {
            return Ok(false);
        };
        if owner.format != FORMAT {
            return Err(StoreError::Format {
                found: owner.format,
                known: FORMAT,
            });
        }
        let same = owner.environment == self.scope.environment().to_string()
            && owner.organization == self.scope.organization().as_str();
        if !same {
            return Err(StoreError::Foreign {
                found: format!("{}, organisation {}", owner.environment, owner.organization),
                expected: Scope::clone(&self.scope),
            });
        }
        Ok(true)
    }

    /// Sets the address that documents have in events, such as `s3://bucket/prefix`: their object names are added.
    /// Defaults to the folder's or the address that the store was opened by; with [`open`](Self::open) to nothing, so
    /// that documents have the names of their objects.
    #[must_use]
    pub fn with_address(mut self, address: impl Into<String>) -> Self {
        let mut address: String = address.into();
        if !address.is_empty() && !address.ends_with('/') {
            address.push('/');
        }
        self.address = address.into();
        self
    }

    /// The address of an object.
    pub(crate) fn address_of(&self, name: &Path) -> String {
        format!("{}{name}", self.address)
    }

    /// Returns the environment and organisation that the store belongs to.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The local folder that the store is; none for an object store.
    pub(crate) fn local_folder(&self) -> Option<&FilePath> {
        self.folder.as_deref()
    }

    /// Where documents lie until their digest is known.
    pub(crate) fn spool(&self) -> &Spool {
        &self.spool
    }

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
        let options = PutOptions::from(mode);
        let put = self
            .objects
            .put_opts(name, PutPayload::from_bytes(bytes), options);
        match put.await {
            Ok(put) => Ok(Some(Version {
                e_tag: put.e_tag,
                version: put.version,
            })),
            Err(
                object_store::Error::AlreadyExists { .. }
                | object_store::Error::Precondition { .. },
            ) => Ok(None),
            Err(object_store::Error::NotImplemented { .. }) => Err(StoreError::IgnoresConditions {
                problem: "has no conditional updates (open a folder as a folder)",
            }),
            Err(error) => Err(StoreError::unavailable("write an object")(error)),
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
        match self.objects.head(name).await {
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            head => head
                .map(|meta| Some(meta.size))
                .map_err(StoreError::unavailable("look for an object")),
        }
    }

    /// All objects whose names begin with a folder, in the order of their names.
    pub(crate) async fn list(&self, folder: &Path) -> Result<Vec<Listed>, StoreError> {
        let listed = self.objects.list(Some(folder)).map_ok(|meta| Listed {
            name: meta.location,
            size: meta.size,
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

    /// Stores a document under its digest, from a local file. It appears whole or not at all; one that is there
    /// with the same length is left, since its name is its digest.
    pub(crate) async fn put_document(
        &self,
        sha256: &str,
        kind: DocumentType,
        file: &FilePath,
    ) -> Result<Path, StoreError> {
        let name = self.layout.document(sha256, kind);
        let local = || StoreError::local("read a document's temporary file");
        let mut source = tokio::fs::File::open(file).await.map_err(local())?;
        let length = source.metadata().await.map_err(local())?.len();
        if self.length(&name).await? == Some(length) {
            return Ok(name);
        }
        let mut part = read_part(&mut source).await.map_err(local())?;
        if part.len() < PART {
            self.put(&name, part).await?;
            return Ok(name);
        }
        let unavailable = || StoreError::unavailable("store a document");
        let upload = self.objects.put_multipart(&name).await;
        let mut upload = upload.map_err(unavailable())?;
        let sent = async {
            while !part.is_empty() {
                // The part is sent before the next one is read.
                let sent = upload.put_part(PutPayload::from_bytes(part)).await;
                sent.map_err(unavailable())?;
                part = read_part(&mut source).await.map_err(local())?;
            }
            upload.complete().await.map_err(unavailable())
        };
        if let Err(error) = sent.await {
            // What was sent of it costs space until it is taken back. The first error is the one to report.
            let _aborted = upload.abort().await;
            return Err(error);
        }
        Ok(name)
    }

    /// Reads a document whole, to verify it; none when it is not there.
    pub(crate) async fn document(
        &self,
        sha256: &str,
        kind: DocumentType,
    ) -> Result<Option<Bytes>, StoreError> {
        self.get(&self.layout.document(sha256, kind)).await
    }
}

/// Reads up to one part; fewer bytes only at the end.
async fn read_part(source: &mut tokio::fs::File) -> std::io::Result<Bytes> {
    use tokio::io::AsyncReadExt;

    let mut part = Vec::new();
    source.take(PART as u64).read_to_end(&mut part).await?;
    Ok(part.into())
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

/// The scope alone: addresses of stores may hold credentials.
impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.folder.is_some() {
            "folder"
        } else {
            "object store"
        };
        f.debug_struct("Store")
            .field("kind", &kind)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
