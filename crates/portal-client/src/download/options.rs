//! How a document is saved.

/// How a document is saved; see [`Download::save_with`](crate::Download::save_with).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "options do nothing until they are given to Download::save_with"]
pub struct SaveOptions {
    pub(super) replaces_existing: bool,
    pub(super) unix_mode: Option<u32>,
}

impl SaveOptions {
    /// Creates options that leave an existing file alone, and on Unix give the file mode 0600.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces an existing file.
    pub fn replace_existing(mut self) -> Self {
        self.replaces_existing = true;
        self
    }

    /// Sets the mode of the file on Unix, whatever the umask, such as `0o640` for a group that may read it.
    /// Defaults to 0600. Has no effect elsewhere.
    pub fn unix_mode(mut self, mode: u32) -> Self {
        self.unix_mode = Some(mode);
        self
    }
}
