use std::cell::Cell;

use tempfile::TempDir;

use super::*;
use crate::download::tests::{PDF, block_on, names, pdf};

/// A file system whose locks fail, so many times.
struct Failing {
    with: fn() -> io::Error,
    times: Cell<usize>,
}

impl Failing {
    fn always(with: fn() -> io::Error) -> Self {
        let times = Cell::new(usize::MAX);
        Self { with, times }
    }

    fn fail(&self) -> io::Result<()> {
        let left = self.times.get();
        self.times.set(left.saturating_sub(1));
        if left == 0 {
            Ok(())
        } else {
            Err((self.with)())
        }
    }
}

impl Locks for Failing {
    fn lock(&self, file: &File) -> io::Result<()> {
        self.fail()?;
        SystemLocks.lock(file)
    }

    fn try_lock(&self, file: &File) -> Result<(), TryLockError> {
        self.fail().map_err(TryLockError::Error)?;
        SystemLocks.try_lock(file)
    }
}

/// What mounts say of locks: the standard library where there are none, NFS without its lock manager, other network
/// mounts, and NFS of a file that is open for reading only.
#[cfg(target_os = "linux")]
const REFUSALS: [fn() -> io::Error; 4] = [
    || io::ErrorKind::Unsupported.into(),
    || io::Error::from_raw_os_error(37),
    || io::Error::from_raw_os_error(95),
    || io::Error::from_raw_os_error(9),
];
#[cfg(not(target_os = "linux"))]
const REFUSALS: [fn() -> io::Error; 1] = [|| io::ErrorKind::Unsupported.into()];

#[test]
fn without_locks_nothing_is_removed() {
    for refusal in REFUSALS {
        let folder = TempDir::new().unwrap();
        let leftover = folder.path().join(format!("{TEMPORARY_PREFIX}a.part"));
        fs::write(&leftover, PDF).unwrap();
        let mount = Failing::always(refusal);
        assert_eq!(remove_with(&mount, folder.path()).unwrap(), 0);
        assert!(leftover.exists(), "{}", refusal());
    }
}

/// Where the locks of another process work, such as after the lock manager is back, a download that could not lock
/// its file keeps it.
#[test]
fn a_file_that_could_not_be_locked_is_never_a_leftover() {
    for refusal in REFUSALS {
        let folder = TempDir::new().unwrap();
        let mount = Failing::always(refusal);
        let (file, path) = make_with(&mount, folder.path()).unwrap();
        assert_eq!(names(folder.path()).len(), 1, "{}", refusal());
        assert_eq!(remove_leftovers(folder.path()).unwrap(), 0);
        assert!(path.exists(), "{}", refusal());
        drop(file);
        drop(path);
        assert!(names(folder.path()).is_empty());
    }
}

#[test]
fn a_signal_does_not_cost_the_lock() {
    let folder = TempDir::new().unwrap();
    let interrupted = Failing {
        with: || io::ErrorKind::Interrupted.into(),
        times: Cell::new(3),
    };
    let (_file, path) = make_with(&interrupted, folder.path()).unwrap();
    assert!(names(folder.path())[0].starts_with(TEMPORARY_PREFIX));
    assert_eq!(remove_leftovers(folder.path()).unwrap(), 0);
    assert!(path.exists());
}

#[test]
fn leftovers_are_removed_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let leftover = format!("{TEMPORARY_PREFIX}a.part");
    for name in [&leftover, "signed.pdf", ".hidden"] {
        fs::write(path(name), PDF).unwrap();
    }
    fs::create_dir(path(&format!("{TEMPORARY_PREFIX}folder"))).unwrap();
    let running = make(folder.path()).unwrap();
    assert_eq!(remove_leftovers(folder.path()).unwrap(), 1);
    assert!(running.1.exists());
    assert!(!path(&leftover).exists());
    assert_eq!(names(folder.path()).len(), 4);
    drop(running);
    assert_eq!(names(folder.path()).len(), 3);
    assert!(remove_leftovers(path("nowhere")).is_err());
}

#[test]
fn a_download_survives_another_process_that_cleans_up() {
    let folder = TempDir::new().unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                remove_leftovers(folder.path()).unwrap();
            }
        });
        for number in 0..60 {
            let path = folder.path().join(format!("{number}.pdf"));
            let saved = block_on(pdf(PDF, None).save_to(path));
            if saved.is_err() {
                stop.store(true, std::sync::atomic::Ordering::Relaxed);
            }
            saved.unwrap();
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(names(folder.path()).len(), 60);
}
