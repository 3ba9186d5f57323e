//! Receives, stores, verifies, confirms and delivers the changes of signature jobs.

#![cfg_attr(docsrs, feature(doc_cfg))]
// What the stages do not use yet.
#![allow(dead_code)]

mod layout;
mod probe;
mod spool;
mod store;
mod store_error;

pub use layout::Scope;
pub use store::Store;
pub use store_error::StoreError;
