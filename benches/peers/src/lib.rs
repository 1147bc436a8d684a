//! The Rust clients of the comparison: the same work, written once, on either SDK.
//!
//! Each measure is generic over [`Sdk`], so that what is measured differs in the SDK only. See the package's
//! README for what each SDK is asked to do and why that is its best form.

mod command;
mod early;
mod heap;
mod official;
mod ours;
mod sdk;
mod server;
mod stream;
mod turns;

pub use command::run;
pub use sdk::{Item, Sdk};
