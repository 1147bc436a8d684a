//! Handlers of what the runtime asks of a session: tool calls, permissions, questions, hooks.
//!
//! Uses `handle`, `connection`, `core`, `inbox` and the rooms below them. A configuration collects the
//! handlers in a [`HandlerSet`]. [`Requests`] belongs to the session that was made of it: it adds the
//! handlers of what a runtime asks by requests (`questions`, `hooks`) to the inbox, and spawns the
//! `dispatcher` for what it asks by events (`asked`: `tool`, `permission`, `elicitation`, `command`).
//!
//! | asked by | what | answered by | when the handler fails |
//! |---|---|---|---|
//! | `external_tool.requested` | a call of a tool | `session.tools.handlePendingToolCall` | a failure that the model reads |
//! | `permission.requested` | whether a tool may run | `session.permissions.handlePendingPermissionRequest` | no |
//! | `elicitation.requested` | a form for the user | `session.ui.handlePendingElicitation` | it was closed |
//! | `command.execute` | a slash command of this client | `session.commands.handlePendingCommand` | an error that the user reads |
//! | `userInput.request` | a question to the user | its response | an error |
//! | `exitPlanMode.request` | whether to leave plan mode | its response | no |
//! | `autoModeSwitch.request` | whether to switch the model | its response | no |
//! | `hooks.invoke` | a hook | its response | the hook changes nothing; `preToolUse`: the tool is denied |
//!
//! No handler runs on the connection's reader or under a lock, and none outlives its session.

mod asked;
mod cancellation;
mod command;
mod context;
mod direct;
mod dispatcher;
mod elicitation;
mod function;
mod hooks;
mod open;
mod permission;
mod questions;
mod recovery;
mod requests;
mod set;
mod starts;
mod tool;

pub use self::cancellation::Cancellation;
pub use self::command::CommandCall;
pub(in crate::session) use self::command::CommandHandler;
pub(in crate::session) use self::elicitation::ElicitationHandler;
pub use self::elicitation::{ElicitationAnswer, ElicitationRequest};
pub use self::hooks::{
    AgentStop, AgentStopOutput, ErrorOccurred, HookCall, HookContext, Hooks, PostToolUse,
    PostToolUseFailure, PostToolUseOutput, PreToolUse, PreToolUseOutput, SessionEnd,
    SessionStart, UserPrompt, UserPromptOutput,
};
pub(in crate::session) use self::permission::PermissionHandler;
pub use self::permission::{Decision, PermissionRequest, permissions};
pub use self::questions::{
    AutoModeSwitch, AutoModeSwitchAnswer, ExitPlanMode, ExitPlanModeAnswer, UserInputAnswer,
    UserInputRequest,
};
pub(in crate::session) use self::questions::{auto_mode_switch, exit_plan_mode, user_input};
pub(in crate::session) use self::requests::Requests;
pub(in crate::session) use self::set::HandlerSet;
pub(in crate::session) use self::tool::ToolHandler;
pub use self::tool::{ToolCall, ToolError, ToolOutput};
