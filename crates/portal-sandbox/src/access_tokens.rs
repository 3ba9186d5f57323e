//! Access tokens: who may have one, which ones are good, and how they end before their time.

mod form;
mod registration;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use portal_certificate::Certificate;

pub(crate) use form::{TokenRefusal, TokenRequest};
pub use registration::{RegistrationError, TokenRegistration};

/// The client id of the sandbox's sender.
pub(crate) const CLIENT_ID: &str = "00000000-0000-4000-8000-000000000001";
/// The broker id of the sandbox's sender.
pub(crate) const BROKER_ID: &str = "sandbox-broker";
/// The path of the token endpoint.
pub(crate) const PATH: &str = "/oauth2/token";
/// How long a token holds by default.
pub(crate) const DEFAULT_LIFE: Duration = Duration::from_secs(3600);
/// The longest life that clients accept. Source: the service's own clients.
const LONGEST_LIFE: Duration = Duration::from_secs(365 * 24 * 3600);
/// How many tokens are remembered; the oldest are forgotten first.
const MOST_TOKENS: usize = 10_000;

/// Access tokens of a sandbox: registrations, and what ends tokens before their time.
///
/// Tokens come from the endpoint that [`SandboxBuilder::token_endpoint`](crate::SandboxBuilder::token_endpoint)
/// opens, and stand in for the client certificate on the API. The sandbox keeps their digests only; no
/// token is in its journal, its pages or its `Debug`.
///
/// ```
/// use std::time::Duration;
/// use portal_sandbox::{Endpoint, Fault, Sandbox};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::builder()
///     .token_endpoint(([127, 0, 0, 1], 0).into())
///     .start()
///     .await?;
/// println!("tokens come from {}", sandbox.token_endpoint().unwrap_or_default());
/// // All tokens so far have expired: the next call with one gets 401.
/// sandbox.access_tokens().expire();
/// // The endpoint refuses the next two requests with `invalid_client`.
/// sandbox.access_tokens().refuse(2);
/// // After that it is down for three requests.
/// sandbox.faults().next(3, Endpoint::Token, Fault::Status(503));
/// # Ok(())
/// # }
/// ```
pub struct AccessTokens {
    held: Mutex<Held>,
}

struct Held {
    life: Duration,
    registrations: Vec<TokenRegistration>,
    /// By the digest of the token.
    issued: HashMap<[u8; 32], Issued>,
    /// The digests, oldest first.
    order: VecDeque<[u8; 32]>,
    /// How many requests for a token are still to be refused on purpose.
    refusals: u32,
    /// The registrations' certificates are revoked.
    revoked: bool,
}

#[derive(Clone)]
struct Issued {
    registration: TokenRegistration,
    until: Timestamp,
}

/// A token as it is given out.
pub(crate) struct Granted {
    pub(crate) token: String,
    pub(crate) life: Duration,
    pub(crate) scope: String,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenProblem {
    Unknown,
    Expired,
    Revoked,
    CertificateEnded,
}

impl TokenProblem {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Unknown => "the sandbox has issued no such access token",
            Self::Expired => "the access token has expired",
            Self::Revoked => {
                "the certificate that the access token was issued for has been revoked"
            }
            Self::CertificateEnded => {
                "the certificate that the access token was issued for has expired"
            }
        }
    }
}

impl AccessTokens {
    pub(crate) fn new(life: Duration) -> Self {
        Self {
            held: Mutex::new(Held {
                life: bounded(life),
                registrations: Vec::new(),
                issued: HashMap::new(),
                order: VecDeque::new(),
                refusals: 0,
                revoked: false,
            }),
        }
    }

    /// Registers a client. The sandbox's sender is registered from the start.
    ///
    /// # Errors
    /// [`RegistrationError::Taken`] if the client id or the broker id is registered already: there is one
    /// broker id for each client id.
    pub fn register(&self, registration: TokenRegistration) -> Result<(), RegistrationError> {
        let mut held = self.lock();
        let taken = held.registrations.iter().any(|known| {
            known.client_id() == registration.client_id()
                || known.broker_id() == registration.broker_id()
        });
        if taken {
            return Err(RegistrationError::Taken);
        }
        held.registrations.push(registration);
        Ok(())
    }

    /// Returns all registrations, the sender's first.
    #[must_use]
    pub fn registrations(&self) -> Vec<TokenRegistration> {
        self.lock().registrations.clone()
    }

    /// Sets how long tokens hold that are issued from now on: whole seconds, from 1 second to 365 days;
    /// anything else is brought into these bounds. Defaults to an hour.
    pub fn set_life(&self, life: Duration) {
        self.lock().life = bounded(life);
    }

    /// Returns how long a new token holds.
    #[must_use]
    pub fn life(&self) -> Duration {
        self.lock().life
    }

    /// Ends every token issued so far, as if its time were over: calls with one get 401. The endpoint goes on
    /// issuing new ones.
    pub fn expire(&self) {
        let mut held = self.lock();
        for issued in held.issued.values_mut() {
            issued.until = Timestamp::MIN;
        }
    }

