//! As much of GitHub as a runtime asks of it to sign a user in and to list what that user has:
//! the user, with quotas, and the models.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::every_method::loopback;
use crate::every_method::loopback::{Answer, Asked};

/// Starts it; gives its address.
pub(crate) async fn start() -> String {
    loopback::serve(answer).await
}

fn answer(asked: &Asked) -> Answer {
    match asked.path.as_str() {
        "/copilot_internal/user" => loopback::json(StatusCode::OK, &user(&asked.root)),
        "/models" => loopback::json(StatusCode::OK, &json!({ "data": [model()] })),
        _ => loopback::json(StatusCode::NOT_FOUND, &json!({})),
    }
}

fn user(root: &str) -> Value {
    let quota = |name: &str| {
        json!({
            "quota_id": name,
            "entitlement": 100,
            "remaining": 50,
            "quota_remaining": 50.0,
            "percent_remaining": 50.0,
            "unlimited": false,
            "overage_count": 0,
            "overage_permitted": false,
            "timestamp_utc": "2026-01-01T00:00:00Z",
        })
    };
    json!({
        "login": "nobody",
        "access_type_sku": "free",
        "copilot_plan": "individual",
        "chat_enabled": true,
        "can_signup_for_limited": false,
        "analytics_tracking_id": "none",
        "assigned_date": "2026-01-01T00:00:00Z",
        "organization_list": [],
        "organization_login_list": [],
        "quota_reset_date": "2026-12-01",
        "quota_reset_date_utc": "2026-12-01T00:00:00Z",
        "quota_snapshots": {
            "chat": quota("chat"),
            "completions": quota("completions"),
            "premium_interactions": quota("premium_interactions"),
        },
        // All that a runtime would send somewhere comes here.
        "endpoints": { "api": root, "origin-tracker": root, "proxy": root, "telemetry": root },
    })
}

fn model() -> Value {
    json!({
        "id": "heron",
        "name": "Heron",
        "object": "model",
        "vendor": "pond",
        "version": "1",
        "preview": false,
        "model_picker_enabled": true,
        "policy": { "state": "enabled", "terms": "" },
        "billing": { "is_premium": true, "multiplier": 1.0 },
        "supported_endpoints": ["/chat/completions"],
        "capabilities": {
            "object": "model_capabilities",
            "type": "chat",
            "family": "heron",
            "tokenizer": "o200k_base",
            "limits": {
                "max_context_window_tokens": 128_000,
                "max_prompt_tokens": 100_000,
                "max_output_tokens": 4_000,
            },
            "supports": { "streaming": true, "tool_calls": true },
        },
    })
}
