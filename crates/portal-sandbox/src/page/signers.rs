//! Signers, their messages and what can be done for them, as a job's page shows them.

use jiff::Timestamp;
use portal_model::{SignatureIdentifier, SignerNotify};

use super::mask::{Kind, Masked, Masker, Reveal};
use super::state_word::StateWord;
use super::time_text::{Stamp, relative};
use crate::links::{LinkKind, SignerLinks};
use crate::management::ACTS;
use crate::messages::{self, Channel, SignerMessage, SignerMessageKind};
use crate::service::{Group, JobView, SignerAct, SignerState, WRONG_CODES};

/// Signers whose turn comes together.
pub(super) struct GroupView {
    pub(super) order: i32,
    /// Such as `in turn`.
    pub(super) standing: String,
    pub(super) in_turn: bool,
    pub(super) signers: Vec<SignerView>,
}

pub(super) struct SignerView {
    /// Counted from 0, as in the management API.
    pub(super) index: usize,
    /// Counted from 1, for people.
    pub(super) number: usize,
    pub(super) state: StateWord,
    pub(super) since: Stamp,
    pub(super) ago: String,
    pub(super) personal_number: Option<Masked>,
    pub(super) email: Option<Masked>,
    pub(super) mobile: Option<Masked>,
    pub(super) looked_up: Option<&'static str>,
    pub(super) signature: &'static str,
    /// Whether signed documents are forwarded to the signer.
    pub(super) mailbox: bool,
    pub(super) wrong_codes: Option<String>,
    /// What can be done now: the main ones, and the rest.
    pub(super) main_acts: Vec<Button>,
    pub(super) other_acts: Vec<Button>,
    /// The signer's own page, past the security code.
    pub(super) own_page: String,
    pub(super) messages: Vec<MessageView>,
}

pub(super) struct Button {
    pub(super) act: &'static str,
    pub(super) label: &'static str,
}

impl Button {
    fn new(act: &'static str, label: &'static str) -> Self {
        Self { act, label }
    }
}

pub(super) struct MessageView {
    pub(super) id: String,
    pub(super) at: Stamp,
    pub(super) when: String,
    pub(super) kind: &'static str,
    pub(super) channel: &'static str,
    pub(super) sent: bool,
    pub(super) to: Option<Masked>,
    pub(super) subject: Option<String>,
    /// The text up to the link, and after it.
    pub(super) before: String,
    pub(super) link: Option<Link>,
    pub(super) after: String,
}

/// A link as it stands in the text. It is followed on whatever address the page came from.
pub(super) struct Link {
    pub(super) text: String,
    pub(super) path: String,
}

/// Makes the signers' part of a job's page.
pub(super) struct Signers<'a> {
    pub(super) job: &'a JobView,
    pub(super) messages: &'a [SignerMessage],
    pub(super) links: &'a SignerLinks,
    pub(super) now: Timestamp,
    pub(super) reveal: &'a Reveal,
}

