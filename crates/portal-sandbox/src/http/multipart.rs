//! The body of a create call: `multipart/mixed`, as the Java, C# and PHP clients write it.
//!
//! Parts carry a content type and perhaps a content length or disposition; their bytes are raw.
//! Parts are told apart by their content type, so that their order does not matter.

use std::ops::Range;

use bytes::Bytes;

/// Longest boundary that the multipart standard (RFC 2046) permits.
const LONGEST_BOUNDARY: usize = 70;
/// The headers of one part.
const LARGEST_HEADERS: usize = 8 * 1024;
/// A create call has two.
const MOST_PARTS: usize = 2;

/// One part of the body.
#[derive(Debug)]
pub(crate) struct Part {
    /// Its media type in lower case, without parameters.
    pub(crate) media_type: String,
    pub(crate) body: Bytes,
}

/// Why a body is not what a create call needs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MultipartError {
    #[error("the content type is not multipart/mixed: send the two parts in one multipart message")]
    NotMultipart,
    #[error("the content type has no usable boundary: give one of 1 to 70 characters")]
    NoBoundary,
    #[error("the body does not begin with the boundary that the content type gives")]
    NoFirstBoundary,
    #[error("part {0} has no end: the closing boundary is missing")]
    Unended(usize),
    #[error(
        "the headers of part {0} are not readable: lines end in CRLF, and an empty one ends them"
    )]
    BadHeaders(usize),
    #[error("part {0} has no content type: application/xml or application/octet-stream")]
    NoMediaType(usize),
    #[error("the body has more than two parts: send the request document and the package, no more")]
    TooManyParts,
}

/// The boundary that a content type gives.
pub(crate) fn boundary(content_type: &str) -> Result<String, MultipartError> {
    let (media_type, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !media_type.trim().eq_ignore_ascii_case("multipart/mixed") {
        return Err(MultipartError::NotMultipart);
    }
    parameters_of(parameters)
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("boundary"))
        .map(|(_, value)| value)
        .filter(|boundary| (1..=LONGEST_BOUNDARY).contains(&boundary.len()))
        .ok_or(MultipartError::NoBoundary)
}

/// The parameters of a media type. A quoted value may hold any character, `;` too.
fn parameters_of(text: &str) -> Vec<(&str, String)> {
    let mut parameters = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_start_matches([';', ' ', '\t']).trim_end();
        let after = after.trim_start();
        let (value, left) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        parameters.push((name, value));
        rest = left.trim_start_matches([' ', '\t']).trim_start_matches(';');
    }
    parameters
}

