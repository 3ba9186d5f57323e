//! The management port: the pages for people, and the management API, plain HTTP and JSON on a second
//! port, for what tests and people do to a sandbox from outside its process. The crate's documentation lists its calls.

mod act;
mod body;
mod faults;
mod guard;
mod journal;
mod openapi;
mod operation;
mod problem;
mod routes;
mod sample;
mod tokens;
mod view;

pub(crate) use act::{ACTS, let_act};
pub(crate) use journal::Peer;
pub(crate) use routes::router;
