//! Tests of the rules from outside.
//!
//! The modules are marked as tests once more, since clippy takes nothing else for a test.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod sample;
