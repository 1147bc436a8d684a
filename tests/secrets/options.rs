//! Options print none of the secrets in them, and send all of them.

use copilot_sessions::rpc::Command;
use copilot_sessions::{
    ClientOptions, CustomAgent, JoinConfig, McpServer, Message, Provider, ResumeConfig,
    RuntimeCommand, Secret, SessionConfig, Tool,
};
use serde_json::{Value, json};

use crate::planted::PLANTED;

#[test]
fn no_option_prints_a_secret() {
    let url = format!("https://{PLANTED}:{PLANTED}@host:8080/v1?sig={PLANTED}#{PLANTED}");
    let provider = Provider::openai(&url)
        .api_key(PLANTED)
        .bearer_token(Secret::from(PLANTED))
        .header("X-Key", PLANTED);
    let stdio = McpServer::stdio("serve").args([PLANTED]).env("KEY", PLANTED);
    let http = McpServer::http(&url).header("Authorization", PLANTED);
    let agent = CustomAgent::new("a", "p").mcp_server("m", http.clone());
    let command = RuntimeCommand::at("/runtime").env("KEY", PLANTED).inherit_env(["PATH"]);
    let options = ClientOptions::tcp(command.clone())
        .github_token(PLANTED)
        .connection_token(PLANTED.to_owned());
    let config = SessionConfig::new()
        .provider(provider.clone())
        .mcp_server("m", stdio.clone())
        .github_token(PLANTED)
        .option("apiKey", PLANTED);
    let tool = Tool::new("t")
        .parameters(json!({ "type": "object", "default": { "apiKey": PLANTED } }));
    let message = Message::new("m")
        .option("requestHeaders", json!({ "X": PLANTED }))
        .attachment(json!({ "type": "file", "url": url }));
    let shown = [
        format!("{provider:?} {provider:#?}"),
        format!("{stdio:?}"),
        format!("{http:?}"),
        format!("{agent:?}"),
        format!("{command:?}"),
        format!("{options:?}"),
        format!("{config:?}"),
        format!("{:?}", ResumeConfig::new().github_token(PLANTED)),
        format!("{:?}", JoinConfig::new().github_token(PLANTED)),
        format!("{tool:?}"),
        format!("{message:?}"),
        format!("{:?}", Command::new("x").env("KEY", PLANTED)),
        format!("{:?}", ClientOptions::external("host:1").connection_token(PLANTED)),
    ];
    for shown in &shown {
        assert!(!shown.contains(PLANTED), "{shown}");
    }
    assert!(shown[0].contains("https://..@host:8080/v1?.."), "{}", shown[0]);
}

#[test]
fn secrets_are_sent_as_they_are() {
    let url = format!("https://{PLANTED}@host/?{PLANTED}");
    let provider = Provider::openai(&url).api_key(PLANTED).header("X-Key", PLANTED);
    let sent: Value = serde_json::to_value(provider).unwrap();
    assert_eq!(sent["baseUrl"], url);
    assert_eq!(sent["apiKey"], PLANTED);
    assert_eq!(sent["headers"]["X-Key"], PLANTED);
    let server = McpServer::stdio("serve").env("KEY", PLANTED);
    assert_eq!(serde_json::to_value(server).unwrap()["env"]["KEY"], PLANTED);
}
