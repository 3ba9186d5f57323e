//! A password in the forms that writers of encrypted files have turned it into bytes.

use zeroize::Zeroizing;

type Form = Zeroizing<Vec<u8>>;

/// A password that is tried in every form, until one has proven to be the file's.
pub(crate) struct Password {
    /// For PKCS#12's own key derivation.
    wide: Vec<Form>,
    /// For PBKDF2.
    narrow: Vec<Form>,
}

impl Password {
    pub(crate) fn new(password: &str) -> Self {
        let mut wide = vec![utf_16(password)];
        let mut narrow = vec![filled(password.len(), password.bytes())];
        if password.is_empty() {
            // Writers don't agree whether an empty password has the mark at its end.
            wide.push(Zeroizing::new(Vec::new()));
        }
        if !password.is_ascii() {
            // OpenSSL before 1.1 widened each byte, whatever the text's encoding was.
            let widened = password.bytes().flat_map(|byte| [0, byte]).chain([0, 0]);
            wide.push(filled(2 * password.len() + 2, widened));
            // A terminal in Latin-1 gave OpenSSL other bytes for PBKDF2.
            if password.chars().all(|character| u32::from(character) < 256) {
                let latin_1 = password.chars().map(|character| character as u8);
                narrow.push(filled(password.len(), latin_1));
            }
        }
        Self { wide, narrow }
    }

    /// The forms for PKCS#12's own key derivation.
    pub(crate) fn wide(&self) -> &[Form] {
        &self.wide
    }

    /// The forms for PBKDF2.
    pub(crate) fn narrow(&self) -> &[Form] {
        &self.narrow
    }

    /// Drops all forms for PKCS#12's own key derivation but the one that has proven right.
    pub(crate) fn keep_wide(&mut self, index: usize) {
        keep(&mut self.wide, index);
    }

    /// Drops all forms for PBKDF2 but the one that has proven right.
    pub(crate) fn keep_narrow(&mut self, index: usize) {
        keep(&mut self.narrow, index);
    }
}

fn keep(forms: &mut Vec<Form>, index: usize) {
    forms.truncate(index + 1);
    forms.drain(..index);
}

/// The form of RFC 7292: UTF-16, and a mark at the end.
pub(crate) fn utf_16(password: &str) -> Form {
    let units = password.encode_utf16().chain([0]);
    filled(2 * password.len() + 2, units.flat_map(u16::to_be_bytes))
}

/// Collects without growing: memory that was outgrown would not be wiped.
fn filled(capacity: usize, bytes: impl Iterator<Item = u8>) -> Form {
    let mut form = Zeroizing::new(Vec::with_capacity(capacity));
    form.extend(bytes);
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_for_ascii_and_all_that_writers_use_for_the_rest() {
        let ascii = Password::new("ab");
        assert_eq!(ascii.wide(), [Zeroizing::new(vec![0, b'a', 0, b'b', 0, 0])]);
        assert_eq!(ascii.narrow(), [Zeroizing::new(b"ab".to_vec())]);

        let norwegian = Password::new("ø");
        let wide = [vec![0, 0xf8, 0, 0], vec![0, 0xc3, 0, 0xb8, 0, 0]];
        assert_eq!(norwegian.wide(), wide.map(Zeroizing::new));
        let narrow = [vec![0xc3, 0xb8], vec![0xf8]];
        assert_eq!(norwegian.narrow(), narrow.map(Zeroizing::new));

        assert_eq!(Password::new("€").narrow().len(), 1);
        let mut empty = Password::new("");
        assert_eq!(empty.wide().len(), 2);
        empty.keep_wide(1);
        assert_eq!(empty.wide(), [Zeroizing::new(vec![])]);
    }

    #[test]
    fn no_form_outgrows_its_buffer() {
        for text in ["", "a", "pass ord æøå", "€𝄞"] {
            let password = Password::new(text);
            let wide = 2 * text.len() + 2;
            assert!(password.wide().iter().all(|form| form.capacity() <= wide));
            let narrow = password.narrow().iter();
            assert!(narrow.clone().all(|form| form.capacity() <= text.len()));
        }
    }
}
