//! The sender's own certificate and key.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// The certificate chain and private key that prove who the sender is.
#[derive(Clone)]
pub struct Identity {
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) key: Arc<Zeroizing<Vec<u8>>>,
}

impl Identity {
    /// Takes a chain in DER, the holder's own certificate first, and its private key as PKCS#8
    /// in DER.
    #[must_use]
    pub fn from_der(chain: Vec<Vec<u8>>, private_key_pkcs8: Vec<u8>) -> Self {
        Self {
            chain,
            key: Arc::new(Zeroizing::new(private_key_pkcs8)),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("chain", &self.chain.len())
            .finish_non_exhaustive()
    }
}
