//! The query of a poll.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::refusal::Refusal;

/// The queue that a poll asks for: `None` is the default queue, which a missing, a valueless and an
/// empty parameter all mean.
///
/// The value is read as form data is, with `+` for a space, since that is what servers of this kind
/// commonly do; a client that sends `%20` and `%2B` is safe either way.
pub(super) fn polling_queue(query: Option<&str>) -> Result<Option<String>, Refusal> {
    let value = query
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| *name == "polling_queue")
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty());
    let Some(value) = value else {
        return Ok(None);
    };
    let spaced = value.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .map(Cow::into_owned)
        .map(Some)
        .map_err(|_| Refusal::malformed("The value of polling_queue is not UTF-8."))
}

/// The personal number of the signer who is to sign.
pub(super) fn signer_number(query: Option<&str>) -> Result<String, Refusal> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let mut named = pairs.filter(|(name, value)| name == "signer" && !value.is_empty());
    let value = named.next().map(|(_, value)| value.into_owned());
    value.ok_or_else(|| {
        Refusal::malformed("The query needs `signer` with the personal number of a signer.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_valueless_and_empty_are_the_default_queue() {
        for query in [
            None,
            Some(""),
            Some("polling_queue"),
            Some("polling_queue="),
            Some("other=1"),
        ] {
            assert_eq!(polling_queue(query), Ok(None), "{query:?}");
        }
    }

    #[test]
    fn a_name_is_decoded() {
        for query in [
            "polling_queue=custom%20queue%26x%3D%C3%A6",
            "a=b&polling_queue=custom+queue%26x%3D%C3%A6",
        ] {
            assert_eq!(
                polling_queue(Some(query)),
                Ok(Some("custom queue&x=æ".to_owned()))
            );
        }
        assert!(polling_queue(Some("polling_queue=%FF")).is_err());
    }
}
