//! The verdicts of xmllint.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;

/// A schema that documents are held against.
pub(crate) struct Schema {
    pub(crate) name: &'static str,
    file: PathBuf,
}

impl Schema {
    pub(crate) fn new(name: &'static str, file: &Path) -> Self {
        Self {
            name,
            file: file.to_owned(),
        }
    }

    /// For each document, whether it satisfies the schema. Documents go through files, many to a run.
    pub(crate) fn verdicts(&self, scratch: &Path, documents: &[String]) -> Outcome<Vec<bool>> {
        const DOCUMENTS_PER_RUN: usize = 1000;
        let mut verdicts = Vec::with_capacity(documents.len());
        for batch in documents.chunks(DOCUMENTS_PER_RUN) {
            let mut files = Vec::new();
            for (number, document) in batch.iter().enumerate() {
                let file = scratch.join(format!("{number}.xml"));
                std::fs::write(&file, document)?;
                files.push(file);
            }
            let output = Command::new("xmllint")
                // Never the network, neither for a schema nor for a document type.
                .args(["--nonet", "--noout", "--schema"])
                .arg(&self.file)
                .args(&files)
                .output()?;
            let printed = String::from_utf8_lossy(&output.stderr);
            for file in &files {
                // An ill-formed document is reported without a verdict.
                let satisfied = format!("{} validates", file.display());
                verdicts.push(printed.lines().any(|line| line == satisfied));
            }
        }
        Ok(verdicts)
    }
}
