//! Settings that keep a session within the model's context window: compaction, large tool
//! output, tool search.

use serde::Serialize;

use crate::session::config::options::Options;
use crate::session::config::setters::{debug_shows, setters};

/// Compaction of a conversation that fills the model's context window.
#[derive(Clone, Default, Serialize)]
#[serde(transparent)]
#[must_use]
pub struct InfiniteSessions {
    options: Options,
}

impl InfiniteSessions {
    /// The runtime's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Enables compaction. On unless set.
        flag enabled = "enabled";
        /// Fraction of the context window, from 0 to 1, at which compaction starts in the
        /// background. 0.8 unless set.
        value background_compaction_threshold(f64) = "backgroundCompactionThreshold";
        /// Fraction of the context window, from 0 to 1, at which the session waits for the
        /// compaction to finish. 0.95 unless set.
        value buffer_exhaustion_threshold(f64) = "bufferExhaustionThreshold";
    }
}

debug_shows!(InfiniteSessions, |_| true);

/// Handling of tool output that is too large for the model.
///
/// Such output is written to a file, and the model gets a reference to the file.
#[derive(Clone, Default, Serialize)]
#[serde(transparent)]
#[must_use]
pub struct LargeOutput {
    options: Options,
}

impl LargeOutput {
    /// The runtime's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Enables writing large output to files. On unless set.
        flag enabled = "enabled";
        /// Size in bytes above which output is written to a file. 51,200 unless set.
        value max_size_bytes(u64) = "maxSizeBytes";
        /// Directory of the files. The system's directory for temporary files unless set.
        path output_directory = "outputDir";
    }
}

debug_shows!(LargeOutput, |_| true);

/// Tool search: the model looks tools up when it needs them, instead of being given all
/// definitions at the start.
#[derive(Clone, Default, Serialize)]
#[serde(transparent)]
#[must_use]
pub struct ToolSearch {
    options: Options,
}

impl ToolSearch {
    /// The runtime's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Enables tool search. `false` gives the model all tools at the start.
        flag enabled = "enabled";
        /// Number of tools above which MCP tools and client-provided tools are deferred to
        /// the search. 30 unless set.
        value defer_threshold(u64) = "deferThreshold";
    }
}

debug_shows!(ToolSearch, |_| true);
