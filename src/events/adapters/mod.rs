//! Adapters for streams of events.

mod ext;
mod filtered;
mod of_kind;
mod on_gap;
mod pick;
mod text;
mod turns;
mod until_idle;

#[cfg(test)]
mod tests;

pub use self::ext::EventStreamExt;
pub use self::filtered::Filtered;
pub use self::of_kind::{OfKind, Typed, TypedError};
pub use self::on_gap::OnGap;
pub use self::text::{Text, TextStream};
pub use self::turns::{TurnEvents, Turns};
pub use self::until_idle::UntilIdle;
