//! The usual choice: types derived by hand for quick-xml's serde.

use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "read, not used")]
pub struct Change {
    reference: Option<String>,
    signature_job_id: i64,
    status: String,
    confirmation_url: String,
    cancellation_url: Option<String>,
    delete_documents_url: Option<String>,
    pub signatures: Signatures,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "read, not used")]
pub struct Signatures {
    pub signature: Vec<Signature>,
    pades_url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "read, not used")]
pub struct Signature {
    status: Status,
    personal_identification_number: Option<String>,
    identifier: Option<Notifications>,
    xades_url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read, not used")]
pub struct Status {
    #[serde(rename = "@since")]
    since: String,
    #[serde(rename = "$text")]
    value: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename = "portal-signature-job-manifest", rename_all = "kebab-case")]
pub struct Manifest {
    #[serde(rename = "@xmlns")]
    xmlns: String,
    signers: Signers,
    sender: ManifestSender,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonsensitive_title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    documents: Documents,
}

#[derive(Debug, Serialize, Deserialize)]
struct Signers {
    signer: Vec<Signer>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Signer {
    #[serde(rename = "@order", skip_serializing_if = "Option::is_none")]
    order: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    personal_identification_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notifications: Option<Notifications>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Notifications {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Email>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms: Option<Sms>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Email {
    #[serde(rename = "@address")]
    address: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Sms {
    #[serde(rename = "@number")]
    number: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct ManifestSender {
    organization_number: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Documents {
    document: Vec<Document>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    #[serde(rename = "@href")]
    href: String,
    #[serde(rename = "@mime")]
    mime: String,
    title: String,
}

pub fn read_change(xml: &str) -> Change {
    quick_xml::de::from_str(xml).unwrap()
}

pub fn read_manifest(xml: &str) -> Manifest {
    quick_xml::de::from_str(xml).unwrap()
}

/// With the declaration that portal-model writes, so that both write the same bytes.
pub fn write_manifest(manifest: &Manifest) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    quick_xml::se::to_writer(&mut xml, manifest).unwrap();
    xml
}
