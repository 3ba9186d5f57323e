//! Stores: whose they are, who may read them, and what they must keep.

use std::fmt::Write;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::StreamExt;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use portal_client::{Environment, OrganizationNumber};
use portal_relay::{Scope, Store, StoreError};

use crate::faulty_store::FaultyStore;

fn scope(number: &str) -> Scope {
    Scope::new(
        Environment::difitest(),
        OrganizationNumber::new(number).unwrap(),
    )
}

#[tokio::test]
async fn a_store_of_another_is_refused_and_left_as_it_is() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let open = |scope| Store::open(Arc::clone(&objects), scope);
    open(scope("123456789")).await.unwrap();
    open(scope("123456789")).await.unwrap();

    let organization = open(scope("984661185")).await.unwrap_err();
    let number = OrganizationNumber::new("123456789").unwrap();
    let production = Scope::new(Environment::production(), number);
    let environment = open(production).await.unwrap_err();
    insta::assert_snapshot!(format!("{organization}\n{environment}"));
}

#[tokio::test]
async fn a_newer_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    Store::folder(&path, scope("123456789")).await.unwrap();
    let owner = path.join("store.json");
    let newer = fs::read_to_string(&owner).unwrap();
    fs::write(&owner, newer.replace("\"format\":1", "\"format\":2")).unwrap();
    let error = Store::folder(&path, scope("123456789")).await.unwrap_err();
    assert!(matches!(error, StoreError::Format { found: 2, .. }));
    fs::write(&owner, "half").unwrap();
    let error = Store::folder(&path, scope("123456789")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_is_private_or_refused() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/store");
    Store::folder(&path, scope("123456789")).await.unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.clone()), 0o700);
    assert_eq!(mode(path.join("spool")), 0o700);

    for open in [0o750, 0o705, 0o755] {
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
        let error = Store::folder(&path, scope("123456789")).await.unwrap_err();
        assert!(matches!(error, StoreError::NotPrivate { .. }), "{error:?}");
    }
}

/// Updates by condition are not in it; the folder's own file lock stands for them.
#[tokio::test]
async fn a_local_file_system_is_not_an_object_store() {
    let folder = tempfile::tempdir().unwrap();
    let objects = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
    let error = Store::open(Arc::new(objects), scope("123456789")).await;
    insta::assert_snapshot!(error.unwrap_err());
    // Nothing was claimed.
    assert!(!folder.path().join("store.json").exists());
}

#[tokio::test]
async fn an_unknown_address_names_the_features() {
    let address = "ftp://example.com/store";
    let error = Store::by_address(address, [], scope("123456789")).await;
    insta::assert_snapshot!(error.unwrap_err());
}

/// Several start at once on an empty store.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_owners_wins() {
    for round in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(round.to_string());
        let opened = ["123456789", "984661185"]
            .map(|number| tokio::spawn(Store::folder(path.clone(), scope(number))));
        let [first, second] = opened;
        let opened = [first.await.unwrap(), second.await.unwrap()];
        let opened = opened.iter().filter(|store| store.is_ok()).count();
        assert_eq!(opened, 1, "round {round}");
    }
}

/// A store that looks at no condition would let two relays hold the lease.
#[tokio::test]
async fn a_store_that_ignores_conditions_is_refused() {
    let mut errors = String::new();
    for wrong in 0..2 {
        let objects = FaultyStore::default();
        let wrongs = &objects.wrongs;
        let ignored = [&wrongs.create_replaces, &wrongs.updates_anything][wrong];
        ignored.store(true, Ordering::SeqCst);
        let error = Store::open(Arc::new(objects.clone()), scope("123456789")).await;
        writeln!(errors, "{}", error.unwrap_err()).unwrap();
        // Neither claimed nor littered.
        assert_eq!(objects.inner.list(None).count().await, 0);
    }
    insta::assert_snapshot!(errors);
}

#[tokio::test]
async fn an_outage_is_transient() {
    let objects = FaultyStore::default();
    objects.wrongs.outage.store(1, Ordering::SeqCst);
    let error = Store::open(Arc::new(objects.clone()), scope("123456789")).await;
    assert!(error.unwrap_err().is_transient());
    Store::open(Arc::new(objects), scope("123456789"))
        .await
        .unwrap();
}
