//! What a webhook signs with.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac::{Context, HMAC_SHA256, Key};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

const PREFIX: &str = "whsec_";
/// How many bytes a secret has. Source: the specification of Standard Webhooks.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that a webhook and its receiver share: `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks
/// writes it.
///
/// `openssl rand -base64 32` makes the part after the prefix. The secret is wiped from memory when this value is
/// dropped, and is never in `Debug` or in an error.
///
/// ```
/// use portal_relay::WebhookSecret;
///
/// let secret: WebhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
/// assert_eq!(format!("{secret:?}"), "WebhookSecret(..)");
/// assert!("whsec_c2hvcnQ=".parse::<WebhookSecret>().is_err());
/// # Ok::<(), portal_relay::WebhookSecretError>(())
/// ```
#[derive(Clone)]
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

/// Why a text is no secret of a webhook. Shows nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookSecretError {
    /// The prefix is missing.
    #[error("a webhook secret begins with `whsec_`")]
    Prefix,
    /// What follows the prefix is not base64.
    #[error(
        "what follows `whsec_` is not base64 with padding; `openssl rand -base64 32` makes one"
    )]
    Base64,
    /// The secret is too short or too long.
    #[error(
        "a webhook secret has 24 to 64 bytes, and this one has {0}; `openssl rand -base64 32` makes one"
    )]
    Length(usize),
}

impl FromStr for WebhookSecret {
    type Err = WebhookSecretError;

    /// Reads a secret; white space around it, such as a file's last line end, is ignored.
    fn from_str(text: &str) -> Result<Self, WebhookSecretError> {
        let digits = text.trim().strip_prefix(PREFIX);
        let digits = digits.ok_or(WebhookSecretError::Prefix)?;
        let bytes = STANDARD.decode(digits);
        let bytes = Zeroizing::new(bytes.map_err(|_| WebhookSecretError::Base64)?);
        if LENGTHS.contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(WebhookSecretError::Length(bytes.len()))
        }
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(..)")
    }
}

/// The current key, and the previous one while receivers change over.
pub(super) struct SigningKeys {
    current: Key,
    previous: Option<Key>,
}

impl SigningKeys {
    pub(super) fn new(current: &WebhookSecret, previous: Option<&WebhookSecret>) -> Self {
        let key = |secret: &WebhookSecret| Key::new(HMAC_SHA256, &secret.0);
        Self {
            current: key(current),
            previous: previous.map(key),
        }
    }

    /// The value of the header `webhook-signature`.
    pub(super) fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let keys = std::iter::once(&self.current).chain(&self.previous);
        let signatures = keys.map(|key| {
            let mut context = Context::with_key(key);
            context.update(format!("{id}.{seconds}.").as_bytes());
            context.update(body);
            format!("v1,{}", STANDARD.encode(context.sign()))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn secret(text: &str) -> WebhookSecret {
        text.parse().unwrap()
    }

    /// The example of the specification's own libraries.
    #[test]
    fn the_published_example_is_signed_as_published() {
        let keys = SigningKeys::new(&secret(SECRET), None);
        let body = br#"{"test": 2432232314}"#;
        let signature = keys.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn two_secrets_make_two_signatures_the_current_one_first() {
        let other = secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
        let both = SigningKeys::new(&other, Some(&secret(SECRET))).sign("id", 1, b"{}");
        let (current, previous) = both.split_once(' ').unwrap();
        assert_eq!(current, SigningKeys::new(&other, None).sign("id", 1, b"{}"));
        let old = SigningKeys::new(&secret(SECRET), None);
        assert_eq!(previous, old.sign("id", 1, b"{}"));
    }

    #[test]
    fn what_is_no_secret_is_refused_without_being_shown() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
        let read = |text: &str| text.parse::<WebhookSecret>().err();
        assert_eq!(read(&SECRET[6..]), Some(WebhookSecretError::Prefix));
        assert_eq!(read("whsec_!"), Some(WebhookSecretError::Base64));
        assert_eq!(read(&of(23)), Some(WebhookSecretError::Length(23)));
        assert_eq!(read(&of(65)), Some(WebhookSecretError::Length(65)));
        assert_eq!(read(&format!("{}\n", of(24))), None);
        assert_eq!(read(&of(64)), None);
    }
}
