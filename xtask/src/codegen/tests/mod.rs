//! Tests of the generator: small schemas and the code that is written for them.

mod events;
mod methods;
