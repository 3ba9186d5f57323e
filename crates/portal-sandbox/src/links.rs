//! The ways in for signers: links that nobody can guess, and security codes.
//!
//! Both are worked out from a secret of the sandbox, the job and the signer, so that nothing has to
//! be stored, and a link stays the same as long as the sandbox lives.

use std::fmt;

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::service::JobId;

/// How far a link leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum LinkKind {
    /// As it stands in a message: signers without a personal number have to enter their code.
    Letter,
    /// Past the code.
    Open,
}

/// Makes and reads the links of one sandbox.
pub(crate) struct SignerLinks(hmac::Key);

/// Bytes of a link that can't be guessed.
const SEAL: usize = 16;
/// Bytes before them: the kind, the signer and the job.
const NAMED: usize = 1 + 1 + 8;

impl SignerLinks {
    pub(crate) fn new() -> Result<Self, Unspecified> {
        hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).map(Self)
    }

    /// The last part of a link.
    pub(crate) fn token(&self, job: JobId, signer: usize, kind: LinkKind) -> String {
        let named = named(job, signer, kind);
        let mut token = [0; NAMED + SEAL];
        token[..NAMED].copy_from_slice(&named);
        token[NAMED..].copy_from_slice(&self.seal(&named)[..SEAL]);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Whose link it is, if it is one.
    pub(crate) fn read(&self, token: &str) -> Option<(JobId, usize, LinkKind)> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (named, seal) = bytes.split_first_chunk::<NAMED>()?;
        let expected = self.seal(named);
        aws_lc_rs::constant_time::verify_slices_are_equal(&expected[..SEAL], seal).ok()?;
        let [kind, signer, job @ ..] = *named;
        let kind = match kind {
            0 => LinkKind::Letter,
            _ => LinkKind::Open,
        };
        Some((JobId(i64::from_be_bytes(job)), usize::from(signer), kind))
    }

    /// The security code of a signer who is addressed by contact information: four digits, as in
    /// the documentation's messages.
    pub(crate) fn code(&self, job: JobId, signer: usize) -> String {
        let mut message = named(job, signer, LinkKind::Letter).to_vec();
        message.extend_from_slice(b"code");
        let [a, b, c, d, ..] = self.seal(&message);
        format!("{:04}", u32::from_be_bytes([a, b, c, d]) % 10_000)
    }

    fn seal(&self, message: &[u8]) -> [u8; 32] {
        let mut seal = [0; 32];
        seal.copy_from_slice(hmac::sign(&self.0, message).as_ref());
        seal
    }
}

fn named(job: JobId, signer: usize, kind: LinkKind) -> [u8; NAMED] {
    let mut named = [0; NAMED];
    named[0] = u8::from(kind == LinkKind::Open);
    // A job has at most ten signers.
    named[1] = u8::try_from(signer).unwrap_or(u8::MAX);
    named[2..].copy_from_slice(&job.0.to_be_bytes());
    named
}

impl fmt::Debug for SignerLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignerLinks").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_its_signer_alone() {
        let links = SignerLinks::new().unwrap();
        for kind in [LinkKind::Letter, LinkKind::Open] {
            let token = links.token(JobId(7), 2, kind);
            assert_eq!(links.read(&token), Some((JobId(7), 2, kind)));
            for position in 0..token.len() {
                let mut changed = token.clone().into_bytes();
                changed[position] = if changed[position] == b'A' {
                    b'B'
                } else {
                    b'A'
                };
                let changed = String::from_utf8(changed).unwrap();
                assert_eq!(links.read(&changed), None, "{position}");
            }
            assert_eq!(links.read(&token[..token.len() - 1]), None);
            assert_eq!(SignerLinks::new().unwrap().read(&token), None);
        }
        assert_eq!(links.read(""), None);
    }

    #[test]
    fn codes_have_four_digits_and_differ() {
        let links = SignerLinks::new().unwrap();
        let codes: Vec<_> = (0..20).map(|signer| links.code(JobId(1), signer)).collect();
        let four_digits =
            |code: &String| code.len() == 4 && code.bytes().all(|c| c.is_ascii_digit());
        assert!(codes.iter().all(four_digits));
        assert!(codes.iter().any(|code| *code != codes[0]));
        assert_eq!(links.code(JobId(1), 0), codes[0]);
    }
}
