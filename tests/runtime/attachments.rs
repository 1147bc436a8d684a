//! What is attached to a message reaches the model.

use copilot_sessions::{Attachment, Message};

use crate::bench::Bench;

pub(crate) async fn attachments_reach_the_model(bench: Bench) {
    let work = bench.work().canonicalize().unwrap();
    let path = |name: &str| work.join(name).to_str().unwrap().to_owned();
    std::fs::write(path("notes.txt"), "the word is heron\n").unwrap();
    std::fs::create_dir(path("nest")).unwrap();
    std::fs::write(path("nest/egg.txt"), "blue").unwrap();
    let (client, session) = bench.session().await;
    let message = Message::new("what is attached?")
        .attachment(Attachment::file(path("notes.txt")))
        .attachment(Attachment::directory(path("nest")))
        .attachment(Attachment::selection(path("notes.txt"), "chosen lines", 3..5))
        .attachment(Attachment::blob("text/plain", "bytes of no file"));
    session.send_and_wait(message).await.unwrap();
    let asked = serde_json::to_string(bench.model.requests()[0].messages()).unwrap();
    for part in ["notes.txt", "nest", "chosen lines", "bytes of no file"] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
    client.stop().await.unwrap();
}
