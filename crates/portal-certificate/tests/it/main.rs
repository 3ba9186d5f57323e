//! The crate as its users see it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod authority;
mod choosing;
mod formats;
mod inspecting;
mod issuers;
mod loading;
mod openssl;
mod organization;
mod passwords;
mod pfx;
mod pkcs12;
mod private_key;
mod rfc9579;
mod usage;
mod webpki;
