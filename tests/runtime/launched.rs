//! Extensions that the runtime starts by itself, in the way that its client tells it to.
//!
//! The runtime finds the extension by its file and asks how to run it. The answer is the example,
//! or this test binary with nothing but its scenario, which so is the child of a child.

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::future::ready;
use std::pin::pin;
use std::time::Duration;

use copilot_sessions::events::EventStreamExt;
use copilot_sessions::events::kinds::{
    Attachment, SessionExtensionsAttachmentsPushed, SessionInfo,
};
use copilot_sessions::methods::{
    ClientMethod, ExtensionLaunchProfile, ExtensionLaunchProviderResolveMethod,
    ExtensionLaunchProviderResolveResult, ExtensionStatus, ExtensionsDisableRequest,
    PushAttachment, PushAttachmentFile, SendAttachmentsToMessageParams,
};
use copilot_sessions::rpc::RpcError;
use copilot_sessions::session::{JoinConfig, RuntimeRequest};
use copilot_sessions::testing::model::Reply;
use copilot_sessions::{ActiveSession, Client, Cursor, Event, join_session};
use futures::TryStreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::bench::{Bench, Binary, CHILD};

/// The harness prints to standard output, which is the connection: it is kept as this, and what
/// is printed goes nowhere.
const KEEP_OUTPUT: &str = "exec 3>&1 >/dev/null && exec \"$0\" \"$@\"";
const KEPT: &str = "/dev/fd/3";

pub(crate) async fn an_extension_attaches_to_the_next_message(bench: Bench) {
    if std::env::var_os(CHILD).is_some() {
        // The child is to leave nothing behind, and does not return.
        drop(bench);
        extension().await;
    }
    let test = match bench.binary {
        Binary::Runtime => "runtime::an_extension_attaches_to_the_next_message",
        Binary::Cli => "cli::an_extension_attaches_to_the_next_message",
    };
    let this = std::env::current_exe().unwrap();
    let args = ["-c", KEEP_OUTPUT, this.to_str().unwrap(), test, "--exact"];
    let env = BTreeMap::from([(CHILD.to_owned(), "1".into())]);
    let profile = ExtensionLaunchProfile::new("/bin/sh", args.map(Into::into).into(), env);
    let (client, session) = hosting(&bench, profile).await;
    // The runtime starts it while it makes the session. It waits for this, so that what it
    // attaches is not lost on a client that is not there yet.
    session.send_and_wait("hello").await.unwrap();

    let mut events = session.events().of::<SessionExtensionsAttachmentsPushed>();
    let pushed = events.try_next().await.unwrap().unwrap();
    let [Attachment::File(file)] = pushed.attachments.as_slice() else {
        panic!("it attaches a file: {pushed:?}");
    };
    assert_eq!(file.display_name, "note");

    let extensions = session.rpc().extensions();
    let listed = extensions.list().await.unwrap().extensions;
    let [heron] = listed.as_slice() else { panic!("there is one: {listed:?}") };
    assert_eq!((heron.name.as_str(), &heron.status), ("heron", &ExtensionStatus::Running));
    extensions.disable(ExtensionsDisableRequest::new(&heron.id)).await.unwrap();
    let listed = extensions.list().await.unwrap().extensions;
    assert_eq!(listed[0].status, ExtensionStatus::Disabled);
    client.stop().await.unwrap();
}

pub(crate) async fn the_example_of_an_extension_tells_which_tools_ran(bench: Bench) {
    // `cargo test` builds the examples beside the tests.
    let tests = std::env::current_exe().unwrap();
    let example = tests.parent().unwrap().with_file_name("examples").join("extension_join");
    assert!(example.exists(), "build it first: cargo build --all-features --examples");
    let example = example.to_str().unwrap();
    let profile = ExtensionLaunchProfile::new(example, Vec::new(), BTreeMap::new());
    let (client, session) = hosting(&bench, profile).await;

    let told = session.events().of::<SessionInfo>();
    let mut told = pin!(told.try_filter(|info| ready(info.message.starts_with("Tools used"))));
    // One that has not joined yet when a tool runs sees the next.
    loop {
        bench.model.push(Reply::tool_call("view", json!({ "path": bench.work() })));
        bench.model.push(Reply::text("seen"));
        session.send_and_wait("look around").await.unwrap();
        if let Ok(told) = timeout(Duration::from_secs(5), told.try_next()).await {
            assert_eq!(told.unwrap().unwrap().message, "Tools used: view (1)");
            break;
        }
    }
    client.stop().await.unwrap();
}

/// A client whose runtime finds an extension, and a session that has it.
async fn hosting(bench: &Bench, profile: ExtensionLaunchProfile) -> (Client, ActiveSession) {
    let directory = bench.home().join("extensions/heron");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("extension.mjs"), "// What is run is somewhere else.\n").unwrap();
    let launch = move |request: RuntimeRequest| ready(launch(&request, profile.clone()));
    let method = ExtensionLaunchProviderResolveMethod::NAME;
    let options = bench.options().on_request(method, launch);
    let client = Client::start(options).await.unwrap();
    client.rpc().register_extension_launch_provider().await.unwrap();
    let config = bench
        .config()
        .experimental(true)
        .request_extensions(true)
        .extension_sdk_path(bench.work());
    let session = client.create_session(config).await.unwrap();
    (client, session)
}

/// How to run the extension.
fn launch(
    request: &RuntimeRequest,
    profile: ExtensionLaunchProfile,
) -> Result<Value, RpcError> {
    let asked = request.params_of::<ExtensionLaunchProviderResolveMethod>()?;
    assert_eq!(asked.name, "heron");
    let mut answer = ExtensionLaunchProviderResolveResult::default();
    answer.launch = Some(profile);
    Ok(serde_json::to_value(answer).unwrap())
}

/// The child.
async fn extension() -> ! {
    let output = File::options().write(true).open(KEPT).unwrap();
    rustix::stdio::dup2_stdout(output).unwrap();
    let session = join_session(JoinConfig::new().streaming(true)).await.unwrap();
    let session = session.await.unwrap();
    let asked = |event: &Event| event.kind() == "user.message";
    let before: Vec<_> = session.history().await.unwrap().events().try_collect().await.unwrap();
    if !before.iter().any(&asked) {
        session.wait_for_from(Cursor::START, asked).await.unwrap();
    }
    let file = PushAttachment::File(PushAttachmentFile::new("/note.txt", "note"));
    let params = SendAttachmentsToMessageParams::new(vec![file]);
    session.rpc().extensions().send_attachments_to_message(params).await.unwrap();
    // It runs until the runtime ends it.
    session.closed().await;
    std::process::exit(0);
}
