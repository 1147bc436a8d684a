//! A client and its peer in a schedule, and what the client must make of it.

use std::collections::HashSet;

use copilot_sessions::events::EventLog;
use copilot_sessions::{
    ActiveSession, Client, ClientOptions, EventStream, Seq, SessionHandle, StartError,
};
use proptest::sample::Index;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::account::{Books, Pace, Reading};
use crate::peer::{Peer, Wire, event, frame, usual};
use crate::schedules::steps::{CLOUD, NAMES, Step};
use crate::{cloud, named, resumed};

/// A reader, and the number behind which it ends.
struct Reader {
    reading: Reading,
    events: EventStream,
    end: u64,
    log: EventLog,
}

/// A session of this schedule, whether it is still there or not.
struct Known {
    handle: SessionHandle,
    /// How many gaps of an unknown number it must have.
    uncounted: u64,
}

/// A start whose id the peer chooses.
struct Cloud {
    starting: JoinHandle<Result<ActiveSession, StartError>>,
    create: Value,
    handle: SessionHandle,
    /// The sessions without a log that had an event while there was room for all.
    kept: HashSet<String>,
    /// There were more sessions than are kept.
    crowded: bool,
}

impl Cloud {
    /// Whether a session that takes its events now can't know whether others were refused.
    fn claim(&mut self, name: &str) -> u64 {
        u64::from(!self.kept.remove(name) && self.crowded)
    }
}

pub(super) struct World {
    peer: Peer,
    client: Client,
    sent: u64,
    last_id: u64,
    /// The frames that were sent, in order, each with its session.
    frames: Vec<(String, Vec<u8>)>,
    active: [Option<ActiveSession>; NAMES.len()],
    known: Vec<Known>,
    cloud: Option<Cloud>,
    has_cloud: Option<ActiveSession>,
    readers: Vec<Reader>,
}

impl World {
    pub(super) async fn new(wire: Wire, options: ClientOptions) -> Self {
        let (peer, client) = wire.connect(options).await;
        Self {
            peer,
            client,
            sent: 0,
            last_id: 0,
            frames: Vec::new(),
            active: Default::default(),
            known: Vec::new(),
            cloud: None,
            has_cloud: None,
            readers: Vec::new(),
        }
    }

