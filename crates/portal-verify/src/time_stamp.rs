//! Time stamps after RFC 3161: what they are over, when, and by which certificate.

use cms::cert::x509::der::Decode as _;
use cms::cert::x509::der::asn1::{GeneralizedTime, ObjectIdentifier};
use jiff::Timestamp;
use serde::Serialize;

use crate::algorithm::Digest;
use crate::certificate::CertificateFacts;
use crate::finding::{DocumentFinding, FindingCode, FindingSeverity, Place, worst};
use crate::signed_data::{self, TIME_STAMP_INFO};
use crate::tlv;

/// What a time stamp of a PDF is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Stamped {
    /// The signature of the seal.
    Seal,
    /// The file up to the end of the time stamp's own revision.
    File,
}

/// Facts about a time stamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TimeStampFacts {
    /// What it is over.
    pub over: Stamped,
    /// The time that its issuer states.
    pub time: Option<Timestamp>,
    /// The certificate of its issuer.
    pub certificate: Option<CertificateFacts>,
}

/// Checks a time stamp over something. `imprint` gives the digest of that.
pub(crate) fn check(
    token: &[u8],
    over: Stamped,
    place: Place,
    imprint: impl FnOnce(Digest) -> Vec<u8>,
) -> (TimeStampFacts, Vec<DocumentFinding>) {
    let mut facts = TimeStampFacts {
        over,
        time: None,
        certificate: None,
    };
    let broken =
        |sentence: String| DocumentFinding::new(FindingCode::TimeStampBroken, place, sentence);
    let signed = match signed_data::read(token) {
        Ok(signed) => signed,
        Err((FindingCode::NotAssessed, what)) => {
            let sentence = format!("The time stamp {what}, which is not supported.");
            return (
                facts,
                vec![DocumentFinding::new(
                    FindingCode::NotAssessed,
                    place,
                    sentence,
                )],
            );
        }
        Err((_, what)) => return (facts, vec![broken(format!("The time stamp {what}."))]),
    };
    let Some(content) = &signed.content else {
        return (
            facts,
            vec![broken("The time stamp states no time.".to_owned())],
        );
    };
    let checked = signed.check(TIME_STAMP_INFO, |digest| digest.of(&[content]), false);
    facts.certificate = checked.certificate.as_ref().map(CertificateFacts::of);
    let mut findings: Vec<DocumentFinding> = checked
        .findings
        .into_iter()
        .map(|(code, sentence)| match code.severity() {
            FindingSeverity::Broken => broken(sentence),
            _ => DocumentFinding::new(code, place, sentence),
        })
        .collect();
    let Some(info) = Info::read(content) else {
        findings.push(broken(
            "The time stamp states no time that can be read.".to_owned(),
        ));
        return (facts, findings);
    };
    facts.time = Some(info.time);
    match Digest::by_oid(info.algorithm) {
        None => findings.push(DocumentFinding::new(
            FindingCode::NotAssessed,
            place,
            format!(
                "The digest algorithm {} of the time stamp is not supported.",
                info.algorithm
            ),
        )),
        Some(digest) if imprint(digest) == info.imprint => {}
        Some(_) => findings.push(broken("The time stamp is over something else.".to_owned())),
    }
    if worst(&findings).is_none_or(|worst| worst < FindingSeverity::Notice) {
        let sentence = match over {
            Stamped::Seal => format!("The seal has a time stamp of {}.", info.time),
            Stamped::File => format!("The document has a time stamp of {}.", info.time),
        };
        findings.push(DocumentFinding::new(
            FindingCode::TimeStamp,
            place,
            sentence,
        ));
    }
    (facts, findings)
}

/// What a time stamp states. Source: RFC 3161, 2.4.2.
struct Info<'a> {
    algorithm: ObjectIdentifier,
    imprint: &'a [u8],
    time: Timestamp,
}

impl<'a> Info<'a> {
    /// Version, policy, imprint, serial number and time stand in this order; what follows is optional.
    fn read(content: &'a [u8]) -> Option<Self> {
        let (sequence, _) = tlv::read(content)?;
        let mut parts = tlv::all(sequence.value);
        let imprint = parts.nth(2)?;
        let time = parts.nth(1)?;
        let mut imprint = tlv::all(imprint.value);
        let (oid, _) = tlv::read(imprint.next()?.value)?;
        Some(Self {
            algorithm: ObjectIdentifier::from_bytes(oid.value).ok()?,
            imprint: imprint.next()?.value,
            time: general_time(time)?,
        })
    }
}

/// A GeneralizedTime, also with a fraction of a second, which is cut off.
fn general_time(time: tlv::Tlv<'_>) -> Option<Timestamp> {
    let text = std::str::from_utf8(time.value).ok()?.strip_suffix('Z')?;
    let whole = text.split('.').next()?;
    let mut der = vec![0x18, u8::try_from(whole.len() + 1).ok()?];
    der.extend_from_slice(whole.as_bytes());
    der.push(b'Z');
    let time = GeneralizedTime::from_der(&der).ok()?;
    let seconds = time.to_unix_duration().as_secs();
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}
