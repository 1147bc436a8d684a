//! Who takes part.

use std::path::{Path, PathBuf};

/// The programs and what to call them.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) server: PathBuf,
    client: PathBuf,
    heap: PathBuf,
    /// `client.mjs` where its SDK is installed, or why there is none.
    node: Result<PathBuf, String>,
}

/// One column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Contestant {
    OursCt,
    OursMt,
    OfficialCt,
    OfficialMt,
    Node,
}

pub(crate) const ALL: [Contestant; 5] = [
    Contestant::OursCt,
    Contestant::OursMt,
    Contestant::OfficialCt,
    Contestant::OfficialMt,
    Contestant::Node,
];

/// Where the measure runs on a runtime with two workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a task.
    Task,
    /// In `main`, as `#[tokio::main]` has it.
    Main,
}

impl Contestant {
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::OursCt => "copilot-sessions, ct",
            Self::OursMt => "copilot-sessions, mt",
            Self::OfficialCt => "official Rust, ct",
            Self::OfficialMt => "official Rust, mt",
            Self::Node => "official Node",
        }
    }

    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::OursCt | Self::OursMt)
    }

    pub(crate) fn is_multi_thread(self) -> bool {
        matches!(self, Self::OursMt | Self::OfficialMt)
    }

    /// The short name of the flavour, in names of ratios.
    pub(crate) fn flavour(self) -> &'static str {
        if self.is_multi_thread() { "mt" } else { "ct" }
    }
}

impl Programs {
    /// `directory` is where the programs of this package are.
    pub(crate) fn new(directory: &Path, node: Result<PathBuf, String>) -> Self {
        let program =
            |name: &str| directory.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        Self {
            server: program("peer-server"),
            client: program("peer-client"),
            heap: program("peer-heap"),
            node,
        }
    }

    /// The program and the arguments that come before those of the measure.
    pub(crate) fn command(
        &self,
        contestant: Contestant,
        place: Place,
        counting: bool,
    ) -> Result<(PathBuf, Vec<String>), String> {
        let server = self.server.display().to_string();
        if contestant == Contestant::Node {
            let script = self.node.clone()?.display().to_string();
            return Ok(("node".into(), vec!["--expose-gc".into(), script, server]));
        }
        let sdk = if contestant.is_ours() { "ours" } else { "official" };
        let flavour = match (contestant.is_multi_thread(), place) {
            (false, _) => "ct",
            (true, Place::Task) => "mt",
            (true, Place::Main) => "main",
        };
        let program = if counting { &self.heap } else { &self.client };
        Ok((program.clone(), vec![sdk.into(), flavour.into(), server]))
    }
}
