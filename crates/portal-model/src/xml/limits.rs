//! Bounds on what is read, so that a hostile document costs little. Well beyond anything the schema allows.

/// The largest document that is read, in bytes.
pub const DOCUMENT: usize = 1024 * 1024;

/// The deepest nesting of elements that is read. The schema itself goes to 5.
pub const DEPTH: usize = 32;

/// The most attributes that one element may have, namespace declarations included.
pub const ATTRIBUTES: usize = 32;

/// The most namespace declarations that may be in force at one place.
pub const NAMESPACES: usize = 64;

/// The longest name of a namespace that is read, in bytes of UTF-8. The schema's own has 38.
pub const NAMESPACE: usize = 256;

/// The longest text of one element or attribute that is read or written, in bytes of UTF-8.
pub const TEXT: usize = 64 * 1024;

/// The most notices that one reading lists; further ones are only counted.
pub const NOTICES: usize = 100;
