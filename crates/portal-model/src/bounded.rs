//! Lists whose length the schema bounds.

use crate::facet::FacetError;

/// A list of at least `MIN` and at most `MAX` items; reads as a slice.
///
/// The length is settled when the list is made, so that every list keeps the schema's promise, except
/// one made by [`Bounded::unchecked`], which is for drafts that are to be examined.
///
/// ```
/// use portal_model::Bounded;
///
/// // A length known when compiling is checked when compiling ...
/// let three: Bounded<u8, 1, 10> = Bounded::of([1, 2, 3]);
/// assert_eq!(three.len(), 3);
/// // ... any other when running.
/// assert!(Bounded::<u8, 1, 10>::new(vec![0; 11]).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Bounded<T, const MIN: usize, const MAX: usize>(Vec<T>);

impl<T, const MIN: usize, const MAX: usize> Bounded<T, MIN, MAX> {
    /// The fewest items.
    pub const MIN: usize = MIN;
    /// The most items.
    pub const MAX: usize = MAX;

    /// Creates a list if there are neither too few nor too many items.
    ///
    /// # Errors
    /// [`FacetError::MinOccurs`] or [`FacetError::MaxOccurs`].
    pub fn new(items: Vec<T>) -> Result<Self, FacetError> {
        let list = Self(items);
        list.check()?;
        Ok(list)
    }

    /// Creates a list from an array whose length is checked when compiling: a wrong one does not build.
    #[must_use]
    pub fn of<const N: usize>(items: [T; N]) -> Self {
        const {
            assert!(
                N >= MIN && N <= MAX,
                "the list is shorter or longer than its bounds"
            );
        };
        Self(Vec::from(items))
    }

    /// Creates a list of any number of items, to be examined later. Writing XML refuses a wrong number.
    #[must_use]
    pub const fn unchecked(items: Vec<T>) -> Self {
        Self(items)
    }

    /// Checks the number of items.
    ///
    /// # Errors
    /// [`FacetError::MinOccurs`] or [`FacetError::MaxOccurs`].
    pub fn check(&self) -> Result<(), FacetError> {
        let actual = self.0.len();
        if actual < MIN {
            Err(FacetError::MinOccurs { limit: MIN, actual })
        } else if actual > MAX {
            Err(FacetError::MaxOccurs { limit: MAX, actual })
        } else {
            Ok(())
        }
    }

    /// Returns whether the number of items is within the bounds.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.check().is_ok()
    }

    /// Returns the items, for instance to change their number.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MIN: usize, const MAX: usize> std::ops::Deref for Bounded<T, MIN, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

/// Items can be changed in place; their number cannot.
impl<T, const MIN: usize, const MAX: usize> std::ops::DerefMut for Bounded<T, MIN, MAX> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T, const MIN: usize, const MAX: usize> TryFrom<Vec<T>> for Bounded<T, MIN, MAX> {
    type Error = FacetError;

    fn try_from(items: Vec<T>) -> Result<Self, FacetError> {
        Self::new(items)
    }
}

/// A single item is enough wherever the least number is one.
impl<T, const MAX: usize> From<T> for Bounded<T, 1, MAX> {
    fn from(item: T) -> Self {
        Self(vec![item])
    }
}

impl<T, const MIN: usize, const MAX: usize> IntoIterator for Bounded<T, MIN, MAX> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T, const MIN: usize, const MAX: usize> IntoIterator for &'a Bounded<T, MIN, MAX> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(feature = "serde")]
impl<'de, T: serde::Deserialize<'de>, const MIN: usize, const MAX: usize> serde::Deserialize<'de>
    for Bounded<T, MIN, MAX>
{
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(crate::json::list(deserializer)?).map_err(serde::de::Error::custom)
    }
}
