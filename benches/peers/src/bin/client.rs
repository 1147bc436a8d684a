//! `peer-client`: runs one measure on one SDK. The package's README lists the arguments.

use std::process::ExitCode;

fn main() -> ExitCode {
    peer_bench::run(None)
}
