//! In what a document differs from what was sealed.
//!
//! The sealed revision is read as a file by itself, and compared with the one after it, and so on up to
//! the file as it stands now. An object that differs must be explained: as part of a DSS dictionary, of
//! a time stamp, or of a field that was added. What is not explained was changed after sealing.

use std::collections::BTreeSet;

use super::fields::is_time_stamp;
use crate::pdf::{Dictionary, File, Id, Object, Problem};

/// How many revisions after sealing are looked at; each has its tables read.
const MAX_REVISIONS: usize = 32;

/// In what two revisions differ.
#[derive(Debug, Default)]
pub(super) struct Differences {
    /// Objects for which there is no explanation.
    pub(super) unexplained: BTreeSet<u32>,
    /// What is different otherwise, as the end of a sentence.
    pub(super) other: Option<&'static str>,
    pub(super) time_stamps: usize,
    pub(super) signatures: usize,
    pub(super) fields: usize,
    pub(super) has_security_store: bool,
}

impl Differences {
    fn add(&mut self, more: Self) {
        self.unexplained.extend(more.unexplained);
        self.other = self.other.or(more.other);
        self.time_stamps += more.time_stamps;
        self.signatures += more.signatures;
        self.fields += more.fields;
        self.has_security_store |= more.has_security_store;
    }
}

/// Compares each revision after the sealed one with the one before it: what one adds, a later one may
/// replace, and neither may touch what is sealed.
pub(super) fn compare_all(
    sealed: &File<'_>,
    file: &File<'_>,
    end: usize,
) -> Result<Differences, Problem> {
    let bytes = file.bytes();
    let is_sealed = |at: usize| sealed.sections().iter().any(|section| section.at == at);
    let later = file.sections().iter().map(|section| section.at);
    let mut later: Vec<usize> = later.filter(|&at| at >= end && !is_sealed(at)).collect();
    later.sort_unstable();
    later.pop();
    if later.len() > MAX_REVISIONS {
        return Err(Problem::TooMuch);
    }
    let mut all = Differences::default();
    let mut before: Option<File<'_>> = None;
    for at in later {
        let Some(marker) = memchr::memmem::find(&bytes[at..], b"%%EOF") else {
            continue;
        };
        // A table that ends no revision belongs to the one that comes next.
        let revision = File::open(&bytes[..at + marker + b"%%EOF".len()]);
        let Some(revision) = revision.ok().filter(|it| it.head() == Some(at)) else {
            continue;
        };
        all.add(compare(before.as_ref().unwrap_or(sealed), &revision)?);
        before = Some(revision);
    }
    all.add(compare(before.as_ref().unwrap_or(sealed), file)?);
    Ok(all)
}

fn compare(old: &File<'_>, new: &File<'_>) -> Result<Differences, Problem> {
    let mut differences = Differences::default();
    let old_head = old.head();
    let is_later = |at: usize| !old.sections().iter().any(|section| section.at == at);
    let is_built_on = new
        .sections()
        .iter()
        .any(|section| Some(section.at) == old_head);
    if !is_built_on {
        differences.other = Some("the whole document was written again");
        return Ok(differences);
    }
    let mut changed = BTreeSet::new();
    let mut containers = BTreeSet::new();
    for section in new.sections() {
        // Older tables too: one that is referred to again takes objects back to what they were.
        let differing = section
            .numbers()
            .filter(|&number| old.entry(number) != new.entry(number));
        changed.extend(differing);
        if is_later(section.at) {
            containers.extend(section.stream);
            containers.extend(section.containers());
        }
    }
    if changed.is_empty() {
        return Ok(differences);
    }
    for key in [b"Root".as_slice(), b"Encrypt"] {
        if old.trailer().get(key) != new.trailer().get(key) {
            differences.other = Some("the document was given another catalog or encrypted");
            return Ok(differences);
        }
    }
    let mut comparison = Comparison {
        old,
        new,
        visible: visible(old)?,
        changed,
        differences,
    };
    // Streams that only carry tables and other objects.
    for number in containers {
        comparison.explain_new(number);
    }
    // Program and time of the last change, which every program writes.
    let info = |file: &File<'_>| file.trailer().get(b"Info").and_then(Object::reference);
    if let Some(id) = info(new) {
        let number = id.number;
        if info(old) == Some(id) && !comparison.visible.contains(&number) {
            comparison.changed.remove(&number);
        } else {
            comparison.explain_new(number);
        }
    }
    comparison.catalog()?;
    let mut differences = comparison.differences;
    differences.unexplained = comparison.changed;
    Ok(differences)
}

