//! The seal: what it covers, and whether it holds.

use std::ops::Range;

use jiff::Timestamp;
use jiff::fmt::strtime::BrokenDownTime;

use super::fields::Signature;
use super::{PadesReport, Seal, later, unreadable};
use crate::algorithm::Digest;
use crate::certificate::CertificateFacts;
use crate::finding::{DocumentFinding, FindingCode, Place, counted};
use crate::pdf::{Dictionary, File, Object, Problem};
use crate::signed_data::{self, DATA};
use crate::time_stamp::{self, Stamped};

/// The format of PAdES.
const PADES: &[u8] = b"ETSI.CAdES.detached";
/// The format that came before it.
const PKCS7: &[u8] = b"adbe.pkcs7.detached";
/// Formats of ISO 32000-1 that are not supported.
const OTHER_FORMATS: [&[u8]; 2] = [b"adbe.pkcs7.sha1", b"adbe.x509.rsa_sha1"];
/// How many signatures and time stamps are looked at; each costs a digest of the file.
const MAX_SIGNATURES: usize = 16;

/// What a signature covers.
struct Covered<'a> {
    /// Before and behind its own room.
    parts: [&'a [u8]; 2],
    /// Where it ends, in bytes from the start.
    end: usize,
    /// The bytes of the signature, with what follows it in its room.
    contents: Vec<u8>,
}

impl Covered<'_> {
    fn digest(&self, digest: Digest) -> Vec<u8> {
        digest.of(&self.parts)
    }
}

/// Assesses all signatures of a document.
pub(super) fn assess(file: &File<'_>, signatures: &[Signature], report: &mut PadesReport) {
    if signatures.len() > MAX_SIGNATURES {
        report.findings.push(unreadable(Problem::TooMuch));
        return;
    }
    let mut seals: Vec<&Signature> = signatures
        .iter()
        .filter(|signature| !signature.is_time_stamp())
        .collect();
    // The first revision that is signed is the service's.
    seals.sort_by_key(|seal| end_of(&seal.dictionary));
    match seals.as_slice() {
        [] => report.findings.push(DocumentFinding::new(
            FindingCode::NoSignature,
            Place::File,
            "The document has no signature.",
        )),
        [seal] => assess_seal(file, seal, report),
        [seal, ..] => {
            report.findings.push(DocumentFinding::new(
                FindingCode::SecondSignature,
                Place::File,
                format!("The document has {} signatures.", seals.len()),
            ));
            assess_seal(file, seal, report);
        }
    }
    let stamps = signatures
        .iter()
        .filter(|signature| signature.is_time_stamp());
    for stamp in stamps {
        assess_time_stamp(file, stamp, report);
    }
}

/// Where the range of a signature ends; the largest number where it has none.
fn end_of(dictionary: &Dictionary) -> i64 {
    let range = dictionary.get(b"ByteRange").and_then(Object::array);
    match range.unwrap_or_default() {
        [_, _, Object::Integer(start), Object::Integer(length)] => start.saturating_add(*length),
        _ => i64::MAX,
    }
}

fn assess_seal(file: &File<'_>, signature: &Signature, report: &mut PadesReport) {
    let add = |report: &mut PadesReport, code, sentence: &str| {
        report
            .findings
            .push(DocumentFinding::new(code, Place::Seal, sentence));
    };
    let dictionary = &signature.dictionary;
    let sub_filter = dictionary.get(b"SubFilter").and_then(Object::name);
    let certification = match certification(file, dictionary) {
        Ok(level) => level,
        Err(problem) => {
            report.findings.push(unreadable(problem));
            None
        }
    };
    let mut seal = Seal {
        sub_filter: sub_filter.map(|name| String::from_utf8_lossy(name).into_owned()),
        digest: None,
        certificate: None,
        claimed_time: dictionary
            .get(b"M")
            .and_then(Object::text)
            .and_then(claimed_time),
        certification,
        covered: 0,
    };
    match certification {
        Some(level) => {
            let permitted = match level {
                1 => "no changes",
                2 => "filling in forms",
                _ => "filling in forms, and annotations",
            };
            let sentence = format!("The seal certifies the document; it permits {permitted}.");
            add(report, FindingCode::Certified, &sentence);
        }
        None => add(
            report,
            FindingCode::NotCertified,
            "The seal does not certify the document.",
        ),
    }
    let covered = match covered(file, signature) {
        Ok(covered) => covered,
        Err((code, sentence)) => {
            add(report, code, sentence);
            report.seal = Some(seal);
            return;
        }
    };
    let (covered, gap) = covered;
    seal.covered = u64::try_from(covered.end).unwrap_or(u64::MAX);
    if let Some(sentence) = gap {
        add(report, FindingCode::ByteRangeGap, sentence);
    }
    let is_pades = sub_filter == Some(PADES);
    if is_pades || sub_filter == Some(PKCS7) {
        assess_cms(&covered, is_pades, &mut seal, report);
    } else {
        let name = seal.sub_filter.as_deref().unwrap_or("none");
        let sentence = format!("The format of the signature is not supported: {name}.");
        if sub_filter.is_some_and(|name| OTHER_FORMATS.contains(&name)) {
            add(report, FindingCode::NotAssessed, &sentence);
        } else {
            add(report, FindingCode::SubFilterUnknown, &sentence);
        }
    }
    report.seal = Some(seal);
    later::assess(file, covered.end, report);
}

