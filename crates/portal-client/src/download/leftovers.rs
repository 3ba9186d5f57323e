//! Files that are not whole: kept apart from others by a lock, and removed when nobody holds it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use tempfile::TempPath;

use super::TEMPORARY_PREFIX;

/// How often a temporary file is made again when another process removes it before it is locked.
const ATTEMPTS: usize = 10;

/// What begins the name of a file that could not be locked. Whether it is a leftover can never be said, also not by
/// a process for which locks work again.
const UNLOCKED_PREFIX: &str = ".portal-unlocked-";

/// The locks of a file system. Not every file system has them.
trait Locks {
    fn lock(&self, file: &File) -> io::Result<()>;
    fn try_lock(&self, file: &File) -> Result<(), TryLockError>;
}

/// Those of the operating system.
struct SystemLocks;

impl Locks for SystemLocks {
    fn lock(&self, file: &File) -> io::Result<()> {
        file.lock()
    }

    fn try_lock(&self, file: &File) -> Result<(), TryLockError> {
        file.try_lock()
    }
}

/// Makes a temporary file that [`remove_leftovers`] leaves alone as long as it is open.
pub(super) fn make(folder: &Path) -> io::Result<(File, TempPath)> {
    make_with(&SystemLocks, folder)
}

fn make_with(locks: &impl Locks, folder: &Path) -> io::Result<(File, TempPath)> {
    let mut attempt = 1;
    loop {
        let (file, path) = create(folder, TEMPORARY_PREFIX)?;
        if lock(locks, &file).is_err() {
            return create(folder, UNLOCKED_PREFIX);
        }
        // It may have been taken for a leftover before it was locked.
        if attempt == ATTEMPTS || path.exists() {
            return Ok((file, path));
        }
        attempt += 1;
    }
}

fn create(folder: &Path, prefix: &str) -> io::Result<(File, TempPath)> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(".part");
    Ok(builder.tempfile_in(folder)?.into_parts())
}

/// Locks the file, whatever signals the process gets meanwhile.
fn lock(locks: &impl Locks, file: &File) -> io::Result<()> {
    loop {
        match locks.lock(file) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            locked => return locked,
        }
    }
}

/// Removes the temporary files in `folder` that killed processes have left behind, and gives their number.
///
/// Call it when a program starts. Files of downloads that run, in this process or another, are left
/// alone: those are locked until they have their names. So are all other files, and folders within. On a
/// file system without locks, such as some network mounts, nothing is removed, and that is no error.
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
    remove_with(&SystemLocks, folder.as_ref())
}

fn remove_with(locks: &impl Locks, folder: &Path) -> io::Result<usize> {
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_temporary = name
            .to_str()
            .is_some_and(|name| name.starts_with(TEMPORARY_PREFIX));
        if is_temporary && entry.file_type()?.is_file() {
            removed += usize::from(remove_if_left(locks, &entry.path())?);
        }
    }
    Ok(removed)
}

fn remove_if_left(locks: &impl Locks, path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    match locks.try_lock(&file) {
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

#[cfg(test)]
mod tests;
