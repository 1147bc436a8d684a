//! One part of the way of an event, for an instruction counter: `cargo xtask profile`.
//!
//! `profile PATH COUNT` runs that part for so many events. What is to be counted happens within [`counted`], so that
//! making events ready is left out. Without arguments it lists the parts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)] // Benches may panic.

#[path = "support/paths.rs"]
mod paths;
mod support;

use self::paths::{PATHS, Work};

fn main() {
    // Cargo adds an option of its own.
    let arguments: Vec<_> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    match arguments.as_slice() {
        [] => PATHS.iter().for_each(|path| println!("{}", path.name)),
        [name, count] => {
            let path =
                PATHS.iter().find(|path| path.name == name).expect("a path of that name");
            counted((path.prepare)(count.parse().expect("a number of events")));
        }
        _ => panic!("usage: profile [PATH COUNT]"),
    }
}

/// `cargo xtask profile` names this function to the counter.
#[inline(never)]
fn counted(work: Work) {
    work();
}
