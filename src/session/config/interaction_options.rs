//! Options of what the runtime sends to this client: streamed answers, requests, hooks,
//! canvases, extensions.

use crate::session::config::choices::AskUserVariant;
use crate::session::config::setters::{for_each_config, setters};

for_each_config! {
    setters! {
        /// Enables streaming: the model's answers also come as delta events while they are
        /// written. Off unless set.
        ///
        /// The option is shared by all clients of a session. A client that joins without it
        /// turns streaming off for the others too.
        flag streaming = "streaming";
        /// Enables the delta events of sub-agents, where
        /// [`streaming`](Self::streaming) is on. On unless set.
        flag sub_agent_streaming = "includeSubAgentStreamingEvents";

        /// Enables permission requests: a tool that needs permission waits until a client
        /// answers its `permission.requested` event. Off unless set, by this or by
        /// [`on_permission`](Self::on_permission): such tools are then refused.
        flag request_permission = "requestPermission";
        /// Enables questions to the user, as `userInput.request` calls. Off unless set, by this or by
        /// [`on_user_input`](Self::on_user_input).
        flag request_user_input = "requestUserInput";
        /// Enables forms, as `elicitation.requested` events. Off unless set, by this or by
        /// [`on_elicitation`](Self::on_elicitation).
        flag request_elicitation = "requestElicitation";
        /// Enables requests to leave plan mode, as `exitPlanMode.request` calls. Off unless set, by this
        /// or by [`on_exit_plan_mode`](Self::on_exit_plan_mode).
        flag request_exit_plan_mode = "requestExitPlanMode";
        /// Enables requests to switch the model, as `autoModeSwitch.request` calls. Off unless set, by
        /// this or by [`on_auto_mode_switch`](Self::on_auto_mode_switch).
        flag request_auto_mode_switch = "requestAutoModeSwitch";
        /// Enables hooks of this client, as `hooks.invoke` calls. Off unless set, by this or by
        /// [`hooks`](Self::hooks).
        ///
        /// Every call must be answered: the turn waits for it. An error as the answer counts
        /// as approval.
        flag request_hooks = "hooks";
        /// How the built-in tool `ask_user` asks.
        /// [`Legacy`](AskUserVariant::Legacy) unless set.
        value ask_user_variant(AskUserVariant) = "askUserVariant";

        /// Enables user interfaces of MCP servers (MCP Apps). Off unless set.
        flag request_mcp_apps = "requestMcpApps";
        /// Canvases that this client provides.
        json canvases = "canvases";
        /// Gives the agent the tools that show canvases. Off unless set.
        flag request_canvas_renderer = "requestCanvasRenderer";
        /// Identity of this client as a canvas provider, stable across connections.
        json canvas_provider = "canvasProvider";
        /// Enables extension management over this connection. Off unless set.
        flag request_extensions = "requestExtensions";
        /// Directory of the SDK that extensions get, instead of the runtime's own.
        path extension_sdk_path = "extensionSdkPath";
        /// Identity of this client as an extension, stable across connections.
        json extension_info = "extensionInfo";
    }

    /// Registers interest in a type of event right after the start.
    ///
    /// The runtime then asks by such events (`user_input.requested`, `mcp.oauth_required`,
    /// …). The start fails if the runtime refuses.
    pub fn register_interest(mut self, event_type: impl Into<String>) -> Self {
        self.interests.push(event_type.into());
        self
    }
}
