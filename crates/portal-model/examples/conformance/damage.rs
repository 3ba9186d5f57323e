//! Valid documents with random damage: the model and the schema must agree on each.

use std::path::Path;

use portal_model::{
    PortalSignatureJobManifest, PortalSignatureJobRequest, PortalSignatureJobStatusChangeResponse,
    XmlDocument,
};
use proptest::arbitrary::any;
use proptest::prelude::prop;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::xmllint::Schema;
use crate::{Outcome, is_read, sample};

/// Where the two may differ, the model being the stricter one: times beyond what it handles, such as ten
/// fraction digits or the last days of 9999.
fn is_known_difference(xml: &str) -> bool {
    let errors = [
        PortalSignatureJobManifest::from_xml(xml.as_bytes()).err(),
        PortalSignatureJobStatusChangeResponse::from_xml(xml.as_bytes()).err(),
    ];
    errors
        .iter()
        .flatten()
        .any(|error| matches!(error.problem(), portal_model::XmlProblem::DateTime(_)))
}

pub(crate) fn check(
    schemas: &[Schema],
    scratch: &Path,
    runner: &mut TestRunner,
    count: usize,
) -> Outcome<()> {
    let mut documents = Vec::with_capacity(count);
    for number in 0..count {
        let xml = match number % 3 {
            0 => sample::<PortalSignatureJobManifest>(runner)?.to_xml()?,
            1 => sample::<PortalSignatureJobRequest>(runner)?.to_xml()?,
            _ => sample::<PortalSignatureJobStatusChangeResponse>(runner)?.to_xml()?,
        };
        documents.push(damaged(&xml, runner)?);
    }
    for schema in schemas {
        let verdicts = schema.verdicts(scratch, &documents)?;
        let (mut accepted, mut known) = (0, 0);
        for (document, satisfied) in documents.iter().zip(verdicts) {
            let read = is_read(document.as_bytes());
            accepted += usize::from(read);
            if read == satisfied {
                continue;
            }
            if satisfied && is_known_difference(document) {
                known += 1;
                continue;
            }
            let name = schema.name;
            return Err(format!("the model says {read}, {name} {satisfied}:\n{document}").into());
        }
        println!(
            "{count} damaged documents: the model and {} agree ({accepted} still valid; {known} times refused only by the model)",
            schema.name
        );
    }
    Ok(())
}

/// Removes, doubles or swaps a tag or a text, or changes a character.
fn damaged(xml: &str, runner: &mut TestRunner) -> Outcome<String> {
    let choice = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0..6_u8,
    );
    let (first, second, kind) = choice
        .new_tree(runner)
        .map_err(|reason| reason.to_string())?
        .current();
    let mut parts: Vec<String> = xml
        .split_inclusive('>')
        .flat_map(|part| {
            let at = part.find('<').unwrap_or(0);
            [part[..at].to_owned(), part[at..].to_owned()]
        })
        .filter(|part| !part.is_empty())
        .collect();
    // The declaration stays: xmllint and the model differ on where white space may stand before it.
    let (first, second) = (
        1 + first.index(parts.len() - 1),
        1 + second.index(parts.len() - 1),
    );
    match kind {
        0 => {
            parts.remove(first);
        }
        1 => parts.insert(second, parts[first].clone()),
        2 => parts.swap(first, second),
        3 => parts[first] = parts[second].clone(),
        4 => {
            let shorter: String = parts[first].chars().skip(1).collect();
            parts[first] = shorter;
        }
        _ => parts[first] = parts[first].replacen(['e', 'a', '0', '1', '"'], "o", 1),
    }
    Ok(parts.concat())
}
