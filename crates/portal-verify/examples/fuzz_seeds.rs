//! Writes the fixtures as seeds for the fuzz targets to a folder that has one folder for each.
//!
//! `cargo run --example fuzz_seeds -- fuzz/corpus`

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = PathBuf::from(std::env::args_os().nth(1).ok_or("the folder is missing")?);
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let plain = fs::read(fixtures.join("sound-plain.pdf"))?;
    for entry in fs::read_dir(&fixtures)? {
        let path = entry?.path();
        let bytes = fs::read(&path)?;
        let name = path.file_name().ok_or("a file has no name")?.to_os_string();
        let write = |target: &str, bytes: &[u8]| {
            let folder = corpus.join(target);
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(&name), bytes)
        };
        if path.extension().is_some_and(|extension| extension == "xml") {
            write("xades_read", &bytes)?;
            continue;
        }
        write("pades_read", &bytes)?;
        write("signature_read", &contents(&bytes))?;
        // What was added to a document is an update of another one too, as far as offsets agree.
        let update = &bytes[bytes.len().min(plain.len())..];
        write("pades_update", update)?;
    }
    Ok(())
}

/// The last signature of a document.
fn contents(pdf: &[u8]) -> Vec<u8> {
    let start = memchr::memmem::rfind(pdf, b"/Contents").unwrap_or_default();
    let digits = pdf[start..].split(|&byte| byte == b'<').nth(1);
    let digits = digits.and_then(|rest| rest.split(|&byte| byte == b'>').next());
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default();
    let pairs = digits.unwrap_or_default().chunks_exact(2);
    pairs
        .filter_map(|pair| u8::try_from(digit(pair[0]) * 16 + digit(pair[1])).ok())
        .collect()
}
