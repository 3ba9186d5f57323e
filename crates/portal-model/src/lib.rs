//! Types and XML of the portal flow. Hand-written forerunner of the generated code.

/// Why a text is not a value of its schema type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FacetError {
    /// The text does not match the type's pattern.
    #[error("an organisation number has exactly 9 digits")]
    OrganizationNumber,
}

/// An organisation number: 9 digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrganizationNumber(String);

impl OrganizationNumber {
    /// Checks the pattern of the schema: 9 digits.
    ///
    /// # Errors
    /// [`FacetError`] for anything else.
    pub fn new(value: impl Into<String>) -> Result<Self, FacetError> {
        let value = value.into();
        if value.len() == 9 && value.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(value))
        } else {
            Err(FacetError::OrganizationNumber)
        }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
