//! The footer that every page of a signed document has: who has signed.

use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};

use super::page::{PAGE_HEIGHT, PAGE_WIDTH, win_ansi};

/// The name of the footer's font among a page's resources.
const FONT: &str = "SandboxFooter";
const SIZE: i64 = 6;
/// From the left and the lower edge, in points.
const INDENT: f32 = 20.0;
const RISE: f32 = 10.0;
/// Helvetica's letters are about half as wide as the font is tall.
const LETTER_WIDTH: f32 = 0.5;

/// Writes a line at the foot of every page.
pub(super) fn add(document: &mut Document, pages: &[ObjectId], line: &str) -> lopdf::Result<()> {
    let font = document.add_object(dictionary! {
        "Type" => "Font",
        "Subtype" => "Type1",
        "BaseFont" => "Helvetica",
        "Encoding" => "WinAnsiEncoding",
    });
    // What a page leaves of its state must not move or colour the footer.
    let save = document.add_object(Stream::new(Dictionary::new(), b"q\n".to_vec()));
    for &page in pages {
        let footer = text(&Frame::of(document, page), line)?;
        let footer = document.add_object(Stream::new(Dictionary::new(), footer));
        let mut contents = vec![Object::Reference(save)];
        contents.extend(contents_of(document, page));
        contents.push(footer.into());
        let resources = with_font(document, page, font);
        let page = document.get_object_mut(page)?.as_dict_mut()?;
        page.set("Contents", contents);
        page.set("Resources", resources);
    }
    Ok(())
}

/// The part of a page that is shown, and how it is turned.
struct Frame {
    left: f32,
    bottom: f32,
    right: f32,
    top: f32,
    turned: i64,
}

impl Frame {
    fn of(document: &Document, page: ObjectId) -> Self {
        let page = document.get_dictionary(page).ok();
        let entry = |key: &[u8]| {
            let value = page?.get(key).ok()?;
            Some(document.dereference(value).ok()?.1)
        };
        let numbers = |key: &[u8]| -> Option<[f32; 4]> {
            let array = entry(key)?.as_array().ok()?;
            let number = |value| document.dereference(value).ok()?.1.as_float().ok();
            let numbers: Option<Vec<f32>> = array.iter().map(number).collect();
            numbers?.try_into().ok()
        };
        let whole = [0.0, 0.0, PAGE_WIDTH as f32, PAGE_HEIGHT as f32];
        let shown = numbers(b"CropBox").or_else(|| numbers(b"MediaBox"));
        let [a, b, c, d] = shown.unwrap_or(whole);
        Self {
            left: a.min(c),
            bottom: b.min(d),
            right: a.max(c),
            top: b.max(d),
            turned: entry(b"Rotate")
                .and_then(|turned| turned.as_i64().ok())
                .unwrap_or(0)
                .rem_euclid(360),
        }
    }

    /// Where the line begins and which way it runs, so that it stands at the foot as the page is
    /// shown.
    fn matrix(&self) -> [f32; 6] {
        match self.turned {
            90 => [0.0, 1.0, -1.0, 0.0, self.right - RISE, self.bottom + INDENT],
            180 => [-1.0, 0.0, 0.0, -1.0, self.right - INDENT, self.top - RISE],
            270 => [0.0, -1.0, 1.0, 0.0, self.left + RISE, self.top - INDENT],
            _ => [1.0, 0.0, 0.0, 1.0, self.left + INDENT, self.bottom + RISE],
        }
    }

    /// How many letters fit.
    fn letters(&self) -> usize {
        let width = match self.turned {
            90 | 270 => self.top - self.bottom,
            _ => self.right - self.left,
        };
        ((width - 2.0 * INDENT).max(0.0) / (SIZE as f32 * LETTER_WIDTH)) as usize
    }
}

fn text(frame: &Frame, line: &str) -> lopdf::Result<Vec<u8>> {
    let line: String = line.chars().take(frame.letters()).collect();
    let matrix = frame.matrix().map(Object::Real);
    let operations = vec![
        Operation::new("Q", vec![]),
        Operation::new("q", vec![]),
        Operation::new("BT", vec![]),
        Operation::new("g", vec![Object::Real(0.3)]),
        Operation::new("Tf", vec![FONT.into(), SIZE.into()]),
        Operation::new("Tm", matrix.to_vec()),
        Operation::new("Tj", vec![Object::string_literal(win_ansi(&line))]),
        Operation::new("ET", vec![]),
        Operation::new("Q", vec![]),
    ];
    let mut bytes = b"\n".to_vec();
    bytes.extend(Content { operations }.encode()?);
    Ok(bytes)
}

/// The streams that a page is drawn by.
fn contents_of(document: &Document, page: ObjectId) -> Vec<Object> {
    let contents = document
        .get_dictionary(page)
        .and_then(|p| p.get(b"Contents"));
    let Ok(contents) = contents else {
        return Vec::new();
    };
    match document.dereference(contents) {
        Ok((_, Object::Array(streams))) => streams.clone(),
        _ => vec![contents.clone()],
    }
}

/// The page's resources with the footer's font. They may be shared with other pages.
fn with_font(document: &Document, page: ObjectId, font: ObjectId) -> Dictionary {
    let dictionary = |holder: Option<&Dictionary>, key: &[u8]| -> Dictionary {
        let value = holder.and_then(|holder| holder.get(key).ok());
        let value = value.and_then(|value| document.dereference(value).ok());
        let found = value.and_then(|(_, value)| value.as_dict().ok());
        found.cloned().unwrap_or_default()
    };
    let mut resources = dictionary(document.get_dictionary(page).ok(), b"Resources");
    let mut fonts = dictionary(Some(&resources), b"Font");
    fonts.set(FONT, font);
    resources.set("Font", fonts);
    resources
}
