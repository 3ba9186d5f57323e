//! Writes valid documents of every kind as seeds for the fuzz targets: `cargo xtask fuzz-seed`.
//!
//! The documents are the property tests' own, made with a fixed seed: the same files every time.

use std::error::Error;
use std::path::{Path, PathBuf};

use portal_model::{
    ErrorDocument, PortalSignatureJobManifest, PortalSignatureJobRequest,
    PortalSignatureJobResponse, PortalSignatureJobStatusChangeResponse, XmlDocument,
};
use proptest::arbitrary::{Arbitrary, any};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

const TARGETS: [&str; 2] = ["model_parse", "model_round_trip"];
const SEEDS_PER_DOCUMENT: usize = 60;

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = std::env::args_os().nth(1).map(PathBuf::from);
    let corpus = corpus.ok_or("usage: fuzz_seeds <corpus folder>")?;
    for target in TARGETS {
        let folder = corpus.join(target);
        std::fs::create_dir_all(&folder)?;
        let mut runner = TestRunner::deterministic();
        write::<PortalSignatureJobManifest>(&mut runner, &folder, "manifest")?;
        write::<PortalSignatureJobRequest>(&mut runner, &folder, "request")?;
        write::<PortalSignatureJobResponse>(&mut runner, &folder, "response")?;
        write::<PortalSignatureJobStatusChangeResponse>(&mut runner, &folder, "change")?;
        write::<ErrorDocument>(&mut runner, &folder, "error")?;
    }
    println!(
        "{}: {SEEDS_PER_DOCUMENT} of each document",
        corpus.display()
    );
    Ok(())
}

fn write<T: XmlDocument + Arbitrary>(
    runner: &mut TestRunner,
    folder: &Path,
    name: &str,
) -> Result<(), Box<dyn Error>> {
    for number in 0..SEEDS_PER_DOCUMENT {
        let value = any::<T>()
            .new_tree(runner)
            .map_err(|reason| reason.to_string())?
            .current();
        std::fs::write(folder.join(format!("{name}-{number}.xml")), value.to_xml()?)?;
    }
    Ok(())
}
