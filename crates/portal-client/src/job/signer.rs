//! Who signs, and how they are reached.

use portal_model::{
    EmailAddress, MobileNumber, Notifications, NotificationsUsingLookup,
    PersonalIdentificationNumber, PortalSigner, SignatureType, SignerIdentification, SignerNotify,
    SignerOrder, SigningOnBehalfOf,
};

/// A signer of a job.
///
/// Texts are taken as they are; [`JobBuilder::build`](crate::JobBuilder::build) says what is wrong with
/// them, all at once. What is not set does not go on the wire, so that the service's defaults apply.
///
/// ```
/// use portal_client::{Notification, SignatureType, Signer};
///
/// let first = Signer::by_personal_number("12345678910", Notification::lookup()).order(1);
/// let second = Signer::by_email_and_mobile("signer2@example.com", "00000000")
///     .order(2)
///     .signature_type(SignatureType::AdvancedElectronicSignature);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a signer is added to a job with JobBuilder::signer"]
pub struct Signer(PortalSigner);

impl Signer {
    /// Creates a signer addressed by national identity number or D-number, 11 digits.
    pub fn by_personal_number(number: impl Into<String>, notify: Notification) -> Self {
        let number = PersonalIdentificationNumber::unchecked(number);
        Self(PortalSigner::new(number.into(), notify.0))
    }

    /// Creates a signer addressed by e-mail.
    pub fn by_email(email: impl Into<String>) -> Self {
        Self::by_contact_information(Notification::email(email))
    }

    /// Creates a signer addressed by mobile number.
    pub fn by_mobile(number: impl Into<String>) -> Self {
        Self::by_contact_information(Notification::mobile(number))
    }

    /// Creates a signer addressed by e-mail and mobile number.
    pub fn by_email_and_mobile(email: impl Into<String>, number: impl Into<String>) -> Self {
        Self::by_contact_information(Notification::email_and_mobile(email, number))
    }

    fn by_contact_information(notify: Notification) -> Self {
        Self(PortalSigner::new(
            SignerIdentification::IdentifiedByContactInformation,
            notify.0,
        ))
    }

    /// Sets when it is the signer's turn, 0 to 9: lower numbers sign first, equal ones at the same time.
    pub fn order(mut self, order: u8) -> Self {
        self.0.order = Some(SignerOrder::unchecked(order.into()));
        self
    }

    /// Sets the kind of signature. The service defaults to authenticated signatures for public senders and
    /// advanced ones for private senders.
    pub fn signature_type(mut self, signature_type: SignatureType) -> Self {
        self.0.signature_type = Some(signature_type);
        self
    }

    /// Sets whether the signer signs for themselves or by virtue of a role. A document signed on behalf of
    /// another is not sent to the signer's own digital mailbox.
    pub fn on_behalf_of(mut self, on_behalf_of: SigningOnBehalfOf) -> Self {
        self.0.on_behalf_of = Some(on_behalf_of);
        self
    }

    pub(super) fn into_model(self) -> PortalSigner {
        self.0
    }
}

/// A signer in the words of the schema.
impl From<PortalSigner> for Signer {
    fn from(signer: PortalSigner) -> Self {
        Self(signer)
    }
}

/// How a signer addressed by personal number is notified of the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification(SignerNotify);

impl Notification {
    /// Notifies by e-mail to the address in the public contact register. For public senders only.
    #[must_use]
    pub fn lookup() -> Self {
        Self(NotificationsUsingLookup::EMAIL_ONLY.into())
    }

    /// Notifies by e-mail and SMS as the public contact register has them. For public senders only.
    #[must_use]
    pub fn lookup_with_sms() -> Self {
        Self(NotificationsUsingLookup::EMAIL_AND_SMS.into())
    }

    /// Notifies by e-mail to this address.
    #[must_use]
    pub fn email(address: impl Into<String>) -> Self {
        Self(Notifications::email(EmailAddress::unchecked(address)).into())
    }

    /// Notifies by SMS to this number.
    #[must_use]
    pub fn mobile(number: impl Into<String>) -> Self {
        Self(Notifications::sms(MobileNumber::unchecked(number)).into())
    }

    /// Notifies by e-mail and SMS.
    #[must_use]
    pub fn email_and_mobile(address: impl Into<String>, number: impl Into<String>) -> Self {
        let address = EmailAddress::unchecked(address);
        Self(Notifications::email_and_sms(address, MobileNumber::unchecked(number)).into())
    }
}
