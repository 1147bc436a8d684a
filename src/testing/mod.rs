//! testing
pub mod model;
