//! Events as lines of JSON.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use portal_client::BoxFuture;

use crate::{DeliveryFailure, DeliveryOutcome, EventBody, Sink, SinkName};

/// Writes each event as one line of JSON to a writer, such as standard output.
///
/// A line is written whole and flushed, also when the delivery is dropped meanwhile. When the other end of a pipe
/// is closed, the sink stops until the relay is started again.
///
/// ```
/// use portal_relay::{Lines, SinkName};
///
/// let print = Lines::new(SinkName::new("print")?, std::io::stdout());
/// # Ok::<(), portal_relay::SinkNameError>(())
/// ```
#[derive(Clone)]
pub struct Lines {
    name: SinkName,
    writer: Arc<Mutex<dyn Write + Send>>,
}

impl Lines {
    /// Creates a sink that writes to `writer`. The writer may block: it is used on the runtime's threads for
    /// blocking work.
    #[must_use]
    pub fn new(name: SinkName, writer: impl Write + Send + 'static) -> Self {
        Self {
            name,
            writer: Arc::new(Mutex::new(writer)),
        }
    }
}

impl Sink for Lines {
    fn name(&self) -> &SinkName {
        &self.name
    }

    fn deliver<'a>(&'a self, event: &'a EventBody) -> BoxFuture<'a, DeliveryOutcome> {
        Box::pin(async move {
            let mut line = event.bytes().to_vec();
            // In JSON a line end stands between values only.
            for byte in &mut line {
                if matches!(byte, b'\n' | b'\r') {
                    *byte = b' ';
                }
            }
            line.push(b'\n');
            let writer = Arc::clone(&self.writer);
            // A task for blocking work goes on when this future is dropped: no line is cut.
            let written = tokio::task::spawn_blocking(move || write(&writer, &line)).await;
            match written {
                Ok(Ok(())) => DeliveryOutcome::Taken,
                Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                    DeliveryOutcome::Closed
                }
                Ok(Err(error)) => DeliveryOutcome::retry(DeliveryFailure::Write(error.kind())),
                // The writer panicked, or the runtime ends.
                Err(_) => {
                    DeliveryOutcome::retry(DeliveryFailure::Write(io::ErrorKind::Interrupted))
                }
            }
        })
    }
}

fn write(writer: &Mutex<dyn Write + Send>, line: &[u8]) -> io::Result<()> {
    let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
    writer.write_all(line)?;
    writer.flush()
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