    /// Revokes the certificates of all registrations: calls with a token get 401, and the endpoint responds
    /// with `invalid_client`, until [`restore`](Self::restore).
    pub fn revoke(&self) {
        self.lock().revoked = true;
    }

    /// Takes [`revoke`](Self::revoke) and [`refuse`](Self::refuse) back. Tokens that have not expired hold
    /// again.
    pub fn restore(&self) {
        let mut held = self.lock();
        held.revoked = false;
        held.refusals = 0;
    }

    /// Lets the endpoint refuse the next `requests` requests for a token with `invalid_client`.
    pub fn refuse(&self, requests: u32) {
        self.lock().refusals = requests;
    }

    /// Returns how many requests for a token are still to be refused on purpose.
    #[must_use]
    pub fn refusals(&self) -> u32 {
        self.lock().refusals
    }

    /// Returns whether the certificates of all registrations are revoked.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.lock().revoked
    }

    /// How many tokens hold at `now`.
    pub(crate) fn live(&self, now: Timestamp) -> usize {
        let held = self.lock();
        let live = held.issued.values().filter(|issued| issued.until > now);
        live.count()
    }

    /// Gives a token to a client that has proved itself by `certificate`, or says why not.
    pub(crate) fn grant(
        &self,
        now: Timestamp,
        certificate: &Certificate,
        request: &TokenRequest,
        resource: &str,
    ) -> Result<Granted, TokenRefusal> {
        let mut held = self.lock();
        if held.refusals > 0 {
            held.refusals -= 1;
            return Err(TokenRefusal::invalid_client("refused on purpose"));
        }
        let registration = held
            .registrations
            .iter()
            .find(|known| known.client_id() == request.client_id)
            .ok_or_else(|| TokenRefusal::invalid_client("no client is registered by this id"))?
            .clone();
        if registration.thumbprint() != certificate.sha256() {
            return Err(TokenRefusal::invalid_client(
                "the client id is registered for a certificate with another thumbprint; a renewed \
                 certificate needs a new client id",
            ));
        }
        if held.revoked {
            return Err(TokenRefusal::invalid_client("the certificate is revoked"));
        }
        let scope = format!("signering:{}", registration.broker_id());
        if request.scope != scope {
            return Err(TokenRefusal::invalid_scope());
        }
        if request.resource != resource {
            return Err(TokenRefusal::invalid_target());
        }
        let life = held.life;
        let ahead = SignedDuration::try_from(life).unwrap_or(SignedDuration::MAX);
        let until = now.checked_add(ahead).unwrap_or(Timestamp::MAX);
        let mut random = [0; 32];
        let filled = SystemRandom::new().fill(&mut random);
        filled.map_err(|_| TokenRefusal::broken())?;
        let token = URL_SAFE_NO_PAD.encode(random);
        let digest = digest_of(&token);
        held.forget_ended(now);
        held.order.push_back(digest);
        let issued = Issued {
            registration,
            until,
        };
        held.issued.insert(digest, issued);
        Ok(Granted { token, life, scope })
    }

    /// The registration that a token was issued for, if it is good at `now`.
    pub(crate) fn accept(
        &self,
        now: Timestamp,
        token: &str,
    ) -> Result<TokenRegistration, TokenProblem> {
        let held = self.lock();
        let issued = held.issued.get(&digest_of(token));
        let issued = issued.ok_or(TokenProblem::Unknown)?;
        if held.revoked {
            return Err(TokenProblem::Revoked);
        }
        if issued.until <= now {
            return Err(TokenProblem::Expired);
        }
        if issued.registration.certificate_ends() < now {
            return Err(TokenProblem::CertificateEnded);
        }
        Ok(issued.registration.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // Each change is made at once.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Makes room: a token that ended a day ago is unknown, and so is the oldest of too many.
    fn forget_ended(&mut self, now: Timestamp) {
        let day = SignedDuration::from_hours(24);
        while let Some(oldest) = self.order.front() {
            let ended = self.issued.get(oldest).is_none_or(|issued| {
                let forgotten = issued.until.checked_add(day);
                forgotten.is_ok_and(|forgotten| forgotten < now)
            });
            if !ended && self.order.len() < MOST_TOKENS {
                break;
            }
            self.issued.remove(oldest);
            self.order.pop_front();
        }
    }
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.lock();
        f.debug_struct("AccessTokens")
            .field("life", &held.life)
            .field("registrations", &held.registrations)
            .field("issued", &held.issued.len())
            .field("refusals", &held.refusals)
            .field("revoked", &held.revoked)
            .finish()
    }
}

fn bounded(life: Duration) -> Duration {
    let whole = Duration::from_secs(life.as_secs());
    whole.clamp(Duration::from_secs(1), LONGEST_LIFE)
}

fn digest_of(token: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    bytes
}

#[cfg(test)]
mod tests;
