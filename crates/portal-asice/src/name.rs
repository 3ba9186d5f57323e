//! Names of the files in a package.

use std::fmt;

use portal_model::Href;

use crate::error::NameError;

/// The longest name that the schema's `href` allows.
const MAX_LENGTH: usize = 100;
/// The shortest.
const MIN_LENGTH: usize = 4;
/// How much of a title goes into a name: enough to know the document by, and well within the
/// limit with a number before and an ending after it.
const MAX_STEM: usize = 60;
/// Names that Windows takes for devices, whatever the ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// The name of a document in a package, which the manifest gives as the document's `href`.
///
/// It is made of `A-Z a-z 0-9 . _ -` only, so that it needs no escaping in a URI and is a file's
/// name in every file system: a space written as `+` or as `%20` is read differently by different
/// verifiers of signatures.
///
/// A name may come from a document's title, so it is handled as personal data: it has no
/// `Display`, and `Debug` doesn't show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DocumentName(String);

impl DocumentName {
    /// Takes a name of the caller's choosing.
    ///
    /// # Errors
    /// [`NameError`] if the name is shorter than 4 or longer than 100 characters (the schema's
    /// limits on `href`), has characters other than `A-Z a-z 0-9 . _ -`, begins with a dot, or is
    /// one that is taken (`manifest.xml`, `mimetype`) or not a file's name everywhere (`con.pdf`).
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if let Some(position) = name.bytes().position(|byte| !allowed(byte)) {
            let position = name
                .char_indices()
                .take_while(|(at, _)| *at < position)
                .count()
                + 1;
            return Err(NameError::Character { position });
        }
        // From here on the name is ASCII: its length in bytes is that in characters.
        if !(MIN_LENGTH..=MAX_LENGTH).contains(&name.len()) {
            return Err(NameError::Length { length: name.len() });
        }
        if name.starts_with('.') || name.ends_with('.') {
            return Err(NameError::Dot);
        }
        let lower = name.to_ascii_lowercase();
        let stem = lower.split('.').next().unwrap_or_default();
        let device = DEVICES.contains(&stem)
            || DEVICES[4..].iter().any(|device| {
                stem.strip_prefix(device)
                    .is_some_and(|n| matches!(n.as_bytes(), [b'0'..=b'9']))
            });
        if device || lower == "manifest.xml" || lower == "mimetype" {
            return Err(NameError::Reserved);
        }
        Ok(Self(name))
    }

    /// The name. Handle it as personal data: it may hold a document's title.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether two names are the same file in a file system that doesn't tell upper from lower case.
    pub(crate) fn clashes_with(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl fmt::Debug for DocumentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DocumentName(..)")
    }
}

/// The manifest's form of the name.
impl From<DocumentName> for Href {
    fn from(name: DocumentName) -> Self {
        // Every name is within what the schema says of an href, so nothing goes unchecked.
        Self::unchecked(name.0)
    }
}

impl TryFrom<&Href> for DocumentName {
    type Error = NameError;

    fn try_from(href: &Href) -> Result<Self, NameError> {
        Self::new(href.reveal())
    }
}

/// Makes names from the titles of a job's documents, in their order: for each its number, what is
/// left of the title, and the ending that belongs to its media type, as in
/// `01_kjoepekontrakt.pdf`.
///
/// Every pair is a document's title and media type. The number makes the names unique; letters
/// with marks lose them, `æ`, `ø` and `å` become `ae`, `oe` and `aa`; whatever has no Latin
/// letter becomes `_`. A title of which nothing is left gives `document`. Any text will do for a
/// title, and the result is the same every time.
///
/// ```
/// let names = portal_asice::document_names([
///     ("Kjøpekontrakt for Åsveien 2 / del 1", "application/pdf"),
///     ("日本語", "text/plain"),
/// ]);
/// let names: Vec<&str> = names.iter().map(|name| name.reveal()).collect();
/// assert_eq!(names, ["01_kjoepekontrakt_for_aasveien_2_del_1.pdf", "02_document.txt"]);
/// ```
pub fn document_names<'a>(
    documents: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<DocumentName> {
    documents
        .into_iter()
        .enumerate()
        .map(|(index, (title, mime))| {
            let number = index + 1;
            DocumentName(format!("{number:02}_{}.{}", stem(title), ending(mime)))
        })
        .collect()
}

fn ending(mime: &str) -> &'static str {
    match mime.split(';').next().unwrap_or_default().trim() {
        mime if mime.eq_ignore_ascii_case("application/pdf") => "pdf",
        mime if mime.eq_ignore_ascii_case("text/plain") => "txt",
        _ => "bin",
    }
}

fn stem(title: &str) -> String {
    let mut stem = String::new();
    for character in title.chars().flat_map(char::to_lowercase) {
        match latin(character) {
            Some(letters) => stem.push_str(letters),
            None if character.is_ascii_alphanumeric() || character == '-' => stem.push(character),
            // Marks that stand after their letter, as macOS writes them.
            None if ('\u{300}'..='\u{36f}').contains(&character) => {}
            None if stem.ends_with('_') || stem.is_empty() => {}
            None => stem.push('_'),
        }
        if stem.len() >= MAX_STEM {
            break;
        }
    }
    stem.truncate(MAX_STEM);
    let stem = stem.trim_end_matches('_');
    if stem.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
        stem.to_owned()
    } else {
        "document".to_owned()
    }
}

/// The letters that stand for a lower-case letter of Europe's Latin alphabets.
fn latin(letter: char) -> Option<&'static str> {
    Some(match letter {
        'æ' | 'ä' => "ae",
        'ø' | 'ö' | 'œ' => "oe",
        'å' => "aa",
        'ü' => "ue",
        'ß' => "ss",
        'þ' => "th",
        'à' | 'á' | 'â' | 'ã' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' | 'ĉ' | 'ċ' => "c",
        'ð' | 'ď' | 'đ' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' | 'ŋ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ō' | 'ŏ' | 'ő' => "o",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}
