//! Callbacks that the runtime's published schema lacks.

use std::collections::BTreeMap;

use crate::json::object;
use crate::methods::callbacks::ClientMethod;

/// The agent asks the user, where `request_user_input` was set and nobody registered interest
/// in `user_input.requested`.
///
/// The runtime calls `userInput.request`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserInputRequestMethod;

impl ClientMethod for UserInputRequestMethod {
    const NAME: &'static str = "userInput.request";
    type Params = UserInputRequestParams;
    type Result = UserInputRequestResult;
}

/// What the agent asks.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UserInputRequestParams {
    /// The session.
    pub session_id: String,
    /// The question.
    pub question: String,
    /// Answers to choose from.
    pub choices: Option<Vec<String>>,
    /// Whether any other answer will do as well.
    pub allow_freeform: Option<bool>,
    /// The tool call that asks.
    pub tool_call_id: Option<String>,
}

impl UserInputRequestParams {
    /// Creates the value from its required fields; the others are `None`.
    pub fn new(session_id: impl Into<String>, question: impl Into<String>) -> Self {
        Self {
            session_id: session_id.into(),
            question: question.into(),
            choices: None,
            allow_freeform: None,
            tool_call_id: None,
        }
    }
}

object!(UserInputRequestParams {
    required session_id = "sessionId",
    required question = "question",
    optional choices = "choices",
    optional allow_freeform = "allowFreeform",
    optional tool_call_id = "toolCallId",
});

/// What the user answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UserInputRequestResult {
    /// The answer.
    pub answer: String,
    /// Whether it is none of the choices.
    pub was_freeform: bool,
}

impl UserInputRequestResult {
    /// This answer.
    pub fn new(answer: impl Into<String>, was_freeform: bool) -> Self {
        Self { answer: answer.into(), was_freeform }
    }
}

object!(UserInputRequestResult {
    required answer = "answer",
    required was_freeform = "wasFreeform",
});

/// The agent has a plan and asks whether to carry it out, where `request_exit_plan_mode` was
/// set.
///
/// The runtime calls `exitPlanMode.request`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ExitPlanModeRequestMethod;

impl ClientMethod for ExitPlanModeRequestMethod {
    const NAME: &'static str = "exitPlanMode.request";
    type Params = ExitPlanModeRequestParams;
    type Result = ExitPlanModeRequestResult;
}

/// The plan, and what can be done with it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExitPlanModeRequestParams {
    /// The session.
    pub session_id: String,
    /// The plan in short.
    pub summary: String,
    /// The whole plan.
    pub plan_content: Option<String>,
    /// What can be chosen.
    pub actions: Vec<String>,
    /// Which of these the agent would choose.
    pub recommended_action: String,
}

impl ExitPlanModeRequestParams {
    /// Creates the value from its required fields; the others are `None`.
    pub fn new(
        session_id: impl Into<String>,
        summary: impl Into<String>,
        actions: Vec<String>,
        recommended_action: impl Into<String>,
    ) -> Self {
        Self {
            session_id: session_id.into(),
            summary: summary.into(),
            plan_content: None,
            actions,
            recommended_action: recommended_action.into(),
        }
    }
}

object!(ExitPlanModeRequestParams {
    required session_id = "sessionId",
    required summary = "summary",
    optional plan_content = "planContent",
    required actions = "actions",
    required recommended_action = "recommendedAction",
});

/// What the user says to the plan.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExitPlanModeRequestResult {
    /// Whether it is carried out.
    pub approved: bool,
    /// What was chosen.
    pub selected_action: Option<String>,
    /// What is wrong with it.
    pub feedback: Option<String>,
}

impl ExitPlanModeRequestResult {
    /// Yes or no, and nothing else.
    pub fn new(approved: bool) -> Self {
        Self { approved, selected_action: None, feedback: None }
    }
}

object!(ExitPlanModeRequestResult {
    required approved = "approved",
    optional selected_action = "selectedAction",
    optional feedback = "feedback",
});

/// The model can't be had, and the runtime asks whether to go on with another one, where
/// `request_auto_mode_switch` was set.
///
/// The runtime calls `autoModeSwitch.request`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AutoModeSwitchRequestMethod;

impl ClientMethod for AutoModeSwitchRequestMethod {
    const NAME: &'static str = "autoModeSwitch.request";
    type Params = AutoModeSwitchRequestParams;
    type Result = AutoModeSwitchRequestResult;
}

/// Why the model can't be had.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AutoModeSwitchRequestParams {
    /// The session.
    pub session_id: String,
    /// The reason, as a code.
    pub error_code: Option<String>,
    /// When it can be had again, in seconds.
    pub retry_after_seconds: Option<f64>,
}

impl AutoModeSwitchRequestParams {
    /// Creates the value from its required fields; the others are `None`.
    pub fn new(session_id: impl Into<String>) -> Self {
        Self { session_id: session_id.into(), error_code: None, retry_after_seconds: None }
    }
}

object!(AutoModeSwitchRequestParams {
    required session_id = "sessionId",
    optional error_code = "errorCode",
    optional retry_after_seconds = "retryAfterSeconds",
});

/// What the user says to that.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AutoModeSwitchRequestResult {
    /// `yes`, `yes_always` or `no`.
    pub response: String,
}

impl AutoModeSwitchRequestResult {
    /// This answer.
    pub fn new(response: impl Into<String>) -> Self {
        Self { response: response.into() }
    }
}

object!(AutoModeSwitchRequestResult {
    required response = "response",
});

/// The runtime builds the system message and asks for the text of the sections that are to be
/// transformed. It may ask several times for one message.
///
/// The runtime calls `systemMessage.transform`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SystemMessageTransformMethod;

impl ClientMethod for SystemMessageTransformMethod {
    const NAME: &'static str = "systemMessage.transform";
    type Params = SystemMessageTransformParams;
    type Result = SystemMessageTransformResult;
}

/// The sections as they would be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SystemMessageTransformParams {
    /// The session.
    pub session_id: String,
    /// The sections, by id.
    pub sections: BTreeMap<String, SystemMessageSection>,
}

impl SystemMessageTransformParams {
    /// Creates the value from its fields.
    pub fn new(
        session_id: impl Into<String>,
        sections: BTreeMap<String, SystemMessageSection>,
    ) -> Self {
        Self { session_id: session_id.into(), sections }
    }
}

object!(SystemMessageTransformParams {
    required session_id = "sessionId",
    required sections = "sections",
});

/// The sections as they are to be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SystemMessageTransformResult {
    /// The sections, by id; one that is missing stays as it is.
    pub sections: BTreeMap<String, SystemMessageSection>,
}

impl SystemMessageTransformResult {
    /// These sections.
    pub fn new(sections: BTreeMap<String, SystemMessageSection>) -> Self {
        Self { sections }
    }
}

object!(SystemMessageTransformResult {
    required sections = "sections",
});

/// A section of the system message.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SystemMessageSection {
    /// Its text.
    pub content: String,
}

impl SystemMessageSection {
    /// A section with this text.
    pub fn new(content: impl Into<String>) -> Self {
        Self { content: content.into() }
    }
}

object!(SystemMessageSection {
    required content = "content",
});
