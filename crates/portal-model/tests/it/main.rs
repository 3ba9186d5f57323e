//! Tests of portal-model.

mod reference;
