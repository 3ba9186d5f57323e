//! An error with its causes, in one line.

use std::error::Error as StdError;
use std::fmt;

/// Shows an error and its causes in one line, for logs. A cause that the text before it already says is left
/// out.
///
/// ```
/// use portal_client::{Environment, ErrorChain};
///
/// if let Err(error) = Environment::custom("http://example.com") {
///     eprintln!("cannot go on: {}", ErrorChain(&error));
/// }
/// ```
///
/// The texts of this crate's errors hold no personal data. Those of other errors are shown as they are.
#[derive(Clone, Copy, Debug)]
pub struct ErrorChain<'a>(pub &'a (dyn StdError + 'static));

impl fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.0.to_string();
        f.write_str(&said)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !said.contains(&text) {
                write!(f, ": {text}")?;
                said = text;
            }
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Told {
        text: &'static str,
        source: Option<Box<Told>>,
    }

    #[test]
    fn each_cause_is_shown_once() {
        let error = ["disk full", "cannot write: disk full", "cannot save"]
            .into_iter()
            .fold(None, |source, text| Some(Box::new(Told { text, source })));
        let shown = ErrorChain(&*error.unwrap()).to_string();
        assert_eq!(shown, "cannot save: cannot write: disk full");
    }
}
