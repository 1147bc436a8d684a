//! The SDKs that are compared, and the programs that run them.

use std::path::{Path, PathBuf};

/// The paths of the programs.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) server: PathBuf,
    client: PathBuf,
    heap: PathBuf,
    /// `client.mjs` in the directory where its SDK is installed, or the reason why there is none.
    node: Result<PathBuf, String>,
}

/// One column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Candidate {
    OursCt,
    OursMt,
    OfficialCt,
    OfficialMt,
    Node,
}

pub(crate) const ALL: [Candidate; 5] = [
    Candidate::OursCt,
    Candidate::OursMt,
    Candidate::OfficialCt,
    Candidate::OfficialMt,
    Candidate::Node,
];

/// Where the measure runs on a runtime with two workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a task.
    Task,
    /// In the main task, as with `#[tokio::main]`.
    Main,
}

impl Candidate {
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
    /// `directory` has the programs of this package.
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

    /// The program, and the arguments before those of the measure.
    pub(crate) fn command(
        &self,
        candidate: Candidate,
        place: Place,
        counting: bool,
    ) -> Result<(PathBuf, Vec<String>), String> {
        let server = self.server.display().to_string();
        if candidate == Candidate::Node {
            let script = self.node.clone()?.display().to_string();
            return Ok(("node".into(), vec!["--expose-gc".into(), script, server]));
        }
        let sdk = if candidate.is_ours() { "ours" } else { "official" };
        let flavour = match (candidate.is_multi_thread(), place) {
            (false, _) => "ct",
            (true, Place::Task) => "mt",
            (true, Place::Main) => "main",
        };
        let program = if counting { &self.heap } else { &self.client };
        Ok((program.clone(), vec![sdk.into(), flavour.into(), server]))
    }
}