fn assess_cms(covered: &Covered<'_>, is_pades: bool, seal: &mut Seal, report: &mut PadesReport) {
    let add = |report: &mut PadesReport, code, sentence: String| {
        report
            .findings
            .push(DocumentFinding::new(code, Place::Seal, sentence));
    };
    let signed = match signed_data::read(&covered.contents) {
        Ok(signed) => signed,
        Err((code, what)) => return add(report, code, format!("The signature {what}.")),
    };
    if covered.contents[signed.length..]
        .iter()
        .any(|&byte| byte != 0)
    {
        let sentence = "Other bytes than zeros follow the signature in its room.";
        add(report, FindingCode::Padding, sentence.to_owned());
    }
    if signed.content.is_some() {
        let sentence = "The signature contains other content and is not over the document.";
        return add(
            report,
            FindingCode::SignatureUnreadable,
            sentence.to_owned(),
        );
    }
    let checked = signed.check(DATA, |digest| covered.digest(digest), is_pades);
    let holds = checked
        .findings
        .iter()
        .all(|(code, _)| *code == FindingCode::WeakDigest);
    for (code, sentence) in checked.findings {
        add(report, code, sentence);
    }
    seal.digest = checked.digest.map(|digest| digest.name().to_owned());
    seal.certificate = checked.certificate.as_ref().map(CertificateFacts::of);
    seal.claimed_time = seal.claimed_time.or_else(|| signed.signing_time());
    if holds {
        let what = if is_pades {
            "Digest, signature and signing-certificate attribute hold."
        } else {
            "Digest and signature hold."
        };
        add(report, FindingCode::SealHolds, what.to_owned());
    }
    if let (Some(time), Some(certificate)) = (seal.claimed_time, &seal.certificate)
        && (time < certificate.not_before || time > certificate.not_after)
    {
        let sentence =
            format!("The claimed time, {time}, is outside the dates of the certificate.");
        add(report, FindingCode::ClaimedTimeOutside, sentence);
    }
    if let Some(token) = signed.time_stamp() {
        let place = Place::TimeStamp(counted(report.time_stamps.len()));
        let (facts, findings) = time_stamp::check(&token, Stamped::Seal, place, |digest| {
            digest.of(&[signed.value()])
        });
        report.time_stamps.push(facts);
        report.findings.extend(findings);
    }
}

fn assess_time_stamp(file: &File<'_>, stamp: &Signature, report: &mut PadesReport) {
    let place = Place::TimeStamp(counted(report.time_stamps.len()));
    let broken =
        |sentence: &str| DocumentFinding::new(FindingCode::TimeStampBroken, place, sentence);
    match covered(file, stamp) {
        Ok((covered, gap)) => {
            report.findings.extend(gap.map(broken));
            let (facts, findings) =
                time_stamp::check(&covered.contents, Stamped::File, place, |digest| {
                    covered.digest(digest)
                });
            report.time_stamps.push(facts);
            report.findings.extend(findings);
        }
        Err((_, sentence)) => report.findings.push(broken(sentence)),
    }
}

