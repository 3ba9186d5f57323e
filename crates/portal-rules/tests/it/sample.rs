//! Jobs to begin from, and the numbers and files that they need.

use jiff::Timestamp;
use portal_model::{
    Availability, AvailableSeconds, Bounded, DateTime, Description, EmailAddress, Href,
    LegacyPortalDocument, ManifestContent, ManifestDocuments, ManifestSender, Mime, MobileNumber,
    NonsensitiveTitle, Notifications, NotificationsUsingLookup, OrganizationNumber,
    PersonalIdentificationNumber, PortalDocument, PortalSignatureJobManifest,
    PortalSignatureJobRequest, PortalSigner, SignatureJobReference, SignerOrder, Title,
};
use portal_rules::personal_number::check_digits;
use portal_rules::{
    DocumentFacts, Draft, EnvironmentKind, Report, Sector, SenderProfile, check, lint,
};

/// A job with everything that belongs to a check.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) manifest: PortalSignatureJobManifest,
    pub(crate) request: PortalSignatureJobRequest,
    pub(crate) files: Vec<DocumentFacts>,
    pub(crate) profile: SenderProfile,
    pub(crate) now: Timestamp,
    /// Whether only the manifest is known.
    pub(crate) manifest_only: bool,
}

/// The time of day in the tests.
pub(crate) fn now() -> Timestamp {
    "2026-11-24T08:00:00Z".parse().unwrap()
}

impl Job {
    /// A private sender's job without any violation: two signers side by side, two documents.
    pub(crate) fn private() -> Self {
        let signers = vec![by_number(1), by_contact(2)];
        let documents = vec![document("first.pdf"), document("second.pdf")];
        let content = ManifestDocuments::new(
            Title::new("Lease").unwrap(),
            Bounded::new(documents).unwrap(),
        )
        .with_nonsensitive_title(NonsensitiveTitle::new("An agreement").unwrap())
        .with_description(Description::new("Please sign before you move in.").unwrap());
        Self {
            manifest: PortalSignatureJobManifest::new(
                Bounded::new(signers).unwrap(),
                ManifestSender::new(OrganizationNumber::new("984661185").unwrap()),
                content.into(),
            ),
            request: PortalSignatureJobRequest::new()
                .with_reference(SignatureJobReference::new("case-4711").unwrap())
                .with_polling_queue("leases".to_owned()),
            files: vec![DocumentFacts::from_bytes(&pdf("1.7")); 2],
            profile: SenderProfile::new(Sector::Private, EnvironmentKind::Test),
            now: now(),
            manifest_only: false,
        }
    }

    /// A public sender's job without any violation: two signers who are looked up.
    pub(crate) fn public() -> Self {
        let mut job = Self::private();
        job.profile.sector = Sector::Public;
        job.set_signers(vec![looked_up(1), looked_up(2)]);
        job
    }

    /// The private job with a manifest of the old form.
    pub(crate) fn legacy() -> Self {
        let mut job = Self::private();
        let title = Title::new("Lease").unwrap();
        let PortalDocument { href, mime, .. } = document("first.pdf");
        job.manifest.content = LegacyPortalDocument::new(href, mime, title)
            .with_nonsensitive_title(NonsensitiveTitle::new("An agreement").unwrap())
            .with_description(Description::new("Please sign.").unwrap())
            .into();
        job.files.truncate(1);
        job
    }

    pub(crate) fn report(&self) -> Report {
        if self.manifest_only {
            return lint(Draft::new(&self.manifest), &self.profile, self.now);
        }
        check(
            &self.manifest,
            &self.request,
            &self.files,
            &self.profile,
            self.now,
        )
    }

    pub(crate) fn set_signers(&mut self, signers: Vec<PortalSigner>) {
        self.manifest.signers = Bounded::unchecked(signers);
    }

    pub(crate) fn signer(&mut self, index: usize) -> &mut PortalSigner {
        &mut self.manifest.signers[index]
    }

    pub(crate) fn set_orders(&mut self, orders: &[i32]) {
        let signers = (1..)
            .zip(orders)
            .map(|(serial, order)| by_number(serial).with_order(SignerOrder::unchecked(*order)));
        self.set_signers(signers.collect());
    }

    pub(crate) fn set_number(&mut self, index: usize, number: &str) {
        let number = PersonalIdentificationNumber::unchecked(number);
        self.signer(index).identification = number.into();
    }

    pub(crate) fn set_contact(&mut self, index: usize, email: Option<&str>, sms: Option<&str>) {
        let sms = sms.map(MobileNumber::unchecked);
        self.signer(index).notify = match (email.map(EmailAddress::unchecked), sms) {
            (Some(email), Some(sms)) => Notifications::email_and_sms(email, sms),
            (Some(email), None) => Notifications::email(email),
            (None, sms) => Notifications::sms(sms.unwrap_or(MobileNumber::unchecked(""))),
        }
        .into();
    }

    pub(crate) fn content(&mut self) -> &mut ManifestDocuments {
        match &mut self.manifest.content {
            ManifestContent::Documents(content) => content,
            ManifestContent::Document(_) => panic!("the manifest has the old form"),
        }
    }

