//! Who may deliver.

/// Says whether this process may deliver now: whether it holds the lease.
///
/// Any `Fn() -> bool` is a gate.
pub trait DeliveryGate: Sync {
    /// Returns whether an attempt may begin. It is looked at right before each one.
    fn is_open(&self) -> bool;
}

impl<F: Fn() -> bool + Sync> DeliveryGate for F {
    fn is_open(&self) -> bool {
        self()
    }
}
