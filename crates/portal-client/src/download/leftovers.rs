//! Files that are not whole: kept apart from others by a lock, and removed when nobody holds it.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::TempPath;

use super::TEMPORARY_PREFIX;

/// How often a temporary file is made again when another process removes it before it is locked.
const ATTEMPTS: usize = 10;

/// Makes a temporary file that [`remove_leftovers`] leaves alone as long as it is open.
pub(super) fn make(folder: &Path) -> io::Result<(File, TempPath)> {
    let mut attempt = 1;
    loop {
        let (file, path) = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .suffix(".part")
            .tempfile_in(folder)?
            .into_parts();
        // Not every file system has locks; there, nothing is ever taken for a leftover.
        let _locked = file.lock();
        // It may have been taken for a leftover before it was locked.
        if attempt == ATTEMPTS || path.exists() {
            return Ok((file, path));
        }
        attempt += 1;
    }
}

/// Removes the temporary files in `folder` that killed processes have left behind, and gives their number.
///
/// Call it when a program starts. Files of downloads that run, in this process or another, are left
/// alone: those are locked until they have their names. So are all other files, and folders within. On a
/// file system without locks nothing is removed.
///
/// It works with the file system at once; in asynchronous code, call it before the runtime is busy or on a
/// thread for blocking work.
///
/// ```no_run
/// let removed = portal_client::remove_leftovers("signed")?;
/// if removed > 0 {
///     eprintln!("removed {removed} unfinished downloads");
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// When the folder cannot be read, or a leftover cannot be removed. What another process removes meanwhile
/// is no error.
pub fn remove_leftovers(folder: impl AsRef<Path>) -> io::Result<usize> {
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_temporary = name
            .to_str()
            .is_some_and(|name| name.starts_with(TEMPORARY_PREFIX));
        if is_temporary && entry.file_type()?.is_file() {
            removed += usize::from(remove_if_left(&entry.path())?);
        }
    }
    Ok(removed)
}

fn remove_if_left(path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    match file.try_lock() {
        Ok(()) => {}
        // Somebody writes it, or the file system can't say: network mounts have no locks, or none for files
        // that are open for reading only.
        Err(_) => return Ok(false),
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| true),
    }
}
