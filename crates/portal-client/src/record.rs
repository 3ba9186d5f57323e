//! What to store about a job, so that it can be handled after a restart or from another computer.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use portal_model::{SignatureJobId, SignatureJobReference, Url};

use crate::error::{Error, Link};
use crate::poll_time::later;
use crate::{Sender, SignerIndex};

/// Everything that later requests about a job need: its id, its sender and queue, and the URLs that the
/// service gave.
///
/// A created job and every status change have one, and every follow-up request takes one; a stored record
/// is as good as the response it came from. The record of a later change replaces the earlier one. It holds
/// no personal data, except what the sender's own reference may hold.
///
/// With the feature `serde` it is stored with a version, which is checked when it is read:
///
/// ```
/// # #[cfg(feature = "serde")] {
/// let stored = r#"{
///     "version": 1,
///     "sender": {"organization_number": "123456789"},
///     "job_id": 1,
///     "cancellation_url": "https://api.signering.posten.no/api/123456789/portal/signature-jobs/1/cancel"
/// }"#;
/// let record: portal_client::JobRecord = serde_json::from_str(stored)?;
/// assert!(record.can_be_cancelled());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(into = "stored::Stored"))]
pub struct JobRecord {
    pub(crate) sender: Sender,
    pub(crate) job_id: SignatureJobId,
    pub(crate) reference: Option<SignatureJobReference>,
    pub(crate) confirmation: Option<Url>,
    pub(crate) cancellation: Option<Url>,
    pub(crate) delete_documents: Option<Url>,
    pub(crate) pades: Option<Url>,
    /// One for each signer, in the order of the status change.
    pub(crate) xades: Vec<Option<Url>>,
    pub(crate) last_signed_at: Option<Timestamp>,
    pub(crate) package_sha256: Option<String>,
}

/// From when documents may be deleted at the earliest. Source: the service's documentation.
const DELETABLE_AFTER: SignedDuration = SignedDuration::from_hours(24);

impl JobRecord {
    /// A record without any URL.
    pub(crate) fn bare(
        sender: Sender,
        job_id: SignatureJobId,
        reference: Option<SignatureJobReference>,
    ) -> Self {
        Self {
            sender,
            job_id,
            reference,
            confirmation: None,
            cancellation: None,
            delete_documents: None,
            pades: None,
            xades: Vec::new(),
            last_signed_at: None,
            package_sha256: None,
        }
    }

    /// Returns the service's number for the job.
    #[must_use]
    pub fn job_id(&self) -> SignatureJobId {
        self.job_id
    }

    /// Returns the sender and its queue.
    #[must_use]
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Returns the job's own reference, as the service repeated it.
    #[must_use]
    pub fn reference(&self) -> Option<&SignatureJobReference> {
        self.reference.as_ref()
    }

    /// Returns whether there is a change to confirm.
    #[must_use]
    pub fn can_be_confirmed(&self) -> bool {
        self.confirmation.is_some()
    }

    /// Returns whether the service gave a URL to cancel the job with; it may still be too late.
    #[must_use]
    pub fn can_be_cancelled(&self) -> bool {
        self.cancellation.is_some()
    }

    /// Returns whether the service gave a URL to delete the job's documents with.
    #[must_use]
    pub fn can_be_deleted(&self) -> bool {
        self.delete_documents.is_some()
    }

    /// Returns whether there is a signed PDF.
    #[must_use]
    pub fn has_pades(&self) -> bool {
        self.pades.is_some()
    }

    /// Returns the signers who have a XAdES to fetch, as [`PortalClient::xades`](crate::PortalClient::xades)
    /// takes them.
    pub fn signers_with_xades(&self) -> impl Iterator<Item = SignerIndex> {
        let signers = (0..).map(SignerIndex::new);
        self.xades
            .iter()
            .zip(signers)
            .filter_map(|(url, signer)| url.as_ref().map(|_| signer))
    }

    /// Returns which signer of this record has the same XAdES as `signer` of `other`, so that it need not be fetched
    /// again: an XML signature stays as it is, while a later change of the job may number its signers otherwise.
    ///
    /// None where this record does not name it, and where `other` has none of that signer. A PAdES is not like that:
    /// it gets another signature with each signer.
    #[must_use]
    pub fn signer_with_same_xades(
        &self,
        other: &JobRecord,
        signer: SignerIndex,
    ) -> Option<SignerIndex> {
        let url = other.xades.get(signer.position())?.as_ref()?;
        let mut signers = self.signers_with_xades();
        signers
            .find(|signer| self.xades.get(signer.position()).and_then(Option::as_ref) == Some(url))
    }

