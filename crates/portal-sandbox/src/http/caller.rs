//! Who is calling.

use portal_model::OrganizationNumber;

/// Whose client certificate the connection was opened with.
#[derive(Debug, Clone)]
pub(super) struct Caller(pub(super) Option<OrganizationNumber>);
