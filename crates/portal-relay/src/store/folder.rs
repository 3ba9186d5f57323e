//! A folder as a store: private, and free of what a killed process left.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tokio::task::spawn_blocking;

use crate::StoreError;
use crate::spool::Spool;

/// A file that is being written is younger. Another relay may be at work in the same folder.
const LEFTOVER: Duration = Duration::from_hours(1);

/// Creates or checks the folder; returns its absolute path.
pub(super) async fn prepare(folder: &Path) -> Result<(PathBuf, Spool), StoreError> {
    let folder = folder.to_owned();
    let prepared = spawn_blocking(move || {
        create_private(&folder).map_err(StoreError::local("create the store's folder"))?;
        if !is_private(&folder).map_err(StoreError::local("read the store's folder"))? {
            return Err(StoreError::NotPrivate { folder });
        }
        let folder = folder
            .canonicalize()
            .map_err(StoreError::local("find the store's folder"))?;
        remove_leftovers(&folder).map_err(StoreError::local("clear the store's folder"))?;
        let spool = Spool::within(&folder)?;
        Ok((folder, spool))
    });
    match prepared.await {
        Ok(prepared) => prepared,
        Err(cut_short) => Err(StoreError::local("prepare the store's folder")(
            cut_short.into(),
        )),
    }
}

/// Creates a folder that only its owner can read, and those above it.
pub(crate) fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(unix)]
fn is_private(folder: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;

    let mode = fs::metadata(folder)?.permissions().mode();
    Ok(mode & 0o077 == 0)
}

/// Elsewhere the folder has the permissions that it inherits.
#[cfg(not(unix))]
fn is_private(folder: &Path) -> io::Result<bool> {
    fs::metadata(folder).map(|_| true)
}

/// Removes what a killed process was writing: `object_store` writes to the object's name with `#` and a number,
/// and renames.
fn remove_leftovers(folder: &Path) -> io::Result<()> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if is_staged(&entry) && is_old(&entry) {
                match fs::remove_file(entry.path()) {
                    // Another relay starts as well.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    removed => removed?,
                }
            }
        }
    }
    Ok(())
}

fn is_staged(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let number = name.to_str().and_then(|name| name.rsplit_once('#'));
    number.is_some_and(|(_, number)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether nobody has written to it for a while; not, where that can't be known.
fn is_old(entry: &DirEntry) -> bool {
    let age = entry
        .metadata()
        .and_then(|metadata| metadata.modified())
        .map(|modified| SystemTime::now().duration_since(modified));
    age.is_ok_and(|age| age.is_ok_and(|age| age >= LEFTOVER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_unfinished_files_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let old = SystemTime::now() - 2 * LEFTOVER;
        let names = ["a.json#1", "b.json", "c#d", "e#", "f.json#22"];
        for name in names {
            let file = fs::File::create(folder.path().join(name)).unwrap();
            file.set_modified(old).unwrap();
        }
        fs::write(folder.path().join("new.json#1"), "").unwrap();
        remove_leftovers(folder.path()).unwrap();
        let left = fs::read_dir(folder.path()).unwrap();
        let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["b.json", "c#d", "e#", "new.json#1"]);
    }
}
