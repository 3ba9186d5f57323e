//! The commands, a file for each.

pub(crate) mod anchors;
pub(crate) mod cancel;
pub(crate) mod certificate;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod delete;
pub(crate) mod doctor;
pub(crate) mod events;
pub(crate) mod fetch;
pub(crate) mod init;
pub(crate) mod job;
pub(crate) mod man;
pub(crate) mod package;
pub(crate) mod rules;
pub(crate) mod schema;
pub(crate) mod send;
pub(crate) mod validate;
pub(crate) mod wait;
pub(crate) mod watch;
