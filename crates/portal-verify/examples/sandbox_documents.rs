//! Writes signed documents of the sandbox to a folder, for `cargo xtask pdf-fixtures`: sound ones of
//! 1 to 10 signers and 1 to 20 documents, and small ones to make fixtures from.
//!
//! `cargo run --example sandbox_documents -- FOLDER COUNT`

#[path = "../tests/it/making.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod making;

use std::fs;
use std::path::PathBuf;

use making::{AnyError, Maker};
use portal_sandbox::DocumentDefect;

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("the folder is missing")?);
    let count: usize = match arguments.next() {
        Some(count) => count.to_string_lossy().parse()?,
        None => 200,
    };
    fs::create_dir_all(&folder)?;
    let maker = Maker::new().await?;
    for index in 0..count {
        let (signers, documents) = (1 + index % 10, 1 + index / 10 % 20);
        let (_, job) = maker.signed(signers, &vec![300; documents]).await?;
        let pades = maker.pades(&job).await?;
        fs::write(folder.join(format!("sound-{index:03}.pdf")), pades)?;
    }
    let (_, change) = maker.signed(1, &[300]).await?;
    for (name, defect) in [
        ("byte-changed", DocumentDefect::ByteChanged),
        ("appended-update", DocumentDefect::AppendedUpdate),
        ("wrong-signer-count", DocumentDefect::WrongSignerCount),
        ("attachment-exchanged", DocumentDefect::AttachmentExchanged),
        ("other-seal", DocumentDefect::OtherSeal),
    ] {
        let broken = maker.broken(&change, defect).await?;
        fs::write(folder.join(format!("kind-{name}.pdf")), broken)?;
    }
    Ok(())
}
