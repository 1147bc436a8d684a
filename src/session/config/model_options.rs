//! Options of the model: which one, its provider, its system message and its context window.

use crate::events::kinds::{ContextTier, ReasoningSummary};
use crate::session::config::context_window::{InfiniteSessions, LargeOutput};
use crate::session::config::provider::{Provider, ProviderModel};
use crate::session::config::setters::{for_each_config, setters};
use crate::session::config::system_message::SystemMessage;

for_each_config! {
    setters! {
        /// ID of the model.
        text model = "model";
        /// How much the model reasons: `low`, `medium`, `high`, `xhigh` or `max`. Only for
        /// models that support it.
        text reasoning_effort = "reasoningEffort";
        /// Whether and how the model summarizes its reasoning. Only for models that support
        /// it.
        value reasoning_summary(ReasoningSummary) = "reasoningSummary";
        /// Size of the model's context window. Only for models that support several.
        value context_tier(ContextTier) = "contextTier";
        /// Overrides of what the runtime assumes the model can do.
        json model_capabilities = "modelCapabilities";

        /// Model endpoint for the whole session, instead of GitHub's (bring your own key).
        value provider(Provider) = "provider";
        /// Named model endpoints beside GitHub's. Their models are listed with [`models`].
        ///
        /// The runtime refuses these together with [`provider`](Self::provider).
        ///
        /// [`models`]: Self::models
        list providers(Provider) = "providers";
        /// Models at the named endpoints of [`providers`](Self::providers).
        list models(ProviderModel) = "models";
        /// Options of GitHub's own endpoint (the Copilot API).
        json capi = "capi";

        /// System message: what the model is told before the conversation.
        value system_message(SystemMessage) = "systemMessage";
        /// Instructions of an organization, added to the system message.
        text organization_custom_instructions = "organizationCustomInstructions";
        /// Directories in which to look for instruction files, beside the usual ones.
        paths instruction_directories = "instructionDirectories";
        /// Enables loading of instruction files, such as `AGENTS.md`, that lie next to the
        /// files that the agent views.
        flag on_demand_instructions = "enableOnDemandInstructionDiscovery";

        /// Compaction of a conversation that fills the model's context window.
        value infinite_sessions(InfiniteSessions) = "infiniteSessions";
        /// Handling of tool output that is too large for the model.
        value large_output(LargeOutput) = "largeOutput";
    }
}
