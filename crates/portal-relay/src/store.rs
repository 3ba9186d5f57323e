//! The store: objects that are created if absent, put by their digest, or updated under a condition.

use std::fmt;
use std::path::Path as FilePath;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use serde::Serialize;
use tokio::sync::RwLock;

use crate::layout::{Layout, STORE};
use crate::spool::Spool;
use crate::{Scope, StoreError, probe};

mod documents;
#[cfg(all(test, feature = "aws"))]
mod engines;
mod events;
mod folder;
mod objects;
mod scan;

pub(crate) use documents::REFRESHED_AFTER;
pub(crate) use events::StoredChange;
pub(crate) use folder::create_private;
pub(crate) use objects::{Version, Written, json, read_json};
pub(crate) use scan::Scanned;

/// The format of the objects that this version writes.
const FORMAT: u32 = 1;

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
    /// Held by those that store documents, and alone by what deletes those that no event names.
    documents: Arc<RwLock<()>>,
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
            documents: Arc::default(),
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
