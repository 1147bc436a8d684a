//! The handlers of what the runtime asks. What there is a handler for is enabled.

use std::future::Future;

use crate::session::config::setters::for_each_config;
use crate::session::config::tools::CommandDefinition;
use crate::session::handle::SessionHandle;
use crate::session::handlers::{
    AutoModeSwitch, AutoModeSwitchAnswer, CommandCall, CommandHandler, Decision,
    ElicitationAnswer, ElicitationHandler, ElicitationRequest, ExitPlanMode,
    ExitPlanModeAnswer, Hooks, PermissionHandler, PermissionRequest, ToolError,
    UserInputAnswer, UserInputRequest, auto_mode_switch, exit_plan_mode, user_input,
};

for_each_config! {
    /// Decides what tools may do, and enables [permission requests](Self::request_permission).
    ///
    /// The function is called for each request, several at a time. All clients of a session that have such
    /// a function are asked, and the first answer counts. [`permissions`](crate::permissions) has some
    /// that are ready. One that panics denies. There is no time limit: a person may decide.
    ///
    /// ```
    /// use copilot_sessions::{Decision, SessionConfig};
    ///
    /// let config = SessionConfig::new().on_permission(async |request| match request.command() {
    ///     Some(command) if command.starts_with("cargo ") => Decision::ApproveOnce,
    ///     _ => Decision::reject("only cargo"),
    /// });
    /// # let _ = config;
    /// ```
    pub fn on_permission<F, R>(mut self, function: F) -> Self
    where
        F: FnOnce(PermissionRequest) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Decision> + Send + 'static,
    {
        self.handlers.set_permission(PermissionHandler::new(function));
        self
    }

    /// Fills in forms, and lets MCP servers and the runtime ask for them. The function may take as long as the
    /// user does. One that panics counts as a form that was closed.
    pub fn on_elicitation<F, R>(mut self, function: F) -> Self
    where
        F: FnOnce(ElicitationRequest) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = ElicitationAnswer> + Send + 'static,
    {
        self.handlers.set_elicitation(ElicitationHandler::new(function));
        self
    }

    /// Adds a slash command, by its name without the slash, with what it does and the function that does
    /// it. An error is shown to the user, and so is a panic.
    pub fn command<F, R>(
        mut self,
        name: impl Into<String>,
        description: impl Into<String>,
        function: F,
    ) -> Self
    where
        F: FnOnce(CommandCall) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<(), ToolError>> + Send + 'static,
    {
        let name = name.into();
        self.handlers.add_command(&name, CommandHandler::new(function));
        self.options.append("commands", CommandDefinition::new(name, description));
        self
    }

    /// Answers the agent's questions to its user, and enables the tool `ask_user`.
    ///
    /// The function may take as long as the user does. One that panics counts as a user that does not
    /// answer.
    pub fn on_user_input<F, R, A>(mut self, function: F) -> Self
    where
        F: FnOnce(UserInputRequest, SessionHandle) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = A> + Send + 'static,
        A: Into<UserInputAnswer> + Send + 'static,
    {
        let handler = user_input(function);
        self.handlers.set_direct("userInput.request", "questions to the user", handler);
        self
    }

    /// Decides whether the agent leaves plan mode, and lets it ask. One that panics does not approve.
    pub fn on_exit_plan_mode<F, R>(mut self, function: F) -> Self
    where
        F: FnOnce(ExitPlanMode, SessionHandle) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = ExitPlanModeAnswer> + Send + 'static,
    {
        let handler = exit_plan_mode(function);
        self.handlers.set_direct("exitPlanMode.request", "requests to leave plan mode", handler);
        self
    }

    /// Decides whether work goes on with another model when its own can't be had, and lets the runtime
    /// ask. One that panics says no.
    pub fn on_auto_mode_switch<F, R>(mut self, function: F) -> Self
    where
        F: FnOnce(AutoModeSwitch, SessionHandle) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = AutoModeSwitchAnswer> + Send + 'static,
    {
        let handler = auto_mode_switch(function);
        self.handlers.set_direct("autoModeSwitch.request", "requests to switch the model", handler);
        self
    }

    /// Sets functions that the runtime calls at the steps of the agent's work; see [`Hooks`].
    pub fn hooks(mut self, hooks: Hooks) -> Self {
        if let Some(hook) = hooks.doubled() {
            self.handlers.note_doubled(&format!("the hook `{hook}` has two functions"));
        }
        self.handlers.set_direct("hooks.invoke", "hooks", hooks.into_direct());
        self
    }
}