    fn next_event(&mut self) -> String {
        self.last_id += 1;
        event(&format!("e{}", self.last_id), "test.event", r#"{"text":"of some length"}"#)
    }

    async fn send(&mut self, name: &str, body: impl AsRef<[u8]>) {
        let frame = frame(body);
        self.send_frames(&[(name.to_owned(), frame.clone())]).await;
        self.frames.push((name.to_owned(), frame));
    }

    async fn send_frames(&mut self, frames: &[(String, Vec<u8>)]) {
        self.sent += frames.len() as u64;
        if let Some(cloud) = self.cloud.as_mut().filter(|cloud| !cloud.crowded) {
            let has_log = |name: &str| {
                let index = NAMES.iter().position(|it| *it == name);
                index.is_some_and(|index| self.active[index].is_some())
            };
            let names = frames.iter().map(|(name, _)| name).filter(|name| !has_log(name));
            cloud.kept.extend(names.cloned());
        }
        let bytes: Vec<_> = frames.iter().flat_map(|(_, frame)| frame).copied().collect();
        self.peer.write(bytes).await;
    }

    async fn events(&mut self, name: &str, count: u8) {
        for _ in 0..count {
            let event = self.next_event();
            self.send(name, usual(name, &event)).await;
        }
    }

    async fn odd(&mut self, name: &str, form: usize) {
        let event = self.next_event();
        let mut body = match form {
            0 => format!(
                r#"{{"params":{{"event":{event},"sessionId":"{name}"}},"method":"session.event","jsonrpc":"2.0"}}"#
            ),
            1 => usual(name, &event.replace("of some length", r"\ud800")),
            2 => usual(name, &event.replace(r#""id":"#, r#""other":"#)),
            3 => usual(name, "null"),
            4 => usual(name, &event).replace("sessionId", "session"),
            _ => usual(name, &event),
        }
        .into_bytes();
        if form == 5 {
            body.push(0xff);
        }
        // The last two name no session that could be read.
        self.send(if form < 4 { name } else { "" }, body).await;
    }

    async fn start(&mut self, name: usize, resume: bool, before: u8, after: u8) {
        if self.active[name].is_some() {
            return;
        }
        let id = NAMES[name];
        let pending = if resume {
            resumed(&self.client, id)
        } else {
            self.client.create_session(named(id))
        };
        // What came before and was not read yet belongs to nobody.
        self.peer.settle(&self.client).await;
        // Nor does the session take what is kept for the cloud start: it was not asked for then.
        self.known.push(Known { handle: pending.handle(), uncounted: 0 });
        let starting = tokio::spawn(pending.start());
        let request = self.peer.expect_any(&["session.create", "session.resume"]).await;
        self.events(id, before).await;
        self.peer.answer(&request, &format!(r#"{{"sessionId":"{id}"}}"#)).await;
        self.events(id, after).await;
        self.active[name] = Some(starting.await.unwrap().unwrap());
        if let Some(cloud) = &mut self.cloud {
            // What was kept of it is counted, and the others went into its log.
            cloud.kept.remove(id);
        }
    }

    async fn end(&mut self, name: usize, late: Option<u8>) {
        let Some(session) = self.active[name].take() else { return };
        let Some(late) = late else {
            self.peer.during("session.detach", session.disconnect()).await.unwrap();
            return;
        };
        drop(session);
        self.events(NAMES[name], late).await;
        let detach = self.peer.expect("session.detach").await;
        self.peer.answer(&detach, r#"{"success":true}"#).await;
        self.peer.settle(&self.client).await;
    }

    async fn close(&mut self, name: usize) {
        let Some(session) = self.active[name].take() else { return };
        self.peer.during("session.detach", session.handle().close()).await.unwrap();
    }

    async fn deleted(&mut self, name: usize) {
        let id = NAMES[name];
        let params = format!(r#"{{"type":"session.deleted","sessionId":"{id}"}}"#);
        let method = r#""jsonrpc":"2.0","method":"session.lifecycle""#;
        self.peer.send(format!(r#"{{{method},"params":{params}}}"#)).await;
        if let Some(session) = self.active[name].take() {
            session.ended().await;
        }
        self.peer.settle(&self.client).await;
    }

    async fn begin_cloud(&mut self) {
        if self.cloud.is_some() || self.has_cloud.is_some() {
            return;
        }
        self.peer.settle(&self.client).await;
        let pending = self.client.create_session(cloud());
        let handle = pending.handle();
        let starting = tokio::spawn(pending.start());
        let create = self.peer.expect("session.create").await;
        let kept = HashSet::new();
        self.cloud = Some(Cloud { starting, create, handle, kept, crowded: false });
    }

    async fn crowd(&mut self) {
        for number in 0..1100 {
            self.events(&format!("one of many {number}"), 1).await;
        }
        if let Some(cloud) = &mut self.cloud {
            cloud.crowded = true;
        }
    }

    async fn answer_cloud(&mut self) {
        let Some(mut cloud) = self.cloud.take() else { return };
        let uncounted = cloud.claim(CLOUD);
        let answer = format!(
            r#"{{"jsonrpc":"2.0","id":{},"result":{{"sessionId":"{CLOUD}"}}}}"#,
            cloud.create["id"]
        );
        let start = self.next_event().replace("test.event", "session.start");
        let start =
            start.replace(r#""text":"of some length""#, r#""producer":"copilot-agent""#);
        let start = frame(usual(CLOUD, &start));
        // In one read, so that a log with hardly any room has the event when it is looked for.
        self.peer.settle(&self.client).await;
        self.peer.write([frame(answer), start.clone()].concat()).await;
        self.sent += 1;
        self.frames.push((CLOUD.to_owned(), start));
        self.has_cloud = Some(cloud.starting.await.unwrap().unwrap());
        self.known.push(Known { handle: cloud.handle, uncounted });
    }

    async fn refuse_cloud(&mut self) {
        let Some(cloud) = self.cloud.take() else { return };
        self.peer.refuse(&cloud.create, -32603, "no").await;
        cloud.starting.await.unwrap().unwrap_err();
    }

    fn open(&mut self, log: Index, kind: usize, place: Index) {
        if self.known.is_empty() {
            return;
        }
        let session = &log.get(&self.known).handle;
        let log = session.log();
        let appended = log.stats().appended;
        let number = Seq::new(place.index(200) as u64 + 1).unwrap();
        let mut end = u64::MAX;
        let mut reading = None;
        let events = match kind {
            0 | 1 => session.events(),
            2 => session.live_events(),
            3 => session.events_from(log.after(number)),
            4 => {
                end = number.get();
                session.events_until(number)
            }
            5 => session.events_from("00112233445566778899aabbccddeeff.1:5".parse().unwrap()),
            6 => {
                end = appended.max(number.get());
                session.live_events().until(number)
            }
            _ => {
                let (snapshot, follow) = session.snapshot_and_follow();
                let reading = reading.insert(Reading::default());
                snapshot.into_iter().for_each(|item| reading.take(&item));
                follow
            }
        };
        let reading = reading.unwrap_or_else(|| Reading::begin(&events));
        self.readers.push(Reader { reading, events, end, log: log.clone() });
    }

    pub(super) async fn step(&mut self, step: &Step) {
        match step {
            Step::Start { name, resume, before, after } => {
                self.start(*name, *resume, *before, *after).await;
            }
            Step::Close(name) => self.close(*name).await,
            Step::Deleted(name) => self.deleted(*name).await,
            Step::Disconnect(name) => self.end(*name, None).await,
            Step::Drop { name, late } => self.end(*name, Some(*late)).await,
            Step::Events { name, count } => self.events(NAMES[*name], *count).await,
            Step::Again { count, reversed } => {
                let from = self.frames.len().saturating_sub(usize::from(*count));
                let mut again = self.frames[from..].to_vec();
                if *reversed {
                    again.reverse();
                }
                self.send_frames(&again).await;
            }
            Step::Odd { name, form } => self.odd(NAMES[*name], *form).await,
            Step::Settle => self.peer.settle(&self.client).await,
            Step::CloudBegin => self.begin_cloud().await,
            Step::CloudEvents(count) => self.events(CLOUD, *count).await,
            Step::Crowd => self.crowd().await,
            Step::CloudAnswer => self.answer_cloud().await,
            Step::CloudRefuse => self.refuse_cloud().await,
            Step::Open { log, kind, place } => self.open(*log, *kind, *place),
            Step::Read { reader, count } if !self.readers.is_empty() => {
                let index = reader.index(self.readers.len());
                let Reader { reading, events, .. } = &mut self.readers[index];
                reading.ready(events, usize::from(*count));
            }
            Step::Clone(reader) if !self.readers.is_empty() => {
                let Reader { reading, events, end, log } = reader.get(&self.readers);
                let (reading, events, log) = (reading.clone(), events.clone(), log.clone());
                self.readers.push(Reader { reading, events, end: *end, log });
            }
            Step::Forget(reader) if !self.readers.is_empty() => {
                self.readers.swap_remove(reader.index(self.readers.len()));
            }
            _ => {}
        }
    }

    /// Stops the client, or ends the connection; balances every account.
    pub(super) async fn check(mut self, stop: bool) {
        if stop {
            self.peer.settle(&self.client).await;
            let client = self.client.clone();
            let stopping = tokio::spawn(async move { client.stop().await });
            while let Some(request) = self.peer.next().await {
                self.peer.answer(&request, r#"{"success":true}"#).await;
            }
            stopping.await.unwrap().unwrap();
        }
        if let Some(cloud) = self.cloud.take() {
            self.known.push(Known { handle: cloud.handle, uncounted: 0 });
        }
        drop(self.peer);
        self.client.closed().await;
        for Reader { reading, events, end, log } in self.readers {
            let before = reading.clone();
            let reading = reading.through(events, Pace::Fast).await;
            let appended = log.stats().appended;
            // One from a cursor in the future of then has begun at the end of then.
            assert!(before.delivered <= reading.delivered);
            reading.check(appended.min(end));
        }
        let mut books = Books::of(self.sent).client(&self.client);
        for Known { handle, uncounted } in &self.known {
            let reading = Reading::of(handle.events(), Pace::Fast).await;
            reading.check(handle.log().stats().appended);
            if reading.lags == 0 {
                assert_eq!(reading.uncounted, *uncounted, "{reading:?}");
            }
            books = books.session(&handle.stats(), *uncounted);
        }
        books.check();
    }
}
