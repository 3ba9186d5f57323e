//! The names in the dictionary of a PDF object, read from its bytes without loading the document.

use std::borrow::Cow;

/// The names of one dictionary and of all within it, without their slashes and escapes. What is no
/// dictionary has none. Lenient: what a reader of PDFs would refuse is passed over.
#[derive(Debug)]
pub(super) struct DictionaryNames<'a> {
    object: &'a [u8],
    /// How far the object has been read; at the end, where the dictionary ends.
    pub(super) at: usize,
    depth: usize,
}

impl<'a> DictionaryNames<'a> {
    /// Of what follows the keyword `obj`.
    pub(super) fn new(object: &'a [u8]) -> Self {
        Self {
            object,
            at: 0,
            depth: 0,
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.object.get(self.at..).unwrap_or_default()
    }

    /// Passes over a string, whose parentheses may be nested.
    fn pass_string(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.object.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn pass_until(&mut self, is_last: impl Fn(u8) -> bool) {
        let rest = self.rest();
        let length = rest.iter().position(|&byte| is_last(byte));
        self.at += length.map_or(rest.len(), |length| length + 1);
    }

    fn name(&mut self) -> Cow<'a, [u8]> {
        self.at += 1;
        let rest = self.rest();
        let is_regular = |byte: &u8| !is_space(*byte) && !b"()<>[]{}/%".contains(byte);
        let length = rest.iter().take_while(|byte| is_regular(byte)).count();
        self.at += length;
        without_escapes(&rest[..length])
    }
}

impl<'a> Iterator for DictionaryNames<'a> {
    type Item = Cow<'a, [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.rest();
            let first = *rest.first()?;
            if rest.starts_with(b"<<") {
                self.depth += 1;
                self.at += 2;
            } else if first == b'%' {
                self.pass_until(|byte| matches!(byte, b'\r' | b'\n'));
            } else if is_space(first) {
                self.at += 1;
            } else if self.depth == 0 {
                // Something else than a dictionary, or what follows one.
                return None;
            } else if rest.starts_with(b">>") {
                self.depth -= 1;
                self.at += 2;
                if self.depth == 0 {
                    return None;
                }
            } else {
                match first {
                    b'(' => self.pass_string(),
                    b'<' => self.pass_until(|byte| byte == b'>'),
                    b'/' => return Some(self.name()),
                    _ => self.at += 1,
                }
            }
        }
    }
}

/// The data of a stream whose dictionary ends at `end`; none if no stream follows.
pub(super) fn stream_body(object: &[u8], end: usize) -> Option<&[u8]> {
    let mut rest = object.get(end..)?;
    loop {
        rest = rest.trim_ascii_start();
        rest = match rest {
            [b'\0', rest @ ..] => rest,
            [b'%', ..] => {
                let line = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
                &rest[line..]
            }
            _ => break,
        };
    }
    let body = rest.strip_prefix(b"stream")?;
    let body = body.strip_prefix(b"\r").unwrap_or(body);
    Some(body.strip_prefix(b"\n").unwrap_or(body))
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\0' | b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}

/// A character of a name may be written as `#` and two hexadecimal digits.
fn without_escapes(name: &[u8]) -> Cow<'_, [u8]> {
    if !name.contains(&b'#') {
        return Cow::Borrowed(name);
    }
    let digit = |byte: u8| {
        (byte as char)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut read = Vec::with_capacity(name.len());
    let mut rest = name;
    while let [first, after @ ..] = rest {
        rest = after;
        let escaped = match after {
            [high, low, after @ ..] if *first == b'#' => digit(*high)
                .zip(digit(*low))
                .map(|(high, low)| (high * 16 + low, after)),
            _ => None,
        };
        match escaped {
            Some((byte, after)) => {
                read.push(byte);
                rest = after;
            }
            None => read.push(*first),
        }
    }
    Cow::Owned(read)
}
