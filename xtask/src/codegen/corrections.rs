//! Where the schema says otherwise than runtimes do.
//!
//! Each entry names what was seen. An entry that corrects nothing any more stops the generator.

/// What a runtime does with a member that the schema does not allow.
#[derive(Debug)]
pub(crate) struct Correction {
    /// The payload or type, as it is called in Rust; or a method, as on the wire.
    pub(crate) item: &'static str,
    /// The member, as on the wire; of a method, `result`.
    pub(crate) member: &'static str,
    pub(crate) deviation: Deviation,
    /// What was seen, and where.
    pub(crate) evidence: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deviation {
    /// It is required, and left out or null.
    Absent,
    /// It is the result of a method, an object, and null.
    NullResult,
    /// It has zero as its minimum, and is negative.
    Negative,
}

pub(crate) const EVENTS: &[Correction] = &[];

pub(crate) const METHODS: &[Correction] = &[
    Correction {
        item: "AgentGetCurrentResult",
        member: "agent",
        deviation: Deviation::Absent,
        evidence: "runtime 1.0.85 answers null when no agent is selected",
    },
    Correction {
        item: "HistoryCompactResult",
        member: "tokensRemoved",
        deviation: Deviation::Negative,
        evidence: "runtime 1.0.85 answers -1027 when the summary is longer than what it stands for",
    },
    Correction {
        item: "BuiltinToolDescriptor",
        member: "hasSummariseIntention",
        deviation: Deviation::Absent,
        evidence: "CLI 1.0.102 answers null for some tools",
    },
    Correction {
        item: "user.settings.set",
        member: "result",
        deviation: Deviation::NullResult,
        evidence: "CLI 1.0.102 answers null",
    },
];
