//! Reads values from bytes.

use super::Problem;
use super::object::{Dictionary, Entry, Id, Object};

/// How deep arrays and dictionaries may lie in each other.
const MAX_DEPTH: usize = 64;
/// How many values one object may hold; each takes more memory than its text.
const MAX_VALUES: usize = 100_000;

/// A place in the bytes from which values are read.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    values: usize,
    depth: usize,
}

pub(super) const fn is_white(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

impl<'a> Parser<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at: at.min(bytes.len()),
            values: 0,
            depth: 0,
        }
    }

    /// Where reading goes on.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn malformed<T>(&self, what: &'static str) -> Result<T, Problem> {
        Err(Problem::at(self.at, what))
    }

    /// Goes past white space and comments.
    pub(super) fn skip_white(&mut self) {
        while let Some(byte) = self.peek() {
            if is_white(byte) {
                self.at += 1;
            } else if byte == b'%' {
                let rest = &self.bytes[self.at..];
                let length = memchr::memchr2(b'\r', b'\n', rest);
                self.at += length.unwrap_or(rest.len());
            } else {
                break;
            }
        }
    }

    /// Goes past a word if it is the next.
    pub(super) fn take_word(&mut self, word: &[u8]) -> bool {
        self.skip_white();
        let rest = &self.bytes[self.at..];
        let ends = rest
            .get(word.len())
            .is_none_or(|&byte| is_white(byte) || is_delimiter(byte));
        let found = rest.starts_with(word) && ends;
        if found {
            self.at += word.len();
        }
        found
    }

    /// Reads a whole number that is not negative.
    pub(super) fn number(&mut self) -> Option<u64> {
        self.skip_white();
        let start = self.at;
        let mut number: u64 = 0;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            number = number
                .checked_mul(10)?
                .checked_add(u64::from(digit - b'0'))?;
            self.at += 1;
        }
        let ends = self
            .peek()
            .is_none_or(|byte| is_white(byte) || is_delimiter(byte));
        (self.at > start && ends).then_some(number)
    }

    /// Reads `12 0 obj`.
    pub(super) fn object_header(&mut self) -> Option<Id> {
        let number = u32::try_from(self.number()?).ok()?;
        let generation = u16::try_from(self.number()?).ok()?;
        self.take_word(b"obj").then_some(Id { number, generation })
    }

    /// Reads a value.
    pub(super) fn value(&mut self) -> Result<Object, Problem> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(Problem::TooMuch);
        }
        self.skip_white();
        match self.peek() {
            None => self.malformed("a value is missing"),
            Some(b'/') => self.name().map(Object::Name),
            Some(b'(') => self.literal_string(),
            Some(b'[') => self.nested(Self::array),
            Some(b'<') if self.bytes.get(self.at + 1) == Some(&b'<') => {
                self.nested(|parser| parser.dictionary().map(Object::Dictionary))
            }
            Some(b'<') => self.hexadecimal_string(),
            Some(b'+' | b'-' | b'.' | b'0'..=b'9') => self.number_or_reference(),
            Some(_) if self.take_word(b"true") => Ok(Object::Boolean(true)),
            Some(_) if self.take_word(b"false") => Ok(Object::Boolean(false)),
            Some(_) if self.take_word(b"null") => Ok(Object::Null),
            Some(_) => self.malformed("there is something that is no value"),
        }
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Object, Problem>,
    ) -> Result<Object, Problem> {
        if self.depth >= MAX_DEPTH {
            return Err(Problem::TooMuch);
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn array(&mut self) -> Result<Object, Problem> {
        self.at += 1;
        let mut values = Vec::new();
        loop {
            self.skip_white();
            if self.peek() == Some(b']') {
                self.at += 1;
                return Ok(Object::Array(values));
            }
            values.push(self.value()?);
        }
    }

    /// Reads a dictionary, from its `<<`.
    pub(super) fn dictionary(&mut self) -> Result<Dictionary, Problem> {
        self.skip_white();
        if !self.bytes[self.at..].starts_with(b"<<") {
            return self.malformed("a dictionary is missing");
        }
        self.at += 2;
        let mut dictionary = Dictionary::default();
        loop {
            self.skip_white();
            if self.bytes[self.at..].starts_with(b">>") {
                self.at += 2;
                return Ok(dictionary);
            }
            if self.peek() != Some(b'/') {
                return self.malformed("a dictionary has something that is no key");
            }
            let key = self.name()?;
            self.skip_white();
            let start = self.at;
            let value = self.value()?;
            dictionary.push(Entry {
                key,
                value,
                span: start..self.at,
            });
        }
    }

    fn name(&mut self) -> Result<Vec<u8>, Problem> {
        self.at += 1;
        let mut name = Vec::new();
        while let Some(byte) = self.peek() {
            if is_white(byte) || is_delimiter(byte) {
                break;
            }
            self.at += 1;
            name.push(if byte == b'#' {
                let digits = self.bytes.get(self.at..self.at + 2);
                let value = digits.and_then(|digits| Some(hex(digits[0])? * 16 + hex(digits[1])?));
                let Some(value) = value else {
                    return self.malformed("a name has an escape that is none");
                };
                self.at += 2;
                value
            } else {
                byte
            });
        }
        Ok(name)
    }

    fn literal_string(&mut self) -> Result<Object, Problem> {
        self.at += 1;
        let mut text = Vec::new();
        let mut open = 1;
        loop {
            let Some(byte) = self.peek() else {
                return self.malformed("a string is not closed");
            };
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => open -= 1,
                b'\\' => {
                    self.escape(&mut text);
                    continue;
                }
                _ => {}
            }
            if open == 0 {
                return Ok(Object::Text(text));
            }
            text.push(byte);
        }
    }

    /// Resolves what stands behind a backslash.
    fn escape(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'b' => text.push(8),
            b'f' => text.push(12),
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
            }
            b'\n' => {}
            b'0'..=b'7' => {
                let mut value = byte - b'0';
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else {
                        break;
                    };
                    value = value.wrapping_mul(8).wrapping_add(digit - b'0');
                    self.at += 1;
                }
                text.push(value);
            }
            other => text.push(other),
        }
    }

    fn hexadecimal_string(&mut self) -> Result<Object, Problem> {
        self.at += 1;
        let mut text = Vec::new();
        let mut half = None;
        loop {
            let Some(byte) = self.peek() else {
                return self.malformed("a string is not closed");
            };
            self.at += 1;
            if byte == b'>' {
                text.extend(half.map(|high: u8| high * 16));
                return Ok(Object::Text(text));
            }
            if is_white(byte) {
                continue;
            }
            let Some(digit) = hex(byte) else {
                return self.malformed("a hexadecimal string has another character");
            };
            half = match half {
                None => Some(digit),
                Some(high) => {
                    text.push(high * 16 + digit);
                    None
                }
            };
        }
    }

    fn number_or_reference(&mut self) -> Result<Object, Problem> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| matches!(byte, b'+' | b'-' | b'.' | b'0'..=b'9'))
        {
            self.at += 1;
        }
        let digits = &self.bytes[start..self.at];
        let number = std::str::from_utf8(digits).ok();
        let Some(number) = number.and_then(|digits| digits.parse::<i64>().ok()) else {
            return Ok(Object::Real(digits.to_vec()));
        };
        let behind = self.at;
        if digits[0].is_ascii_digit()
            && let Ok(number) = u32::try_from(number)
            && self.peek().is_some_and(is_white)
            && let Some(generation) = self.number()
            && let Ok(generation) = u16::try_from(generation)
            && self.take_word(b"R")
        {
            return Ok(Object::Reference(Id { number, generation }));
        }
        self.at = behind;
        Ok(Object::Integer(number))
    }
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Object, Problem> {
        Parser::new(text.as_bytes(), 0).value()
    }

    #[test]
    fn every_kind_of_value() {
        let text =
            "<</A 1/B -2.50/C(a\\(b\\)\\101(c))/D<414 2 5>/E[1 0 R 2 3]/F#47 true % no\n/H null>>";
        let read = read(text).unwrap();
        let dictionary = read.dictionary().unwrap();
        let get = |key: &str| dictionary.get(key.as_bytes()).unwrap().clone();
        assert_eq!(get("A"), Object::Integer(1));
        assert_eq!(get("B"), Object::Real(b"-2.50".to_vec()));
        assert_eq!(get("C"), Object::Text(b"a(b)A(c)".to_vec()));
        assert_eq!(get("D"), Object::Text(b"ABP".to_vec()));
        let reference = Object::Reference(Id {
            number: 1,
            generation: 0,
        });
        assert_eq!(
            get("E"),
            Object::Array(vec![reference, Object::Integer(2), Object::Integer(3)])
        );
        assert_eq!(get("FG"), Object::Boolean(true));
        assert_eq!(get("H"), Object::Null);
        let span = dictionary.entry(b"D").unwrap().span.clone();
        assert_eq!(&text[span], "<414 2 5>");
    }

    #[test]
    fn depth_and_number_of_values_are_bounded() {
        assert_eq!(read(&"[".repeat(MAX_DEPTH + 1)), Err(Problem::TooMuch));
        assert_eq!(
            read(&format!("[{}]", "0 ".repeat(MAX_VALUES))),
            Err(Problem::TooMuch)
        );
    }

    #[test]
    fn what_ends_too_early_is_malformed() {
        for text in [
            "",
            "<<",
            "<</A",
            "(a",
            "<4",
            "[1",
            "/A#4",
            "<</A 1 2>>",
            "x",
        ] {
            assert!(
                matches!(
                    read(text),
                    Err(Problem::Malformed { .. }) | Ok(Object::Name(_))
                ),
                "{text}"
            );
        }
    }
}
