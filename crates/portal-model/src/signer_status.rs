//! The status of one signer: open text with known values.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::facet::{FacetError, check_characters};

/// The status of one signer: one of the ten values known today, or one that the service adds later.
///
/// The text is empty where a response says nothing of the status.
///
/// Two statuses are equal when they differ only in case and in white space around them. Decide what a
/// job came to by [`PortalSignatureJobStatus`](crate::PortalSignatureJobStatus); log an unknown signer
/// status and go on. Source: the service's schema.
///
/// ```
/// use portal_model::SignerStatus;
///
/// let status = SignerStatus::new(" signed ")?;
/// assert_eq!(status, SignerStatus::SIGNED);
/// assert!(status.is_known());
/// assert!(!SignerStatus::new("POSTPONED")?.is_known());
/// # Ok::<(), portal_model::FacetError>(())
/// ```
#[derive(Clone)]
pub struct SignerStatus(Cow<'static, str>);

impl SignerStatus {
    /// The signer has not come to an end yet: the job is not open to the signer, or the signer has
    /// not signed.
    pub const WAITING: Self = Self(Cow::Borrowed("WAITING"));
    /// The signer refused to sign; the job has failed.
    pub const REJECTED: Self = Self(Cow::Borrowed("REJECTED"));
    /// The sender cancelled the job.
    pub const CANCELLED: Self = Self(Cow::Borrowed("CANCELLED"));
    /// The signer has opted out of digital post from public bodies, as the contact register says.
    /// Public senders only.
    pub const RESERVED: Self = Self(Cow::Borrowed("RESERVED"));
    /// The job names no contact information for the signer, and the contact register has none.
    pub const CONTACT_INFORMATION_MISSING: Self =
        Self(Cow::Borrowed("CONTACT_INFORMATION_MISSING"));
    /// The time for signing ran out.
    pub const EXPIRED: Self = Self(Cow::Borrowed("EXPIRED"));
    /// The signer has signed.
    pub const SIGNED: Self = Self(Cow::Borrowed("SIGNED"));
    /// Too many wrong security codes. Only for signers addressed by e-mail or mobile number.
    pub const BLOCKED: Self = Self(Cow::Borrowed("BLOCKED"));
    /// The lookup service has no name for the signer and never will: a new job ends the same way.
    /// Only for authenticated signatures that are to show the signer's name.
    pub const SIGNERS_NAME_NOT_AVAILABLE: Self = Self(Cow::Borrowed("SIGNERS_NAME_NOT_AVAILABLE"));
    /// The job ended before it was this signer's turn to count, such as after another's refusal.
    pub const NOT_APPLICABLE: Self = Self(Cow::Borrowed("NOT_APPLICABLE"));

    /// Every status known when this crate was written.
    pub const KNOWN: [Self; 10] = [
        Self::WAITING,
        Self::REJECTED,
        Self::CANCELLED,
        Self::RESERVED,
        Self::CONTACT_INFORMATION_MISSING,
        Self::EXPIRED,
        Self::SIGNED,
        Self::BLOCKED,
        Self::SIGNERS_NAME_NOT_AVAILABLE,
        Self::NOT_APPLICABLE,
    ];

    /// Creates a status from a text that XML can hold.
    ///
    /// # Errors
    /// [`FacetError::ForbiddenCharacter`].
    pub fn new(text: impl Into<Cow<'static, str>>) -> Result<Self, FacetError> {
        let status = Self(text.into());
        status.check()?;
        Ok(status)
    }

    /// Creates a status from any text. Writing XML refuses one with characters that XML cannot hold.
    #[must_use]
    pub fn unchecked(text: impl Into<Cow<'static, str>>) -> Self {
        Self(text.into())
    }

    /// Checks that XML can hold the text.
    ///
    /// # Errors
    /// [`FacetError::ForbiddenCharacter`].
    pub fn check(&self) -> Result<(), FacetError> {
        check_characters("portal-signature-status-value", &self.0)
    }

    /// Returns whether XML can hold the text.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.check().is_ok()
    }

    /// The status for a text of XML. Nearly every one is known and needs no memory of its own.
    pub(crate) fn known_or_new(text: Cow<'_, str>) -> Self {
        static KNOWN: [SignerStatus; 10] = SignerStatus::KNOWN;
        let known = KNOWN.iter().find(|known| known.0 == text);
        known
            .cloned()
            .unwrap_or_else(|| Self(Cow::Owned(text.into_owned())))
    }

    /// Returns the text as it came, with its case and white space.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether this is one of [`KNOWN`](Self::KNOWN).
    #[must_use]
    pub fn is_known(&self) -> bool {
        Self::KNOWN.contains(self)
    }
}

impl PartialEq for SignerStatus {
    fn eq(&self, other: &Self) -> bool {
        self.0.trim().eq_ignore_ascii_case(other.0.trim())
    }
}

impl Eq for SignerStatus {}

impl Hash for SignerStatus {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.0.trim().bytes() {
            state.write_u8(byte.to_ascii_uppercase());
        }
        state.write_u8(0xff);
    }
}

impl fmt::Debug for SignerStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SignerStatus").field(&self.0).finish()
    }
}

impl fmt::Display for SignerStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for SignerStatus {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for SignerStatus {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = crate::json::text(deserializer, "portal-signature-status-value")?;
        Self::new(text).map_err(serde::de::Error::custom)
    }
}
