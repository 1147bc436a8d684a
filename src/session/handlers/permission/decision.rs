//! `Decision`: the answer to a permission request.

use serde_json::{Value, json};

use crate::events::kinds::UserToolSessionApproval;

/// The answer to a permission request: yes, no, or another's to give.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Decision {
    /// Yes, this time.
    ApproveOnce,
    /// Yes, and to all like it for the rest of the session. `None` lets the runtime choose what is like it.
    ApproveForSession(Option<UserToolSessionApproval>),
    /// Yes, and to all like it in this place from now on. The runtime keeps it.
    ApproveForLocation {
        /// What is like it.
        approval: UserToolSessionApproval,
        /// The place: the root of the repository, or the working directory.
        location: String,
    },
    /// Yes, and to this domain for ever. The runtime keeps it. For requests of URLs.
    ApproveDomain(String),
    /// No. The model reads the text, if there is one.
    Reject(Option<String>),
    /// No, since there is nobody to ask.
    UserNotAvailable,
    /// Nothing is answered: another client of the session does that. If none does, the agent waits until
    /// its work is aborted.
    NoResult,
}

impl Decision {
    /// No, with a reason that the model reads.
    pub fn reject(reason: impl Into<String>) -> Self {
        Self::Reject(Some(reason.into()))
    }

    /// As the runtime takes it; `None` if nothing is answered.
    pub(in crate::session::handlers) fn into_json(self) -> Option<Value> {
        Some(match self {
            Self::ApproveOnce => json!({ "kind": "approve-once" }),
            Self::ApproveForSession(None) => json!({ "kind": "approve-for-session" }),
            Self::ApproveForSession(Some(approval)) => {
                json!({ "kind": "approve-for-session", "approval": approval })
            }
            Self::ApproveForLocation { approval, location } => json!({
                "kind": "approve-for-location", "approval": approval, "locationKey": location,
            }),
            Self::ApproveDomain(domain) => {
                json!({ "kind": "approve-permanently", "domain": domain })
            }
            Self::Reject(None) => json!({ "kind": "reject" }),
            Self::Reject(Some(feedback)) => json!({ "kind": "reject", "feedback": feedback }),
            Self::UserNotAvailable => json!({ "kind": "user-not-available" }),
            Self::NoResult => return None,
        })
    }
}
