//! The names of the store's objects. Nothing that came from outside is part of a name: references are
//! digests, jobs are numbers.

use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};
use object_store::path::Path;
use portal_client::{Environment, OrganizationNumber, SignatureJobId};

use crate::{EventDocument, EventDocumentKind};

/// The object that says whose store it is.
pub(crate) const STORE: &str = "store.json";

/// What a store belongs to: an environment, and the organisation whose certificate makes the requests. The
/// service counts ten requests a second for that organisation, so it has one store and one lease.
///
/// A broker's store is the broker's; each record and event in it names the sender.
///
/// ```
/// use portal_client::{Environment, OrganizationNumber};
/// use portal_relay::Scope;
///
/// let scope = Scope::new(Environment::difitest(), OrganizationNumber::new("123456789")?);
/// assert_eq!(scope.to_string(), "difitest, organisation 123456789");
/// # Ok::<(), portal_client::FacetError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    environment: Environment,
    organization: OrganizationNumber,
}

impl Scope {
    /// Creates the scope of an organisation in an environment.
    #[must_use]
    pub fn new(environment: Environment, organization: OrganizationNumber) -> Self {
        Self {
            environment,
            organization,
        }
    }

    /// Returns the environment.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Returns the organisation whose certificate makes the requests.
    #[must_use]
    pub fn organization(&self) -> &OrganizationNumber {
        &self.organization
    }
}

/// The environment and the organisation number.
impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = self.organization.as_str();
        write!(f, "{}, organisation {number}", self.environment)
    }
}

/// What a stored document is, which is the end of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DocumentType {
    Pdf,
    Xml,
}

impl DocumentType {
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Xml => "xml",
        }
    }
}

/// Names the objects of one scope.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// `<environment>/<org>`.
    root: String,
}

impl Layout {
    pub(crate) fn new(scope: &Scope) -> Self {
        let environment = scope.environment.to_string();
        let environment = if environment.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            environment
        } else {
            // A URL: a sandbox or a proxy.
            format!("custom-{}", &sha256_hex(environment.as_bytes())[..16])
        };
        let number = scope.organization.as_str();
        Self {
            root: format!("{environment}/{number}"),
        }
    }

    fn at(&self, rest: &str) -> Path {
        Path::from(format!("{}/{rest}", self.root))
    }

    /// Everything of this scope.
    pub(crate) fn root(&self) -> Path {
        Path::from(self.root.as_str())
    }

    /// The intent to create a job with this reference for this sender. A broker's senders may use the same
    /// references.
    pub(crate) fn intent(&self, sender: &OrganizationNumber, reference: &str) -> Path {
        self.at(&format!("intents/{}.json", key(sender, reference)))
    }

    /// What became of an intent.
    pub(crate) fn outcome(&self, sender: &OrganizationNumber, reference: &str) -> Path {
        self.at(&format!("intents/{}.outcome.json", key(sender, reference)))
    }

    pub(crate) fn intents(&self) -> Path {
        self.at("intents")
    }

    /// The names of the sinks that get events.
    pub(crate) fn sinks(&self) -> Path {
        self.at("sinks.json")
    }

    pub(crate) fn jobs(&self) -> Path {
        self.at("jobs")
    }

    pub(crate) fn job(&self, job: SignatureJobId) -> Path {
        self.at(&format!("jobs/{}", job.get()))
    }

    /// A file about a job, such as `created.json`.
    pub(crate) fn job_file(&self, job: SignatureJobId, file: &'static str) -> Path {
        self.at(&format!("jobs/{}/{file}", job.get()))
    }

    pub(crate) fn changes(&self, job: SignatureJobId) -> Path {
        self.at(&format!("jobs/{}/changes", job.get()))
    }

    /// The event of a change, by the event's id, which is a digest.
    pub(crate) fn change(&self, job: SignatureJobId, event_id: &str) -> Path {
        self.at(&format!("jobs/{}/changes/{event_id}.json", job.get()))
    }

    /// What is needed of a change beside its event. It is written when the event is in every outbox.
    pub(crate) fn change_record(&self, job: SignatureJobId, event_id: &str) -> Path {
        self.at(&format!(
            "jobs/{}/changes/{event_id}.record.json",
            job.get()
        ))
    }

    pub(crate) fn documents(&self) -> Path {
        self.at("documents")
    }

    /// A document that came back, by its SHA-256 in hexadecimal.
    pub(crate) fn document(&self, sha256: &str, kind: DocumentType) -> Path {
        self.at(&format!("documents/{sha256}.{}", kind.extension()))
    }

    /// The document that an event names.
    pub(crate) fn document_of(&self, document: &EventDocument) -> Path {
        let kind = match document.kind {
            EventDocumentKind::Pades => DocumentType::Pdf,
            EventDocumentKind::Xades => DocumentType::Xml,
        };
        self.document(&document.sha256, kind)
    }

    /// What was found in a document.
    pub(crate) fn findings(&self, sha256: &str) -> Path {
        self.at(&format!("documents/{sha256}.findings.json"))
    }

    /// Everything that waits for delivery, of one sink or of all.
    pub(crate) fn outbox(&self, sink: Option<&str>) -> Path {
        self.of_sink("outbox", sink)
    }

    /// Everything that was given up, of one sink or of all.
    pub(crate) fn dead(&self, sink: Option<&str>) -> Path {
        self.of_sink("dead", sink)
    }

    fn of_sink(&self, folder: &str, sink: Option<&str>) -> Path {
        match sink {
            Some(sink) => self.at(&format!("{folder}/{sink}")),
            None => self.at(folder),
        }
    }

    pub(crate) fn lease(&self) -> Path {
        self.at("lease.json")
    }

    /// An object of the probe, which is deleted again. Unique, since several relays may start at once.
    pub(crate) fn probe(&self, unique: &str) -> Path {
        self.at(&format!("probe/{unique}.json"))
    }
}

fn key(sender: &OrganizationNumber, reference: &str) -> String {
    // No number has a line end, so that no two keys have the same text.
    sha256_hex(format!("{}\n{reference}", sender.as_str()).as_bytes())
}

/// Returns the SHA-256 of bytes in hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// Returns bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text never fails.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(environment: &str) -> Layout {
        let number = OrganizationNumber::new("123456789").unwrap();
        Layout::new(&Scope::new(environment.parse().unwrap(), number))
    }

    #[test]
    fn objects_have_the_designed_names() {
        let layout = layout("difitest");
        let job = SignatureJobId::new(17);
        let number = OrganizationNumber::new("123456789").unwrap();
        let digest = sha256_hex(b"document");
        let names = [
            layout.intent(&number, "123-ABC"),
            layout.outcome(&number, "123-ABC"),
            layout.job_file(job, "created.json"),
            layout.change(job, &sha256_hex(b"change")),
            layout.change_record(job, &sha256_hex(b"change")),
            layout.document(&digest, DocumentType::Pdf),
            layout.document(&digest, DocumentType::Xml),
            layout.findings(&digest),
            layout.outbox(Some("webhook")),
            layout.dead(None),
            layout.lease(),
        ];
        insta::assert_snapshot!(names.map(|name| name.to_string()).join("\n"));
    }

    #[test]
    fn a_custom_environment_is_named_by_a_digest() {
        let name = layout("https://127.0.0.1:8443/api").lease().to_string();
        assert!(name.starts_with("custom-"), "{name}");
        assert!(!name.contains("127"), "{name}");
        let other = layout("https://127.0.0.1:8444/api").lease().to_string();
        assert_ne!(name, other);
    }
}
