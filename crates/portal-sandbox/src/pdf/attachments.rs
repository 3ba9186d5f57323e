//! Files inside a PDF, invisible on its pages: the signers' signature documents.
//!
//! Source: ISO 32000-1, 7.11.4.

use lopdf::{Document, Object, Stream, dictionary};

/// A file to attach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attachment {
    /// In ASCII.
    pub(crate) name: String,
    pub(crate) xml: Vec<u8>,
}

/// Attaches files to the whole document.
pub(super) fn attach(document: &mut Document, attachments: &[Attachment]) -> lopdf::Result<()> {
    if attachments.is_empty() {
        return Ok(());
    }
    let mut names = Vec::with_capacity(2 * attachments.len());
    for Attachment { name, xml } in attachments {
        let size = i64::try_from(xml.len()).unwrap_or(i64::MAX);
        let mut stream = Stream::new(
            dictionary! {
                "Type" => "EmbeddedFile",
                "Subtype" => Object::Name(b"application/xml".to_vec()),
                "Params" => dictionary! { "Size" => size },
            },
            xml.clone(),
        );
        // Signature documents are mostly base64 of certificates, which all share.
        stream.compress()?;
        let stream = document.add_object(stream);
        let file = document.add_object(dictionary! {
            "Type" => "Filespec",
            "F" => Object::string_literal(name.as_str()),
            "UF" => Object::string_literal(name.as_str()),
            "EF" => dictionary! { "F" => stream, "UF" => stream },
            "AFRelationship" => "Supplement",
        });
        names.push(Object::string_literal(name.as_str()));
        names.push(file.into());
    }
    let tree = dictionary! { "EmbeddedFiles" => dictionary! { "Names" => names } };
    document.catalog_mut()?.set("Names", tree);
    Ok(())
}