/// The value up to the closing quote, and what follows it.
fn unquoted(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

/// Takes the body apart. The parts share its memory.
pub(crate) fn parts(body: &Bytes, boundary: &str) -> Result<Vec<Part>, MultipartError> {
    let delimiter = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    // The first delimiter stands at the very start, or after a preamble and a line end.
    let mut at = match body.strip_prefix(&delimiter.as_bytes()[2..]) {
        Some(_) => delimiter.len() - 2,
        None => find(body, 0..body.len(), delimiter.as_bytes())
            .map(|start| start + delimiter.len())
            .ok_or(MultipartError::NoFirstBoundary)?,
    };
    while !body[at..].starts_with(b"--") {
        let number = parts.len() + 1;
        if number > MOST_PARTS {
            return Err(MultipartError::TooManyParts);
        }
        at = line_end(body, at).ok_or(MultipartError::BadHeaders(number))?;
        let end = find(body, at.saturating_sub(2)..body.len(), delimiter.as_bytes())
            .ok_or(MultipartError::Unended(number))?;
        parts.push(part(body, at..end, number)?);
        at = end + delimiter.len();
    }
    Ok(parts)
}

fn part(body: &Bytes, range: Range<usize>, number: usize) -> Result<Part, MultipartError> {
    let bad = MultipartError::BadHeaders(number);
    let headers_limit = range.end.min(range.start + LARGEST_HEADERS);
    let headers_end = find(body, range.start..headers_limit, b"\r\n\r\n").ok_or(bad.clone())?;
    let headers = std::str::from_utf8(&body[range.start..headers_end]).map_err(|_| bad.clone())?;
    let mut media_type = None;
    for line in headers.split("\r\n") {
        let (name, value) = line.split_once(':').ok_or(bad.clone())?;
        if name.eq_ignore_ascii_case("content-type") {
            let value = value.split(';').next().unwrap_or_default();
            media_type = Some(value.trim().to_ascii_lowercase());
        }
    }
    Ok(Part {
        media_type: media_type.ok_or(MultipartError::NoMediaType(number))?,
        body: body.slice(headers_end + 4..range.end),
    })
}

/// Past the line end that follows a delimiter, with the white space that may stand before it.
fn line_end(body: &[u8], from: usize) -> Option<usize> {
    let padding = body[from..]
        .iter()
        .take_while(|&&byte| byte == b' ' || byte == b'\t')
        .count();
    let at = from + padding;
    body[at..].starts_with(b"\r\n").then_some(at + 2)
}

fn find(body: &[u8], range: Range<usize>, needle: &[u8]) -> Option<usize> {
    let start = range.start;
    memchr::memmem::find(body.get(range)?, needle).map(|at| start + at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn body(text: &str) -> Bytes {
        Bytes::copy_from_slice(text.as_bytes())
    }

    #[test]
    fn content_types_of_the_known_clients() {
        for (content_type, expected) in [
            (
                "multipart/mixed; charset=ISO-8859-1; boundary=httpclient_boundary_1",
                "httpclient_boundary_1",
            ),
            ("multipart/mixed; boundary=8f14e45f", "8f14e45f"),
            ("Multipart/Mixed;boundary=\"a b\"", "a b"),
            ("multipart/mixed; boundary=\"a;b=c\"; charset=x", "a;b=c"),
            (
                "multipart/mixed; type=\"x;boundary=no\"; boundary=yes",
                "yes",
            ),
            ("multipart/mixed; boundary=\"a\\\\b\"", "a\\b"),
        ] {
            assert_eq!(boundary(content_type).unwrap(), expected);
        }
        assert_eq!(
            boundary("multipart/form-data; boundary=x"),
            Err(MultipartError::NotMultipart)
        );
        assert_eq!(boundary("multipart/mixed"), Err(MultipartError::NoBoundary));
    }

    #[test]
    fn two_parts_with_and_without_extra_headers() {
        let body = body(
            "--b\r\nContent-Type: application/xml\r\n\r\n<a/>\r\n--b\r\n\
             Content-Disposition: attachment\r\nContent-Type: application/octet-stream\r\n\r\n\
             one\r\ntwo\r\n\r\n--b--\r\n",
        );
        let parts = parts(&body, "b").unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[0].media_type, "application/xml");
        assert_eq!(&parts[0].body[..], b"<a/>");
        assert_eq!(&parts[1].body[..], b"one\r\ntwo\r\n");
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        for (text, error) in [
            ("", MultipartError::NoFirstBoundary),
            ("--c\r\n", MultipartError::NoFirstBoundary),
            ("--b\r\n", MultipartError::Unended(1)),
            ("--b\r\n\r\n--b--", MultipartError::BadHeaders(1)),
            (
                "--b\r\nA: b\r\n\r\n\r\n--b--",
                MultipartError::NoMediaType(1),
            ),
            ("--b", MultipartError::BadHeaders(1)),
        ] {
            assert_eq!(parts(&body(text), "b").unwrap_err(), error, "{text:?}");
        }
        let part = "--b\r\nContent-Type: a/b\r\n\r\nx\r\n";
        let three = format!("{part}{part}{part}--b--");
        assert_eq!(
            parts(&body(&three), "b").unwrap_err(),
            MultipartError::TooManyParts
        );
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_response(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut whole = b"--b\r\n".to_vec();
            whole.extend(bytes);
            let _ = parts(&Bytes::from(whole), "b");
        }

        #[test]
        fn bytes_without_the_boundary_come_back(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut whole = b"--bound\r\nContent-Type: a/b\r\n\r\n".to_vec();
            whole.extend(&bytes);
            whole.extend(b"\r\n--bound--");
            let parts = parts(&Bytes::from(whole), "bound").unwrap();
            prop_assert_eq!(&parts[0].body[..], &bytes[..]);
        }
    }
}
