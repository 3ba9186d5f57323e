//! Packages in a folder.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use portal_transport::BoxFuture;
use tempfile::TempPath;
use tokio::task::spawn_blocking;

use super::{BoxError, PackageProcessor, SignedPackage};

/// Keeps every package that is sent as a file in a folder.
///
/// A file is named by signing time and SHA-256, such as `20260301T080000Z-9f86d0….asice`: no title,
/// reference or number is in its name. It is written under a temporary name, synced and renamed. On Unix the
/// file has mode 0600, and a folder that is created here has mode 0700; a folder that exists keeps its mode.
///
/// ```no_run
/// # use portal_client::{ClientBuilder, PackageFolder};
/// # fn example(builder: ClientBuilder) -> ClientBuilder {
/// builder.package_processor(PackageFolder::new("sent-packages"))
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PackageFolder {
    folder: PathBuf,
}

impl PackageFolder {
    /// Keeps packages in `folder`, which is created when the first package arrives.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }
}

impl PackageProcessor for PackageFolder {
    fn process(&self, package: SignedPackage) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(async move {
            let folder = self.folder.clone();
            let name = format!(
                "{}-{}.asice",
                package.signed_at().strftime("%Y%m%dT%H%M%SZ"),
                package.sha256()
            );
            let written = {
                let folder = folder.clone();
                spawn_blocking(move || write(&folder, package.bytes())).await??
            };
            // A step of its own: when this future is dropped before, the temporary file goes with it.
            spawn_blocking(move || publish(written, &folder, &name)).await??;
            Ok(())
        })
    }
}

fn write(folder: &Path, package: &[u8]) -> io::Result<(File, TempPath)> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)?;
    // Mode 0600 on Unix, whatever the umask.
    let (mut file, path) = tempfile::Builder::new()
        .prefix(".portal-package-")
        .suffix(".part")
        .tempfile_in(folder)?
        .into_parts();
    file.write_all(package)?;
    file.sync_all()?;
    Ok((file, path))
}

fn publish(written: (File, TempPath), folder: &Path, name: &str) -> io::Result<()> {
    let (file, temporary) = written;
    temporary
        .persist(folder.join(name))
        .map_err(|failed| failed.error)?;
    drop(file);
    // The new name is in the folder's own data. Not every file system lets a folder be synced.
    if let Ok(folder) = File::open(folder) {
        let _synced = folder.sync_all();
    }
    Ok(())
}

/// Without the path, which may say whose packages they are.
impl fmt::Debug for PackageFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackageFolder").finish_non_exhaustive()
    }
}
