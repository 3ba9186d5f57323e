//! Signature documents in the forms that the service's Java and C# clients write, put together
//! and canonicalised here by hand.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portal_asice::VerifyError;
use portal_certificate::Certificate;
use zip::CompressionMethod;

use crate::containers::stream;
use crate::sample_packages::{Files, MANIFEST, now, pack, pdf, world};

const C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
const ASIC: &str = "http://uri.etsi.org/2918/v1.2.1#";

/// What differs between writers.
pub(crate) struct Form {
    /// The certificate that is stated, the key that signs, and the certificates that go along.
    pub(crate) leaf: Certificate,
    pub(crate) key: Vec<u8>,
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) serial: String,
    pub(crate) declaration: &'static str,
    pub(crate) root_start: String,
    pub(crate) root_end: &'static str,
    /// Namespaces that the root gives to everything below, as canonical text.
    pub(crate) inherited: String,
    /// Prefix for xmldsig within the signed properties, or none with a declaration in its place.
    pub(crate) prefix: Option<&'static str>,
    pub(crate) time: &'static str,
    pub(crate) issuer: String,
    pub(crate) line_end: &'static str,
    /// The reference's URI and Id for each file.
    pub(crate) files: Vec<(&'static str, &'static str)>,
}

pub(crate) fn java() -> Form {
    let sender = &world().sender;
    Form {
        leaf: sender.leaf().clone(),
        key: sender.private_key_pkcs8().to_vec(),
        chain: sender.chain_der().map(<[u8]>::to_vec).collect(),
        serial: sender.leaf().serial_decimal(),
        declaration: "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>",
        root_start: format!("<XAdESSignatures xmlns=\"{ASIC}\">"),
        root_end: "</XAdESSignatures>",
        inherited: String::new(),
        prefix: Some("ns2"),
        time: "2026-03-01T13:00:00.250+01:00",
        issuer: world().sender.leaf().issuer_rfc2253(),
        line_end: "&#13;\n",
        // Names as the client writes them into URIs, though its own need no escaping.
        files: vec![("one+%28%C3%B8%29.pdf", "ID_0"), ("manifest.xml", "ID_1")],
    }
}

fn csharp() -> Form {
    let sender = &world().sender;
    Form {
        leaf: sender.leaf().clone(),
        key: sender.private_key_pkcs8().to_vec(),
        chain: vec![sender.leaf().der().to_vec()],
        serial: sender.leaf().serial_decimal(),
        declaration: "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
        root_start: format!("<xades:XAdESSignatures xmlns:xades=\"{ASIC}\" xmlns=\"{XADES}\">"),
        root_end: "</xades:XAdESSignatures>",
        inherited: format!(" xmlns:xades=\"{ASIC}\""),
        prefix: None,
        time: "2026-03-01T12:00:00.250Z",
        issuer: "CN=Example Business CA, O=Example".into(),
        line_end: "",
        files: vec![("one (ø).pdf", "Id_5f0c"), ("manifest.xml", "Id_1")],
    }
}

fn lines(bytes: &[u8], line_end: &str) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    lines.join(line_end)
}

