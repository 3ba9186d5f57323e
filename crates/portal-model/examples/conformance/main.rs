//! Holds the model against xmllint, an independent reader of the schema: `cargo xtask conformance`.
//!
//! 1. Valid documents of every kind, made by the property tests' strategies, must satisfy the schema.
//! 2. Documents that break one rule of the schema must be refused by both; a table shows both verdicts.
//! 3. Damaged documents must get the same verdict from both.
//! 4. Example documents, where given, must be read, written back and satisfy the schema.

mod breaches;
mod damage;
mod xmllint;

use std::error::Error;
use std::path::{Path, PathBuf};

use portal_model::{
    ErrorDocument, PortalSignatureJobManifest, PortalSignatureJobRequest,
    PortalSignatureJobResponse, PortalSignatureJobStatusChangeResponse, XmlDocument,
};
use proptest::arbitrary::{Arbitrary, any};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use xmllint::Schema;

type Outcome<T> = Result<T, Box<dyn Error>>;

const USAGE: &str =
    "usage: conformance <valid documents> <breaches> <schema> [<service's schema> <examples>]";

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (valid, broken, schema, service) = match arguments.as_slice() {
        [valid, broken, schema] => (valid, broken, schema, None),
        [valid, broken, schema, service, examples] => (
            valid,
            broken,
            schema,
            Some((Path::new(service), Path::new(examples))),
        ),
        _ => return Err(USAGE.into()),
    };
    let mut schemas = vec![Schema::new("xsd/portal.xsd", Path::new(schema))];
    schemas.extend(service.map(|(file, _)| Schema::new("the service's schema", file)));
    let scratch = std::env::temp_dir().join(format!("portal-conformance-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)?;
    let outcome = all(
        &schemas,
        service.map(|(_, examples)| examples),
        &scratch,
        valid.parse()?,
        broken.parse()?,
    );
    std::fs::remove_dir_all(&scratch)?;
    outcome
}

fn all(
    schemas: &[Schema],
    examples: Option<&Path>,
    scratch: &Path,
    valid: usize,
    broken: usize,
) -> Outcome<()> {
    let mut runner = TestRunner::deterministic();
    valid_documents(schemas, scratch, &mut runner, valid)?;
    breaches::check(schemas, scratch, &mut runner, broken)?;
    damage::check(schemas, scratch, &mut runner, broken)?;
    if let Some(examples) = examples {
        example_documents(schemas, scratch, examples)?;
    }
    Ok(())
}

/// A value of the strategies.
fn sample<T: Arbitrary>(runner: &mut TestRunner) -> Outcome<T> {
    Ok(any::<T>()
        .new_tree(runner)
        .map_err(|reason| reason.to_string())?
        .current())
}

/// Whether the model reads the document strictly, as whatever its root element says it is.
fn is_read(xml: &[u8]) -> bool {
    PortalSignatureJobManifest::from_xml(xml).is_ok()
        || PortalSignatureJobRequest::from_xml(xml).is_ok()
        || PortalSignatureJobResponse::from_xml(xml).is_ok()
        || PortalSignatureJobStatusChangeResponse::from_xml(xml).is_ok()
        || ErrorDocument::from_xml(xml).is_ok()
}

fn valid_documents(
    schemas: &[Schema],
    scratch: &Path,
    runner: &mut TestRunner,
    count: usize,
) -> Outcome<()> {
    let mut documents = Vec::with_capacity(count);
    for number in 0..count {
        documents.push(match number % 5 {
            0 | 1 => sample::<PortalSignatureJobManifest>(runner)?.to_xml()?,
            2 => sample::<PortalSignatureJobRequest>(runner)?.to_xml()?,
            3 if number % 2 == 0 => sample::<PortalSignatureJobResponse>(runner)?.to_xml()?,
            3 => sample::<ErrorDocument>(runner)?.to_xml()?,
            _ => sample::<PortalSignatureJobStatusChangeResponse>(runner)?.to_xml()?,
        });
    }
    for schema in schemas {
        let verdicts = schema.verdicts(scratch, &documents)?;
        if let Some(number) = verdicts.iter().position(|satisfied| !satisfied) {
            let document = &documents[number];
            return Err(
                format!("{} refuses what the model wrote:\n{document}", schema.name).into(),
            );
        }
        println!("{count} valid documents satisfy {}", schema.name);
    }
    Ok(())
}

fn example_documents(schemas: &[Schema], scratch: &Path, folder: &Path) -> Outcome<()> {
    let mut documents = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> = Vec::new();
        for entry in std::fs::read_dir(&folder)? {
            entries.push(entry?.path());
        }
        entries.sort();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "xml") {
                let xml = std::fs::read(&path)?;
                documents.push(written_back(&xml).ok_or(format!("{} is refused", path.display()))?);
            }
        }
    }
    for schema in schemas {
        let verdicts = schema.verdicts(scratch, &documents)?;
        if verdicts.contains(&false) {
            return Err(format!("an example written back breaks {}", schema.name).into());
        }
        println!(
            "{} examples, written back, satisfy {}",
            documents.len(),
            schema.name
        );
    }
    Ok(())
}

/// The document read and written, whichever of the five it is.
fn written_back(xml: &[u8]) -> Option<String> {
    fn one<T: XmlDocument>(xml: &[u8]) -> Option<String> {
        T::from_xml(xml).and_then(|document| document.to_xml()).ok()
    }
    one::<PortalSignatureJobManifest>(xml)
        .or_else(|| one::<PortalSignatureJobRequest>(xml))
        .or_else(|| one::<PortalSignatureJobResponse>(xml))
        .or_else(|| one::<PortalSignatureJobStatusChangeResponse>(xml))
        .or_else(|| one::<ErrorDocument>(xml))
}
