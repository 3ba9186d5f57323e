//! Faults at random, the same each time.

use std::collections::HashMap;

use schemars::JsonSchema;

use super::endpoint::Endpoint;
use super::fault::Fault;

/// How often what goes wrong.
///
/// ```
/// use portal_sandbox::{Endpoint, Fault, FaultRates};
///
/// let rates = FaultRates::new()
///     .with(Endpoint::Any, Fault::DropAfter, 0.02)
///     .with(Endpoint::Poll, Fault::Status(503), 0.1);
/// ```
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[serde(transparent)]
pub struct FaultRates(pub(super) Vec<FaultRate>);

/// How often one thing goes wrong.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultRate {
    /// The calls.
    pub endpoint: Endpoint,
    /// What goes wrong with them.
    pub fault: Fault,
    /// With how many of them: 0 is none, 1 is all.
    pub rate: f64,
}

impl FaultRates {
    /// Creates rates by which nothing goes wrong.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault. A call meets at most one fault; where the rates of an endpoint add up to more
    /// than 1, those added last come short.
    #[must_use]
    pub fn with(mut self, endpoint: Endpoint, fault: Fault, rate: f64) -> Self {
        self.0.push(FaultRate {
            endpoint,
            fault,
            rate,
        });
        self
    }

    /// Returns all rates, in the order in which they were added.
    #[must_use]
    pub fn all(&self) -> &[FaultRate] {
        &self.0
    }
}

/// Draws faults by a seed.
#[derive(Debug)]
pub(super) struct Dice {
    seed: u64,
    rates: FaultRates,
    calls: HashMap<Endpoint, u64>,
}

impl Dice {
    pub(super) fn new(seed: u64, rates: FaultRates) -> Self {
        Self {
            seed,
            rates,
            calls: HashMap::new(),
        }
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) fn rates(&self) -> &FaultRates {
        &self.rates
    }

    pub(super) fn draw(&mut self, endpoint: Endpoint) -> Option<Fault> {
        let calls = self.calls.entry(endpoint).or_default();
        *calls += 1;
        let mut left = fraction(self.seed, endpoint, *calls);
        let rates = self.rates.0.iter();
        for rate in rates.filter(|rate| rate.endpoint.covers(endpoint)) {
            left -= rate.rate.max(0.0);
            if left < 0.0 {
                return Some(rate.fault.clone());
            }
        }
        None
    }
}

/// A number from 0 up to 1 that looks random.
fn fraction(seed: u64, endpoint: Endpoint, call: u64) -> f64 {
    let bits = mixed(mixed(mixed(seed) ^ endpoint as u64) ^ call);
    // The upper 32 bits, which every f64 holds exactly.
    let upper = u32::try_from(bits >> 32).unwrap_or(u32::MAX);
    f64::from(upper) / (f64::from(u32::MAX) + 1.0)
}

/// SplitMix64: spreads every bit of a number over the whole word.
fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
