//! What several tests share: a small job, the service's documents, and a request written out.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use portal_asice::KeySigner;
use portal_certificate::EnterpriseCertificate;
use portal_model::{PortalSignatureJobStatusChangeResponse, XmlDocument};
use portal_rules::Sector;
use portal_transport::{Body, SharedClock};

use crate::{
    CreatedJob, Document, Environment, EnvironmentKind, Job, JobBuilder, Profile, Sender, Signer,
    StatusChange,
};

/// The smallest file that passes for a PDF, with no other warning than that it is damaged.
pub(crate) const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

const ROOT: &str = "https://api.difitest.signering.posten.no/api/123456789/portal/signature-jobs";

pub(crate) fn now() -> Timestamp {
    "2016-02-10T10:00:00Z".parse().unwrap()
}

pub(crate) fn environment() -> Environment {
    Environment::difitest()
}

pub(crate) fn sender() -> Sender {
    Sender::new("123456789").unwrap()
}

pub(crate) fn profile(sector: Sector) -> Profile {
    Profile::new(sector, EnvironmentKind::Test)
        .with_clock(SharedClock::new(now))
        .with_sender(sender())
}

pub(crate) fn pdf(title: &str) -> Document {
    Document::pdf(title, PDF.to_vec())
}

/// The least that a job needs.
pub(crate) fn least() -> JobBuilder {
    profile(Sector::Unknown)
        .job("Job title")
        .document(pdf("Document title"))
        .signer(Signer::by_email("email@example.com"))
}

pub(crate) fn build(builder: JobBuilder) -> Job {
    match builder.build_blocking() {
        Ok(job) => job,
        Err(error) => panic!("{error}"),
    }
}

/// The documentation's response to a create, with a reference.
pub(crate) fn created_xml() -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<portal-signature-job-response xmlns="http://signering.posten.no/schema/v1">
    <reference>123-ABC</reference>
    <signature-job-id>1</signature-job-id>
    <cancellation-url>{ROOT}/1/cancel</cancellation-url>
</portal-signature-job-response>"#
    )
}

/// A job in which the first of two signers has signed.
pub(crate) fn change_xml() -> String {
    format!(
        r#"<portal-signature-job-status-change-response xmlns="http://signering.posten.no/schema/v1">
    <reference>123-ABC</reference>
    <signature-job-id>1</signature-job-id>
    <status>IN_PROGRESS</status>
    <confirmation-url>{ROOT}/1/complete</confirmation-url>
    <cancellation-url>{ROOT}/1/cancel</cancellation-url>
    <delete-documents-url>{ROOT}/1/documents</delete-documents-url>
    <signatures>
        <signature>
            <status since="2017-01-23T12:51:43+01:00">SIGNED</status>
            <personal-identification-number>12345678910</personal-identification-number>
            <xades-url>{ROOT}/1/xades/1</xades-url>
        </signature>
        <signature>
            <status since="2017-01-23T12:00:00+01:00">WAITING</status>
            <identifier><email address="email@example.com"/></identifier>
        </signature>
        <pades-url>{ROOT}/1/pades</pades-url>
    </signatures>
</portal-signature-job-status-change-response>"#
    )
}

/// A job at its end with nothing but what must be there.
pub(crate) fn bare_change_xml() -> String {
    format!(
        r#"<portal-signature-job-status-change-response xmlns="http://signering.posten.no/schema/v1">
    <signature-job-id>2</signature-job-id>
    <status>FAILED</status>
    <confirmation-url>{ROOT}/2/complete</confirmation-url>
    <signatures>
        <signature>
            <status since="2017-01-23T12:00:00+01:00">EXPIRED</status>
            <identifier><sms number="00000000"/></identifier>
        </signature>
    </signatures>
</portal-signature-job-status-change-response>"#
    )
}

pub(crate) fn error_xml(code: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<error xmlns="http://signering.posten.no/schema/v1" xmlns:ns2="http://uri.etsi.org/01903/v1.3.2#">
    <error-code>{code}</error-code>
    <error-message>Something about 12345678910</error-message>
    <error-type>CLIENT</error-type>
</error>"#
    )
}

pub(crate) fn change(xml: &str) -> StatusChange {
    let response = PortalSignatureJobStatusChangeResponse::from_response(xml.as_bytes()).unwrap();
    StatusChange::new(response.value, response.notices, sender())
}

pub(crate) fn created() -> CreatedJob {
    let response = XmlDocument::from_response(created_xml().as_bytes()).unwrap();
    CreatedJob::new(response.value, response.notices, sender())
}

pub(crate) fn response(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .body(body.into())
        .unwrap()
}

/// Method, URL and headers, a line each.
pub(crate) fn head(request: &Request<Body>) -> String {
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
    let line = format!("{} {}", request.method(), request.uri());
    std::iter::once(line)
        .chain(headers)
        .collect::<Vec<_>>()
        .join("\n")
}

/// An enterprise certificate that nobody has issued, with its key; made once for all tests.
pub(crate) fn enterprise() -> &'static EnterpriseCertificate {
    static ENTERPRISE: OnceLock<EnterpriseCertificate> = OnceLock::new();
    ENTERPRISE.get_or_init(|| {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let mut wanted = rcgen::CertificateParams::new([]).unwrap();
        let name = rcgen::DnType::CommonName;
        wanted.distinguished_name.push(name, "Test sender");
        let certificate = wanted.self_signed(&key).unwrap();
        let chain = [certificate.der().to_vec()];
        EnterpriseCertificate::from_der(chain, key.serialize_der()).unwrap()
    })
}

pub(crate) fn package_signer() -> Arc<dyn portal_asice::PackageSigner> {
    Arc::new(KeySigner::new(enterprise()).unwrap())
}

/// The package of a job, signed at the fixtures' time.
pub(crate) fn package(job: &Job) -> portal_asice::Package {
    let signer = package_signer();
    let measured = job.measuring(Arc::clone(&signer), false).unwrap()().unwrap();
    measured.sign(&*signer, now()).unwrap()
}
