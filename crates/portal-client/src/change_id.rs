//! By what a change is recognised when it comes again.

use std::fmt::{self, Write};

use portal_model::{PortalSignatureJobStatus, SignatureJobId};

use crate::SignerSignature;

/// So many characters of a signer's status count; the service's own are shorter than thirty.
const LONGEST_STATUS: usize = 60;

/// Identity of a status change, for deduplication: the job, its status, and each signer's status with the
/// time since when it holds.
///
/// The service redelivers a change that was not confirmed in ten minutes, also when it was handled: the
/// process was killed, or the confirmation was lost. A program that must not do something twice stores the
/// id together with what was done, and looks it up first.
///
/// The text of an id is a key to store: it is the same in every process and version, and holds no personal
/// data.
///
/// ```
/// use std::collections::HashSet;
/// use portal_client::ChangeId;
///
/// // What a database holds of earlier runs.
/// let done = ["17 COMPLETED_SUCCESSFULLY SIGNED@2017-01-23T11:51:43Z".to_owned()];
/// let done: HashSet<ChangeId> = done.into_iter().map(ChangeId::from).collect();
///
/// let again = ChangeId::from("17 COMPLETED_SUCCESSFULLY SIGNED@2017-01-23T11:51:43Z".to_owned());
/// assert!(done.contains(&again));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct ChangeId(String);

impl ChangeId {
    pub(crate) fn new(
        job_id: SignatureJobId,
        status: &PortalSignatureJobStatus,
        signatures: &[SignerSignature],
    ) -> Self {
        let mut key = format!("{} {status}", job_id.get());
        for signature in signatures {
            let status = signature.status().to_string().to_ascii_uppercase();
            key.push(' ');
            // A space would look like the next signer's beginning.
            let words = status.split_whitespace().flat_map(str::chars);
            key.extend(words.take(LONGEST_STATUS));
            if let Some(since) = signature.since() {
                // A text to write to never fails.
                let _written = match since.timestamp() {
                    Some(instant) => write!(key, "@{instant}"),
                    // Without an offset: as it came.
                    None => write!(key, "@{since}"),
                };
            }
        }
        Self(key)
    }

    /// Returns the text, to store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the job that the change is of; none when this was made from a text that is no id.
    #[must_use]
    pub fn job_id(&self) -> Option<SignatureJobId> {
        let number = self.0.split(' ').next()?.parse().ok()?;
        Some(SignatureJobId::new(number))
    }
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ChangeId").field(&self.0).finish()
    }
}

/// The text that was stored.
impl From<String> for ChangeId {
    fn from(key: String) -> Self {
        Self(key)
    }
}
