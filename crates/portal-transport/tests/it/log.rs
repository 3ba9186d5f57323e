//! What a subscriber gets, kept in memory.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::Dispatch;
use tracing_subscriber::fmt::format::FmtSpan;

/// Everything at every level, while its dispatch is the default.
pub(crate) struct Log {
    pub(crate) dispatch: Dispatch,
    lines: Lines,
    /// While there is but one dispatch, `tracing` takes a span that another test's thread meets
    /// first for one that nobody wants.
    _second: Dispatch,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(crate) fn new() -> Self {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::CLOSE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let second = Dispatch::new(tracing_subscriber::registry());
        Self {
            dispatch: Dispatch::new(subscriber),
            lines,
            _second: second,
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap()
    }
}
