//! Documents that break one rule of the schema each; `breaches.txt` lists them.

use std::path::Path;

use portal_model::{
    AuthenticationLevel, Availability, AvailableSeconds, Bounded, ErrorDocument,
    IdentifierInSignedDocuments, LegacyPortalDocument, ManifestContent, ManifestDocuments,
    Notifications, PersonalIdentificationNumber, PortalDocument, PortalSignatureJobManifest,
    PortalSignatureJobRequest, PortalSignatureJobResponse, PortalSignatureJobStatus,
    PortalSignatureJobStatusChangeResponse, PortalSigner, Signature, SignatureJobId,
    SignatureStatus, SignatureType, SignerNotify, SignerOrder, SignerStatus, SigningOnBehalfOf,
    XmlDocument,
};
use proptest::test_runner::TestRunner;

use crate::xmllint::Schema;
use crate::{Outcome, is_read, sample};

/// A rule of the schema and a way to break it.
struct Breach<'t> {
    document: &'t str,
    rule: &'t str,
    from: String,
    to: String,
}

impl<'t> Breach<'t> {
    fn from_line(line: &'t str) -> Outcome<Self> {
        let columns: Vec<&str> = line.split(" |").collect();
        let [document, rule, from, to] = columns.as_slice() else {
            return Err(format!("not four columns: {line}").into());
        };
        // One space behind the bar is for the eye; more belong to the text.
        let text = |column: &str| expand(column.strip_prefix(' ').unwrap_or(column));
        let (document, rule) = (document.trim(), rule.trim());
        Ok(Self {
            document,
            rule,
            from: text(from.trim_end())?,
            to: text(to.trim_end())?,
        })
    }
}

const PARTS: [(&str, &str); 4] = [
    (
        "signer",
        "<signer order=\"5\"><personal-identification-number>12345678910\
      </personal-identification-number>\
      <signature-type>ADVANCED_ELECTRONIC_SIGNATURE</signature-type><notifications>\
      <email address=\"mark@example.com\"/><sms number=\"00000000\"/></notifications>\
      <on-behalf-of>SELF</on-behalf-of></signer>",
    ),
    (
        "notifications",
        "<email address=\"mark@example.com\"/><sms number=\"00000000\"/>",
    ),
    (
        "document",
        "<document href=\"MARK.pdf\" mime=\"application/mark\">\
      <title>DOCUMENT MARK</title></document>",
    ),
    (
        "signature",
        "<signature><status since=\"2017-01-23T12:51:43+01:00\">SIGNED</status>\
      <personal-identification-number>12345678910</personal-identification-number>\
      <xades-url>https://example.com/XADES</xades-url></signature>",
    ),
];

/// Replaces `{81}`, `{signer}` and `{signer:10}` by what they stand for.
fn expand(text: &str) -> Outcome<String> {
    let Some((before, rest)) = text.split_once('{') else {
        return Ok(text.to_owned());
    };
    let (name, after) = rest.split_once('}').ok_or("no }")?;
    let inserted = if let Ok(length) = name.parse() {
        // Two bytes each, so that counting bytes would be seen.
        "ø".repeat(length)
    } else {
        let (name, count) = name.split_once(':').unwrap_or((name, "1"));
        let part = PARTS
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or("no such part")?;
        part.1.repeat(count.parse()?)
    };
    Ok(format!("{before}{inserted}{}", expand(after)?))
}

/// Makes every breach with many random documents around it, and compares the verdicts.
pub(crate) fn check(
    schemas: &[Schema],
    scratch: &Path,
    runner: &mut TestRunner,
    count: usize,
) -> Outcome<()> {
    let lines = include_str!("breaches.txt")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let breaches = lines.map(Breach::from_line).collect::<Outcome<Vec<_>>>()?;
    let each = count.div_ceil(breaches.len());
    let mut documents = Vec::new();
    for breach in &breaches {
        for _ in 0..each {
            let xml = document(
                breach.document,
                breach.rule.ends_with("minOccurs 1"),
                runner,
            )?;
            if !is_read(xml.as_bytes()) || !xml.contains(&breach.from) {
                return Err(format!("{}: nothing to break in\n{xml}", breach.rule).into());
            }
            documents.push(xml.replacen(&breach.from, &breach.to, 1));
        }
    }
    let model = documents
        .iter()
        .map(|xml| is_read(xml.as_bytes()))
        .collect();
    let mut verdicts: Vec<(&str, Vec<bool>)> = vec![("model", model)];
    for schema in schemas {
        verdicts.push((schema.name, schema.verdicts(scratch, &documents)?));
    }
    let mut differences = 0;
    for (number, breach) in breaches.iter().enumerate() {
        let mut row = format!("{:<8} {:<44}", breach.document, breach.rule);
        for (name, verdicts) in &verdicts {
            let own = verdicts.iter().skip(number * each).take(each);
            let refused = own.filter(|satisfied| !**satisfied).count();
            row.push_str(&format!(" | {name}: {refused} of {each} refused"));
            differences += usize::from(refused != each);
        }
        println!("{row}");
    }
    if differences > 0 {
        return Err(format!("{differences} verdicts are not what they should be").into());
    }
    println!(
        "{} documents with {} breaches are refused by all",
        documents.len(),
        breaches.len()
    );
    Ok(())
}

