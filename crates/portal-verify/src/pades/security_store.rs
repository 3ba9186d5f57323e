//! The DSS dictionary: certificates and revocation information for later checks.
//!
//! Source: ISO 32000-2, 12.8.4.3; ETSI EN 319 142-1, 5.4.2.

use cms::cert::x509::Certificate;
use cms::cert::x509::der::Decode as _;

use super::PadesReport;
use crate::finding::{DocumentFinding, FindingCode, Place};
use crate::pdf::{Dictionary, File, Object, Problem};
use crate::tlv;

/// Which lists a DSS has, and which an entry for a signature has.
const LISTS: [(&[u8], bool); 6] = [
    (b"Certs", true),
    (b"OCSPs", false),
    (b"CRLs", false),
    (b"Cert", true),
    (b"OCSP", false),
    (b"CRL", false),
];

/// Looks at the DSS dictionary, where there is one.
pub(super) fn assess(file: &File<'_>, report: &mut PadesReport) -> Result<(), Problem> {
    let catalog = file.catalog()?;
    let broken = |sentence: &str| {
        DocumentFinding::new(
            FindingCode::SecurityStoreBroken,
            Place::SecurityStore,
            sentence,
        )
    };
    let store = match file.get(&catalog, b"DSS")? {
        Object::Null => return Ok(()),
        Object::Dictionary(store) => store,
        _ => {
            report.findings.push(broken("The DSS is no dictionary."));
            return Ok(());
        }
    };
    report.has_security_store = true;
    let mut problem = problem_of(file, &store)?;
    if let Object::Dictionary(entries) = file.get(&store, b"VRI")? {
        for (_, entry) in entries.iter() {
            if let Object::Dictionary(entry) = file.resolve(entry)? {
                problem = match problem {
                    None => problem_of(file, &entry)?,
                    found => found,
                };
            }
        }
    }
    report.findings.push(match problem {
        Some(sentence) => broken(sentence),
        None => DocumentFinding::new(
            FindingCode::SecurityStore,
            Place::SecurityStore,
            "The file has a DSS dictionary.",
        ),
    });
    Ok(())
}

fn problem_of(file: &File<'_>, lists: &Dictionary) -> Result<Option<&'static str>, Problem> {
    for (key, is_certificates) in LISTS {
        let list = match file.get(lists, key)? {
            Object::Null => continue,
            Object::Array(list) => list,
            _ => return Ok(Some("The DSS has something else where a list should be.")),
        };
        for item in &list {
            let content = match file.content(item) {
                Ok(content) => content,
                Err(Problem::Malformed { .. }) => None,
                Err(other) => return Err(other),
            };
            let Some(content) = content else {
                return Ok(Some("The DSS refers to something that is not there."));
            };
            let is_whole = tlv::read(&content).is_some_and(|(_, rest)| rest.is_empty());
            if !is_whole || (is_certificates && Certificate::from_der(&content).is_err()) {
                return Ok(Some("The DSS has an entry that can't be read."));
            }
        }
    }
    Ok(None)
}