    pub(crate) fn legacy_document(&mut self) -> &mut LegacyPortalDocument {
        match &mut self.manifest.content {
            ManifestContent::Document(document) => document,
            ManifestContent::Documents(_) => panic!("the manifest has the new form"),
        }
    }

    pub(crate) fn document(&mut self, index: usize) -> &mut PortalDocument {
        &mut self.content().documents[index]
    }

    pub(crate) fn set_href(&mut self, index: usize, href: &str) {
        self.document(index).href = Href::unchecked(href);
    }

    /// `count` documents, each with a file.
    pub(crate) fn set_documents(&mut self, count: usize) {
        let documents = (0..count)
            .map(|index| document(&format!("{index:04}.pdf")))
            .collect();
        self.content().documents = Bounded::unchecked(documents);
        self.files = vec![DocumentFacts::from_bytes(&pdf("1.7")); count];
    }

    pub(crate) fn set_file(&mut self, index: usize, bytes: &[u8]) {
        self.files[index] = DocumentFacts::from_bytes(bytes);
    }

    /// The same text for every title and description, and for the first document's name.
    pub(crate) fn replace_texts(&mut self, title: &str, href: &str) {
        let nonsensitive = Some(NonsensitiveTitle::unchecked(title));
        let description = Some(Description::unchecked(title));
        match &mut self.manifest.content {
            ManifestContent::Documents(content) => {
                content.title = Title::unchecked(title);
                content.nonsensitive_title = nonsensitive;
                content.description = description;
                if let Some(document) = content.documents.first_mut() {
                    document.href = Href::unchecked(href);
                    document.title = Title::unchecked(title);
                }
            }
            ManifestContent::Document(document) => {
                document.href = Href::unchecked(href);
                document.title = Title::unchecked(title);
                document.nonsensitive_title = nonsensitive;
                document.description = description;
            }
        }
    }

    pub(crate) fn set_availability(&mut self, activation: Option<Timestamp>, seconds: Option<i64>) {
        self.manifest.availability = Some(
            set!(Availability::new(); activation_time: activation.map(|time| DateTime::utc(time).unwrap()), available_seconds: seconds.map(AvailableSeconds::unchecked)),
        );
    }
}

pub(crate) fn document(name: &str) -> PortalDocument {
    let mime = Mime::new("application/pdf").unwrap();
    PortalDocument::new(
        Href::new(name).unwrap(),
        mime,
        Title::new("A document").unwrap(),
    )
}

pub(crate) fn by_number(serial: u32) -> PortalSigner {
    let number = PersonalIdentificationNumber::new(synthetic(serial)).unwrap();
    PortalSigner::by_personal_number(number, contacts(serial))
}

pub(crate) fn by_contact(serial: u32) -> PortalSigner {
    PortalSigner::by_contact_information(contacts(serial))
}

pub(crate) fn looked_up(serial: u32) -> PortalSigner {
    let number = PersonalIdentificationNumber::new(synthetic(serial)).unwrap();
    PortalSigner::by_personal_number(number, NotificationsUsingLookup::EMAIL_AND_SMS)
}

/// An address and a number that no other serial has.
pub(crate) fn contacts(serial: u32) -> Notifications {
    Notifications::email_and_sms(
        EmailAddress::new(format!("signer{serial}@example.com")).unwrap(),
        MobileNumber::new(format!("9{serial:07}")).unwrap(),
    )
}

/// A synthetic personal number; different serials up to 300 give different numbers.
pub(crate) fn synthetic(serial: u32) -> String {
    number("018190", serial * 3)
}

/// The first legal number of a day at or after an individual number.
pub(crate) fn number(date: &str, individual: u32) -> String {
    (individual..1000)
        .find_map(|individual| {
            let first = format!("{date}{individual:03}");
            let digits: [u8; 9] = first
                .bytes()
                .map(|b| b - b'0')
                .collect::<Vec<_>>()
                .try_into()
                .ok()?;
            let [tenth, eleventh] = check_digits(digits)?;
            Some(format!("{first}{tenth}{eleventh}"))
        })
        .unwrap()
}

/// The smallest whole PDF: a header, one object, a table and a trailer.
pub(crate) fn pdf(version: &str) -> Vec<u8> {
    pdf_with(version, "")
}

/// A whole PDF with more entries in its trailer.
pub(crate) fn pdf_with(version: &str, trailer: &str) -> Vec<u8> {
    written_pdf(version, "", trailer)
}

/// A whole PDF with more entries in its catalog.
pub(crate) fn pdf_with_catalog(version: &str, catalog: &str) -> Vec<u8> {
    written_pdf(version, catalog, "")
}

fn written_pdf(version: &str, catalog: &str, trailer: &str) -> Vec<u8> {
    let body = format!("%PDF-{version}\n1 0 obj\n<< /Type /Catalog {catalog}>>\nendobj\n");
    let table = "xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n";
    let offset = body.len();
    format!(
        "{body}{table}trailer\n<< /Size 2 /Root 1 0 R {trailer}>>\nstartxref\n{offset}\n%%EOF\n"
    )
    .into_bytes()
}
