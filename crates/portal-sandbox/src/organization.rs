//! Who may use a sandbox's API, and on whose behalf.

use std::collections::{BTreeMap, BTreeSet};

use portal_model::OrganizationNumber;
use portal_rules::Sector;

/// An organisation with access to the API.
///
/// ```
/// use portal_model::OrganizationNumber;
/// use portal_rules::Sector;
/// use portal_sandbox::Organization;
///
/// // A broker that may send on behalf of one other organisation.
/// let broker = Organization::new(OrganizationNumber::new("988015814")?)
///     .with_sector(Sector::Private)
///     .with_broker_rights_for(OrganizationNumber::new("123456789")?);
/// # Ok::<(), portal_model::FacetError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Organization {
    number: OrganizationNumber,
    sector: Sector,
    broker_for: BTreeSet<OrganizationNumber>,
}

impl Organization {
    /// Creates an organisation of the public sector, without broker rights.
    #[must_use]
    pub fn new(number: OrganizationNumber) -> Self {
        Self {
            number,
            sector: Sector::Public,
            broker_for: BTreeSet::new(),
        }
    }

    /// Sets the sector, by which its jobs are checked.
    #[must_use]
    pub fn with_sector(mut self, sector: Sector) -> Self {
        self.sector = sector;
        self
    }

    /// Lets it send on behalf of another organisation, whose number then stands in the URL.
    #[must_use]
    pub fn with_broker_rights_for(mut self, other: OrganizationNumber) -> Self {
        self.broker_for.insert(other);
        self
    }

    /// Returns the organisation number.
    #[must_use]
    pub fn number(&self) -> &OrganizationNumber {
        &self.number
    }
}

/// Whether a caller may do what it asks on behalf of the organisation in the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// For itself.
    Own,
    /// For another, with the rights for it.
    Broker,
    /// The caller has no access to the API at all.
    NotAuthorized,
    /// The caller has no rights for this other organisation.
    BrokerNotAuthorized,
}

/// All organisations of a sandbox.
#[derive(Debug, Default)]
pub(crate) struct Register(BTreeMap<OrganizationNumber, Organization>);

impl Register {
    pub(crate) fn add(&mut self, organization: Organization) {
        self.0.insert(organization.number.clone(), organization);
    }

    /// What `caller` may do for the organisation `named` in the URL.
    pub(crate) fn access(&self, caller: Option<&OrganizationNumber>, named: &str) -> Access {
        let Some(caller) = caller.and_then(|caller| self.0.get(caller)) else {
            return Access::NotAuthorized;
        };
        if caller.number.as_str() == named {
            Access::Own
        } else if caller.broker_for.iter().any(|o| o.as_str() == named) {
            Access::Broker
        } else {
            Access::BrokerNotAuthorized
        }
    }

    /// The sector of an organisation that something is sent on behalf of.
    pub(crate) fn sector(&self, number: &OrganizationNumber) -> Sector {
        self.0
            .get(number)
            .map_or(Sector::Unknown, |organization| organization.sector)
    }
}
