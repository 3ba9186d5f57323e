//! The media types of documents, defined once for manifest, signature and rules.

use std::fmt;
use std::str::FromStr;

use crate::Mime;

/// The media type of a document that the service is known to take.
///
/// It is written as the bare type. Reading goes by the essence: letter case, parameters and white
/// space around them make no difference, so that `TEXT/PLAIN; charset=utf-8` is
/// [`PlainText`](Self::PlainText).
///
/// ```
/// use portal_model::MediaType;
///
/// assert_eq!("text/plain; charset=utf-8".parse(), Ok(MediaType::PlainText));
/// assert_eq!(MediaType::PlainText.to_string(), "text/plain");
/// assert!("image/png".parse::<MediaType>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaType {
    /// `application/pdf`.
    Pdf,
    /// `text/plain`. Parts of the service's documentation say that it takes PDF only.
    PlainText,
}

/// A text names none of the known [media types](MediaType). The text itself is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the media type is unknown; use application/pdf or text/plain")]
pub struct UnknownMediaType;

impl MediaType {
    /// Every known media type.
    pub const ALL: [Self; 2] = [Self::Pdf, Self::PlainText];

    /// Returns the media type that a text names, or `None` if it is unknown.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let essence = text.split(';').next().unwrap_or_default().trim();
        Self::ALL
            .into_iter()
            .find(|known| essence.eq_ignore_ascii_case(known.as_str()))
    }

    /// Returns the type as it is written in manifest and signature.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::PlainText => "text/plain",
        }
    }

    /// Returns the extension of file names of this type, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::PlainText => "txt",
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MediaType {
    type Err = UnknownMediaType;

    fn from_str(text: &str) -> Result<Self, UnknownMediaType> {
        Self::of(text).ok_or(UnknownMediaType)
    }
}

impl TryFrom<&Mime> for MediaType {
    type Error = UnknownMediaType;

    fn try_from(mime: &Mime) -> Result<Self, UnknownMediaType> {
        mime.as_str().parse()
    }
}

/// The manifest's form of the media type.
impl From<MediaType> for Mime {
    fn from(media_type: MediaType) -> Self {
        // Every known type is within the schema's limits.
        Self::unchecked(media_type.as_str())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for MediaType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for MediaType {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = crate::json::text(deserializer, "media type")?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "proptest")]
crate::arbitrary::arbitrary_by!(MediaType, {
    use proptest::strategy::Strategy;
    proptest::sample::select(&MediaType::ALL[..]).boxed()
});

#[cfg(test)]
mod tests {
    use super::MediaType;
    use crate::Mime;

    #[test]
    fn the_essence_decides() {
        for (text, expected) in [
            ("application/pdf", Some(MediaType::Pdf)),
            ("Application/PDF", Some(MediaType::Pdf)),
            (" application/pdf ; version=1.7", Some(MediaType::Pdf)),
            ("text/plain", Some(MediaType::PlainText)),
            ("TEXT/PLAIN", Some(MediaType::PlainText)),
            ("text/plain;charset=utf-8", Some(MediaType::PlainText)),
            ("text/plain; charset=\"a;b\"", Some(MediaType::PlainText)),
            ("text/plainer", None),
            ("text /plain", None),
            ("pdf", None),
            ("", None),
            ("; application/pdf", None),
        ] {
            assert_eq!(MediaType::of(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_and_keeps_the_schema() {
        for media_type in MediaType::ALL {
            let mime = Mime::from(media_type);
            assert!(mime.is_valid());
            assert_eq!(MediaType::try_from(&mime), Ok(media_type));
        }
    }
}