/// Numbers of all objects that the document refers to, from its catalog down, its DSS left out; also of
/// those that are nowhere.
fn visible(file: &File<'_>) -> Result<BTreeSet<u32>, Problem> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<Object> = file
        .catalog()?
        .iter()
        .filter(|(key, _)| *key != b"DSS")
        .map(|(_, value)| value.clone())
        .collect();
    while let Some(object) = open.pop() {
        match object {
            Object::Reference(id) => {
                let is_new = seen.insert(id.number);
                if is_new {
                    open.push(file.load(id)?.object);
                }
            }
            Object::Array(items) => open.extend(items),
            Object::Dictionary(dictionary) => {
                open.extend(dictionary.iter().map(|(_, value)| value.clone()));
            }
            _ => {}
        }
    }
    Ok(seen)
}

struct Comparison<'a> {
    old: &'a File<'a>,
    new: &'a File<'a>,
    /// What the older revision refers to: also what it refers to in vain, and what would appear if it
    /// came to be.
    visible: BTreeSet<u32>,
    /// What differs and is not explained so far.
    changed: BTreeSet<u32>,
    differences: Differences,
}

impl Comparison<'_> {
    /// Explains an object that was not there before; not one that was replaced.
    fn explain_new(&mut self, number: u32) -> bool {
        let is_new = self.old.is_free(number) && !self.visible.contains(&number);
        is_new && self.changed.remove(&number)
    }

    fn catalog(&mut self) -> Result<(), Problem> {
        let (old, new) = (self.old.catalog()?, self.new.catalog()?);
        // A DSS needs entries that name its format.
        let may_differ: [&[u8]; 4] = [b"AcroForm", b"DSS", b"Extensions", b"Version"];
        if old.is_same_but_for(&new, &may_differ)
            && let Some(root) = self.new.trailer().get(b"Root").and_then(Object::reference)
        {
            self.changed.remove(&root.number);
        }
        self.form(&old, &new)?;
        if let Some(store) = new.get(b"DSS") {
            self.security_store(old.get(b"DSS"), store)?;
        }
        if let Some(extensions) = new.get(b"Extensions") {
            self.explain_reachable(extensions)?;
        }
        Ok(())
    }

    /// Explains all new objects that can be reached, but for those above: pages and fields.
    fn explain_reachable(&mut self, from: &Object) -> Result<(), Problem> {
        let mut open = vec![from.clone()];
        while let Some(object) = open.pop() {
            match object {
                Object::Reference(id) => {
                    let is_new = self.explain_new(id.number);
                    if is_new {
                        open.push(self.new.load(id)?.object);
                    }
                }
                Object::Array(items) => open.extend(items),
                Object::Dictionary(dictionary) => open.extend(
                    dictionary
                        .iter()
                        .filter(|(key, _)| !matches!(*key, b"Parent" | b"P"))
                        .map(|(_, value)| value.clone()),
                ),
                _ => {}
            }
        }
        Ok(())
    }

    /// A DSS consists of new objects, and of what an older DSS consisted of.
    fn security_store(&mut self, old: Option<&Object>, new: &Object) -> Result<(), Problem> {
        let mut replaced = BTreeSet::new();
        if let Some(old) = old {
            let mut open = vec![old.clone()];
            while let Some(object) = open.pop() {
                match object {
                    Object::Reference(id) if replaced.insert(id.number) => {
                        open.push(self.old.load(id)?.object);
                    }
                    Object::Array(items) => open.extend(items),
                    Object::Dictionary(dictionary) => {
                        open.extend(dictionary.iter().map(|(_, value)| value.clone()));
                    }
                    _ => {}
                }
            }
        }
        // What the document shows is not part of a DSS, whatever refers to it.
        let replaced: BTreeSet<u32> = replaced.difference(&self.visible).copied().collect();
        let before = self.changed.len();
        for number in &replaced {
            self.changed.remove(number);
        }
        self.explain_reachable(new)?;
        for number in replaced {
            // What an object of the older DSS refers to now.
            let Some(generation) = self.generation(number) else {
                continue;
            };
            let object = self.new.load(Id { number, generation })?.object;
            self.explain_reachable(&object)?;
        }
        self.differences.has_security_store = self.changed.len() < before || old.is_none();
        Ok(())
    }

    /// Objects of a DSS have generation 0, since nothing was deleted before them.
    fn generation(&self, number: u32) -> Option<u16> {
        (!self.new.is_free(number)).then_some(0)
    }

    /// The form may have more fields than it had, and must be the same otherwise.
    fn form(&mut self, old: &Dictionary, new: &Dictionary) -> Result<(), Problem> {
        let (old_entry, new_entry) = (old.get(b"AcroForm"), new.get(b"AcroForm"));
        let Some(new_entry) = new_entry else {
            if old_entry.is_some() {
                self.differences.other = Some("the form was taken away");
            }
            return Ok(());
        };
        let new_form = self.new.resolve(new_entry)?;
        let old_form = old_entry.map(|entry| self.old.resolve(entry)).transpose()?;
        let empty = Dictionary::default();
        let old_form = old_form
            .as_ref()
            .and_then(Object::dictionary)
            .unwrap_or(&empty);
        let Some(new_form) = new_form.dictionary() else {
            return Ok(());
        };
        if !old_form.is_same_but_for(new_form, &[b"Fields", b"SigFlags"]) {
            self.differences.other = Some("the form was changed");
        } else if let Some(id) = new_entry.reference() {
            self.changed.remove(&id.number);
        }
        let fields = |file: &File<'_>, form: &Dictionary| -> Result<Vec<Object>, Problem> {
            let fields = file.get(form, b"Fields")?;
            Ok(fields.array().unwrap_or_default().to_vec())
        };
        let (before, after) = (fields(self.old, old_form)?, fields(self.new, new_form)?);
        let Some(added) = after.strip_prefix(before.as_slice()) else {
            self.differences.other = Some("fields were taken away or put in another order");
            return Ok(());
        };
        if let Some(id) = new_form.get(b"Fields").and_then(Object::reference) {
            self.changed.remove(&id.number);
        }
        for field in added {
            self.field(field, added)?;
        }
        Ok(())
    }

    /// A field that was added: its own objects, and its place among the annotations of its page.
    fn field(&mut self, entry: &Object, added: &[Object]) -> Result<(), Problem> {
        let field = self.new.resolve(entry)?;
        let Some(field) = field.dictionary() else {
            return Ok(());
        };
        let value = self.new.get(field, b"V")?;
        let is_signature = self.new.get(field, b"FT")?.name() == Some(b"Sig");
        match value.dictionary() {
            Some(value) if is_signature && is_time_stamp(value) => {
                self.differences.time_stamps += 1;
            }
            Some(_) if is_signature => self.differences.signatures += 1,
            _ => self.differences.fields += 1,
        }
        self.explain_reachable(entry)?;
        if let Some(page) = field.get(b"P").and_then(Object::reference) {
            self.page(page, added)?;
        }
        Ok(())
    }

    /// A page may have the added fields as further annotations, and must be the same otherwise.
    fn page(&mut self, page: Id, added: &[Object]) -> Result<(), Problem> {
        let (old, new) = (self.old.load(page)?.object, self.new.load(page)?.object);
        let (Some(old), Some(new)) = (old.dictionary(), new.dictionary()) else {
            return Ok(());
        };
        let annotations = |file: &File<'_>, page: &Dictionary| -> Result<Vec<Object>, Problem> {
            let list = file.get(page, b"Annots")?;
            Ok(list.array().unwrap_or_default().to_vec())
        };
        let (before, after) = (annotations(self.old, old)?, annotations(self.new, new)?);
        let more = after.strip_prefix(before.as_slice());
        let are_fields = more.is_some_and(|more| more.iter().all(|it| added.contains(it)));
        if are_fields && old.is_same_but_for(new, &[b"Annots"]) {
            self.changed.remove(&page.number);
            if let Some(id) = new.get(b"Annots").and_then(Object::reference) {
                let is_same_list = old.get(b"Annots") == new.get(b"Annots");
                if is_same_list {
                    self.changed.remove(&id.number);
                } else {
                    self.explain_new(id.number);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
