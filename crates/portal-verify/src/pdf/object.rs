//! Values of a PDF.

use std::ops::Range;

/// Number and generation of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id {
    pub(crate) number: u32,
    pub(crate) generation: u16,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Object {
    Null,
    Boolean(bool),
    Integer(i64),
    /// As written.
    Real(Vec<u8>),
    /// Without the slash, escapes resolved.
    Name(Vec<u8>),
    /// A string of either form, its escapes resolved.
    Text(Vec<u8>),
    Array(Vec<Object>),
    Dictionary(Dictionary),
    Reference(Id),
}

impl Object {
    pub(crate) fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn name(&self) -> Option<&[u8]> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&[u8]> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(array) => Some(array),
            _ => None,
        }
    }

    pub(crate) fn dictionary(&self) -> Option<&Dictionary> {
        match self {
            Self::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    pub(crate) fn reference(&self) -> Option<Id> {
        match self {
            Self::Reference(id) => Some(*id),
            _ => None,
        }
    }
}

/// A dictionary in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Dictionary {
    entries: Vec<Entry>,
}

/// One key with its value, and where the value stands.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: Vec<u8>,
    pub(crate) value: Object,
    /// From the first byte of the value to behind its last.
    pub(crate) span: Range<usize>,
}

impl PartialEq for Entry {
    /// The same content; where it stands is of no account.
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.value == other.value
    }
}

impl Eq for Entry {}

impl Dictionary {
    /// One without entries.
    pub(super) const EMPTY: Self = Self {
        entries: Vec::new(),
    };

    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &Object)> {
        self.entries
            .iter()
            .map(|entry| (entry.key.as_slice(), &entry.value))
    }

    pub(crate) fn entry(&self, key: &[u8]) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<&Object> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Whether a key stands twice, of which readers take one or the other.
    pub(crate) fn has_duplicates(&self) -> bool {
        let mut keys: Vec<&[u8]> = self.iter().map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.windows(2).any(|pair| pair[0] == pair[1])
    }

    /// Whether both say the same, but for the keys that are named.
    pub(crate) fn is_same_but_for(&self, other: &Self, keys: &[&[u8]]) -> bool {
        let covers = |one: &Self, another: &Self| {
            one.iter()
                .all(|(key, value)| keys.contains(&key) || another.get(key) == Some(value))
        };
        covers(self, other) && covers(other, self)
    }
}
