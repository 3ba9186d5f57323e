//! Everything a transport needs to know, whichever HTTP library it uses.

use http::HeaderValue;

use crate::timeouts::TimeoutTable;
use crate::{CallClass, ConfigError, ServiceRoot, Timeouts, TlsSettings};

/// The settings of a transport: where the service is and how to prove oneself to it are
/// required, the rest has defaults.
#[derive(Debug, Clone)]
pub struct TransportSettings {
    pub(crate) root: ServiceRoot,
    pub(crate) tls: TlsSettings,
    pub(crate) timeouts: TimeoutTable,
    pub(crate) user_agent: HeaderValue,
}

/// Names this client to the service.
const USER_AGENT: &str = concat!("portal-client-rs/", env!("CARGO_PKG_VERSION"), " (rust)");

impl TransportSettings {
    /// Calls the service at `root` over TLS as `tls` says.
    #[must_use]
    pub fn new(root: ServiceRoot, tls: TlsSettings) -> Self {
        Self {
            root,
            tls,
            timeouts: TimeoutTable::default(),
            user_agent: HeaderValue::from_static(USER_AGENT),
        }
    }

    /// Replaces the time limits of one class of call.
    #[must_use]
    pub fn with_timeouts(mut self, class: CallClass, timeouts: Timeouts) -> Self {
        match class {
            CallClass::Ordinary => self.timeouts.ordinary = timeouts,
            CallClass::Download => self.timeouts.download = timeouts,
        }
        self
    }

    /// Adds ` (part)` to the User-Agent `portal-client-rs/<version> (rust)`, to name the program
    /// that uses this crate.
    ///
    /// # Errors
    /// [`ConfigError::UserAgent`] when `part` is empty, has brackets, or characters other than
    /// printable ASCII.
    pub fn with_user_agent_part(mut self, part: &str) -> Result<Self, ConfigError> {
        let printable =
            |byte: u8| (byte.is_ascii_graphic() || byte == b' ') && !b"()".contains(&byte);
        if part.is_empty() || !part.bytes().all(printable) {
            return Err(ConfigError::UserAgent);
        }
        self.user_agent = HeaderValue::from_str(&format!("{USER_AGENT} ({part})"))
            .map_err(|_| ConfigError::UserAgent)?;
        Ok(self)
    }

    /// Where the service is.
    #[must_use]
    pub fn root(&self) -> &ServiceRoot {
        &self.root
    }
}
