//! A signer on the command line: an e-mail address or a mobile number, and an order. Never a personal number.

use std::fmt;

use portal_client::Signer;

/// Whoever is to sign.
#[derive(Clone)]
pub(crate) struct Recipient {
    contact: String,
    order: Option<u8>,
}

impl Recipient {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (contact, order) = match text.rsplit_once(':') {
            Some((contact, order)) => {
                let order = order.parse().ok().filter(|order| *order <= 9);
                let order = order.ok_or("the order after the colon is a number from 0 to 9")?;
                (contact, Some(order))
            }
            None => (text, None),
        };
        let digits = contact.strip_prefix('+').unwrap_or(contact);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && digits.len() == 11 && !contact.starts_with('+') {
            return Err(
                "a personal number is never given on the command line: other users of this \
                        computer could see it; write a job file"
                    .to_owned(),
            );
        }
        if !is_number && !contact.contains('@') {
            return Err("give an e-mail address or a mobile number such as +4799999999".to_owned());
        }
        Ok(Self {
            contact: contact.to_owned(),
            order,
        })
    }
}

impl From<Recipient> for Signer {
    fn from(recipient: Recipient) -> Self {
        let signer = if recipient.contact.contains('@') {
            Self::by_email(recipient.contact)
        } else {
            Self::by_mobile(recipient.contact)
        };
        match recipient.order {
            Some(order) => signer.order(order),
            None => signer,
        }
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipient")
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signers_have_a_contact_and_perhaps_an_order() {
        for (text, signer) in [
            ("signer@example.com", Signer::by_email("signer@example.com")),
            (
                "signer@example.com:2",
                Signer::by_email("signer@example.com").order(2),
            ),
            ("+4799999999", Signer::by_mobile("+4799999999")),
            ("99999999:0", Signer::by_mobile("99999999").order(0)),
        ] {
            assert_eq!(Signer::from(Recipient::parse(text).unwrap()), signer);
        }
        for text in [
            "",
            "name",
            "signer@example.com:10",
            "a:b",
            "01013300001",
            "01013300001:1",
        ] {
            let error = Recipient::parse(text).unwrap_err();
            assert!(!error.contains("01013300001"), "{error}");
        }
        let shown = format!("{:?}", Recipient::parse("signer@example.com:2").unwrap());
        assert_eq!(shown, "Recipient { order: Some(2), .. }");
    }
}
