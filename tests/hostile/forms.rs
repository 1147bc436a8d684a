//! Events in every form: each is in exactly one place, which is a log or a counter.

use copilot_sessions::{ActiveSession, Client, ClientOptions};

use crate::account::{Books, Pace, Reading};
use crate::peer::{Peer, Wire, event, frame, usual};
use crate::{named, with_session};

/// Where one message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Log,
    Orphans,
    Unreadable,
}

/// The bodies of messages with an event for session `s`. `EVENT` stands for the event.
const MESSAGES: &[(&str, Place)] = &[
    (
        r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":EVENT}}"#,
        Place::Log,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"session.event","params":{"event":EVENT,"sessionId":"s"}}"#,
        Place::Log,
    ),
    (
        r#"{"params":{"sessionId":"s","event":EVENT},"method":"session.event","jsonrpc":"2.0"}"#,
        Place::Log,
    ),
    (
        "\t{ \"jsonrpc\" : \"2.0\" ,\r\n \"method\" : \"session.event\" , \"params\" : { \"sessionId\" : \"s\" , \"event\" : EVENT } }\n\n",
        Place::Log,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"\u0073","event":EVENT}}"#,
        Place::Log,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"session\u002eevent","params":{"sessionId":"s","event":EVENT}}"#,
        Place::Log,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":EVENT,"more":[{"sessionId":"t"}]}}"#,
        Place::Log,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":EVENT},"more":{"params":1}}"#,
        Place::Log,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"t","event":EVENT}}"#,
        Place::Orphans,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"","event":EVENT}}"#,
        Place::Orphans,
    ),
    (
        r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"S","event":EVENT}}"#,
        Place::Orphans,
    ),
];

/// Messages of which the place depends on what the event is: each is somewhere all the same.
const DOUBTFUL: &[&str] = &[
    r#"{"method":"session.event","params":{"sessionId":"s","event":EVENT}}"#,
    r#"{"jsonrpc":"1.0","method":"session.event","params":{"sessionId":"s","event":EVENT}}"#,
    r#"{"jsonrpc":2.0,"method":"session.event","params":{"sessionId":"s","event":EVENT}}"#,
    r#"{"jsonrpc":"2.0","m\u0065thod":"session.event","params":{"sessionId":"s","event":EVENT}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":{"s\u0065ssionId":"s","event":EVENT}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","ev\u0065nt":EVENT}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":["s",EVENT]}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":5,"event":EVENT}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":null,"event":EVENT}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"\ud800","event":EVENT}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":{"event":EVENT}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","sessionId":"s","event":EVENT}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":EVENT,"event":EVENT}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":EVENT},"params":null}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","method":"session.event","params":{"sessionId":"s","event":EVENT}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","id":null,"params":{"sessionId":"s","event":EVENT}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","id":1.5,"params":{"sessionId":"s","event":EVENT}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","id":true,"params":{"sessionId":"s","event":EVENT}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","id":77,"params":{"sessionId":"s","event":EVENT}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","id":"77","params":{"sessionId":"s","event":EVENT}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":EVENT},"result":1}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":EVENT}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":EVENT}}}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":EVENT}}{}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":EVENT},}"#,
    r#"{"jsonrpc":"2.0","method":"session.event","params":"EVENT"}"#,
    r#"[{"jsonrpc":"2.0","method":"session.event","params":{"sessionId":"s","event":EVENT}}]"#,
    "\u{feff}{\"jsonrpc\":\"2.0\",\"method\":\"session.event\",\"params\":{\"sessionId\":\"s\",\"event\":EVENT}}",
    "\u{a0}{\"jsonrpc\":\"2.0\",\"method\":\"session.event\",\"params\":{\"sessionId\":\"s\",\"event\":EVENT}}",
    "EVENT",
];

