//! One measure on one SDK: see the package's README for the arguments.

use std::process::ExitCode;

fn main() -> ExitCode {
    peer_bench::run(None)
}
