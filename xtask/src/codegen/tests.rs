//! Small schemas, and what is written for them.

mod events;
mod methods;
