//! What may be added to a sealed document, and what may not.

use super::*;

/// A document of these objects, from number 1 on.
fn document(objects: &[&str], trailer: &str) -> Vec<u8> {
    let numbered: Vec<_> = objects.iter().enumerate().collect();
    let numbered = numbered
        .into_iter()
        .map(|(index, object)| (index + 1, *object));
    update(
        b"%PDF-1.7\n".to_vec(),
        &numbered.collect::<Vec<_>>(),
        trailer,
    )
}

/// The document with a revision more.
fn update(mut pdf: Vec<u8>, objects: &[(usize, &str)], trailer: &str) -> Vec<u8> {
    let mut table = String::from("xref\n");
    for (number, object) in objects {
        table.push_str(&format!("{number} 1\n{:010} 00000 n \n", pdf.len()));
        pdf.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let at = pdf.len();
    let end = format!("{table}trailer\n<</Root 1 0 R{trailer}>>\nstartxref\n{at}\n%%EOF\n");
    pdf.extend(end.bytes());
    pdf
}

const OBJECTS: [&str; 5] = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]>>",
    "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Annots 9 0 R>>",
    "<</Length 1>>stream\nq\nendstream",
    "<</Producer(a)>>",
];

fn differences(updates: &[(usize, &str)], trailer: &str) -> Differences {
    let old = document(&OBJECTS, "/Info 5 0 R");
    let previous = File::open(&old).unwrap().head().unwrap();
    let new = update(old.clone(), updates, &format!("/Prev {previous}{trailer}"));
    compare_all(
        &File::open(&old).unwrap(),
        &File::open(&new).unwrap(),
        old.len(),
    )
    .unwrap()
}

#[test]
fn nothing_hides_behind_what_may_be_added() {
    const STREAM: &str = "<</Length 1>>stream\nQ\nendstream";
    let store = "<</Type/Catalog/Pages 2 0 R/DSS<</Certs[6 0 R]>>>>";
    // What is allowed.
    let allowed = differences(&[(1, store), (6, STREAM)], "/Info 5 0 R");
    assert!(allowed.unexplained.is_empty() && allowed.other.is_none());
    assert!(allowed.has_security_store);
    let information = differences(&[(5, "<</Producer(b)>>")], "/Info 5 0 R");
    assert!(information.unexplained.is_empty());
    let other = differences(&[(6, "<</Producer(b)>>")], "/Info 6 0 R");
    assert!(other.unexplained.is_empty());
    // The page's content as document information, or as part of a DSS.
    let found = differences(&[(4, STREAM)], "/Info 4 0 R");
    assert_eq!(found.unexplained, [4].into());
    let store = store.replace('6', "4");
    let found = differences(&[(1, &store), (4, STREAM)], "/Info 5 0 R");
    assert_eq!(found.unexplained, [4].into());
    // An object that a page referred to in vain.
    let found = differences(&[(9, "[]")], "/Info 9 0 R");
    assert_eq!(found.unexplained, [9].into());
    // A catalog that says something else.
    let catalog = "<</Type/Catalog/Pages 2 0 R/OpenAction 3 0 R>>";
    assert_eq!(differences(&[(1, catalog)], "").unexplained, [1].into());
    assert!(differences(&[], "/Root 2 0 R").other.is_none());
    assert!(
        differences(&[(6, STREAM)], "/Encrypt 6 0 R")
            .other
            .is_some()
    );
}

#[test]
fn a_table_that_moves_nothing_and_one_that_hides_an_object_differ() {
    let old = document(&OBJECTS, "");
    let head = File::open(&old).unwrap().head().unwrap();
    let at = memchr::memmem::find(&old, b"4 0 obj").unwrap();
    let revised = |generation: u32| {
        let start = old.len();
        let mut new = old.clone();
        new.extend(
            format!(
                "xref\n4 1\n{at:010} {generation:05} n \ntrailer\n<</Root 1 0 R/Prev {head}>>\n\
                 startxref\n{start}\n%%EOF\n"
            )
            .bytes(),
        );
        let (old, new) = (File::open(&old).unwrap(), File::open(&new).unwrap());
        compare(&old, &new).unwrap().unexplained
    };
    assert!(revised(0).is_empty());
    assert_eq!(revised(1), [4].into());
}
