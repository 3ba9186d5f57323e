//! Whether two schemas say the same: names, order, types, cardinalities and facets. Documentation,
//! comments and what is only another way of writing the same are left aside.

use std::path::{Path, PathBuf};

use quick_xml::events::{BytesStart, Event};

use crate::process::Failure;

/// The files that make up the schema.
const FILES: [&str; 3] = ["portal.xsd", "common.xsd", "portal-legacy.xsd"];

/// A declaration of the schema language.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Declaration {
    kind: String,
    /// In alphabetical order, without those that state a default.
    attributes: Vec<(String, String)>,
    children: Vec<Declaration>,
}

/// Compares this project's schema with another folder's, file by file.
pub(crate) fn compare(own: &Path, other: &Path) -> Result<(), Failure> {
    for file in FILES {
        let (own, other) = (read(&own.join(file))?, read(&other.join(file))?);
        difference(&own, &other, file).map_or(Ok(()), |text| Err(Failure::new(text)))?;
        println!("{file}: same names, order, types, cardinalities and facets");
    }
    Ok(())
}

fn read(file: &PathBuf) -> Result<Declaration, Failure> {
    let failure = |error: String| Failure::new(format!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| failure(error.to_string()))?;
    parse(&text).map_err(failure)
}

fn parse(text: &str) -> Result<Declaration, String> {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Declaration> = Vec::new();
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) if tag.local_name().as_ref() == "annotation" => {
                let end = tag.to_end().into_owned();
                reader
                    .read_to_end(end.name())
                    .map_err(|error| error.to_string())?;
            }
            Event::Start(tag) => open.push(declaration(&tag)?),
            Event::End(_) => {
                let Some(mut done) = open.pop() else {
                    return Err("an end too many".to_owned());
                };
                if done.kind == "restriction" && done.children.iter().all(is_facet) {
                    // The order of facets means nothing, but for the values of an enumeration.
                    done.children
                        .sort_by(|one, other| one.kind.cmp(&other.kind));
                }
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => return Ok(done),
                }
            }
            Event::Eof => return Err("no end".to_owned()),
            _ => {}
        }
    }
}

fn is_facet(declaration: &Declaration) -> bool {
    declaration.children.is_empty()
        && declaration
            .attributes
            .iter()
            .any(|(name, _)| name == "value")
}

fn declaration(tag: &BytesStart<'_>) -> Result<Declaration, String> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let (name, value) = (attribute.key.as_ref(), attribute.value.as_ref());
        let default = matches!(
            (name, value),
            ("minOccurs" | "maxOccurs", "1") | ("use", "optional")
        );
        // Where a schema is found, and which prefixes are declared, changes nothing.
        let aside = name.starts_with("xmlns") || name.starts_with("xsi:");
        if !default && !aside {
            attributes.push((name.to_owned(), value.to_owned()));
        }
    }
    attributes.sort();
    let kind = tag.local_name().as_ref().to_owned();
    Ok(Declaration {
        kind,
        attributes,
        children: Vec::new(),
    })
}

/// The first difference, with the way to it.
fn difference(own: &Declaration, other: &Declaration, path: &str) -> Option<String> {
    let name = own.attributes.iter().find(|(name, _)| name == "name");
    let path = format!(
        "{path}/{}{}",
        own.kind,
        name.map_or_else(String::new, |(_, n)| format!("[{n}]"))
    );
    if (&own.kind, &own.attributes) != (&other.kind, &other.attributes) {
        return Some(format!(
            "{path}: {} {:?} here, {} {:?} there",
            own.kind, own.attributes, other.kind, other.attributes
        ));
    }
    if own.children.len() != other.children.len() {
        let (here, there) = (own.children.len(), other.children.len());
        return Some(format!("{path}: {here} parts here, {there} there"));
    }
    own.children
        .iter()
        .zip(&other.children)
        .find_map(|(own, other)| difference(own, other, &path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::root;

    #[test]
    fn the_schema_says_what_the_services_says() {
        let service = root().join("../shared/reference/xsd");
        if !service.exists() {
            println!("skipped: {} is not there", service.display());
            return;
        }
        if let Err(failure) = compare(&root().join("xsd"), &service) {
            panic!("{failure}");
        }
    }

    #[test]
    fn any_difference_of_meaning_is_seen() {
        let schema = |from: &str, to: &str| {
            let text = "<xs:schema xmlns:xs=\"x\"><xs:complexType name=\"a\"><xs:sequence>\
                        <xs:element name=\"b\" type=\"c\" minOccurs=\"0\"/>\
                        <xs:element name=\"d\" maxOccurs=\"1\"/></xs:sequence></xs:complexType>\
                        <xs:simpleType name=\"c\"><xs:restriction base=\"xs:string\">\
                        <xs:minLength value=\"1\"/><xs:maxLength value=\"2\"/>\
                        </xs:restriction></xs:simpleType></xs:schema>";
            assert!(text.contains(from), "{from}");
            parse(&text.replacen(from, to, 1)).unwrap()
        };
        let original = schema("", "");
        for (from, to) in [
            ("name=\"b\"", "name=\"e\""),
            ("type=\"c\"", "type=\"xs:string\""),
            ("minOccurs=\"0\"", ""),
            ("maxOccurs=\"1\"", "maxOccurs=\"2\""),
            ("value=\"2\"", "value=\"3\""),
            ("<xs:minLength value=\"1\"/>", ""),
            ("minLength", "length"),
            ("xs:string", "xs:token"),
            ("<xs:element name=\"b\" type=\"c\" minOccurs=\"0\"/>", ""),
        ] {
            assert!(
                difference(&original, &schema(from, to), "").is_some(),
                "{from} -> {to}"
            );
        }
        for (from, to) in [
            (" maxOccurs=\"1\"", ""),
            (
                "<xs:sequence>",
                "<xs:annotation><xs:documentation>x</xs:documentation></xs:annotation><xs:sequence>",
            ),
            (
                "<xs:minLength value=\"1\"/><xs:maxLength value=\"2\"/>",
                "<xs:maxLength value=\"2\"/><xs:minLength value=\"1\"/>",
            ),
            ("name=\"b\" type=\"c\"", "type=\"c\" name=\"b\""),
        ] {
            assert_eq!(
                difference(&original, &schema(from, to), ""),
                None,
                "{from} -> {to}"
            );
        }
    }
}
