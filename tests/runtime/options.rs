//! What the options of a start do in a real runtime.

use copilot_sessions::events::kinds::{SessionStart, SystemMessage as SystemMessageEvent};
use copilot_sessions::session::{
    AskUserVariant, CommandDefinition, InfiniteSessions, LargeOutput, ProviderModel,
    SectionAction, Storage, ToolSearch,
};
use copilot_sessions::testing::model::Reply;
use copilot_sessions::{
    CustomAgent, EventStreamExt, Provider, SessionConfig, SystemMessage, Tool,
};
use futures::TryStreamExt;
use serde_json::json;

use crate::bench::Bench;

pub(crate) async fn tools_and_the_system_message_reach_the_model(bench: Bench) {
    bench.model.push(Reply::text("yes"));
    let client = bench.client().await;
    let message = SystemMessage::customize()
        .section_text("tone", SectionAction::Replace, "Speak like a heron.")
        .content("And end with a splash.");
    let config = bench
        .config()
        .system_message(message)
        .tools([Tool::new("wade").description("Wades.").skip_permission(true)])
        .excluded_tools(["builtin:view"]);
    let session = client.create_session(config).await.unwrap();
    session.send_and_wait("are you there?").await.unwrap();

    let requests = bench.model.requests();
    let prompt = requests[0].system_prompt().unwrap();
    assert!(prompt.contains("Speak like a heron."), "{prompt}");
    assert!(prompt.contains("And end with a splash."), "{prompt}");
    let tools = requests[0].tools();
    assert!(tools.contains(&"wade"), "{tools:?}");
    assert!(!tools.contains(&"view"), "{tools:?}");
    let told = session.events().of::<SystemMessageEvent>().try_next().await.unwrap().unwrap();
    assert!(told.content.contains("Speak like a heron."));
    client.stop().await.unwrap();
}

pub(crate) async fn a_named_model_of_the_users_own_answers(bench: Bench) {
    bench.model.push(Reply::text("from the second"));
    let client = bench.client().await;
    let provider = Provider::openai(bench.model.base_url())
        .name("pond")
        .api_key(bench.model.api_key())
        .header("x-pond", "deep");
    let config = SessionConfig::new()
        .providers([provider])
        .models([ProviderModel::new("pond", "heron").wire_model(bench.model.name())])
        .model("pond/heron")
        .working_directory(bench.work())
        .streaming(true);
    let session = client.create_session(config).await.unwrap();
    let answer = session.send_and_wait("who?").await.unwrap();
    assert_eq!(answer.text(), "from the second");
    let requests = bench.model.requests();
    assert_eq!(requests[0].header("x-pond"), Some("deep"));
    assert_eq!(requests[0].model(), bench.model.name());
    client.stop().await.unwrap();
}

/// All that needs no service and no user interface, at once: nothing is refused, and the
/// session works.
pub(crate) async fn a_session_takes_every_local_option(bench: Bench) {
    bench.model.push(Reply::text("fine"));
    let client = bench.client().await;
    let directory = |name: &str| {
        let directory = bench.work().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        directory
    };
    let config = bench
        .config()
        .client_name("copilot-sessions-tests")
        .reasoning_effort("low")
        .model_capabilities(json!({ "supports": { "vision": false } }))
        .organization_custom_instructions("Be brief.")
        .instruction_directories([directory("instructions")])
        .on_demand_instructions(false)
        .available_tools(["builtin:*", "custom:*"])
        .tool_search(ToolSearch::new().enabled(false))
        .commands([CommandDefinition::new("splash", "Splashes.")])
        .custom_agents([CustomAgent::new("fisher", "You fish.").description("Fishes.")])
        .custom_agents_local_only(true)
        .default_agent_excluded_tools(["edit"])
        .excluded_builtin_agents(["explore"])
        .skills(false)
        .skill_directories([directory("skills")])
        .disabled_skills(["none"])
        .plugin_directories([directory("plugins")])
        .disabled_mcp_servers(["none"])
        .mcp_oauth_token_storage(Storage::InMemory)
        .sub_agent_streaming(false)
        .request_permission(true)
        .request_user_input(true)
        .request_elicitation(true)
        .request_exit_plan_mode(true)
        .request_auto_mode_switch(true)
        .request_hooks(false)
        .ask_user_variant(AskUserVariant::Legacy)
        .additional_directories([directory("more")])
        .config_discovery(false)
        .file_hooks(false)
        .host_git_operations(false)
        .session_store(false)
        .file_change_tracking(true)
        .skip_embedding_retrieval(true)
        .embedding_cache_storage(Storage::InMemory)
        .infinite_sessions(InfiniteSessions::new().enabled(true))
        .large_output(LargeOutput::new().max_size_bytes(10_000))
        .memory(false)
        .experimental(false)
        .citations(false)
        .session_telemetry(false)
        .traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .session_limits(json!({ "maxAiCredits": 100 }))
        .feature_flags(json!({}));
    let session = client.create_session(config).await.unwrap();
    let start = session.events().of::<SessionStart>().try_next().await.unwrap().unwrap();
    assert_eq!(start.session_id, session.id().as_str());
    assert!(session.capabilities().ui.elicitation, "asked for, so there");
    assert_eq!(session.send_and_wait("how are you?").await.unwrap().text(), "fine");
    client.stop().await.unwrap();
}
