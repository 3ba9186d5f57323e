//! Documents that no event names go when they are old; those that an event names, or will name, stay.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use portal_relay::{Catalog, Deleter, DeletionPolicy, Receiver, Store};
use portal_sandbox::Sandbox;
use portal_verify::Fingerprint;

use super::DAY;
use crate::stage::{Stage, folder_store, job};

const RETENTION: Duration = Duration::from_hours(30 * 24);

struct Folder {
    stage: Stage,
    _parent: tempfile::TempDir,
    documents: PathBuf,
    store: Store,
}

impl Folder {
    async fn new() -> Self {
        let stage = Stage::new().await;
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("store");
        let store = folder_store(&path, &stage.sandbox).await;
        Self {
            documents: own(&path, &stage.sandbox).join("documents"),
            stage,
            _parent: parent,
            store,
        }
    }

    /// A document that was written so long ago.
    fn write(&self, content: &[u8], extension: &str, ago: Duration) -> PathBuf {
        std::fs::create_dir_all(&self.documents).unwrap();
        let name = format!("{}.{extension}", Fingerprint::of(content));
        let path = self.documents.join(name);
        std::fs::write(&path, content).unwrap();
        set_age(&path, ago);
        path
    }

    fn deleter(&self) -> Deleter {
        let mut policy = DeletionPolicy::default();
        policy.retention = Some(RETENTION);
        Deleter::new(self.store.clone(), policy)
    }

    async fn orphans(&self, deleter: &Deleter) -> u64 {
        deleter.look(&self.stage.client).await.unwrap().orphans
    }

    /// The names of all documents.
    fn names(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(&self.documents).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    /// What the events name is there.
    async fn expect_named(&self) {
        let catalog = Catalog::new(self.store.clone());
        let names = self.names();
        for id in catalog.jobs().await.unwrap() {
            let job = catalog.job(id).await.unwrap().unwrap();
            for document in job.events.iter().flat_map(|event| &event.data.documents) {
                let name = document.url.rsplit('/').next().unwrap();
                assert!(names.contains(name), "{name} is named, and not there");
            }
        }
    }
}

/// The organisation's folder in a store.
fn own(store: &Path, sandbox: &Sandbox) -> PathBuf {
    let mut entries = std::fs::read_dir(store)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let environment = entries.find(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("custom-")
    });
    // The probe has made it.
    environment.unwrap().join(sandbox.sender().as_str())
}

fn set_age(path: &Path, ago: Duration) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - ago).unwrap();
}

#[tokio::test]
async fn what_no_event_names_goes_when_it_is_old() {
    let folder = Folder::new().await;
    let created = folder
        .stage
        .client
        .create(&job(&folder.stage.client, "1", 2))
        .await;
    let at_service = folder.stage.at_service(created.unwrap().job_id().get());
    at_service.sign_current_group().unwrap();
    let change = folder.stage.change().await;
    let receiver = Receiver::new(folder.store.clone());
    receiver
        .receive(&folder.stage.client, &change)
        .await
        .unwrap();
    // Older than the retention as well, and named by the event of a job that has not ended.
    for name in folder.names() {
        set_age(&folder.documents.join(name), RETENTION * 2);
    }
    let named = folder.names();
    assert_eq!(named.len(), 4, "PAdES, XAdES and findings of each");

    let old = folder.write(b"an old PAdES", "pdf", RETENTION + DAY);
    let findings = old.with_extension("findings.json");
    std::fs::write(&findings, "{}").unwrap();
    set_age(&findings, RETENTION + DAY);
    let alone = folder.write(b"findings alone", "findings.json", RETENTION + DAY);
    let recent = folder.write(b"a recent PAdES", "pdf", RETENTION - DAY);
    let foreign = folder.documents.join("readme.txt");
    std::fs::write(&foreign, "not the relay's").unwrap();
    set_age(&foreign, RETENTION * 2);
    // All hexadecimal, and no digest.
    let short = folder.documents.join("cafe.txt");
    std::fs::write(&short, "not the relay's").unwrap();
    set_age(&short, RETENTION * 2);

    let deleter = folder.deleter();
    assert_eq!(folder.orphans(&deleter).await, 1);
    assert!(!old.exists() && !findings.exists() && !alone.exists());
    assert!(recent.exists() && foreign.exists() && short.exists());
    assert!(folder.names().is_superset(&named));
    // Once a day: what is old by now waits for the next look.
    set_age(&recent, RETENTION + DAY);
    assert_eq!(folder.orphans(&deleter).await, 0);
    folder.stage.sandbox.clock().advance(DAY);
    assert_eq!(folder.orphans(&deleter).await, 1);
}

/// An event that can't be read may name anything.
#[tokio::test]
async fn a_damaged_event_keeps_what_it_may_name() {
    let folder = Folder::new().await;
    let changes = folder.documents.parent().unwrap().join("jobs/17/changes");
    std::fs::create_dir_all(&changes).unwrap();
    let event = changes.join(format!("{}.json", "0".repeat(64)));
    std::fs::write(&event, "half an ev").unwrap();
    let old = folder.write(b"an old PAdES", "pdf", RETENTION + DAY);
    let deleter = folder.deleter();
    assert_eq!(folder.orphans(&deleter).await, 0);
    assert!(old.exists());
    // It is looked for again as soon as the event is repaired.
    std::fs::remove_file(event).unwrap();
    assert_eq!(folder.orphans(&deleter).await, 1);
}

/// A process was killed before it stored the event, and the change comes again after the retention.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_stored_stays() {
    for _ in 0..20 {
        let folder = Folder::new().await;
        let created = folder
            .stage
            .client
            .create(&job(&folder.stage.client, "1", 1))
            .await;
        let at_service = folder.stage.at_service(created.unwrap().job_id().get());
        at_service.sign_current_group().unwrap();
        let change = folder.stage.change().await;
        let client = &folder.stage.client;
        let pades = client.pades(&change).await.unwrap();
        let pades = pades.bytes(1 << 20).await.unwrap();
        let old = folder.write(&pades, "pdf", RETENTION + DAY);
        let receiver = Receiver::new(folder.store.clone());
        let deleters = [folder.deleter(), folder.deleter(), folder.deleter()];
        let looks = futures_util::future::join_all(deleters.iter().map(async |deleter| {
            tokio::time::sleep(Duration::from_micros(fastrand::u64(0..8000))).await;
            folder.orphans(deleter).await
        }));
        let (received, _) = tokio::join!(receiver.receive(client, &change), looks);
        received.unwrap();
        folder.expect_named().await;
        assert!(old.exists());
        assert_eq!(folder.orphans(&folder.deleter()).await, 0);
        folder.expect_named().await;
    }
}