impl Signers<'_> {
    pub(super) fn by_group(&self) -> Vec<GroupView> {
        let groups = self.job.groups();
        groups.into_iter().map(|group| self.group(&group)).collect()
    }

    fn group(&self, group: &Group) -> GroupView {
        let in_turn = group
            .signers
            .iter()
            .any(|i| self.job.current_group.contains(i));
        let all_signed = group
            .signers
            .iter()
            .all(|&index| self.job.signers[index].state == SignerState::Signed);
        GroupView {
            order: group.order,
            standing: match group.period {
                _ if all_signed => "all signed".to_owned(),
                _ if self.job.finished.is_some() => "ended".to_owned(),
                Some(period) if self.now < period.activated => {
                    format!("opens {}", relative(period.activated, self.now))
                }
                Some(period) => format!("in turn, closes {}", relative(period.deadline, self.now)),
                None => "waits for the groups before".to_owned(),
            },
            in_turn: in_turn && self.now >= self.job.activated,
            signers: group
                .signers
                .iter()
                .map(|&index| self.signer(index))
                .collect(),
        }
    }

    fn signer(&self, index: usize) -> SignerView {
        let course = &self.job.signers[index];
        let content = &self.job.content.signers[index];
        let part = format!("signer-{index}");
        let mut masker = Masker::new(&part, self.reveal);
        let personal_number = match &content.identifier {
            SignatureIdentifier::PersonalIdentificationNumber(number) => {
                Some(masker.mask(Kind::PersonalNumber, number.reveal()))
            }
            _ => None,
        };
        let mut contact = |channel, kind| {
            let address = messages::address(&content.notify, channel)?;
            Some(masker.mask(kind, address))
        };
        let email = contact(Channel::Email, Kind::Email);
        let mobile = contact(Channel::Sms, Kind::Mobile);
        let (main_acts, mut other_acts) = self.acts(index);
        let mailbox = self.job.mailboxes.get(index).copied().unwrap_or_default();
        if self.job.has_documents {
            other_acts.push(match mailbox {
                true => Button::new("lack-mailbox", "Has no mailbox"),
                false => Button::new("have-mailbox", "Has a mailbox"),
            });
        }
        SignerView {
            index,
            number: index + 1,
            state: course.state.into(),
            since: Stamp::new(course.since),
            ago: relative(course.since, self.now),
            personal_number,
            email,
            mobile,
            looked_up: match &content.notify {
                SignerNotify::UsingLookup(lookup) if lookup.sms => Some("e-mail and SMS"),
                SignerNotify::UsingLookup(_) => Some("e-mail"),
                _ => None,
            },
            signature: if course.traits.advanced {
                "advanced"
            } else {
                "authenticated"
            },
            mailbox,
            wrong_codes: (course.wrong_codes > 0)
                .then(|| format!("{} of {WRONG_CODES} wrong codes", course.wrong_codes)),
            main_acts,
            other_acts,
            own_page: self.links.token(self.job.id, index, LinkKind::Open),
            messages: self
                .messages
                .iter()
                .filter(|message| message.signer == index)
                .map(|message| self.message(message, index))
                .collect(),
        }
    }

    /// The acts that are possible now.
    fn acts(&self, index: usize) -> (Vec<Button>, Vec<Button>) {
        let signer = &self.job.signers[index];
        let open = signer.state == SignerState::Waiting
            && self.job.current_group.contains(&index)
            && self.now >= self.job.activated;
        let waiting = signer.state == SignerState::Waiting && self.job.finished.is_none();
        let is_possible = |act: SignerAct| open || (waiting && act.comes_at_any_time());
        ACTS.iter()
            .filter(|(_, act)| is_possible(*act) && act.unmet_need(&signer.traits).is_none())
            .map(|&(name, act)| Button::new(name, label(act)))
            .partition(|button| matches!(button.act, "sign" | "reject"))
    }

    fn message(&self, message: &SignerMessage, index: usize) -> MessageView {
        let channel = match message.channel {
            Channel::Email => "E-mail",
            Channel::Sms => "SMS",
        };
        let kind = match message.channel {
            Channel::Email => Kind::Email,
            Channel::Sms => Kind::Mobile,
        };
        let part = format!("message-{index}-{}-{channel}", message.at.as_second());
        let to = message
            .reveal_address()
            .map(|address| Masker::new(&part, self.reveal).mask(kind, address));
        let text = message.reveal_text();
        let (before, link, after) = match message.reveal_link() {
            Some(link) => match text.split_once(link) {
                Some((before, after)) => (before, Some(Link::of(link)), after),
                None => (text, None, ""),
            },
            None => (text, None, ""),
        };
        MessageView {
            id: part.clone(),
            at: Stamp::new(message.at),
            when: relative(message.at, self.now),
            kind: match message.kind {
                SignerMessageKind::Invitation => "invitation",
                SignerMessageKind::Reminder => "reminder",
                SignerMessageKind::Cancellation => "cancellation",
            },
            channel,
            sent: message.sent,
            to,
            subject: message.reveal_subject().map(ToOwned::to_owned),
            before: before.to_owned(),
            link,
            after: after.to_owned(),
        }
    }
}

impl Link {
    fn of(link: &str) -> Self {
        let path = link.find("/sign/").map_or("/", |at| &link[at..]);
        Self {
            text: link.to_owned(),
            path: path.to_owned(),
        }
    }
}

fn label(act: SignerAct) -> &'static str {
    match act {
        SignerAct::Sign => "Sign",
        SignerAct::Reject => "Reject",
        SignerAct::EnterWrongCode => "Wrong code",
        SignerAct::Block => "Block",
        SignerAct::Reserve => "Opt out",
        SignerAct::MissContactInformation => "No contact information",
        SignerAct::LackName => "No name",
    }
}
