use std::{io::Result, path::PathBuf};

use portal_client::JobRecord;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// It may have been sent: the program ended, or the response was lost. It is not sent again.
    #[default]
    Sending,
    Waiting,
    Signed,
    Failed,
    Deleted,
}

/// What is stored of a letter: a JSON file, named by the letter's reference.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Letter {
    pub stage: Stage,
    pub record: Option<JobRecord>,
    /// Names the package that was kept. Of a job's records only the first does.
    pub package_sha256: Option<String>,
}

/// Where everything is kept.
#[derive(Clone)]
pub struct Folder(pub PathBuf);

impl Folder {
    pub(crate) fn letter_file(&self, reference: &str) -> PathBuf {
        let name = reference.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        self.0.join(format!("letters/{name}.json"))
    }

    pub async fn load(&self, reference: &str) -> Result<Letter> {
        let json = tokio::fs::read(self.letter_file(reference)).await?;
        Ok(serde_json::from_slice(&json)?)
    }

    pub(crate) async fn save(&self, reference: &str, letter: &Letter) -> Result<()> {
        let (file, json) = (self.letter_file(reference), serde_json::to_vec(letter)?);
        tokio::fs::write(file.with_extension("new"), json).await?;
        tokio::fs::rename(file.with_extension("new"), file).await
    }
}
