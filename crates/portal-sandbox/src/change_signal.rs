//! A signal that something has changed, for pages that follow a sandbox live.

use tokio::sync::watch;

/// Sent at every change, without saying what changed. Listeners are optional.
#[derive(Debug)]
pub(crate) struct ChangeSignal(watch::Sender<()>);

impl ChangeSignal {
    pub(crate) fn send(&self) {
        self.0.send_replace(());
    }

    /// What a listener waits on. Signals that arrive while it is busy count as one.
    pub(crate) fn listen(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}

impl Default for ChangeSignal {
    fn default() -> Self {
        Self(watch::Sender::new(()))
    }
}
