//! Counts pages.

use std::collections::HashSet;

use crate::pdf::{File, Id, Object, Problem};

/// The number of pages, from the leaves of their tree and not from what it says of itself.
pub(super) fn count(file: &File<'_>) -> Result<u64, Problem> {
    let catalog = file.catalog()?;
    let mut seen: HashSet<Id> = HashSet::new();
    let mut open: Vec<Id> = catalog
        .get(b"Pages")
        .and_then(Object::reference)
        .into_iter()
        .collect();
    let mut pages = 0;
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            return Err(Problem::at(0, "a page stands twice in the tree of pages"));
        }
        let node = file.load(id)?.object;
        let Some(node) = node.dictionary() else {
            return Err(Problem::at(
                0,
                "the tree of pages has something that is no page",
            ));
        };
        match file.get(node, b"Kids")? {
            Object::Array(kids) => open.extend(kids.iter().filter_map(Object::reference)),
            _ => pages += 1,
        }
    }
    Ok(pages)
}