/// A valid document with every optional part, random but for the parts that breaches look for; `few`
/// leaves a single item in its lists.
fn document(kind: &str, few: bool, runner: &mut TestRunner) -> Outcome<String> {
    Ok(match kind {
        "manifest" => manifest(runner, few)?.to_xml()?,
        "legacy" => legacy_manifest(runner)?.to_xml()?,
        "request" => sample::<PortalSignatureJobRequest>(runner)?
            .with_reference("MARK".parse()?)
            .to_xml()?,
        "response" => {
            let mut response = sample::<PortalSignatureJobResponse>(runner)?;
            response.reference = Some("MARK".parse()?);
            response.signature_job_id = SignatureJobId::new(4242);
            response.cancellation_url = "https://example.com/CANCEL".parse()?;
            response.to_xml()?
        }
        "change" => change(runner, few)?.to_xml()?,
        "error" => {
            let mut error = sample::<ErrorDocument>(runner)?;
            error.error_code = "MARK".to_owned();
            error.error_type = "MARK".to_owned();
            error.to_xml()?
        }
        _ => return Err(format!("no document {kind}").into()),
    })
}

fn manifest(runner: &mut TestRunner, few: bool) -> Outcome<PortalSignatureJobManifest> {
    let mut manifest = sample::<PortalSignatureJobManifest>(runner)?
        .with_required_authentication(AuthenticationLevel::Level4)
        .with_availability(
            Availability::new()
                .with_activation_time("2016-02-10T12:00:00+01:00".parse()?)
                .with_available_seconds(AvailableSeconds::new(4242)?),
        )
        .with_identifier_in_signed_documents(IdentifierInSignedDocuments::Name);
    manifest.sender.organization_number = "123456789".parse()?;
    let notifications =
        Notifications::email_and_sms("mark@example.com".parse()?, "00000000".parse()?);
    manifest.signers[0] = PortalSigner::by_personal_number(
        "12345678910".parse()?,
        SignerNotify::Notifications(notifications),
    )
    .with_order(SignerOrder::new(5)?)
    .with_signature_type(SignatureType::AdvancedElectronicSignature)
    .with_on_behalf_of(SigningOnBehalfOf::Oneself);
    let mut content = sample::<ManifestDocuments>(runner)?
        .with_nonsensitive_title("NONSENSITIVE".parse()?)
        .with_description("DESCRIPTION".parse()?);
    content.title = "TITLE MARK".parse()?;
    let (href, mime) = ("MARK.pdf".parse()?, "application/mark".parse()?);
    content.documents[0] = PortalDocument::new(href, mime, "DOCUMENT MARK".parse()?);
    if few {
        manifest.signers = Bounded::from(manifest.signers[0].clone());
        content.documents = Bounded::from(content.documents[0].clone());
    }
    manifest.content = ManifestContent::Documents(content);
    Ok(manifest)
}

fn legacy_manifest(runner: &mut TestRunner) -> Outcome<PortalSignatureJobManifest> {
    let mut manifest = sample::<PortalSignatureJobManifest>(runner)?;
    let (href, mime) = ("MARK.pdf".parse()?, "application/mark".parse()?);
    manifest.content = ManifestContent::Document(
        LegacyPortalDocument::new(href, mime, "TITLE MARK".parse()?)
            .with_nonsensitive_title("NONSENSITIVE".parse()?)
            .with_description("DESCRIPTION".parse()?),
    );
    Ok(manifest)
}

fn change(runner: &mut TestRunner, few: bool) -> Outcome<PortalSignatureJobStatusChangeResponse> {
    let mut change = sample::<PortalSignatureJobStatusChangeResponse>(runner)?
        .with_reference("MARK".parse()?)
        .with_cancellation_url("https://example.com/CANCEL".parse()?)
        .with_delete_documents_url("https://example.com/DELETE".parse()?);
    change.confirmation_url = "https://example.com/CONFIRM".parse()?;
    change.status = PortalSignatureJobStatus::Failed;
    change.signature_job_id = SignatureJobId::new(4242);
    let number: PersonalIdentificationNumber = "12345678910".parse()?;
    let since = "2017-01-23T12:51:43+01:00".parse()?;
    let signature = Signature::new(
        SignatureStatus::new(SignerStatus::SIGNED, since),
        number.into(),
    )
    .with_xades_url("https://example.com/XADES".parse()?);
    change.signatures.signature[0] = signature.clone();
    if few {
        change.signatures.signature = Bounded::from(signature);
    }
    change.signatures.pades_url = Some("https://example.com/PADES".parse()?);
    Ok(change)
}
