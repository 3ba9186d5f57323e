//! Code generation and the gate.

fn main() {}
