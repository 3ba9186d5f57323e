//! From an end certificate to a trust anchor.

use jiff::Timestamp;

use crate::certificate::Certificate;
use crate::error::ChainError;

/// The longest path that is looked for, anchors included.
const MAX_PATH: usize = 8;
/// How many signatures are checked before a search is given up: a hostile set of certificates
/// of the same name could otherwise cost any amount of time.
const MAX_SIGNATURE_CHECKS: usize = 64;

/// Finds a path of issuers from `leaf` to one of the `anchors` by way of `others`, and returns it
/// with the leaf first and the anchor last.
///
/// Checks at every step: the signature, that the issuer is an authority (its key usage included),
/// its dates at `at`, the limit on the length of the path, that it has no name constraints, and
/// that no unknown extension is critical. An anchor must be an authority with the right key; its
/// own dates and other extensions don't matter (the roots of the test environment are valid from
/// a day after their intermediates). An anchor may be an intermediate, or the leaf itself. There
/// is no revocation check: neither of the service's own clients makes one.
///
/// # Errors
/// [`ChainError`], which distinguishes wrong dates from a missing issuer.
pub fn verify_chain(
    leaf: &Certificate,
    others: &[Certificate],
    anchors: &[Certificate],
    at: Timestamp,
) -> Result<Vec<Certificate>, ChainError> {
    if !leaf.is_valid_at(at) {
        return Err(ChainError::OutsideDates {
            not_before: leaf.not_before(),
            not_after: leaf.not_after(),
            at,
        });
    }
    if leaf.has_unknown_critical_extension() {
        return Err(ChainError::UnknownCriticalExtension);
    }
    let mut search = Search {
        others,
        anchors,
        at,
        checks: 0,
        path: vec![leaf.clone()],
        obstacle: None,
    };
    if search.extend() {
        Ok(search.path)
    } else {
        Err(search.obstacle.unwrap_or(ChainError::NoPath))
    }
}

struct Search<'a> {
    others: &'a [Certificate],
    anchors: &'a [Certificate],
    at: Timestamp,
    checks: usize,
    path: Vec<Certificate>,
    /// What kept an issuer that did sign from being part of the path; the last one that was seen.
    obstacle: Option<ChainError>,
}

impl Search<'_> {
    /// Extends the path until it ends in an anchor; leaves it as it was if that fails.
    fn extend(&mut self) -> bool {
        let Some(last) = self.path.last().cloned() else {
            return false;
        };
        if self.anchors.contains(&last) {
            return true;
        }
        if self.path.len() >= MAX_PATH {
            return false;
        }
        for anchor in self.anchors {
            if self.issued(&last, anchor) {
                self.path.push(anchor.clone());
                return true;
            }
        }
        for issuer in self.others {
            if self.path.contains(issuer) || !self.issued(&last, issuer) {
                continue;
            }
            if !issuer.is_valid_at(self.at) {
                self.obstacle = Some(ChainError::AuthorityOutsideDates);
                continue;
            }
            if issuer.has_unknown_critical_extension() {
                continue;
            }
            self.path.push(issuer.clone());
            if self.extend() {
                return true;
            }
            self.path.pop();
        }
        false
    }

    fn issued(&mut self, subject: &Certificate, issuer: &Certificate) -> bool {
        if !subject.names_issuer(issuer) || self.checks >= MAX_SIGNATURE_CHECKS {
            return false;
        }
        // Authorities below this issuer: everything in the path but the end certificate.
        let below = self.path.len() - 1;
        if issuer
            .path_length_limit()
            .is_some_and(|limit| below > limit)
        {
            return false;
        }
        self.checks += 1;
        if !subject.is_signed_by(issuer) {
            return false;
        }
        if !issuer.is_authority() {
            self.obstacle = Some(ChainError::NotAnAuthority);
            return false;
        }
        if issuer.name_constraints().is_some() {
            self.obstacle = Some(ChainError::NameConstraints);
            return false;
        }
        true
    }
}
