//! What messages say, in the sandbox's own words.
//!
//! The service words its messages in Norwegian. They tell the same here: the sender, the title without
//! personal data where there is one, the deadline, the way in, and the security code for signers
//! without a personal number. Source: the service's documentation, notifications.

use jiff::Timestamp;

use super::{Channel, SignerMessageKind};
use crate::norway::oslo;
use crate::service::{JobView, SignerState};

pub(super) struct Wording<'a> {
    pub(super) job: &'a JobView,
    /// Let in by a security code instead of an electronic identity.
    pub(super) by_contact: bool,
    /// The signer's page; `None` when the sandbox serves no pages.
    pub(super) link: Option<String>,
    pub(super) code: String,
    pub(super) deadline: Timestamp,
    pub(super) at: Timestamp,
}

impl Wording<'_> {
    /// Subject, of e-mails alone, and text.
    pub(super) fn of(&self, kind: SignerMessageKind, channel: Channel) -> (Option<String>, String) {
        let sender = &self.job.organization;
        let text = match (channel, kind) {
            (Channel::Email, SignerMessageKind::Invitation) => format!(
                "Hello,\n\n\
                 organisation {sender} asks you to sign {what}. Read and sign by {deadline}.\n\n\
                 {way}\n",
                what = self.what(),
                deadline = self.local(self.deadline),
                way = self.way_in(),
            ),
            (Channel::Email, SignerMessageKind::Reminder) => format!(
                "Hello,\n\n\
                 {what} from organisation {sender} still waits for your signature. {signed} \
                 Sign by {deadline}; what is not signed by then is deleted, and you would have to ask \
                 the sender for it again.\n\n\
                 {way}\n",
                what = capitalised(&self.what()),
                signed = self.signed(),
                deadline = self.local(self.deadline),
                way = self.way_in(),
            ),
            (Channel::Email, SignerMessageKind::Cancellation) => format!(
                "Hello,\n\n\
                 organisation {sender} no longer asks you to sign {what}. Ask the sender if you \
                 wonder why.\n",
                what = self.what(),
            ),
            (Channel::Sms, SignerMessageKind::Reminder) => format!(
                "Reminder: organisation {sender} waits for your signature by {deadline}. {way}",
                deadline = self.local(self.deadline),
                way = self.way_in(),
            ),
            (Channel::Sms, _) => format!(
                "Organisation {sender} asks for your signature by {deadline}. {way}",
                deadline = self.local(self.deadline),
                way = self.way_in(),
            ),
        };
        let subject = match (channel, kind) {
            (Channel::Sms, _) => None,
            (_, SignerMessageKind::Invitation) => {
                Some(format!("To sign: from organisation {sender}"))
            }
            (_, SignerMessageKind::Reminder) => {
                Some(format!("Reminder, to sign: from organisation {sender}"))
            }
            (_, SignerMessageKind::Cancellation) => {
                Some(format!("Cancelled: from organisation {sender}"))
            }
        };
        (subject, text)
    }

    /// What is to be signed, without what is not for messages. Source: the schema's
    /// `nonsensitive-title`.
    fn what(&self) -> String {
        let content = &self.job.content;
        match (&content.nonsensitive_title, content.documents.len()) {
            (Some(title), _) => format!("“{}”", title.reveal()),
            (None, 0 | 1) => "a document".to_owned(),
            (None, count) => format!("{count} documents"),
        }
    }

    fn way_in(&self) -> String {
        let link = self
            .link
            .as_deref()
            .unwrap_or("(this sandbox serves no pages)");
        if self.by_contact {
            format!("Open {link} and enter the security code {}.", self.code)
        } else {
            format!("Open {link} and log in with your electronic identity.")
        }
    }

    /// How many had signed when the message went out.
    fn signed(&self) -> String {
        let signed = |signer: &&crate::service::SignerCourse| {
            signer.state == SignerState::Signed && signer.since <= self.at
        };
        let count = self.job.signers.iter().filter(signed).count();
        format!("{count} of {} have signed.", self.job.signers.len())
    }

    fn local(&self, at: Timestamp) -> String {
        at.to_zoned_datetime(oslo())
            .strftime("%d.%m.%Y %H:%M")
            .to_string()
    }
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    match rest.next() {
        Some(first) => first.to_uppercase().chain(rest).collect(),
        None => String::new(),
    }
}
