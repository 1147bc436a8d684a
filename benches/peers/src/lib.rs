//! The Rust clients of the comparison with the official SDKs: the same work, written once for both SDKs.
//!
//! Each measure is generic over [`Sdk`], so that two runs of it differ in the SDK only. The package's README describes
//! what each SDK does, and why that is its best form.

mod burst;
mod command;
mod early;
mod heap;
mod launch;
mod official;
mod ours;
mod sdk;
mod turns;
mod windows;

pub use self::command::run;
pub use self::sdk::{Item, Sdk};
