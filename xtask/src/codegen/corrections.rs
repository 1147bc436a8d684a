//! Corrections of the schema: where runtimes send something that the schema does not allow.
//!
//! Each entry names what was seen. An entry that corrects nothing any more stops the generator.

use anyhow::{Context, Result, ensure};

use crate::codegen::ir::{Body, Document, Type};

/// One deviation of a runtime from the schema.
#[derive(Debug)]
pub(crate) struct Correction {
    /// The payload or type, by its name in Rust; or a method, by its name on the wire.
    pub(crate) item: &'static str,
    /// The field, by its name on the wire; `result` for a method.
    pub(crate) field: &'static str,
    pub(crate) deviation: Deviation,
    /// What was seen, and where.
    pub(crate) evidence: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deviation {
    /// The field is required by the schema, and absent or null.
    Absent,
    /// The result of the method is an object by the schema, and null.
    NullResult,
    /// The minimum of the field is zero by the schema, and it is negative.
    Negative,
}

pub(crate) const EVENTS: &[Correction] = &[];

pub(crate) const METHODS: &[Correction] = &[
    Correction {
        item: "AgentGetCurrentResult",
        field: "agent",
        deviation: Deviation::Absent,
        evidence: "runtime 1.0.85 answers null when no agent is selected",
    },
    Correction {
        item: "HistoryCompactResult",
        field: "tokensRemoved",
        deviation: Deviation::Negative,
        evidence: "runtime 1.0.85 answers -1027 when the summary is longer than what it stands for",
    },
    Correction {
        item: "BuiltinToolDescriptor",
        field: "hasSummariseIntention",
        deviation: Deviation::Absent,
        evidence: "CLI 1.0.102 answers null for some tools",
    },
    Correction {
        item: "user.settings.set",
        field: "result",
        deviation: Deviation::NullResult,
        evidence: "CLI 1.0.102 answers null",
    },
];

/// Applies `corrections` to `document`.
pub(crate) fn apply(document: &mut Document, corrections: &[Correction]) -> Result<()> {
    corrections.iter().try_for_each(|correction| match correction.deviation {
        Deviation::NullResult => correct_result(document, correction),
        Deviation::Absent | Deviation::Negative => correct_field(document, correction),
    })
}

fn correct_result(document: &mut Document, correction: &Correction) -> Result<()> {
    let Correction { item, evidence, .. } = correction;
    let mut methods = document.methods.iter_mut();
    let method = methods.find(|method| method.wire == *item);
    let method = method.with_context(|| format!("no method {item} to correct"))?;
    let is_stale = !matches!(&method.result, Some(ty) if !matches!(ty, Type::Nullable(_)));
    ensure!(!is_stale, "the correction of {item} corrects nothing");
    method.result = method.result.take().map(Type::nullable);
    method.docs.notes.push(format!("Never null by the schema; {evidence}."));
    Ok(())
}

fn correct_field(document: &mut Document, correction: &Correction) -> Result<()> {
    let Correction { item, field: name, deviation, evidence } = correction;
    let body = document.items.get_mut(*item).map(|item| &mut item.body);
    let field = match body {
        Some(Body::Struct(fields)) => fields.iter_mut().find(|field| field.wire == *name),
        _ => None,
    };
    let stale = || format!("the correction of {item}.{name} corrects nothing");
    let field = field.with_context(stale)?;
    let note = if *deviation == Deviation::Absent {
        ensure!(field.required, stale());
        field.required = false;
        format!("Required by the schema; {evidence}.")
    } else {
        ensure!(field.ty == Type::Unsigned, stale());
        field.ty = Type::Signed;
        format!("Not negative by the schema; {evidence}.")
    };
    field.docs.notes.push(note);
    Ok(())
}
