//! Faults on purpose: which call goes wrong next, and how.

mod endpoint;
mod fault;
mod json;
mod rates;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use endpoint::Endpoint;
pub use fault::{Fault, StatusWithHeaders};
pub use rates::{FaultRate, FaultRates};

use rates::Dice;

/// Faults that a sandbox makes on purpose. There are none by default.
///
/// A script says what happens to the next calls, a seed with [rates](FaultRates) what happens to how
/// many of all calls. The script comes first. Both are deterministic: the same script or seed and
/// the same calls meet the same faults. The [journal](crate::JournalEntry::fault) says which call
/// met which.
///
/// ```
/// use portal_sandbox::{Endpoint, Fault, Sandbox};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::start().await?;
/// // The next three polls get 503, the one after them lacks its next poll time.
/// sandbox.faults().next(3, Endpoint::Poll, Fault::Status(503));
/// sandbox.faults().next(1, Endpoint::Poll, Fault::NoPollTime);
/// // The next create makes a job, but its response never arrives.
/// sandbox.faults().next(1, Endpoint::Create, Fault::DropAfter);
/// assert_eq!(sandbox.faults().planned().len(), 3);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Faults {
    plan: Mutex<Plan>,
}

#[derive(Debug, Default)]
struct Plan {
    script: VecDeque<PlannedFault>,
    dice: Option<Dice>,
}

/// A fault that is still to come.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[non_exhaustive]
pub struct PlannedFault {
    /// How many more calls will meet it.
    pub calls: u32,
    /// The calls that meet it.
    pub endpoint: Endpoint,
    /// What goes wrong with them.
    pub fault: Fault,
}

impl Faults {
    /// Lets the next `calls` calls of `endpoint` that no earlier line of the script is for meet
    /// `fault`. A call that has nothing to be tampered with, such as a poll of an empty queue that is
    /// to get an unknown status, uses the line up all the same.
    pub fn next(&self, calls: u32, endpoint: Endpoint, fault: Fault) {
        if calls > 0 {
            self.lock().script.push_back(PlannedFault {
                calls,
                endpoint,
                fault,
            });
        }
    }

    /// From now on lets calls go wrong at random, at these rates. Whether the n-th call of an
    /// endpoint from here goes wrong depends on `seed`, the endpoint and n, and not on the calls of
    /// other endpoints in between.
    pub fn seeded(&self, seed: u64, rates: FaultRates) {
        self.lock().dice = Some(Dice::new(seed, rates));
    }

    /// Returns the script as far as it is still to come, in its order.
    #[must_use]
    pub fn planned(&self) -> Vec<PlannedFault> {
        self.lock().script.iter().cloned().collect()
    }

    /// Returns the seed and the rates, if there are any.
    #[must_use]
    pub fn rates(&self) -> Option<(u64, FaultRates)> {
        let plan = self.lock();
        let dice = plan.dice.as_ref()?;
        Some((dice.seed(), dice.rates().clone()))
    }

    /// Forgets the script, the seed and the rates: nothing goes wrong any more.
    pub fn clear(&self) {
        *self.lock() = Plan::default();
    }

    /// What goes wrong with this call of `endpoint`.
    pub(crate) fn draw(&self, endpoint: Endpoint) -> Option<Fault> {
        let mut plan = self.lock();
        let drawn = plan.dice.as_mut().and_then(|dice| dice.draw(endpoint));
        let line = plan
            .script
            .iter()
            .position(|planned| planned.endpoint.covers(endpoint));
        let Some(line) = line else {
            return drawn;
        };
        let planned = &mut plan.script[line];
        planned.calls -= 1;
        let fault = planned.fault.clone();
        if planned.calls == 0 {
            plan.script.remove(line);
        }
        Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, Plan> {
        // Nothing in here panics half-way: at worst a line has a call more to come.
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_followed_line_by_line_for_each_endpoint() {
        let faults = Faults::default();
        faults.next(2, Endpoint::Poll, Fault::Status(503));
        faults.next(1, Endpoint::Any, Fault::DropBefore);
        faults.next(1, Endpoint::Poll, Fault::NoPollTime);
        faults.next(0, Endpoint::Poll, Fault::Garbage);
        let draw = |endpoint| faults.draw(endpoint);
        assert_eq!(draw(Endpoint::Poll), Some(Fault::Status(503)));
        assert_eq!(draw(Endpoint::Create), Some(Fault::DropBefore));
        assert_eq!(draw(Endpoint::Create), None);
        assert_eq!(draw(Endpoint::Poll), Some(Fault::Status(503)));
        assert_eq!(faults.planned().len(), 1);
        assert_eq!(draw(Endpoint::Poll), Some(Fault::NoPollTime));
        assert_eq!(draw(Endpoint::Poll), None);
    }

    #[test]
    fn a_seed_gives_each_endpoint_the_same_faults_again() {
        let rates = FaultRates::new()
            .with(Endpoint::Any, Fault::DropAfter, 0.2)
            .with(Endpoint::Poll, Fault::Status(500), 0.3);
        let run = |between: usize| {
            let faults = Faults::default();
            faults.seeded(7, rates.clone());
            (0..2000)
                .map(|_| {
                    for _ in 0..between {
                        faults.draw(Endpoint::Confirm);
                    }
                    faults.draw(Endpoint::Poll)
                })
                .collect::<Vec<_>>()
        };
        let drawn = run(0);
        assert_eq!(drawn, run(3), "other calls make no difference");
        let count = |fault: Option<Fault>| drawn.iter().filter(|&drawn| *drawn == fault).count();
        assert!((340..460).contains(&count(Some(Fault::DropAfter))));
        assert!((520..680).contains(&count(Some(Fault::Status(500)))));
        let other = Faults::default();
        other.seeded(8, rates.clone());
        let others: Vec<_> = (0..2000).map(|_| other.draw(Endpoint::Poll)).collect();
        assert_ne!(drawn, others);
    }

    #[test]
    fn clearing_forgets_the_script_and_the_seed() {
        let faults = Faults::default();
        faults.next(1, Endpoint::Any, Fault::Garbage);
        faults.seeded(
            1,
            FaultRates::new().with(Endpoint::Any, Fault::Garbage, 1.0),
        );
        assert_eq!(faults.rates().map(|(seed, _)| seed), Some(1));
        faults.clear();
        assert_eq!(faults.draw(Endpoint::Poll), None);
        assert_eq!((faults.planned().len(), faults.rates()), (0, None));
    }
}
