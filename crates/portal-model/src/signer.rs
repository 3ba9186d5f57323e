//! Short ways to describe a signer.

use crate::xml::Absent;
use crate::{
    Bounded, EmailAddress, MobileNumber, Notifications, NotificationsUsingLookup,
    PersonalIdentificationNumber, PortalSigner, SignatureStatus, Signatures, SignerIdentification,
    SignerNotify, SignerStatus,
};

impl PortalSigner {
    /// Creates a signer known by national identity number or D-number.
    #[must_use]
    pub fn by_personal_number(
        number: PersonalIdentificationNumber,
        notify: impl Into<SignerNotify>,
    ) -> Self {
        Self::new(
            SignerIdentification::PersonalIdentificationNumber(number),
            notify.into(),
        )
    }

    /// Creates a signer known only by the addresses that the notifications go to.
    #[must_use]
    pub fn by_contact_information(notifications: Notifications) -> Self {
        Self::new(
            SignerIdentification::IdentifiedByContactInformation,
            SignerNotify::Notifications(notifications),
        )
    }

    /// Returns the personal number, if the signer is known by one.
    #[must_use]
    pub const fn personal_number(&self) -> Option<&PersonalIdentificationNumber> {
        match &self.identification {
            SignerIdentification::PersonalIdentificationNumber(number) => Some(number),
            SignerIdentification::IdentifiedByContactInformation => None,
        }
    }

    /// Returns the addresses that the sender gave, if any.
    #[must_use]
    pub const fn notifications(&self) -> Option<&Notifications> {
        match &self.notify {
            SignerNotify::Notifications(notifications) => Some(notifications),
            SignerNotify::UsingLookup(_) => None,
        }
    }
}

impl Notifications {
    /// Creates notifications by e-mail only.
    #[must_use]
    pub const fn email(email: EmailAddress) -> Self {
        Self::Email { email, sms: None }
    }

    /// Creates notifications by e-mail and SMS.
    #[must_use]
    pub const fn email_and_sms(email: EmailAddress, sms: MobileNumber) -> Self {
        Self::Email {
            email,
            sms: Some(sms),
        }
    }

    /// Creates notifications by SMS only.
    #[must_use]
    pub const fn sms(sms: MobileNumber) -> Self {
        Self::Sms { sms }
    }

    /// Returns the e-mail address, if any.
    #[must_use]
    pub const fn email_address(&self) -> Option<&EmailAddress> {
        match self {
            Self::Email { email, .. } => Some(email),
            Self::Sms { .. } => None,
        }
    }

    /// Returns the mobile number, if any.
    #[must_use]
    pub const fn mobile_number(&self) -> Option<&MobileNumber> {
        match self {
            Self::Email { sms, .. } => sms.as_ref(),
            Self::Sms { sms } => Some(sms),
        }
    }
}

impl NotificationsUsingLookup {
    /// By e-mail only, to the address in the contact register.
    pub const EMAIL_ONLY: Self = Self { sms: false };
    /// By e-mail and SMS, to the address and the number in the contact register.
    pub const EMAIL_AND_SMS: Self = Self { sms: true };
}

impl Absent for SignatureStatus {
    fn absent() -> Self {
        Self {
            value: SignerStatus::unchecked(""),
            since: None,
        }
    }
}

impl Absent for Signatures {
    fn absent() -> Self {
        Self::new(Bounded::unchecked(Vec::new()))
    }
}

impl SignatureStatus {
    /// Returns whether the signer has this status, without regard to when.
    #[must_use]
    pub fn is(&self, status: &SignerStatus) -> bool {
        self.value == *status
    }
}
