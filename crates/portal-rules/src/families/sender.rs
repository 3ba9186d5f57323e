//! Who sends the job.

use super::severities;
use crate::organization_number::{OrganizationNumberError, validate};
use crate::place::Place;
use crate::{Code, Needs, Rule};

pub(crate) static ORGANIZATION_NUMBER: Rule = Rule {
    code: Code::SenderOrganizationNumber,
    summary: "The sender's organisation number is 9 digits and not all zeros. A warning if its \
              check digit does not hold.",
    severities: severities::ERROR_OR_WARNING,
    help: "Write the organisation number's 9 digits without spaces.",
    source: "the service's schema; the Brønnøysund registers for the check digit",
    needs: Needs::Manifest,
    check: |job, found| match validate(job.manifest.sender.organization_number.as_str()) {
        Ok(()) => {}
        Err(OrganizationNumberError::Format) => found.error(
            Place::OrganizationNumber,
            "The sender's organisation number is not exactly 9 digits.",
        ),
        Err(OrganizationNumberError::Zeros) => found.error(
            Place::OrganizationNumber,
            "The sender's organisation number is all zeros.",
        ),
        Err(OrganizationNumberError::CheckDigit) => found.warning(
            Place::OrganizationNumber,
            "The check digit of the sender's organisation number does not hold.",
        ),
    },
};
