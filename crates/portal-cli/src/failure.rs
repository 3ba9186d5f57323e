//! How an error reads on a terminal: what failed, and why, cause by cause.

use std::error::Error;

/// The error and its causes, one a line.
pub(crate) fn described(error: &dyn Error) -> String {
    let mut text = format!("portal: {error}");
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        // A transparent error repeats its cause's words.
        if !text.ends_with(&cause_text) {
            text.push_str("\n  because: ");
            text.push_str(&cause_text.replace('\n', "\n    "));
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] Middle);

    #[derive(Debug, thiserror::Error)]
    #[error(transparent)]
    struct Middle(#[from] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("inner\nwith a second line")]
    struct Inner;

    #[test]
    fn causes_stand_on_lines_of_their_own_and_once() {
        let text = described(&Outer(Middle(Inner)));
        assert_eq!(
            text,
            "portal: outer\n  because: inner\n    with a second line"
        );
    }
}
