//! Questions before what can't be undone.

use std::io::{self, IsTerminal, Write};

use crate::exit::Exit;
use crate::failure::Failure;

/// Asks unless `yes`. Without a terminal it is an error, so that no script does it by omission.
pub(crate) fn confirm(question: &str, yes: bool, no_input: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if no_input || !io::stdin().is_terminal() {
        return Err(Failure::usage(format!("{question} Nobody can be asked")).fix("give --yes"));
    }
    let mut err = io::stderr();
    // A terminal that can't be written to can't be read either.
    let _ = write!(err, "{question} [y/N] ");
    let _ = err.flush();
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    if ["y", "yes", "j", "ja"].contains(&&*line.trim().to_lowercase()) {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Usage,
        "not-confirmed",
        "not confirmed; nothing was done",
    ))
}
