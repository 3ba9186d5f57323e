//! Manifests as they stand in files.

use std::path::Path;

use portal_model::{PortalSignatureJobManifest, XmlDocument};
use portal_rules::{Code, Draft, EnvironmentKind, Sector, SenderProfile, Severity, lint};

use crate::sample::now;

/// Everything that can be wrong within the schema's form.
const WRONG: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<portal-signature-job-manifest xmlns="http://signering.posten.no/schema/v1">
    <signers>
        <signer order="17">
            <personal-identification-number>1234567891</personal-identification-number>
            <notifications-using-lookup><email/></notifications-using-lookup>
            <on-behalf-of>OTHER</on-behalf-of>
        </signer>
    </signers>
    <sender><organization-number>98466118</organization-number></sender>
    <title></title>
    <documents>
        <document href="pdf" mime=""><title></title></document>
    </documents>
    <availability><available-seconds>-1</available-seconds></availability>
</portal-signature-job-manifest>"#;

#[test]
fn every_value_beyond_the_schema_is_reported_at_once() {
    assert!(PortalSignatureJobManifest::from_xml(WRONG.as_bytes()).is_err());
    let manifest = PortalSignatureJobManifest::from_draft(WRONG.as_bytes()).unwrap();
    let profile = SenderProfile::new(Sector::Private, EnvironmentKind::Test);
    let report = lint(Draft::new(&manifest), &profile, now());
    let found: Vec<(Code, &str)> = report
        .errors()
        .map(|violation| (violation.code, violation.path.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (Code::SignersOrderRange, "signers[0].order"),
            (
                Code::SignerPinFormat,
                "signers[0].personal-identification-number"
            ),
            (
                Code::SignerLookupSector,
                "signers[0].notifications-using-lookup"
            ),
            (
                Code::SignerLookupOnBehalfOf,
                "signers[0].notifications-using-lookup"
            ),
            (Code::SenderOrganizationNumber, "sender.organization-number"),
            (Code::TitleLength, "title"),
            (Code::DocumentsName, "documents[0].href"),
            (Code::DocumentsMime, "documents[0].mime"),
            (Code::DocumentTitleLength, "documents[0].title"),
            (Code::AvailabilityZero, "availability.available-seconds"),
        ]
    );
}

/// The service's own samples break rules of the service only where they use made-up numbers, a
/// signature type that is at odds with the sector, or old activation times.
#[test]
fn the_services_samples_pass_but_for_their_made_up_numbers() {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/examples/portal");
    if !folder.is_dir() {
        println!("no samples beside the workspace: nothing checked");
        return;
    }
    let profile = SenderProfile::new(Sector::Public, EnvironmentKind::Test);
    let names = [
        "manifest.xml",
        "manifest-signer-without-pin.xml",
        "manifest-specify-on-behalf-of.xml",
        "manifest-specify-signtype-and-auth.xml",
        "legacy/manifest-legacy.xml",
    ];
    for name in names {
        let xml = std::fs::read(folder.join(name)).unwrap();
        let manifest = PortalSignatureJobManifest::from_draft(&xml).unwrap();
        let report = lint(Draft::new(&manifest), &profile, now());
        let errors: Vec<&portal_rules::Violation> = report.errors().collect();
        assert!(errors.is_empty(), "{name}: {report}");
        let warnings = report
            .at_least(Severity::Warning)
            .map(|violation| violation.code);
        for code in warnings {
            assert!(
                matches!(
                    code,
                    Code::SignerPinChecksum
                        | Code::SignerPinEnvironment
                        | Code::SignerMobileFormat
                        | Code::SignerLookupRecommended
                        | Code::SignersDuplicate
                        | Code::SenderOrganizationNumber
                        | Code::AvailabilityActivationPast
                ),
                "{name}: {code}"
            );
        }
    }
}
