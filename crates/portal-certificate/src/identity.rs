//! From the keys and certificates of a file to identities: which certificates belong to a key,
//! which issuers to a certificate, and which identity is meant when one is asked for.

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::Timestamp;

use crate::certificate::{Certificate, KeyKind};
use crate::enterprise::EnterpriseCertificate;
use crate::error::{CertificateError, LoadError};
use crate::load_notice::{LoadNotice, PassedOver};
use crate::pkcs12::{FoundCertificate, FoundKey};
use crate::private_key::PrivateKey;

/// The longest chain that is put together; real ones have three certificates.
const MAX_CHAIN: usize = 8;
/// The most private keys in one file: parsing one takes a millisecond, and issuers send one to
/// three.
const MAX_KEYS: usize = 32;
/// The most signatures that are checked for one file. A hostile one holds a thousand authorities
/// of the same name.
const MAX_SIGNATURE_CHECKS: usize = 128;

/// A key with all local identifiers that it has in the file.
struct ParsedKey {
    key: PrivateKey,
    ids: Vec<Vec<u8>>,
}

/// Everything in a file that identities are made of.
pub(crate) struct Material {
    keys: Vec<FoundKey>,
    certificates: Vec<(Certificate, Option<Vec<u8>>)>,
    unreadable: Option<(usize, CertificateError)>,
    notices: Vec<LoadNotice>,
}

impl Material {
    /// Reads the certificates; one that can't be read is an error only if it may be the key's.
    pub(crate) fn new(keys: Vec<FoundKey>, certificates: Vec<FoundCertificate>) -> Self {
        let mut material = Self {
            keys,
            certificates: Vec::new(),
            unreadable: None,
            notices: Vec::new(),
        };
        for (index, found) in certificates.into_iter().enumerate() {
            let position = index + 1;
            match Certificate::from_der(found.der) {
                Ok(read) => material.certificates.push((read, found.local_key_id)),
                Err(error) => {
                    material.notice(LoadNotice::UnreadableCertificate { position });
                    material.unreadable.get_or_insert((position, error));
                }
            }
        }
        material
    }

    pub(crate) fn notice(&mut self, notice: LoadNotice) {
        self.notices.push(notice);
    }

    /// Every pair of a key and a certificate, keys in the file's order, the preferred certificate
    /// of each key first.
    pub(crate) fn identities(
        mut self,
        at: Timestamp,
    ) -> Result<Vec<EnterpriseCertificate>, LoadError> {
        let keys = self.parsed_keys()?;
        let mut issuers = Issuers {
            certificates: &self.certificates,
            at,
            verdicts: HashMap::new(),
        };
        let mut found = Vec::new();
        for ParsedKey { key, ids } in keys {
            let mut of_key = Vec::new();
            for (index, (leaf, id)) in self.certificates.iter().enumerate() {
                let fits = matches!(leaf.key_kind(), KeyKind::Rsa { .. })
                    && leaf.public_key() == key.public_key();
                let repeated = || {
                    self.certificates[..index]
                        .iter()
                        .any(|(other, _)| other == leaf)
                };
                if !fits || repeated() {
                    continue;
                }
                let chain = issuers.chain(index)?;
                let tied = id.as_ref().is_some_and(|id| ids.contains(id));
                let identity = EnterpriseCertificate::new(chain, key.clone(), tied);
                of_key.push(identity.with_notices(&self.notices));
            }
            // Stable: of equals, the first in the file.
            of_key.sort_by_key(|identity| Reverse(rank(identity, at)));
            found.append(&mut of_key);
        }
        if found.is_empty() {
            return Err(match self.unreadable {
                Some((position, source)) => LoadError::Certificate { position, source },
                None => LoadError::NoCertificateForKey,
            });
        }
        Ok(found)
    }

    /// Parses each key once, however often it stands in the file. Keys that can't be used are an
    /// error only if there is no other.
    fn parsed_keys(&mut self) -> Result<Vec<ParsedKey>, LoadError> {
        let mut different: Vec<(FoundKey, Vec<Vec<u8>>)> = Vec::new();
        for mut key in std::mem::take(&mut self.keys) {
            let id = key.local_key_id.take();
            match different
                .iter_mut()
                .find(|(other, _)| other.pkcs8 == key.pkcs8)
            {
                Some((_, ids)) => ids.extend(id),
                None => different.push((key, id.into_iter().collect())),
            }
            if different.len() > MAX_KEYS {
                return Err(LoadError::TooMuch {
                    what: "private keys",
                    limit: MAX_KEYS,
                });
            }
        }
        let mut parsed: Vec<ParsedKey> = Vec::new();
        let mut refused = None;
        for (index, (key, mut ids)) in different.into_iter().enumerate() {
            let key = match PrivateKey::from_pkcs8(key.pkcs8) {
                Ok(key) => key,
                Err(error) => {
                    self.notices.push(LoadNotice::UnusableKey {
                        position: index + 1,
                        problem: error.to_string(),
                    });
                    refused = Some(error);
                    continue;
                }
            };
            // The same key may have been written in two forms.
            let known = parsed
                .iter_mut()
                .find(|other| other.key.public_key() == key.public_key());
            match known {
                Some(known) => known.ids.append(&mut ids),
                None => parsed.push(ParsedKey { key, ids }),
            }
        }
        match refused {
            Some(error) if parsed.is_empty() => Err(error),
            _ => Ok(parsed),
        }
    }
}

