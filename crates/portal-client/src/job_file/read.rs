//! From what stands in a file to a job: names, types, and which keys go together.

use self::fields::Table;
use super::entries::{
    Address, Contact, DocumentEntry, FileDuration, FileMediaType, FileOnBehalfOf,
    FileSignatureType, NotificationEntry, Register, SenderEntry, SignedDocumentsShow, SignerEntry,
};
use super::tree::{Node, Value};
use super::{JobFile, JobFileError, JobFileProblem};

mod fields;

const NUMBER: &str = "personal-number";
const VARIABLE: &str = "personal-number-env";
const FILE: &str = "personal-number-file";

/// Reads, and collects what is wrong.
pub(super) struct Reader {
    problems: Vec<JobFileProblem>,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self {
            problems: Vec::new(),
        }
    }

    pub(super) fn job(mut self, node: &Node) -> Result<JobFile, JobFileError> {
        match self.file(node) {
            Some(file) if self.problems.is_empty() => Ok(file),
            _ => Err(JobFileError::Content {
                problems: self.problems,
            }),
        }
    }

    fn file(&mut self, node: &Node) -> Option<JobFile> {
        let table = self.table(
            node,
            "",
            &[
                "portal-job",
                "title",
                "description",
                "nonsensitive-title",
                "reference",
                "available-for",
                "activate-at",
                "authentication",
                "signed-documents-show",
                "document",
                "signer",
                "sender",
            ],
        )?;
        let version = self.required(
            &table,
            "portal-job",
            "add `portal-job = 1`, the version of the format",
        );
        if let Some(version) = version
            && self.whole(version, &table.place_of("portal-job")) != Some(1)
        {
            let problem = "this program reads version 1 of the format";
            self.add(version.line, table.place_of("portal-job"), problem);
        }
        let title = self.required_text(&table, "title", "add the title that signers see");
        let description = self.text(&table, "description");
        let nonsensitive_title = self.text(&table, "nonsensitive-title");
        let reference = self.text(&table, "reference");
        let available_for = self.text(&table, "available-for").and_then(|text| {
            let duration = FileDuration::parse(&text);
            let problem = "give a number with s, m, h or d, such as \"14d\"";
            self.must(duration, &table, "available-for", problem)
        });
        let activate_at = self.time(&table, "activate-at");
        let authentication = table.get("authentication").and_then(|entry| {
            let level = self.whole(&entry.node, &table.place_of("authentication"))?;
            let level = [3, 4].contains(&level).then_some(level);
            self.must(level, &table, "authentication", "give level 3 or 4")
        });
        let signed_documents_show = self.word(
            &table,
            "signed-documents-show",
            &[
                (
                    "personal-number-and-name",
                    SignedDocumentsShow::PersonalNumberAndName,
                ),
                (
                    "date-of-birth-and-name",
                    SignedDocumentsShow::DateOfBirthAndName,
                ),
                ("name", SignedDocumentsShow::Name),
            ],
        );
        let documents = self.list(&table, "document", Self::document);
        let signers = self.list(&table, "signer", Self::signer);
        let sender = table
            .get("sender")
            .and_then(|entry| self.sender(&entry.node));
        Some(JobFile {
            portal_job: 1,
            title: title?,
            description,
            nonsensitive_title,
            reference,
            available_for,
            activate_at,
            authentication,
            signed_documents_show,
            documents: documents?,
            signers: signers?,
            sender,
        })
    }

    fn document(&mut self, node: &Node, place: &str) -> Option<DocumentEntry> {
        let table = self.table(node, place, &["file", "title", "name", "media-type"])?;
        let file = self.required_text(&table, "file", "add the path of the document's file");
        let title = self.required_text(&table, "title", "add the document's title");
        let name = self.text(&table, "name");
        let media_type = self.word(
            &table,
            "media-type",
            &[
                ("application/pdf", FileMediaType::Pdf),
                ("text/plain", FileMediaType::PlainText),
            ],
        );
        Some(DocumentEntry {
            file: file?,
            title: title?,
            name,
            media_type,
        })
    }

    fn signer(&mut self, node: &Node, place: &str) -> Option<SignerEntry> {
        let table = self.table(
            node,
            place,
            &[
                NUMBER,
                VARIABLE,
                FILE,
                "notify",
                "email",
                "mobile",
                "order",
                "signature-type",
                "on-behalf-of",
            ],
        )?;
        let address = self.address(&table);
        let order = table.get("order").and_then(|entry| {
            let order = self.whole(&entry.node, &table.place_of("order"))?;
            let order = u8::try_from(order).ok().filter(|order| *order <= 9);
            self.must(order, &table, "order", "give a number from 0 to 9")
        });
        let signature_type = self.word(
            &table,
            "signature-type",
            &[
                ("advanced", FileSignatureType::Advanced),
                ("authenticated", FileSignatureType::Authenticated),
            ],
        );
        let on_behalf_of = self.word(
            &table,
            "on-behalf-of",
            &[
                ("self", FileOnBehalfOf::Oneself),
                ("other", FileOnBehalfOf::Other),
            ],
        );
        Some(SignerEntry {
            address: address?,
            order,
            signature_type,
            on_behalf_of,
        })
    }

    fn address(&mut self, table: &Table<'_>) -> Option<Address> {
        let numbers = [NUMBER, VARIABLE, FILE];
        let given: Vec<&str> = numbers.into_iter().filter(|key| table.has(key)).collect();
        match *given.as_slice() {
            [] => {
                if let Some(notify) = table.get("notify") {
                    let problem = "only a signer with a personal number has it; give `email` or `mobile` alone";
                    self.add(notify.line, table.place_of("notify"), problem);
                }
                let contact = self.contact(table);
                if !table.has("email") && !table.has("mobile") {
                    let problem = "add `personal-number` with `notify`, or `email` or `mobile`";
                    self.add(table.line, table.place.clone(), problem);
                }
                contact.map(Address::Contact)
            }
            [key] => {
                for contact in ["email", "mobile"] {
                    if let Some(entry) = table.get(contact) {
                        let problem = format!(
                            "a signer with a personal number has it in `notify = {{ {contact} = \"…\" }}`"
                        );
                        self.add(entry.line, table.place_of(contact), problem);
                    }
                }
                let value = if key == NUMBER {
                    self.personal_number(table)
                } else {
                    let text = self.text(table, key).filter(|text| !text.is_empty());
                    self.must(text, table, key, "it must not be empty")
                };
                let help = "add `notify`: \"lookup\", \"lookup-with-sms\" or { email = \"…\" }";
                let notify = self.required(table, "notify", help);
                let notify = notify.and_then(|node| self.notify(node, &table.place_of("notify")));
                let (value, notify) = (value?, notify?);
                Some(match key {
                    NUMBER => Address::Number {
                        personal_number: value,
                        notify,
                    },
                    VARIABLE => Address::Variable {
                        personal_number_env: value,
                        notify,
                    },
                    _ => Address::File {
                        personal_number_file: value,
                        notify,
                    },
                })
            }
            _ => {
                let problem = format!("give one of `{}`", given.join("` and `"));
                self.add(table.line, table.place.clone(), problem);
                None
            }
        }
    }

    fn personal_number(&mut self, table: &Table<'_>) -> Option<String> {
        let entry = table.get(NUMBER)?;
        if matches!(entry.node.value, Value::Number(_)) {
            let problem = JobFileProblem::unquoted(entry.node.line, table.place_of(NUMBER));
            self.problems.push(problem);
            return None;
        }
        self.text(table, NUMBER)
    }

    fn notify(&mut self, node: &Node, place: &str) -> Option<NotificationEntry> {
        match &node.value {
            Value::Text(text) => match &**text {
                "lookup" => Some(NotificationEntry::Register(Register::Lookup)),
                "lookup-with-sms" => Some(NotificationEntry::Register(Register::LookupWithSms)),
                _ => {
                    let problem =
                        "give \"lookup\", \"lookup-with-sms\" or { email = \"…\", mobile = \"…\" }";
                    self.add(node.line, place.to_owned(), problem);
                    None
                }
            },
            _ => {
                let table = self.table(node, place, &["email", "mobile"])?;
                let contact = self.contact(&table);
                if table.entries.is_empty() {
                    let problem = "give `email`, `mobile` or both";
                    self.add(node.line, place.to_owned(), problem);
                }
                contact.map(NotificationEntry::Contact)
            }
        }
    }

    fn contact(&mut self, table: &Table<'_>) -> Option<Contact> {
        let (email, mobile) = (self.text(table, "email"), self.text(table, "mobile"));
        (email.is_some() || mobile.is_some()).then_some(Contact { email, mobile })
    }

    fn sender(&mut self, node: &Node) -> Option<SenderEntry> {
        let table = self.table(node, "sender", &["organization", "queue"])?;
        Some(SenderEntry {
            organization: self.text(&table, "organization"),
            queue: self.text(&table, "queue"),
        })
    }
}
