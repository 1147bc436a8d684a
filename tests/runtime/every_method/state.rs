//! What the calls find: files, an environment, and a session that has one of everything.

use std::fs;
use std::path::Path;

use copilot_sessions::methods::{
    CanvasActionInvokeMethod, CanvasCloseMethod, CanvasOpenMethod,
};
use copilot_sessions::rpc::RpcError;
use copilot_sessions::session::RuntimeRequest;
use copilot_sessions::testing::model::Reply;
use copilot_sessions::{
    ActiveSession, Client, ClientOptions, CustomAgent, McpServer, SessionConfig, Tool,
};
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::every_method::{github, guarded};

/// The prompt at which the model calls the client's tool `lookup`.
const LOOK_UP: &str = "look it up";

/// A client of a runtime that has what these methods need.
pub(crate) async fn client(bench: &Bench) -> Client {
    // Some methods for files of a session's workspace go by the first of these; without the
    // second a token needs a keychain.
    let settings = json!({ "contextManagementTools": true, "storeTokenPlaintext": true });
    write(&bench.home().join("settings.json"), &settings);
    let market = bench.work().join("market");
    write(
        &market.join(".claude-plugin/marketplace.json"),
        &json!({
            "name": "pond",
            "owner": { "name": "nobody" },
            "plugins": [{ "name": "wader", "source": "./wader", "description": "Wades." }],
        }),
    );
    write(
        &market.join("wader/.claude-plugin/plugin.json"),
        &json!({ "name": "wader", "description": "Wades.", "version": "1.0.0" }),
    );
    let github = github::start().await;
    let command = bench
        .command()
        .env("COPILOT_ALLOW_GET_PROVIDER_ENDPOINT", "true")
        .env("COPILOT_ENABLE_SECRET_FILTERING", "true")
        .env("COPILOT_MCP_APPS", "true")
        .env("COPILOT_API_URL", &github)
        .env("COPILOT_DEBUG_GITHUB_API_URL", &github)
        // The keychain of whoever runs this is not to be touched.
        .env("COPILOT_DISABLE_KEYTAR", "1");
    let canvas = ["canvas.open", "canvas.action.invoke", "canvas.close"];
    let options =
        ClientOptions::stdio(command).use_logged_in_user(false).on_request(canvas, answer);
    let client = Client::start(options).await.unwrap();
    // Without it a runtime has no extensions. As none is installed, it is asked for nothing.
    client.rpc().register_extension_launch_provider().await.unwrap();
    client
}

/// A session in which two turns have been.
pub(crate) async fn session(bench: &Bench, client: &Client) -> ActiveSession {
    bench.model.respond_with(|request| {
        if request.prompt().contains(LOOK_UP) && request.tool_results().is_empty() {
            Reply::tool_call("lookup", json!({}))
        } else {
            Reply::text(request.prompt())
        }
    });
    let session = client.create_session(config(bench).await).await.unwrap();
    session.send_and_wait("hello").await.unwrap();
    session.send_and_wait("and hello again").await.unwrap();
    session
}

async fn config(bench: &Bench) -> SessionConfig {
    let server =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runtime/every_method/pond.mjs");
    let zoom = json!({ "name": "zoom", "description": "Zooms." });
    bench
        .config()
        .experimental(true)
        .file_change_tracking(true)
        .request_permission(true)
        .request_elicitation(true)
        .request_mcp_apps(true)
        .request_extensions(true)
        .extension_sdk_path(bench.work())
        .canvas_provider(json!({ "id": "shore", "name": "Shore" }))
        .canvases(json!([{
            "id": "chart", "displayName": "Chart", "description": "A chart.", "actions": [zoom],
        }]))
        .tools([Tool::new("lookup").description("Looks up.").skip_permission(true)])
        .custom_agents([CustomAgent::new("fisher", "You fish.").description("Fishes.")])
        .mcp_server("pond", McpServer::stdio("node").args([server.to_str().unwrap()]))
        .mcp_server("guarded", McpServer::http(guarded::start().await))
}

/// Shows the canvas `chart`.
async fn answer(request: RuntimeRequest) -> Result<Value, RpcError> {
    match request.method() {
        "canvas.open" => {
            let opened = request.params_of::<CanvasOpenMethod>()?;
            assert_eq!(opened.canvas_id, "chart");
            Ok(json!({ "url": "http://localhost.invalid/chart", "status": "shown" }))
        }
        "canvas.action.invoke" => {
            let invoked = request.params_of::<CanvasActionInvokeMethod>()?;
            Ok(json!({ "done": invoked.action_name }))
        }
        "canvas.close" => request.params_of::<CanvasCloseMethod>().map(|_| Value::Null),
        other => Err(RpcError::new(-32_601, format!("no method {other}"))),
    }
}

fn write(path: &Path, value: &Value) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, value.to_string()).unwrap();
}
