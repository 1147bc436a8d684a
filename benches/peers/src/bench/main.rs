//! `peer-bench`: runs every client on every measure, repeatedly and in turn, and writes the table and the ratios.

mod candidates;
mod measures;
mod options;
mod ratios;
mod runner;
mod samples;
mod table;
mod versions;

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use self::candidates::{ALL, Programs};
use self::options::Options;
use self::samples::Samples;

fn main() -> ExitCode {
    match compare() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// False if this repository's crate lost or reordered events, or could not be measured.
fn compare() -> Result<bool> {
    let options = Options::parse()?;
    let own = std::env::current_exe().context("cannot find the path of this program")?;
    let directory = own.parent().context("this program has no directory")?;
    let node = options.node.as_ref().map(|directory| directory.join("client.mjs"));
    let programs = Programs::new(directory, node.map_err(Clone::clone));
    let mut measures = measures::all(options.repetitions);
    measures.retain(|measure| measure.name.starts_with(&options.only));
    ensure!(!measures.is_empty(), "no measure begins with {}", options.only);
    let mut samples = Samples::default();
    for measure in &measures {
        eprintln!("peers: {} (x{})", measure.name, measure.repetitions);
        for _ in 0..measure.repetitions {
            for candidate in ALL.into_iter().filter(|one| measure.takes(*one)) {
                let cell = samples.cell(&measure.name, candidate);
                // A client that failed is not run again.
                if cell.failure.is_none() {
                    cell.add(runner::run(&programs, measure, candidate));
                }
            }
        }
    }
    let table = table::markdown(&measures, &samples, &versions::all(&options));
    let ratios = ratios::lines(&measures, &samples);
    print!("{table}\n{ratios}");
    fs::write(&options.table, table).context("cannot write the table")?;
    fs::write(&options.ratios, ratios).context("cannot write the ratios")?;
    let violations = ratios::violations(&measures, &samples);
    for violation in &violations {
        eprintln!("peers: {violation}");
    }
    Ok(violations.is_empty())
}