    /// Returns from when the job's documents may be deleted at the earliest: 24 hours after the last
    /// signature. Where a signer has no digital mailbox it is 7 days; the service does not say who has one,
    /// and refuses an early deletion with [`Error::CannotBeDeleted`](crate::Error::CannotBeDeleted).
    ///
    /// None while the service gives no URL to delete with, or does not say when somebody signed. Documents
    /// that nobody deletes are kept 40 days. Source: the service's documentation.
    #[must_use]
    pub fn documents_deletable_from(&self) -> Option<Timestamp> {
        self.delete_documents.as_ref()?;
        self.last_signed_at
            .map(|signed| later(signed, DELETABLE_AFTER))
    }

    /// Returns the SHA-256 of the document package that a [`PackageProcessor`](crate::PackageProcessor) was
    /// given for this job, in hexadecimal. Only the record of a created job has it, so store it beside the
    /// record: the records of later changes give `None`.
    #[must_use]
    pub fn package_sha256(&self) -> Option<&str> {
        self.package_sha256.as_deref()
    }

    pub(crate) fn confirmation(&self) -> Result<&str, Error> {
        given(self.confirmation.as_ref()).ok_or(Error::NothingToConfirm)
    }

    pub(crate) fn cancellation(&self) -> Result<&str, Error> {
        given(self.cancellation.as_ref()).ok_or(Error::NotCancellable)
    }

    pub(crate) fn delete_documents(&self) -> Result<&str, Error> {
        given(self.delete_documents.as_ref()).ok_or(Error::NotDeletable)
    }

    pub(crate) fn pades(&self) -> Result<&str, Error> {
        given(self.pades.as_ref()).ok_or(Error::NoDocument { link: Link::Pades })
    }

    pub(crate) fn xades(&self, signer: SignerIndex) -> Result<&str, Error> {
        let url = self.xades.get(signer.position()).and_then(Option::as_ref);
        given(url).ok_or(Error::NoDocument { link: Link::Xades })
    }
}

/// Without the reference, which may be personal.
impl fmt::Debug for JobRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let xades: Vec<SignerIndex> = self.signers_with_xades().collect();
        f.debug_struct("JobRecord")
            .field("sender", &self.sender)
            .field("job_id", &self.job_id)
            .field("has_reference", &self.reference.is_some())
            .field("can_be_confirmed", &self.can_be_confirmed())
            .field("can_be_cancelled", &self.can_be_cancelled())
            .field("can_be_deleted", &self.can_be_deleted())
            .field("has_pades", &self.has_pades())
            .field("signers_with_xades", &xades)
            .field("last_signed_at", &self.last_signed_at)
            .field("package_sha256", &self.package_sha256)
            .finish()
    }
}

fn given(url: Option<&Url>) -> Option<&str> {
    url.map(Url::as_str)
}

impl AsRef<JobRecord> for JobRecord {
    fn as_ref(&self) -> &JobRecord {
        self
    }
}

#[cfg(feature = "serde")]
mod stored {
    //! The record as it is stored.

    use super::{JobRecord, Sender, SignatureJobId, SignatureJobReference, Timestamp, Url};

