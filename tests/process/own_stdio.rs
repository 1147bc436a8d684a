//! Speaking over this process's own stdin and stdout, as a child does with its parent.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use copilot_sessions::rpc::{Connection, ConnectionLimits, DisconnectKind, Peer, encode_frame};

use crate::support::Owner;

const ROLE: &str = "COPILOT_SESSIONS_TEST_CHILD";

#[test]
fn a_parent_is_served_over_pipes_sockets_and_files() {
    if std::env::var_os(ROLE).is_some() {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(be_the_child());
    }
    // What node gives its children, what everyone else does, and a redirected file.
    let (socket, theirs) = UnixStream::pair().unwrap();
    let child = spawn(theirs.try_clone().unwrap().into(), theirs.into());
    converse(child, Closing(socket.try_clone().unwrap()), socket);
    let (reader, writer) = std::io::pipe().unwrap();
    let (output, input) = std::io::pipe().unwrap();
    converse(spawn(reader.into(), input.into()), writer, output);
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("requests");
    std::fs::write(&path, request()).unwrap();
    let (output, input) = std::io::pipe().unwrap();
    let file: OwnedFd = std::fs::File::open(path).unwrap().into();
    converse(spawn(file, input.into()), std::io::sink(), output);
}

/// Sends a request and the end, reads the answer and the end.
fn converse(mut child: std::process::Child, mut writer: impl Write, mut reader: impl Read) {
    // The file has its request in it already.
    let _ = writer.write_all(&request());
    drop(writer);
    let mut output = String::new();
    reader.read_to_string(&mut output).unwrap();
    assert!(child.wait().unwrap().success());
    // The test harness of the child prints, too, which a real child must not.
    let expected = r#"{"jsonrpc":"2.0","id":"r","result":[1]}"#;
    assert!(output.contains(expected), "{output}");
}

fn request() -> Vec<u8> {
    encode_frame(br#"{"jsonrpc":"2.0","id":"r","method":"echo","params":[1]}"#).into()
}

fn spawn(stdin: OwnedFd, stdout: OwnedFd) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "own_stdio::a_parent_is_served_over_pipes_sockets_and_files",
            "--exact",
            "--nocapture",
        ])
        .env(ROLE, "1")
        .stdin(Stdio::from(stdin))
        .stdout(Stdio::from(stdout))
        .spawn()
        .unwrap()
}

/// In a second process that runs this very test: echoes until its parent is done.
async fn be_the_child() -> ! {
    let (sender, _notifications) = tokio::sync::mpsc::unbounded_channel();
    let connection = Connection::parent_process().unwrap();
    let peer = Peer::spawn(connection, Owner(sender), ConnectionLimits::default());
    assert_eq!(*peer.closed().await.kind(), DisconnectKind::Eof);
    peer.flushed().await;
    // Before the test harness prints to a parent that has gone.
    std::process::exit(0);
}

/// A socket whose drop ends the stream in this direction.
struct Closing(UnixStream);

impl Write for Closing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.shutdown(std::net::Shutdown::Write).unwrap();
    }
}
