//! The signatures in a document's form.

use std::collections::HashSet;

use crate::pdf::{Dictionary, File, Id, Object, Problem};

/// How deep fields may lie in each other.
const MAX_DEPTH: usize = 16;

/// A signature that a field of the form has.
#[derive(Debug, Clone)]
pub(super) struct Signature {
    pub(super) dictionary: Dictionary,
    /// The object of its dictionary.
    pub(super) id: Option<Id>,
    /// Whether it stands in the file itself, so that spans in it are offsets of the file.
    pub(super) is_in_file: bool,
}

impl Signature {
    /// Whether it is a time stamp of the document and no signature.
    pub(super) fn is_time_stamp(&self) -> bool {
        is_time_stamp(&self.dictionary)
    }
}

/// Whether a signature dictionary is that of a time stamp of the document.
pub(super) fn is_time_stamp(dictionary: &Dictionary) -> bool {
    let name = |key: &[u8]| dictionary.get(key).and_then(Object::name);
    name(b"Type") == Some(b"DocTimeStamp") || name(b"SubFilter") == Some(b"ETSI.RFC3161")
}

/// All signatures, in the order of the form; a field without a signature is none.
pub(super) fn signatures(file: &File<'_>) -> Result<Vec<Signature>, Problem> {
    let catalog = file.catalog()?;
    let form = file.get(&catalog, b"AcroForm")?;
    let Some(form) = form.dictionary() else {
        return Ok(Vec::new());
    };
    let fields = file.get(form, b"Fields")?;
    let mut found = Found {
        file,
        seen: HashSet::new(),
        signatures: Vec::new(),
    };
    for field in fields.array().unwrap_or_default() {
        found.add(field, false, 0)?;
    }
    Ok(found.signatures)
}

struct Found<'a> {
    file: &'a File<'a>,
    seen: HashSet<Id>,
    signatures: Vec<Signature>,
}

impl Found<'_> {
    fn add(&mut self, field: &Object, inherits: bool, depth: usize) -> Result<(), Problem> {
        if depth >= MAX_DEPTH {
            return Err(Problem::TooMuch);
        }
        let (object, is_in_file) = match field {
            Object::Reference(id) if !self.seen.insert(*id) => return Ok(()),
            Object::Reference(id) => {
                let loaded = self.file.load(*id)?;
                (loaded.object, loaded.is_in_file)
            }
            direct => (direct.clone(), false),
        };
        let Some(dictionary) = object.dictionary() else {
            return Ok(());
        };
        let is_signature = match self.file.get(dictionary, b"FT")? {
            Object::Name(kind) => kind == b"Sig",
            _ => inherits,
        };
        if is_signature {
            self.add_value(dictionary, is_in_file)?;
        }
        if let Object::Array(kids) = self.file.get(dictionary, b"Kids")? {
            for kid in &kids {
                self.add(kid, is_signature, depth + 1)?;
            }
        }
        Ok(())
    }

    fn add_value(&mut self, field: &Dictionary, is_in_file: bool) -> Result<(), Problem> {
        let (object, id, is_in_file) = match field.get(b"V") {
            Some(Object::Reference(id)) => {
                let is_known = |known: &Signature| known.id == Some(*id);
                if self.signatures.iter().any(is_known) {
                    return Ok(());
                }
                let loaded = self.file.load(*id)?;
                (loaded.object, Some(*id), loaded.is_in_file)
            }
            Some(direct) => (direct.clone(), None, is_in_file),
            None => return Ok(()),
        };
        if let Object::Dictionary(dictionary) = object {
            self.signatures.push(Signature {
                dictionary,
                id,
                is_in_file,
            });
        }
        Ok(())
    }
}
