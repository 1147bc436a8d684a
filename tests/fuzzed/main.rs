//! The seeds of the fuzz targets, and every input that once failed, through the targets' own checks.
//!
//! `cargo xtask fuzz` looks for more, with nightly.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a check may panic, and is a crate's public function elsewhere"
)]

use std::fs;
use std::path::Path;

#[path = "../../fuzz/src/framing.rs"]
mod framing;
#[path = "../../fuzz/src/scan.rs"]
mod scan;

#[test]
fn scanner_and_serde_agree_on_every_seed() {
    for seed in seeds("scan") {
        scan::check(&seed);
        for at in 0..seed.len() {
            scan::check(&seed[..at]);
            scan::check(&seed[at..]);
            scan::check(&[&seed[..at], &seed[at + 1..]].concat());
        }
    }
}

#[test]
fn seeds_and_what_is_cut_out_of_them_are_framed_the_same_however_they_come() {
    for seed in seeds("framing") {
        framing::check(&seed);
        for at in 0..seed.len() {
            framing::check(&seed[..at]);
            framing::check(&seed[at..]);
            framing::check(&[&seed[..at], &seed[at + 1..]].concat());
        }
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let seeds =
        fs::read_dir(seeds).unwrap().map(|seed| fs::read(seed.unwrap().path()).unwrap());
    let seeds: Vec<_> = seeds.collect();
    assert!(seeds.len() >= 5);
    seeds
}
