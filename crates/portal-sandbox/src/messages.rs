//! Messages that the service would send to each signer by e-mail and SMS, and when.
//!
//! Nothing is sent and nothing is stored: a job's messages are worked out from the job and the
//! time. Source of the schedule: the service's documentation, notifications.

mod schedule;
mod text;

use std::fmt;

use jiff::Timestamp;
use portal_model::{MobileNumber, Notifications, SignerNotify};

use crate::links::{LinkKind, SignerLinks};
use crate::service::JobView;
use schedule::Channels;
use text::Wording;

/// How a message reaches a signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Channel {
    /// By e-mail.
    Email,
    /// By SMS.
    Sms,
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SignerMessageKind {
    /// There is something to sign. Sent when the signer's order group is activated.
    Invitation,
    /// It is still not signed, and the deadline comes closer.
    Reminder,
    /// The sender has cancelled the job.
    Cancellation,
}

/// One message to one signer, sent or due.
///
/// Its fields and its `Debug` hold no personal data. The address and the texts do, and only the
/// methods named `reveal_...` give them.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignerMessage {
    /// The signer, counted from 0 in the manifest's order.
    pub signer: usize,
    /// When it was sent or is due, by the sandbox's clock.
    pub at: Timestamp,
    /// What it is about.
    pub kind: SignerMessageKind,
    /// How it goes.
    pub channel: Channel,
    /// Whether its time has come. One that is due goes out unless the signer is through by then.
    pub sent: bool,
    address: Option<String>,
    subject: Option<String>,
    text: String,
    link: Option<String>,
}

impl SignerMessage {
    /// Returns the e-mail address or mobile number that it goes to; `None` when the service would look it
    /// up in the contact register, which a sandbox doesn't have.
    #[must_use]
    pub fn reveal_address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// Returns the subject of an e-mail.
    #[must_use]
    pub fn reveal_subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Returns the link to the signer's page; `None` when nothing is to be signed, or the sandbox serves no
    /// [page](crate::Sandbox::page_url).
    #[must_use]
    pub fn reveal_link(&self) -> Option<&str> {
        self.link.as_deref()
    }

    /// Returns the text, with the link to the signer's page and the security code where one is needed. The
    /// service words its messages otherwise; the content is the same.
    #[must_use]
    pub fn reveal_text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for SignerMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignerMessage")
            .field("signer", &self.signer)
            .field("at", &self.at)
            .field("kind", &self.kind)
            .field("channel", &self.channel)
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

/// Every message of a job up to its end, as things stand at `now`, by time. Groups whose turn has
/// not come have none yet: their times are not known.
pub(crate) fn of_job(
    job: &JobView,
    now: Timestamp,
    links: &SignerLinks,
    page: Option<&str>,
) -> Vec<SignerMessage> {
    let mut messages = Vec::new();
    for group in job.groups() {
        let Some(period) = group.period else {
            continue;
        };
        for index in group.signers {
            let (Some(course), Some(content)) =
                (job.signers.get(index), job.content.signers.get(index))
            else {
                continue;
            };
            let channels = Channels::of(&content.notify);
            for occasion in schedule::occasions(course, channels, period) {
                let wording = Wording {
                    job,
                    by_contact: course.traits.by_contact,
                    link: page.map(|page| {
                        let token = links.token(job.id, index, LinkKind::Letter);
                        format!("{page}sign/{token}")
                    }),
                    code: links.code(job.id, index),
                    deadline: period.deadline,
                    at: occasion.at,
                };
                let (subject, text) = wording.of(occasion.kind, occasion.channel);
                let link =
                    (occasion.kind != SignerMessageKind::Cancellation).then_some(wording.link);
                messages.push(SignerMessage {
                    signer: index,
                    at: occasion.at,
                    kind: occasion.kind,
                    channel: occasion.channel,
                    sent: occasion.at <= now,
                    address: address(&content.notify, occasion.channel).map(ToOwned::to_owned),
                    subject,
                    text,
                    link: link.flatten(),
                });
            }
        }
    }
    messages.sort_by_key(|message| (message.at, message.signer, message.channel));
    messages
}

/// Where a signer is reached, as far as the sender has said it.
pub(crate) fn address(notify: &SignerNotify, channel: Channel) -> Option<&str> {
    let SignerNotify::Notifications(contact) = notify else {
        return None;
    };
    match (contact, channel) {
        (Notifications::Email { email, .. }, Channel::Email) => Some(email.reveal()),
        (Notifications::Email { sms, .. }, Channel::Sms) => sms.as_ref().map(MobileNumber::reveal),
        (Notifications::Sms { sms, .. }, Channel::Sms) => Some(sms.reveal()),
        _ => None,
    }
}
