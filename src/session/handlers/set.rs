//! `HandlerSet`: the handlers that a configuration has.

use std::collections::BTreeMap;

use crate::session::handlers::command::CommandHandler;
use crate::session::handlers::direct::Direct;
use crate::session::handlers::elicitation::ElicitationHandler;
use crate::session::handlers::permission::PermissionHandler;
use crate::session::handlers::tool::ToolHandler;

/// The handlers of a configuration. Clones share the functions.
#[derive(Clone, Debug, Default)]
pub(in crate::session) struct HandlerSet {
    /// The tools by name; `None` if another answers its calls.
    tools: Vec<(Box<str>, Option<ToolHandler>)>,
    /// The slash commands by name.
    commands: Vec<(Box<str>, CommandHandler)>,
    permission: Option<PermissionHandler>,
    elicitation: Option<ElicitationHandler>,
    /// What the runtime asks by requests, by method.
    direct: BTreeMap<&'static str, Direct>,
    /// What was set twice, and would have been lost.
    doubled: Option<String>,
}

impl HandlerSet {
    pub(in crate::session) fn add_tool(&mut self, name: &str, handler: Option<ToolHandler>) {
        if self.tools.iter().any(|(own, _)| &**own == name) {
            self.note_doubled(&format!("the tool `{name}` is given twice"));
        }
        self.tools.push((name.into(), handler));
    }

    pub(in crate::session) fn set_permission(&mut self, handler: PermissionHandler) {
        if self.permission.replace(handler).is_some() {
            self.note_doubled("permissions have two handlers");
        }
    }

    pub(in crate::session) fn add_command(&mut self, name: &str, handler: CommandHandler) {
        if self.commands.iter().any(|(own, _)| &**own == name) {
            self.note_doubled(&format!("the command `{name}` is given twice"));
        }
        self.commands.push((name.into(), handler));
    }

    pub(in crate::session) fn set_elicitation(&mut self, handler: ElicitationHandler) {
        if self.elicitation.replace(handler).is_some() {
            self.note_doubled("forms have two handlers");
        }
    }

    /// `what` the method asks for, in an error's text.
    pub(in crate::session) fn set_direct(
        &mut self,
        method: &'static str,
        what: &str,
        handler: Direct,
    ) {
        if self.direct.insert(method, handler).is_some() {
            self.note_doubled(&format!("{what} have two handlers"));
        }
    }

    pub(in crate::session) fn note_doubled(&mut self, problem: &str) {
        self.doubled.get_or_insert(format!("{problem}, of which one would be lost: set one"));
    }

    /// What was set twice.
    pub(in crate::session) fn doubled(&self) -> Option<&str> {
        self.doubled.as_deref()
    }

    pub(in crate::session) fn is_empty(&self) -> bool {
        !self.answers_events() && self.direct.is_empty()
    }

    /// These handlers, and those of `newer` in their place.
    pub(super) fn updated_by(&self, newer: &Self) -> Self {
        let mut updated = self.clone();
        // Those of other names stay: they may be called until the runtime knows of the newer ones, or if it
        // never does.
        let newer_tool = |name: &str| newer.tools.iter().any(|(own, _)| &**own == name);
        updated.tools.retain(|(name, _)| !newer_tool(name));
        updated.tools.extend(newer.tools.iter().cloned());
        let newer_command = |name: &str| newer.commands.iter().any(|(own, _)| &**own == name);
        updated.commands.retain(|(name, _)| !newer_command(name));
        updated.commands.extend(newer.commands.iter().cloned());
        if newer.permission.is_some() {
            updated.permission.clone_from(&newer.permission);
        }
        if newer.elicitation.is_some() {
            updated.elicitation.clone_from(&newer.elicitation);
        }
        updated.direct.extend(newer.direct.iter().map(|(method, it)| (*method, it.clone())));
        updated
    }

    /// Whether anything is asked of it by events.
    pub(super) fn answers_events(&self) -> bool {
        self.permission.is_some()
            || self.elicitation.is_some()
            || !self.commands.is_empty()
            || self.tools.iter().any(|(_, handler)| handler.is_some())
    }

    /// The handler of this tool, if it is one of this client and has one.
    pub(super) fn tool(&self, name: &str) -> Option<ToolHandler> {
        self.tools.iter().find(|(own, _)| &**own == name).and_then(|(_, it)| it.clone())
    }

    pub(in crate::session) fn answers_permissions(&self) -> bool {
        self.permission.is_some()
    }

    /// The options by which the runtime asks for what there is a handler for.
    pub(in crate::session) fn flags(&self) -> impl Iterator<Item = &'static str> {
        let direct = self.direct.keys().filter_map(|method| match *method {
            "userInput.request" => Some("requestUserInput"),
            "exitPlanMode.request" => Some("requestExitPlanMode"),
            "autoModeSwitch.request" => Some("requestAutoModeSwitch"),
            "hooks.invoke" => Some("hooks"),
            _ => None,
        });
        let permission = self.permission.iter().map(|_| "requestPermission");
        let elicitation = self.elicitation.iter().map(|_| "requestElicitation");
        permission.chain(elicitation).chain(direct)
    }

    pub(super) fn permission(&self) -> Option<PermissionHandler> {
        self.permission.clone()
    }

    pub(super) fn elicitation(&self) -> Option<ElicitationHandler> {
        self.elicitation.clone()
    }

    /// The handler of this slash command.
    pub(super) fn command(&self, name: &str) -> Option<CommandHandler> {
        self.commands.iter().find(|(own, _)| &**own == name).map(|(_, it)| it.clone())
    }

    pub(super) fn direct(&self) -> &BTreeMap<&'static str, Direct> {
        &self.direct
    }
}
