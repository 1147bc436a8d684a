//! An MCP server that lets nobody in, and the service that would: as much of OAuth as a
//! runtime asks for until it has an address for the user to open.

use hyper::header::WWW_AUTHENTICATE;
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use crate::every_method::loopback;
use crate::every_method::loopback::{Answer, Asked};

const RESOURCE: &str = "/.well-known/oauth-protected-resource";
const SERVICE: &str = "/.well-known/oauth-authorization-server";

/// Starts it; gives the address of the MCP server.
pub(crate) async fn start() -> String {
    let root = loopback::serve(answer).await;
    format!("{root}/mcp")
}

fn answer(asked: &Asked) -> Answer {
    let root = &asked.root;
    match asked.path.as_str() {
        "/mcp" => {
            let place = format!("Bearer resource_metadata=\"{root}{RESOURCE}\"");
            let head = Response::builder().status(StatusCode::UNAUTHORIZED);
            loopback::json_with(head.header(WWW_AUTHENTICATE, place), &json!({}))
        }
        RESOURCE => loopback::json(
            StatusCode::OK,
            &json!({ "resource": format!("{root}/mcp"), "authorization_servers": [root] }),
        ),
        SERVICE => loopback::json(
            StatusCode::OK,
            &json!({
                "issuer": root,
                "authorization_endpoint": format!("{root}/authorize"),
                "token_endpoint": format!("{root}/token"),
                "registration_endpoint": format!("{root}/register"),
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["none"],
            }),
        ),
        "/register" => {
            let mut client: Value = serde_json::from_slice(&asked.body).unwrap();
            client["client_id"] = json!("nobody");
            loopback::json(StatusCode::CREATED, &client)
        }
        _ => loopback::json(StatusCode::NOT_FOUND, &json!({})),
    }
}
