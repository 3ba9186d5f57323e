//! Plain text on A4 pages: the front page of signed documents, and sample documents.

use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};

/// A4, in points.
pub(super) const PAGE_WIDTH: i64 = 595;
pub(super) const PAGE_HEIGHT: i64 = 842;
const MARGIN: i64 = 56;
/// Helvetica's letters are about half as wide as the font is tall; a little more keeps lines in.
const LETTER_WIDTH: f32 = 0.52;

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Banner,
    Heading,
    Strong,
    Body,
}

impl Style {
    fn size(self) -> i64 {
        match self {
            Self::Banner => 20,
            Self::Heading => 14,
            Self::Strong | Self::Body => 10,
        }
    }

    fn font(self) -> &'static str {
        match self {
            Self::Body => "F1",
            Self::Banner | Self::Heading | Self::Strong => "F2",
        }
    }

    fn leading(self) -> i64 {
        self.size() * 3 / 2
    }

    /// How many letters fit between the margins.
    fn line_length(self) -> usize {
        let width = (PAGE_WIDTH - 2 * MARGIN) as f32;
        (width / (self.size() as f32 * LETTER_WIDTH)) as usize
    }
}

/// Lines that flow over as many pages as they need.
#[derive(Debug, Default)]
pub(super) struct Text {
    pages: Vec<Vec<Operation>>,
    /// Where the next line goes, from the bottom of the page.
    at: i64,
}

impl Text {
    /// Adds a paragraph, broken into lines.
    pub(super) fn add(&mut self, style: Style, paragraph: &str) {
        for line in wrap(paragraph, style.line_length()) {
            self.line(style, &line);
        }
    }

    /// Leaves some space.
    pub(super) fn space(&mut self, points: i64) {
        self.at -= points;
    }

    fn line(&mut self, style: Style, line: &str) {
        if self.pages.is_empty() || self.at - style.leading() < MARGIN {
            self.pages.push(Vec::new());
            self.at = PAGE_HEIGHT - MARGIN;
        }
        self.at -= style.leading();
        let at = self.at;
        let Some(page) = self.pages.last_mut() else {
            return;
        };
        let grey = if style == Style::Banner {
            [0.8, 0.0, 0.0]
        } else {
            [0.0, 0.0, 0.0]
        };
        page.extend([
            Operation::new("BT", vec![]),
            Operation::new("rg", grey.map(Object::from).to_vec()),
            Operation::new("Tf", vec![style.font().into(), style.size().into()]),
            Operation::new("Td", vec![MARGIN.into(), at.into()]),
            Operation::new("Tj", vec![Object::string_literal(win_ansi(line))]),
            Operation::new("ET", vec![]),
        ]);
    }

    /// Writes the pages into `document` under `parent` and gives their numbers.
    pub(super) fn write_to(
        self,
        document: &mut Document,
        parent: ObjectId,
    ) -> lopdf::Result<Vec<ObjectId>> {
        let font = |name: &str| {
            dictionary! {
                "Type" => "Font",
                "Subtype" => "Type1",
                "BaseFont" => name,
                "Encoding" => "WinAnsiEncoding",
            }
        };
        let regular = document.add_object(font("Helvetica"));
        let bold = document.add_object(font("Helvetica-Bold"));
        let fonts = dictionary! { "F1" => regular, "F2" => bold };
        let resources = document.add_object(dictionary! { "Font" => fonts });
        let mut pages = Vec::with_capacity(self.pages.len());
        for operations in self.pages {
            let content = Content { operations }.encode()?;
            let content = document.add_object(Stream::new(Dictionary::new(), content));
            pages.push(document.add_object(dictionary! {
                "Type" => "Page",
                "Parent" => parent,
                "MediaBox" => vec![0.into(), 0.into(), PAGE_WIDTH.into(), PAGE_HEIGHT.into()],
                "Resources" => resources,
                "Contents" => content,
            }));
        }
        Ok(pages)
    }
}

/// Breaks a paragraph between words, and a word that is too long anywhere.
fn wrap(paragraph: &str, length: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in paragraph.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for (index, piece) in letters.chunks(length.max(1)).enumerate() {
            let gap = usize::from(used > 0 && index == 0);
            if used + gap + piece.len() > length && used > 0 {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                if used > 0 && index == 0 {
                    line.push(' ');
                    used += 1;
                }
                line.extend(piece);
                used += piece.len();
            }
        }
    }
    lines
}

/// The text in the encoding of the page's fonts. What they lack becomes a question mark.
pub(super) fn win_ansi(text: &str) -> Vec<u8> {
    text.chars()
        .map(|letter| match letter {
            ' '..='~' | '\u{a0}'..='\u{ff}' => u8::try_from(u32::from(letter)).unwrap_or(b'?'),
            '€' => 0x80,
            '‘' => 0x91,
            '’' => 0x92,
            '“' => 0x93,
            '”' => 0x94,
            '•' => 0x95,
            '–' => 0x96,
            '—' => 0x97,
            _ => b'?',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("a bcdefgh", 4), ["a", "bcde", "fgh"]);
    }

    #[test]
    fn norwegian_letters_are_kept() {
        assert_eq!(win_ansi("blåbær–Ø"), b"bl\xe5b\xe6r\x96\xd8");
        assert_eq!(win_ansi("日"), b"?");
    }
}