/// The signature document over the contents, in this form; elements between start and end tags
/// are written in full when `canonical`, and short when not.
pub(crate) fn signatures(form: &Form, contents: &[&[u8]]) -> String {
    let (prefix, declaration) = match form.prefix {
        Some(prefix) => (format!("{prefix}:"), String::new()),
        None => (String::new(), format!(" xmlns=\"{DSIG}\"")),
    };
    let leaf = &form.leaf;
    let formats: String = form
        .files
        .iter()
        .map(|(_, id)| {
            format!(
                "<DataObjectFormat ObjectReference=\"#{id}\"><MimeType>application/pdf</MimeType>\
                 </DataObjectFormat>"
            )
        })
        .collect();
    let issuer = form
        .issuer
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let properties = format!(
        " Id=\"SignedProperties\"><SignedSignatureProperties><SigningTime>{}</SigningTime>\
         <SigningCertificate><Cert><CertDigest>\
         <{prefix}DigestMethod{declaration} Algorithm=\"{DSIG}sha1\"></{prefix}DigestMethod>\
         <{prefix}DigestValue{declaration}>{}</{prefix}DigestValue></CertDigest><IssuerSerial>\
         <{prefix}X509IssuerName{declaration}>{issuer}</{prefix}X509IssuerName>\
         <{prefix}X509SerialNumber{declaration}>{}</{prefix}X509SerialNumber>\
         </IssuerSerial></Cert></SigningCertificate></SignedSignatureProperties>\
         <SignedDataObjectProperties>{formats}</SignedDataObjectProperties></SignedProperties>",
        form.time,
        STANDARD.encode(leaf.sha1()),
        form.serial,
    );
    let scope = match form.prefix {
        Some(prefix) => format!(" xmlns=\"{XADES}\" xmlns:{prefix}=\"{DSIG}\""),
        None => format!(" xmlns=\"{XADES}\"{}", form.inherited),
    };
    let sha256 = |bytes: &[u8]| {
        format!(
            "<DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></DigestMethod>\
             <DigestValue>{}</DigestValue>",
            STANDARD.encode(digest(&SHA256, bytes))
        )
    };
    let mut references = String::new();
    for ((uri, id), content) in form.files.iter().zip(contents) {
        references += &format!(
            "<Reference Id=\"{id}\" URI=\"{uri}\">{}</Reference>",
            sha256(content)
        );
    }
    let canonical_properties = format!("<SignedProperties{scope}{properties}");
    let info = format!(
        "><CanonicalizationMethod Algorithm=\"{C14N}\"></CanonicalizationMethod><SignatureMethod \
         Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></SignatureMethod>\
         {references}<Reference Type=\"http://uri.etsi.org/01903#SignedProperties\" \
         URI=\"#SignedProperties\"><Transforms><Transform Algorithm=\"{C14N}\"></Transform>\
         </Transforms>{}</Reference></SignedInfo>",
        sha256(canonical_properties.as_bytes())
    );
    let canonical_info = format!("<SignedInfo xmlns=\"{DSIG}\"{}{info}", form.inherited);
    let key = RsaKeyPair::from_pkcs8(&form.key).unwrap();
    let mut value = vec![0; key.public_modulus_len()];
    let random = SystemRandom::new();
    key.sign(
        &RSA_PKCS1_SHA256,
        &random,
        canonical_info.as_bytes(),
        &mut value,
    )
    .unwrap();
    let certificates: String = form
        .chain
        .iter()
        .map(|der| {
            format!(
                "<X509Certificate>{}</X509Certificate>",
                lines(der, form.line_end)
            )
        })
        .collect();
    let namespaces = match form.prefix {
        Some(_) => scope,
        None => format!(" xmlns=\"{XADES}\""),
    };
    let text = format!(
        "{}{}<Signature xmlns=\"{DSIG}\" Id=\"Signature\"><SignedInfo{info}\
         <SignatureValue>{}</SignatureValue><KeyInfo><X509Data>{certificates}</X509Data></KeyInfo>\
         <Object><QualifyingProperties{namespaces} Target=\"#Signature\"><SignedProperties\
         {properties}</QualifyingProperties></Object></Signature>{}",
        form.declaration,
        form.root_start,
        lines(&value, form.line_end),
        form.root_end,
    );
    // On the wire, elements without content are written short.
    [
        "CanonicalizationMethod",
        "SignatureMethod",
        "DigestMethod",
        "Transform",
    ]
    .iter()
    .fold(text, |text, name| {
        text.replace(&format!("></{name}>"), "/>")
            .replace(&format!("></{prefix}{name}>"), "/>")
    })
}

fn files(form: &Form, name: &str) -> Files {
    let document = pdf(1, 500);
    let xml = signatures(form, &[&document, MANIFEST.as_bytes()]);
    vec![
        (name.into(), document),
        ("manifest.xml".into(), MANIFEST.into()),
        ("META-INF/signatures.xml".into(), xml.into_bytes()),
    ]
}

#[test]
fn what_the_java_client_writes_is_accepted() {
    let files = files(&java(), "one (ø).pdf");
    let package = stream(&files, CompressionMethod::Deflated);
    let verified = world().verifier().verify(&package, now()).unwrap();
    assert_eq!(verified.documents()[0].reveal_name(), "one (ø).pdf");
    assert_eq!(verified.signing_time(), now());
}

#[test]
fn what_the_csharp_client_writes_is_accepted() {
    // That client sends the end certificate only: the intermediate must be among the anchors.
    let package = pack(&files(&csharp(), "one (ø).pdf"));
    let anchors = world().sender.chain()[1..].to_vec();
    let verified = portal_asice::Verifier::new(anchors)
        .verify(&package, now())
        .unwrap();
    assert_eq!(verified.chain().len(), 2);
    let error = world().verifier().verify(&package, now()).unwrap_err();
    assert!(matches!(error, VerifyError::Chain { .. }));
}

#[test]
fn blanks_between_elements_are_signed_too() {
    // Pretty-printing after signing breaks the digest; a verifier that looked at a tidied tree
    // would not notice.
    let mut files = files(&java(), "one (ø).pdf");
    let text = String::from_utf8(files[2].1.clone()).unwrap();
    files[2].1 = text
        .replace("<SigningCertificate>", "\n  <SigningCertificate>")
        .into_bytes();
    let error = world().verifier().verify(&pack(&files), now()).unwrap_err();
    assert!(matches!(error, VerifyError::SignedProperties));
}
