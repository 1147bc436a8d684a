//! Typed methods of the runtime: list tools and models, get and set the mode of a session.
//!
//! `cargo run --features methods,testing --example typed_rpc` with a runtime installed.

mod common;

use copilot_sessions::events::kinds::SessionMode;
use copilot_sessions::methods::ModeSetRequest;

#[tokio::main]
async fn main() -> common::Result<()> {
    let setup = common::Setup::new(|_| String::new()).await?;
    let runtime = setup.client.rpc();

    let tools = runtime.tools().list().await?.tools;
    println!("{} tools", tools.len());
    for tool in tools {
        println!("  {}: {}", tool.name, tool.description.lines().next().unwrap_or_default());
    }

    let session = setup.client.create_session(setup.config()).await?;
    let rpc = session.rpc();
    for model in rpc.model().list().await?.list {
        println!("model {model}");
    }
    println!("mode {}", rpc.mode().get().await?);
    rpc.mode().set(ModeSetRequest::new(SessionMode::Plan)).await?;
    println!("mode {}", rpc.mode().get().await?);
    assert_eq!(rpc.mode().get().await?, SessionMode::Plan);

    session.disconnect().await?;
    setup.client.stop().await?;
    Ok(())
}