/// Finds issuers among a file's certificates, each pair checked once.
struct Issuers<'a> {
    certificates: &'a [(Certificate, Option<Vec<u8>>)],
    at: Timestamp,
    /// By the positions of subject and issuer.
    verdicts: HashMap<(usize, usize), bool>,
}

impl Issuers<'_> {
    /// The certificate, then each one's issuer as far as they are there.
    fn chain(&mut self, leaf: usize) -> Result<Vec<Certificate>, LoadError> {
        let mut path = vec![leaf];
        while let Some(&last) = path.last()
            && !self.certificates[last].0.is_self_issued()
            && path.len() < MAX_CHAIN
        {
            match self.issuer(last)? {
                Some(issuer) if !path.contains(&issuer) => path.push(issuer),
                _ => break,
            }
        }
        let certificates = path
            .into_iter()
            .map(|index| self.certificates[index].0.clone());
        Ok(certificates.collect())
    }

    /// Of several issuers of one name and key: the one that is valid now, then the one that is
    /// valid for longest.
    fn issuer(&mut self, of: usize) -> Result<Option<usize>, LoadError> {
        let subject = &self.certificates[of].0;
        let mut candidates: Vec<usize> = (0..self.certificates.len())
            .filter(|index| subject.names_issuer(&self.certificates[*index].0))
            .collect();
        candidates.sort_by_key(|index| {
            let issuer = &self.certificates[*index].0;
            Reverse((issuer.is_valid_at(self.at), issuer.not_after()))
        });
        for candidate in candidates {
            let issuer = &self.certificates[candidate].0;
            let checked = self.verdicts.len();
            let verdict = match self.verdicts.get(&(of, candidate)) {
                Some(verdict) => *verdict,
                None if checked >= MAX_SIGNATURE_CHECKS => {
                    return Err(LoadError::TooMuch {
                        what: "certificates with the same name",
                        limit: MAX_SIGNATURE_CHECKS,
                    });
                }
                None => subject.is_issued_by(issuer),
            };
            self.verdicts.insert((of, candidate), verdict);
            if verdict {
                return Ok(Some(candidate));
            }
        }
        Ok(None)
    }
}

/// What counts between identities of different keys, the weightiest first.
fn standing(identity: &EnterpriseCertificate, at: Timestamp) -> [bool; 4] {
    let leaf = identity.leaf();
    [
        !leaf.is_self_issued(),
        leaf.missing_usage().is_none(),
        leaf.is_valid_at(at),
        leaf.organization_number().is_some(),
    ]
}

/// What counts between certificates of the same key, the weightiest first.
fn rank(identity: &EnterpriseCertificate, at: Timestamp) -> ([bool; 4], bool, Timestamp) {
    let end = identity.leaf().not_after();
    (standing(identity, at), identity.is_tied(), end)
}

/// Chooses the identity that is meant when one is asked for.
pub(crate) fn choose(
    identities: &[EnterpriseCertificate],
    at: Timestamp,
) -> Result<EnterpriseCertificate, LoadError> {
    // The preferred certificate of each key; of equals, the first in the file.
    let mut best: Vec<&EnterpriseCertificate> = Vec::new();
    for identity in identities {
        let key = identity.leaf().public_key();
        match best
            .iter_mut()
            .find(|other| other.leaf().public_key() == key)
        {
            Some(other) if rank(other, at) < rank(identity, at) => *other = identity,
            Some(_) => {}
            None => best.push(identity),
        }
    }
    let first = best.first().ok_or(LoadError::NoCertificateForKey)?.leaf();
    let refused = LoadError::WrongUsage {
        subject: first.subject(),
        missing: first.missing_usage().unwrap_or("digitalSignature"),
    };
    // Only now: a self-signed stand-in for a key must not be taken in place of a certificate that
    // was issued for something else.
    best.retain(|identity| identity.leaf().missing_usage().is_none());
    let highest = best.iter().map(|identity| standing(identity, at)).max();
    best.retain(|identity| Some(standing(identity, at)) == highest);
    let chosen = match best[..] {
        [only] => only,
        [] => return Err(refused),
        _ => return Err(LoadError::SeveralKeys { count: best.len() }),
    };
    let passed_over: Vec<LoadNotice> = identities
        .iter()
        .filter(|other| other.leaf() != chosen.leaf())
        .map(|other| passed_over(other, chosen, at))
        .collect();
    Ok(chosen.clone().with_notices(&passed_over))
}

fn passed_over(
    identity: &EnterpriseCertificate,
    chosen: &EnterpriseCertificate,
    at: Timestamp,
) -> LoadNotice {
    const REASONS: [PassedOver; 4] = [
        PassedOver::SelfSigned,
        PassedOver::Usage,
        PassedOver::OutsideDates,
        PassedOver::NoOrganizationNumber,
    ];
    let pairs = standing(identity, at).into_iter().zip(standing(chosen, at));
    let reason = pairs
        .zip(REASONS)
        .find(|((own, better), _)| !own && *better)
        .map_or(PassedOver::Preferred, |(_, reason)| reason);
    LoadNotice::other(identity.leaf(), reason)
}
