//! What was added to a document after it was sealed, as findings.

use super::revisions::{Differences, compare_all};
use super::{PadesReport, unreadable};
use crate::finding::{DocumentFinding, FindingCode, Place};
use crate::pdf::{File, Problem};

/// Looks at what follows the first `end` bytes, which are sealed.
pub(super) fn assess(file: &File<'_>, end: usize, report: &mut PadesReport) {
    let rest = &file.bytes()[end..];
    if rest.is_empty() {
        let sentence = "The seal covers the file to its last byte.";
        report.findings.push(DocumentFinding::new(
            FindingCode::CoversFile,
            Place::Seal,
            sentence,
        ));
        return;
    }
    let sealed = match File::open(&file.bytes()[..end]) {
        Ok(sealed) => sealed,
        Err(Problem::Malformed { .. }) => {
            let sentence = "What the seal covers is not a whole document.";
            report.findings.push(DocumentFinding::new(
                FindingCode::ByteRange,
                Place::Seal,
                sentence,
            ));
            return;
        }
        Err(problem) => {
            report.findings.push(unreadable(problem));
            return;
        }
    };
    if sealed.head() == file.head() {
        report.findings.push(leftover(rest, end));
        return;
    }
    match compare_all(&sealed, file, end) {
        Ok(found) => report_on(&found, end, report),
        Err(problem) => report.findings.push(unreadable(problem)),
    }
    if let Some(last) = memchr::memmem::rfind(rest, b"%%EOF") {
        let behind = &rest[last + b"%%EOF".len()..];
        if !behind.trim_ascii().is_empty() {
            let end = file.bytes().len() - behind.len();
            report.findings.push(leftover(behind, end));
        }
    }
}

/// The finding for bytes that belong to no revision.
fn leftover(bytes: &[u8], at: usize) -> DocumentFinding {
    let place = Place::Offset(u64::try_from(at).unwrap_or(u64::MAX));
    let length = bytes.len();
    if bytes.trim_ascii().is_empty() {
        let sentence = format!("The last {length} bytes, blanks or line ends, are not sealed.");
        DocumentFinding::new(FindingCode::TrailingBlanks, place, sentence)
    } else {
        let sentence = format!("The last {length} bytes are not sealed.");
        DocumentFinding::new(FindingCode::TrailingBytes, place, sentence)
    }
}

fn report_on(found: &Differences, end: usize, report: &mut PadesReport) {
    let mut add = |code, sentence: String| {
        report
            .findings
            .push(DocumentFinding::new(code, Place::File, sentence));
    };
    if let Some(what) = found.other {
        add(
            FindingCode::ChangedAfterSealing,
            format!("After sealing, {what}."),
        );
    }
    if !found.unexplained.is_empty() {
        let mut numbers: Vec<String> = found
            .unexplained
            .iter()
            .take(5)
            .map(ToString::to_string)
            .collect();
        if found.unexplained.len() > numbers.len() {
            numbers.push("...".to_owned());
        }
        let count = found.unexplained.len();
        let (plural, were) = if count == 1 {
            ("", "was")
        } else {
            ("s", "were")
        };
        add(
            FindingCode::ChangedAfterSealing,
            format!(
                "{count} object{plural} {were} changed or added after sealing: {}.",
                numbers.join(", ")
            ),
        );
    }
    if found.fields > 0 {
        let plural = if found.fields == 1 { "" } else { "s" };
        add(
            FindingCode::FieldAdded,
            format!("{} form field{plural} added after sealing.", found.fields),
        );
    }
    let is_clean = found.other.is_none() && found.unexplained.is_empty() && found.fields == 0;
    if is_clean && found.signatures == 0 {
        let mut what = Vec::new();
        if found.time_stamps > 0 {
            what.push("time stamps");
        }
        if found.has_security_store {
            what.push("a DSS dictionary");
        }
        let what = if what.is_empty() {
            "nothing of consequence".to_owned()
        } else {
            what.join(" and ")
        };
        let sentence = format!("The seal covers the first {end} bytes; later ones add {what}.");
        report.findings.push(DocumentFinding::new(
            FindingCode::CoversRevision,
            Place::Seal,
            sentence,
        ));
    }
}
