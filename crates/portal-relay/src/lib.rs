//! Receives, stores, verifies, confirms and delivers the changes of signature jobs.
