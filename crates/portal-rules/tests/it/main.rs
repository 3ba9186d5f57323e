//! Tests of the rules from outside.
//!
//! The modules are marked as tests once more, since clippy takes nothing else for a test.

/// Makes a value of the model and sets some of its fields.
macro_rules! set {
    ($new:expr; $($field:ident: $value:expr),*) => {{
        let mut value = $new;
        $(value.$field = $value;)*
        value
    }};
}

#[cfg(test)]
mod acceptance;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod chain;
#[cfg(test)]
mod facts;
#[cfg(all(test, feature = "serde"))]
mod json;
#[cfg(test)]
mod lint;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod mutation;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod report;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod strategy;
#[cfg(test)]
mod strategy_any;
#[cfg(test)]
mod table;