/// Events whose text is found whatever it says: brackets and quotes balance. `ID` is another text in each
/// message.
fn found() -> Vec<String> {
    let texts = [
        r#"{"id":"ID","type":"k","data":{}}"#,
        r#"{"type":"k","timestamp":"t","data":{},"parentId":null,"agentId":"a","ephemeral":true,"id":"ID"}"#,
        r#"{ "id" : "ID" , "type" : "k" , "data" : [ 1 , 2 ] }"#,
        r#"{"\u0069d":"ID","type":"k"}"#,
        r#"{"id":"\u0069ID","type":"\u006b","data":{"t":"\"}{"}}"#,
        r#"{"id":"ID","type":"k","data":{"n":NaN,"i":-Infinity,"u":undefined,"h":0x1F}}"#,
        r#"{"id":"ID","type":"k","data":{"text":"\ud800"}}"#,
        r#"{"id":"ID\ud800","type":"k","data":{}}"#,
        "{\"id\":\"ID\",\"type\":\"k\",\"data\":{\"text\":\"a\u{1}\n\0b\"}}",
        "{\"id\":\"ID\n\",\"type\":\"k\u{7f}\",\"data\":{}}",
        r#"{"id":"ID","type":"k","data":{"text":"\x41\u12G4\q"}}"#,
        r#"{"id":"ID","type":"k","data":{"a":1,"a":2},"data":{"b":1}}"#,
        r#"{"id":"first","id":"ID","type":"k","type":"l"}"#,
        r#"{"id":5,"type":"k","data":{}}"#,
        r#"{"id":null,"type":"k"}"#,
        r#"{"id":"","type":""}"#,
        r#"{"id":["ID"],"type":{}}"#,
        r#"{"type":"k"}"#,
        r#"{"id":"ID"}"#,
        r#"{"id":"ID","type":"k","ephemeral":"yes","timestamp":5,"parentId":{},"agentId":[]}"#,
        r#"{"id":"ID","type":"k","data":007}"#,
        r#"{"id":"ID","type":"k","data":1e999999}"#,
        r#"{"id":"ID","type":"k","data":tru}"#,
        "{\"id\":\"ID\",\"type\":\"k\",\"data\":\"\u{2028}\u{202e}\u{1F600}\u{fffd}\"}",
        "{}",
    ];
    let mut texts: Vec<_> = texts.map(str::to_owned).into();
    let nested = |depth: usize| {
        let data = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        format!(r#"{{"id":"ID","type":"k","data":{data}}}"#)
    };
    texts.extend([60, 64, 65, 127, 128, 129, 5_000].map(nested));
    texts.push(format!(r#"{{"id":"ID{}","type":"k"}}"#, "x".repeat(300_000)));
    texts.push(format!(r#"{{"id":"ID","type":"{}"}}"#, "k".repeat(300_000)));
    texts
}

/// Values in the place of an event, and texts that do not balance.
const ODD_EVENTS: &[&str] = &[
    "null",
    "5",
    "true",
    r#""text""#,
    "[]",
    r#"[{"id":"ID","type":"k"}]"#,
    "",
    " ",
    "{",
    r#"{"id":"ID","type":"k","data":{"a":[}}"#,
    r#"{"id":"ID","type":"k","data":"open}"#,
    r#"{"id":"ID","type":"k","data":"open\"}"#,
    r#"{"id":"ID","type":"k",}"#,
    r#"{"id":"ID" "type":"k"}"#,
    r"{'id':'ID','type':'k'}",
    r#"{"id":"ID","type":"k" /* a remark */}"#,
    r#"{id:"ID"}"#,
    r#"{"id":"ID","type":"k"}}"#,
    r#"{"id":"ID","type":"k"},{"id":"other"}"#,
    "\\",
    "\u{0}",
];

/// How much there is in each place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Count {
    log: u64,
    orphans: u64,
    unreadable: u64,
}

impl Count {
    fn of(client: &Client, session: &ActiveSession) -> Self {
        let stats = session.stats();
        assert_eq!(stats.duplicates, 0);
        Self {
            log: stats.published,
            orphans: client.orphan_events(),
            unreadable: client.malformed_messages(),
        }
    }

    /// The one place in which there is one more than before.
    fn place(self, before: Self, body: &[u8]) -> Place {
        let more = [
            self.log - before.log,
            self.orphans - before.orphans,
            self.unreadable - before.unreadable,
        ];
        match more {
            [1, 0, 0] => Place::Log,
            [0, 1, 0] => Place::Orphans,
            [0, 0, 1] => Place::Unreadable,
            more => {
                let body = String::from_utf8_lossy(&body[..body.len().min(500)]);
                panic!("not in one place: {more:?} {body:?}")
            }
        }
    }
}

/// Sends messages, and finds out where each went.
struct Sender {
    peer: Peer,
    client: Client,
    session: ActiveSession,
    sent: u64,
}

impl Sender {
    async fn new(wire: Wire) -> Self {
        let (peer, client, session) = with_session(wire, ClientOptions::new()).await;
        Self { peer, client, session, sent: 0 }
    }

    async fn send(&mut self, body: &[u8]) -> Place {
        let before = Count::of(&self.client, &self.session);
        self.peer.send(body).await;
        self.sent += 1;
        self.peer.settle(&self.client).await;
        Count::of(&self.client, &self.session).place(before, body)
    }

    async fn send_event(&mut self, message: &str, event: &str) -> Place {
        let id = format!("i{}", self.sent);
        let body = message.replace("EVENT", event).replace("ID", &id);
        self.send(body.as_bytes()).await
    }

    /// Nothing has disturbed the session, and the account balances.
    async fn check(mut self) {
        assert_eq!(
            self.send(usual("s", &event("last", "k", "{}")).as_bytes()).await,
            Place::Log
        );
        let closed =
            self.peer.during("session.detach", self.session.disconnect()).await.unwrap();
        let reading = Reading::of(closed.events(), Pace::Fast).await;
        reading.check_complete(closed.stats().published);
        Books::of(self.sent).session(&closed.stats(), 0).client(&self.client).check();
    }
}

#[tokio::test]
async fn an_event_that_balances_is_kept_in_every_form_of_its_message() {
    let mut sender = Sender::new(Wire::Duplex).await;
    for (message, place) in MESSAGES {
        for event in found() {
            let found = sender.send_event(message, &event).await;
            let shown: String = event.chars().take(100).collect();
            assert_eq!(found, *place, "{message} {shown}");
        }
    }
    sender.check().await;
}

#[tokio::test]
async fn whatever_is_sent_is_in_one_place() {
    let mut sender = Sender::new(Wire::Duplex).await;
    let events: Vec<_> =
        found().into_iter().chain(ODD_EVENTS.iter().map(|&text| text.to_owned())).collect();
    let messages = MESSAGES.iter().map(|(message, _)| *message).chain(DOUBTFUL.iter().copied());
    for message in messages {
        for event in &events {
            sender.send_event(message, event).await;
        }
    }
    sender.check().await;
}

#[tokio::test]
async fn bytes_that_are_no_text_are_counted_and_cost_no_other_message() {
    for wire in Wire::ALL {
        let mut sender = Sender::new(*wire).await;
        for byte in [0xff, 0xc0, 0x80, 0xed] {
            let mut body = usual("s", &event("i", "k", r#"{"text":"#)).into_bytes();
            let middle = body.len() / 2;
            body.insert(middle, byte);
            assert_eq!(sender.send(&body).await, Place::Unreadable);
        }
        for body in [&b""[..], b" ", b"\0", b"{}", b"null", b"\r\n\r\n", b"Content-Length: 2"] {
            assert_eq!(sender.send(body).await, Place::Unreadable, "{body:?}");
        }
        sender.check().await;
    }
}

#[tokio::test]
async fn a_header_in_any_form_announces_its_frame() {
    for wire in Wire::ALL {
        let mut sender = Sender::new(*wire).await;
        let headers = [
            "Content-Length: #\r\n\r\n",
            "content-length:#\r\n\r\n",
            "CONTENT-LENGTH :   #  \r\n\r\n",
            "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: #\r\n\r\n",
            "Content-Length: #\r\nX: y\r\nContent-Length: #\r\n\r\n",
            "Content-Length: 000#\r\n\r\n",
        ];
        for (number, header) in headers.iter().enumerate() {
            let body = usual("s", &event(&format!("h{number}"), "k", "{}"));
            let before = Count::of(&sender.client, &sender.session);
            sender.peer.write(header.replace('#', &body.len().to_string())).await;
            sender.peer.write(&body).await;
            sender.sent += 1;
            sender.peer.settle(&sender.client).await;
            assert_eq!(
                Count::of(&sender.client, &sender.session).place(before, body.as_bytes()),
                Place::Log,
                "{header}"
            );
        }
        sender.check().await;
    }
}

#[tokio::test]
async fn a_session_id_of_any_length_finds_its_session() {
    let long = "i".repeat(300_000);
    for wire in Wire::ALL {
        let (mut peer, client) = wire.connect(ClientOptions::new()).await;
        let session = peer.start(client.create_session(named(long.as_str()))).await;
        let other = format!("{long}x");
        let frames: Vec<_> = (0..20)
            .flat_map(|number| {
                let to = if number % 2 == 0 { &long } else { &other };
                frame(usual(to, &event(&format!("n{number}"), "k", "{}")))
            })
            .collect();
        peer.write(frames).await;
        peer.settle(&client).await;
        assert_eq!((session.stats().published, client.orphan_events()), (10, 10));
        assert_eq!(session.log().session_id().unwrap().as_str(), long);
        Books::of(20).session(&session.stats(), 0).client(&client).check();
    }
}
