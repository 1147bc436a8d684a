//! Questions to the user: `ask_user`, leaving plan mode, switching the model.

use std::future::Future;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

use crate::rpc::RpcError;
use crate::session::handle::SessionHandle;
use crate::session::handlers::direct::Direct;
use crate::session::handlers::function::guarded;

/// A question of the agent to its user, by the tool `ask_user`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserInputRequest {
    /// The question.
    pub question: String,
    /// Answers to choose from; empty if there are none.
    #[serde(default, deserialize_with = "or_default")]
    pub choices: Vec<String>,
    /// Whether an answer that is none of the choices will do as well. True unless the runtime says no.
    #[serde(default = "yes")]
    pub allow_freeform: bool,
}

/// The user's answer, or that there is none.
///
/// A string is an answer: one of the choices, or another text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserInputAnswer {
    /// One of the choices, or another text.
    Text(String),
    /// The user does not answer; the model reads the text.
    Declined(String),
}

/// A plan of the agent, which asks whether to carry it out.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExitPlanMode {
    /// The plan in short.
    pub summary: String,
    /// The whole plan.
    #[serde(default)]
    pub plan_content: Option<String>,
    /// What can be chosen.
    #[serde(default, deserialize_with = "or_default")]
    pub actions: Vec<String>,
    /// Which of the actions the agent would choose.
    #[serde(default)]
    pub recommended_action: Option<String>,
}

/// What the user says to the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct ExitPlanModeAnswer {
    approved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected_action: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feedback: Option<String>,
}

/// The model can't be had, and the runtime asks whether to go on with another one.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AutoModeSwitch {
    /// The reason, as a code.
    #[serde(default)]
    pub error_code: Option<String>,
    /// When it can be had again, in seconds.
    #[serde(default)]
    pub retry_after_seconds: Option<f64>,
}

/// Whether to go on with another model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AutoModeSwitchAnswer {
    /// Yes, this time.
    Yes,
    /// Yes, and without asking from now on.
    YesAlways,
    /// No: the work fails.
    No,
}

impl From<String> for UserInputAnswer {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for UserInputAnswer {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl ExitPlanModeAnswer {
    /// Carries the plan out as the agent recommends.
    pub fn approve() -> Self {
        Self { approved: true, ..Self::default() }
    }

    /// Carries the plan out by one of its actions.
    pub fn approve_with(action: impl Into<String>) -> Self {
        Self { selected_action: Some(action.into()), ..Self::approve() }
    }

    /// Stays in plan mode. The model reads what is wrong with the plan.
    pub fn reject(feedback: impl Into<String>) -> Self {
        Self { feedback: Some(feedback.into()), ..Self::default() }
    }
}

/// Answers `userInput.request`. One who fails is a user that does not answer.
pub(in crate::session) fn user_input<F, R, A>(function: F) -> Direct
where
    F: FnOnce(UserInputRequest, SessionHandle) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = A> + Send + 'static,
    A: Into<UserInputAnswer> + Send + 'static,
{
    Direct::new(|question: UserInputRequest, session| async move {
        let choices = question.choices.clone();
        let answer = guarded(None, async move { function(question, session).await }).await;
        match answer.map(Into::into) {
            Ok(UserInputAnswer::Text(text)) => {
                let was_freeform = !choices.contains(&text);
                Ok(json!({ "answer": text, "wasFreeform": was_freeform }))
            }
            Ok(UserInputAnswer::Declined(reason)) => Err(declined(reason)),
            Err(failed) => Err(declined(format!("the program that asks the user {failed}"))),
        }
    })
}

/// Answers `exitPlanMode.request`. One who fails does not approve.
pub(in crate::session) fn exit_plan_mode<F, R>(function: F) -> Direct
where
    F: FnOnce(ExitPlanMode, SessionHandle) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = ExitPlanModeAnswer> + Send + 'static,
{
    Direct::new(|plan: ExitPlanMode, session| async move {
        let answer = guarded(None, async move { function(plan, session).await }).await;
        let answer = answer.unwrap_or_else(|failed| {
            ExitPlanModeAnswer::reject(format!("the program that asks the user {failed}"))
        });
        Ok(json!(answer))
    })
}

/// Answers `autoModeSwitch.request`. One who fails says no.
pub(in crate::session) fn auto_mode_switch<F, R>(function: F) -> Direct
where
    F: FnOnce(AutoModeSwitch, SessionHandle) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = AutoModeSwitchAnswer> + Send + 'static,
{
    Direct::new(|switch: AutoModeSwitch, session| async move {
        let answer = guarded(None, async move { function(switch, session).await }).await;
        Ok(json!({ "response": match answer {
            Ok(AutoModeSwitchAnswer::Yes) => "yes",
            Ok(AutoModeSwitchAnswer::YesAlways) => "yes_always",
            Ok(AutoModeSwitchAnswer::No) | Err(_) => "no",
        } }))
    })
}

fn declined(reason: impl Into<String>) -> RpcError {
    RpcError::new(RpcError::INTERNAL_ERROR, reason)
}

fn yes() -> bool {
    true
}

fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
