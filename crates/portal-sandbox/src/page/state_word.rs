//! The words for where jobs and signers stand, as pages show them: those of the API's own responses,
//! which the management API and the commands use too.

use std::fmt;

use crate::service::{JobState, SignerState};

/// A state as a page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StateWord {
    word: &'static str,
    class: &'static str,
}

impl StateWord {
    /// Returns the class of the style sheet.
    pub(super) fn class(self) -> &'static str {
        self.class
    }

    /// Returns the parts between which a narrow page may break the word: each but the last ends in an
    /// underscore.
    pub(super) fn parts(self) -> impl Iterator<Item = &'static str> {
        self.word.split_inclusive('_')
    }
}

impl fmt::Display for StateWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word)
    }
}

impl From<JobState> for StateWord {
    fn from(state: JobState) -> Self {
        Self {
            word: state.as_str(),
            class: match state {
                JobState::InProgress => "waiting",
                JobState::CompletedSuccessfully => "good",
                JobState::Failed => "bad",
            },
        }
    }
}

impl From<SignerState> for StateWord {
    fn from(state: SignerState) -> Self {
        Self {
            word: state.as_str(),
            class: match state {
                SignerState::Waiting => "waiting",
                SignerState::Signed => "good",
                SignerState::NotApplicable => "off",
                _ => "bad",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_word_breaks_at_its_underscores_only() {
        let word = StateWord::from(SignerState::ContactInformationMissing);
        let parts: Vec<_> = word.parts().collect();
        assert_eq!(parts, ["CONTACT_", "INFORMATION_", "MISSING"]);
        assert_eq!(parts.concat(), word.to_string());
    }
}