/// What a signature covers, and what is wrong with its gap.
///
/// # Errors
/// What is wrong if it can't be said what is covered.
fn covered<'a>(
    file: &File<'a>,
    signature: &Signature,
) -> Result<(Covered<'a>, Option<&'static str>), (FindingCode, &'static str)> {
    let dictionary = &signature.dictionary;
    if dictionary.has_duplicates() {
        let sentence = "The signature dictionary has a key twice.";
        return Err((FindingCode::SignatureDictionary, sentence));
    }
    let contents = dictionary
        .entry(b"Contents")
        .filter(|_| signature.is_in_file);
    let Some((span, Object::Text(text))) = contents.map(|entry| (&entry.span, &entry.value)) else {
        let sentence = "The signature dictionary has no signature that stands in the file itself.";
        return Err((FindingCode::SignatureDictionary, sentence));
    };
    let bytes = file.bytes();
    let ranges = dictionary.get(b"ByteRange").and_then(Object::array);
    let numbers: Option<Vec<usize>> = ranges.and_then(|ranges| {
        let numbers = ranges
            .iter()
            .map(|number| usize::try_from(number.integer()?).ok());
        numbers.collect()
    });
    let Some([start, before, after, length]) =
        numbers.and_then(|it| <[usize; 4]>::try_from(it).ok())
    else {
        return Err((FindingCode::ByteRange, "The byte range is not two ranges."));
    };
    if start != 0 {
        return Err((
            FindingCode::ByteRange,
            "The byte range does not begin at the start of the file.",
        ));
    }
    let end = after.checked_add(length).filter(|&end| end <= bytes.len());
    let (Some(end), true) = (end, before <= after) else {
        let sentence = "The byte range leads outside the file, or its parts overlap.";
        return Err((FindingCode::ByteRange, sentence));
    };
    Ok((
        Covered {
            parts: [&bytes[..before], &bytes[after..end]],
            end,
            contents: text.clone(),
        },
        gap_problem(bytes, span, before..after),
    ))
}

fn gap_problem(bytes: &[u8], contents: &Range<usize>, gap: Range<usize>) -> Option<&'static str> {
    if bytes.get(contents.start) != Some(&b'<') {
        return Some("The signature is not written in hexadecimal.");
    }
    if *contents == gap {
        None
    } else if gap.start <= contents.start && contents.end <= gap.end {
        Some("The gap in the byte range is wider than the signature.")
    } else {
        Some("The gap in the byte range is not where the signature stands.")
    }
}

/// What a signature certifies. Source: ISO 32000-1, 12.8.2.2.
fn certification(file: &File<'_>, signature: &Dictionary) -> Result<Option<u8>, Problem> {
    let references = file.get(signature, b"Reference")?;
    for reference in references.array().unwrap_or_default() {
        let reference = file.resolve(reference)?;
        let Some(reference) = reference.dictionary() else {
            continue;
        };
        if file.get(reference, b"TransformMethod")?.name() != Some(b"DocMDP") {
            continue;
        }
        let parameters = file.get(reference, b"TransformParams")?;
        let level = match parameters.dictionary() {
            Some(parameters) => file.get(parameters, b"P")?,
            None => Object::Null,
        };
        // The default is 2.
        let level = level.integer().unwrap_or(2);
        return Ok(u8::try_from(level)
            .ok()
            .filter(|level| (1..=3).contains(level)));
    }
    Ok(None)
}

/// A time as PDF writes it: `D:20260301080000+01'00'`. Source: ISO 32000-1, 7.9.4.
fn claimed_time(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?;
    let digits = text.strip_prefix("D:").unwrap_or(text);
    let (time, zone) = digits.split_at_checked(14)?;
    if !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let zone: String = zone.chars().filter(|&letter| letter != '\'').collect();
    let zone = match zone.as_str() {
        "" | "Z" | "Z00" | "Z0000" => "+0000".to_owned(),
        hours if hours.len() == 3 => format!("{hours}00"),
        other => other.to_owned(),
    };
    let time = BrokenDownTime::parse("%Y%m%d%H%M%S%z", format!("{time}{zone}")).ok()?;
    time.to_timestamp().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_every_form_that_programs_write() {
        for (text, time) in [
            ("D:20260301080000Z", "2026-03-01T08:00:00Z"),
            ("D:20260301090000+01'00'", "2026-03-01T08:00:00Z"),
            ("D:20260301090000+01'00", "2026-03-01T08:00:00Z"),
            ("20260301080000", "2026-03-01T08:00:00Z"),
            ("D:20260301030000-05", "2026-03-01T08:00:00Z"),
        ] {
            let read = claimed_time(text.as_bytes());
            assert_eq!(
                read.map(|time| time.to_string()).as_deref(),
                Some(time),
                "{text}"
            );
        }
        for text in [
            "",
            "D:2026",
            "D:20261301080000Z",
            "D:2026030108000øZ",
            "\u{fe}\u{ff}",
        ] {
            assert_eq!(claimed_time(text.as_bytes()), None, "{text}");
        }
    }
}
