//! What is in the relays' store: a folder, or an object store.

use std::collections::BTreeSet;
use std::path::Path as Folder;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{SHA256, digest};
use futures_util::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use serde_json::Value;
use tokio::runtime::Handle;

/// The relays' store, looked at from outside, also out of a callback that is not async.
pub(super) struct Stored {
    objects: Arc<dyn ObjectStore>,
    /// What all names begin with.
    prefix: Path,
    /// The organisation's part, once something is there.
    own: OnceLock<Path>,
    runtime: Handle,
}

impl Stored {
    /// Where the relays' folder is to be.
    pub(super) fn in_folder(folder: &Folder) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        // A folder store has to be the owner's alone.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).unwrap();
        }
        let objects = LocalFileSystem::new_with_prefix(folder).unwrap();
        Self::over(Arc::new(objects), "")
    }

    /// An object store, by its address and options.
    #[cfg(feature = "engines")]
    pub(super) fn in_engine(address: &str, options: Vec<(String, String)>) -> Self {
        let address = url::Url::parse(address).unwrap();
        let (objects, prefix) = object_store::parse_url_opts(&address, options).unwrap();
        Self::over(Arc::from(objects), prefix.as_ref())
    }

    fn over(objects: Arc<dyn ObjectStore>, prefix: &str) -> Self {
        Self {
            objects,
            prefix: Path::from(prefix),
            own: OnceLock::new(),
            runtime: Handle::current(),
        }
    }

    fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::task::block_in_place(|| self.runtime.block_on(work))
    }

    /// The organisation's part of the store: the only one of the only environment.
    fn own(&self) -> Option<&Path> {
        if self.own.get().is_none() {
            let only = |under: &Path| {
                let listed = self.objects.list_with_delimiter(Some(under));
                let folders = self.wait(listed).unwrap().common_prefixes;
                // What is on its way, and what a probe leaves.
                let mut folders = folders.into_iter().filter(|folder| {
                    let name = folder.filename().unwrap();
                    name != "spool" && name != "probe"
                });
                folders.next()
            };
            let own = only(&only(&self.prefix)?)?;
            let _set = self.own.set(own);
        }
        self.own.get()
    }

    fn names(&self, under: &str) -> Vec<Path> {
        let Some(own) = self.own() else {
            return Vec::new();
        };
        let under = Path::parse(format!("{own}/{under}")).unwrap();
        let listed: Vec<_> = self
            .wait(self.objects.list(Some(&under)).try_collect())
            .unwrap();
        listed.into_iter().map(|object| object.location).collect()
    }

    fn get(&self, name: &Path) -> Option<Vec<u8>> {
        self.wait(async {
            match self.objects.get(name).await {
                Ok(found) => Some(found.bytes().await.unwrap().to_vec()),
                Err(object_store::Error::NotFound { .. }) => None,
                Err(error) => panic!("{error}"),
            }
        })
    }

    pub(super) fn events(&self, job: i64) -> Vec<Value> {
        let names = self.names(&format!("jobs/{job}/changes"));
        let events = names.iter().filter(|name| {
            let name = name.filename().unwrap();
            name.ends_with(".json") && name.matches('.').count() == 1
        });
        events
            .map(|name| serde_json::from_slice(&self.get(name).unwrap()).unwrap())
            .collect()
    }

    /// The statuses of the events of a job whose documents are all there and whole.
    pub(super) fn statuses(&self, job: i64) -> BTreeSet<String> {
        let whole = |event: &Value| documents_of(event).iter().all(|name| self.is_whole(name));
        let events = self.events(job);
        let whole = events.iter().filter(|event| whole(event));
        whole
            .map(|event| event["data"]["status"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Whether a document is what its name says.
    pub(super) fn is_whole(&self, document: &str) -> bool {
        let name = Path::parse(format!("{}/documents/{document}", self.own().unwrap())).unwrap();
        let Some(content) = self.get(&name) else {
            return false;
        };
        let digest = digest(&SHA256, &content);
        let digest: String = digest
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        document.split('.').next() == Some(&digest)
    }

    /// All documents, by the last part of their names.
    pub(super) fn documents(&self) -> BTreeSet<String> {
        let names = self.names("documents");
        let names = names.iter().map(|name| name.filename().unwrap().to_owned());
        names
            .filter(|name| name.ends_with(".pdf") || name.ends_with(".xml"))
            .collect()
    }

    /// How many events are not delivered yet.
    pub(super) fn waiting(&self) -> usize {
        self.names("outbox").len() + self.names("dead").len()
    }
}

/// The documents that an event names, by the last part of their addresses.
pub(super) fn documents_of(event: &Value) -> Vec<String> {
    let documents = event["data"]["documents"].as_array().unwrap().iter();
    let urls = documents.map(|document| document["url"].as_str().unwrap());
    urls.map(|url| url.rsplit('/').next().unwrap().to_owned())
        .collect()
}
