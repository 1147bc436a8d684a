//! The command line of `peer-bench`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

const USAGE: &str = "usage: peer-bench --table FILE --ratios FILE (--node DIRECTORY | --no-node REASON) [--quick] [--only MEASURES]";
const REPETITIONS: usize = 7;

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) table: PathBuf,
    pub(crate) ratios: PathBuf,
    /// The directory where the Node SDK is installed, or the reason why it is not.
    pub(crate) node: Result<PathBuf, String>,
    pub(crate) repetitions: usize,
    /// What the names of the measures that are to run begin with.
    pub(crate) only: String,
}

impl Options {
    pub(crate) fn parse() -> Result<Self> {
        let (mut table, mut ratios, mut node) = (None, None, None);
        let mut repetitions = REPETITIONS;
        let mut only = String::new();
        let mut arguments = std::env::args().skip(1);
        while let Some(flag) = arguments.next() {
            if flag == "--quick" {
                repetitions = 1;
                continue;
            }
            let value = arguments.next().context(USAGE)?;
            match flag.as_str() {
                "--only" => only = value,
                "--table" => table = Some(value.into()),
                "--ratios" => ratios = Some(value.into()),
                "--node" => node = Some(Ok(value.into())),
                "--no-node" => node = Some(Err(value)),
                _ => bail!(USAGE),
            }
        }
        Ok(Self {
            table: table.context(USAGE)?,
            ratios: ratios.context(USAGE)?,
            node: node.context(USAGE)?,
            repetitions,
            only,
        })
    }
}
