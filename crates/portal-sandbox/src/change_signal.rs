//! A signal that something has changed, for pages that follow a sandbox live.

use tokio::sync::watch;

/// Beats at every change, and holds nothing of it. Nobody need listen.
#[derive(Debug)]
pub(crate) struct ChangeSignal(watch::Sender<()>);

impl ChangeSignal {
    pub(crate) fn send(&self) {
        self.0.send_replace(());
    }

    /// What a listener waits on. Beats that come while it is busy count as one.
    pub(crate) fn listen(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}

impl Default for ChangeSignal {
    fn default() -> Self {
        Self(watch::Sender::new(()))
    }
}