    /// The version that is written. Raised when a reader of the old form would misread the new one.
    const VERSION: u32 = 1;

    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) struct Stored {
        version: u32,
        sender: Sender,
        job_id: SignatureJobId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confirmation_url: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cancellation_url: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delete_documents_url: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pades_url: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        xades_urls: Vec<Option<String>>,
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            deserialize_with = "crate::json::optional_time"
        )]
        last_signed_at: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        package_sha256: Option<String>,
    }

    #[derive(Debug, thiserror::Error)]
    #[error(
        "the stored record has version {0}, and this version of the program reads version {VERSION} only; use the newer program that wrote it"
    )]
    pub(super) struct UnknownVersion(u32);

    /// Errors show no value: the record is personal.
    impl<'de> serde::Deserialize<'de> for JobRecord {
        fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
            let stored: Stored = portal_model::json::without_values(source)?;
            Self::try_from(stored).map_err(serde::de::Error::custom)
        }
    }

    impl TryFrom<Stored> for JobRecord {
        type Error = UnknownVersion;

        fn try_from(stored: Stored) -> Result<Self, UnknownVersion> {
            if stored.version != VERSION {
                return Err(UnknownVersion(stored.version));
            }
            Ok(Self {
                sender: stored.sender,
                job_id: stored.job_id,
                reference: stored.reference.map(SignatureJobReference::unchecked),
                confirmation: stored.confirmation_url.map(Url::unchecked),
                cancellation: stored.cancellation_url.map(Url::unchecked),
                delete_documents: stored.delete_documents_url.map(Url::unchecked),
                pades: stored.pades_url.map(Url::unchecked),
                xades: stored
                    .xades_urls
                    .into_iter()
                    .map(|url| url.map(Url::unchecked))
                    .collect(),
                last_signed_at: stored.last_signed_at,
                package_sha256: stored.package_sha256,
            })
        }
    }

    impl From<JobRecord> for Stored {
        fn from(record: JobRecord) -> Self {
            // Texts beyond the schema's limits are kept as the service gave them.
            let text = |url: Url| url.as_str().to_owned();
            Self {
                version: VERSION,
                sender: record.sender,
                job_id: record.job_id,
                reference: record
                    .reference
                    .map(|reference| reference.reveal().to_owned()),
                confirmation_url: record.confirmation.map(text),
                cancellation_url: record.cancellation.map(text),
                delete_documents_url: record.delete_documents.map(text),
                pades_url: record.pades.map(text),
                xades_urls: record.xades.into_iter().map(|url| url.map(text)).collect(),
                last_signed_at: record.last_signed_at,
                package_sha256: record.package_sha256,
            }
        }
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;
    use crate::fixtures::{bare_change_xml, change, change_xml, created};

    #[test]
    fn records_are_stored_with_a_version() {
        let queue = Sender::new("123456789").unwrap().with_queue("custom-queue");
        let mut whole = change(&change_xml()).record().clone();
        whole.sender = queue;
        let records = [
            created().record().clone(),
            change(&bare_change_xml()).record().clone(),
            whole,
        ];
        insta::assert_snapshot!(serde_json::to_string_pretty(&records).unwrap());
        let stored = serde_json::to_string(&records).unwrap();
        assert_eq!(
            serde_json::from_str::<[JobRecord; 3]>(&stored).unwrap(),
            records
        );
    }

    #[test]
    fn a_url_beyond_the_schemas_limit_is_kept() {
        let long = change_xml().replace("/1/complete", &"/1".repeat(300));
        let record = change(&long).record().clone();
        let stored = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<JobRecord>(&stored).unwrap(), record);
    }

    #[test]
    fn another_version_is_refused() {
        let stored = serde_json::to_string(created().record()).unwrap();
        let newer = stored.replace(r#""version":1"#, r#""version":2"#);
        let error = serde_json::from_str::<JobRecord>(&newer).unwrap_err();
        insta::assert_snapshot!(error);
        let none = stored.replace(r#""version":1,"#, "");
        assert!(serde_json::from_str::<JobRecord>(&none).is_err());
    }

    #[test]
    fn a_record_knows_from_when_documents_may_be_deleted() {
        let record = change(&change_xml()).record().clone();
        let from = record.documents_deletable_from().unwrap();
        assert_eq!(from.to_string(), "2017-01-24T11:51:43Z");
        assert_eq!(created().record().documents_deletable_from(), None);
        let undated = change_xml().replace(r#" since="2017-01-23T12:51:43+01:00""#, "");
        let record = change(&undated).record().clone();
        assert_eq!(record.documents_deletable_from(), None);
    }

    #[test]
    fn a_xades_is_known_by_its_url_whatever_its_number_is() {
        let record = |urls: &[Option<&str>]| {
            let urls = serde_json::to_value(urls).unwrap();
            let mut stored = serde_json::to_value(created().record()).unwrap();
            stored["xades_urls"] = urls;
            serde_json::from_value::<JobRecord>(stored).unwrap()
        };
        let url = |signer: &str| format!("https://api.signering.posten.no/api/xades/{signer}");
        let (first, second) = (url("1"), url("2"));
        let earlier = record(&[None, Some(&first), None]);
        let later = record(&[Some(&first), Some(&second), None]);
        let found: Vec<_> = (0..4)
            .map(|signer| earlier.signer_with_same_xades(&later, SignerIndex::new(signer)))
            .collect();
        assert_eq!(found, [Some(SignerIndex::new(1)), None, None, None]);
        assert_eq!(SignerIndex::new(1).number(), 2);
        let none = created()
            .record()
            .signer_with_same_xades(&later, SignerIndex::new(0));
        assert_eq!(none, None);
    }

    #[test]
    fn nothing_personal_is_stored() {
        let stored = serde_json::to_string(change(&change_xml()).record()).unwrap();
        assert!(!stored.contains("12345678910") && !stored.contains("email@example.com"));
    }
}
