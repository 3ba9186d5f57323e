//! What jobs are checked against, and who sends when a job does not say.

use jiff::Timestamp;
use portal_model::EnvironmentKind;
use portal_rules::{Sector, SenderProfile};
use portal_transport::{Clock, SharedClock};

use crate::{JobBuilder, Sender};

/// What jobs are checked against: the rules for this kind of sender, the time, and who sends when the job
/// does not say.
///
/// A [`PortalClient`](crate::PortalClient) has one, and [`PortalClient::job`](crate::PortalClient::job)
/// uses it. A profile of its own is for programs that check jobs and send none:
///
/// ```
/// use portal_client::{Document, EnvironmentKind, Profile, Sector, Sender, Signer};
///
/// let profile = Profile::new(Sector::Public, EnvironmentKind::Test)
///     .with_sender(Sender::new("123456789")?);
/// let job = profile
///     .job("Job title")
///     .document(Document::pdf("Document title", b"%PDF-1.7\n%%EOF\n"))
///     .signer(Signer::by_email("signer2@example.com"))
///     .build_blocking()?;
/// println!("{}", job.report());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Profile {
    sender: Option<Sender>,
    rules: SenderProfile,
    clock: SharedClock,
}

impl Profile {
    /// Creates a profile with the rules for a sector and a kind of environment, without a sender. Times are
    /// checked against the system's clock.
    #[must_use]
    pub fn new(sector: Sector, environment: EnvironmentKind) -> Self {
        Self {
            sender: None,
            rules: SenderProfile::new(sector, environment),
            clock: SharedClock::default(),
        }
    }

    /// Sets the sender for jobs and requests that name none.
    #[must_use]
    pub fn with_sender(mut self, sender: Sender) -> Self {
        self.sender = Some(sender);
        self
    }

    /// Changes the rules, for example to count a warning as an error or to silence it.
    #[must_use]
    pub fn with_rules(mut self, change: impl FnOnce(SenderProfile) -> SenderProfile) -> Self {
        self.rules = change(self.rules);
        self
    }

    /// Sets the clock that times of jobs are checked against. Defaults to the system's clock.
    #[must_use]
    pub fn with_clock(mut self, clock: SharedClock) -> Self {
        self.clock = clock;
        self
    }

    /// Begins a job with its title, which signers see when they have logged in: 1 to 80 characters.
    pub fn job(&self, title: impl Into<String>) -> JobBuilder {
        JobBuilder::new(title, self.clone())
    }

    /// Returns the sender for jobs and requests that name none.
    #[must_use]
    pub fn sender(&self) -> Option<&Sender> {
        self.sender.as_ref()
    }

    /// Returns the rules.
    #[must_use]
    pub fn rules(&self) -> &SenderProfile {
        &self.rules
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn clock(&self) -> &SharedClock {
        &self.clock
    }
}
