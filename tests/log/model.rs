//! The log against its model: a vector of everything that was published.

use copilot_sessions::events::{
    CloseReason, Cursor, EventLog, EventLogWriter, EventStream, LogBounds, Seq,
};
use proptest::prelude::*;

use crate::draft;

#[derive(Clone, Debug)]
enum Step {
    Append(u16),
    Skip(u8),
    Subscribe,
    SubscribeLive,
    SubscribeAt(prop::sample::Index),
    CloneReader(prop::sample::Index),
    DropReader(prop::sample::Index),
    Read(prop::sample::Index, u16),
    ReadRun(prop::sample::Index),
    Snapshot,
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let any_index = any::<prop::sample::Index>;
    let step = prop_oneof![
        8 => (1..600_u16).prop_map(Step::Append),
        1 => (1..5_u8).prop_map(Step::Skip),
        2 => Just(Step::Subscribe),
        1 => Just(Step::SubscribeLive),
        1 => any_index().prop_map(Step::SubscribeAt),
        1 => any_index().prop_map(Step::CloneReader),
        1 => any_index().prop_map(Step::DropReader),
        8 => (any_index(), 1..700_u16).prop_map(|(reader, count)| Step::Read(reader, count)),
        4 => any_index().prop_map(Step::ReadRun),
        1 => Just(Step::Snapshot),
    ];
    (prop::collection::vec(step, 0..60), any::<bool>()).prop_map(|(mut steps, close)| {
        if close {
            steps.push(Step::Close);
        }
        steps
    })
}

/// A reader and what the model knows of it.
struct Reader {
    stream: EventStream,
    /// One below the number that it must see or account for next.
    position: u64,
}

struct Model {
    writer: EventLogWriter,
    log: EventLog,
    /// For each number from 1: whether an event stands there, or it was skipped.
    published: Vec<bool>,
    bound: u64,
    readers: Vec<Reader>,
}

impl Model {
    fn len(&self) -> u64 {
        self.published.len() as u64
    }

    fn holds(&self, number: u64) -> bool {
        self.published[usize::try_from(number - 1).unwrap()]
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Append(count) => {
                for _ in 0..count {
                    let number = self.len() + 1;
                    assert_eq!(self.writer.append(draft(number)).unwrap().get(), number);
                    self.published.push(true);
                }
            }
            Step::Skip(count) => {
                self.writer.record_gap(Some(u64::from(count)));
                self.published.extend((0..count).map(|_| false));
            }
            Step::Subscribe => self.subscribe(Cursor::START, 0),
            Step::SubscribeLive => self.subscribe(self.log.end(), self.len()),
            Step::SubscribeAt(ref index) => {
                let number = index.index(self.published.len() + 1) as u64 + 1;
                self.subscribe(self.log.before(Seq::new(number).unwrap()), number - 1);
            }
            Step::CloneReader(ref index) if !self.readers.is_empty() => {
                let reader = index.get(&self.readers);
                let (stream, position) = (reader.stream.clone(), reader.position);
                self.readers.push(Reader { stream, position });
            }
            Step::DropReader(ref index) if !self.readers.is_empty() => {
                self.readers.swap_remove(index.index(self.readers.len()));
            }
            Step::Read(ref index, count) if !self.readers.is_empty() => {
                let index = index.index(self.readers.len());
                for _ in 0..count {
                    self.read(index);
                }
            }
            Step::ReadRun(ref index) if !self.readers.is_empty() => {
                let index = index.index(self.readers.len());
                self.read_batch(index);
            }
            Step::Snapshot => self.snapshot(),
            Step::Close => assert!(self.writer.close(CloseReason::Disconnected)),
            _ => {}
        }
        let stats = self.log.stats();
        assert_eq!(stats.published, self.len());
        assert!(stats.retained_events <= self.bound + 257);
    }

    fn subscribe(&mut self, cursor: Cursor, position: u64) {
        let stream = self.log.events_from(cursor);
        self.readers.push(Reader { stream, position });
    }

    fn read(&mut self, index: usize) {
        let item = self.readers[index].stream.next_ready();
        let position = self.readers[index].position;
        let next = match item {
            None => {
                assert_eq!(position, self.len());
                position
            }
            Some(Ok(event)) => {
                assert_eq!(event.seq().get(), position + 1);
                assert_eq!(event.id(), (position + 1).to_string());
                assert!(self.holds(position + 1));
                position + 1
            }
            Some(Err(gap)) => {
                self.check_lag(position, gap.missed());
                assert_eq!(gap.resume_at().get(), position + gap.missed() + 1);
                position + gap.missed()
            }
        };
        self.readers[index].position = next;
        assert_eq!(self.readers[index].stream.cursor().next().get(), next + 1);
    }

    fn read_batch(&mut self, index: usize) {
        use futures::FutureExt;
        let position = self.readers[index].position;
        let next = match self.readers[index].stream.next_batch().now_or_never() {
            None | Some(None) => {
                assert_eq!(position, self.len());
                position
            }
            Some(Some(Ok(batch))) => {
                for (event, number) in batch.iter().zip(position + 1..) {
                    assert_eq!(event.seq().get(), number);
                    assert!(self.holds(number));
                }
                position + batch.len() as u64
            }
            Some(Some(Err(gap))) => {
                self.check_lag(position, gap.missed());
                position + gap.missed()
            }
        };
        self.readers[index].position = next;
    }

    /// Missed may only be what was skipped, or older than what the bound keeps.
    fn check_lag(&self, position: u64, missed: u64) {
        assert!(missed > 0 && position + missed <= self.len());
        // Skipped numbers count against no bound, so count events from the end.
        let mut newer = 0;
        for number in (position + 1..=self.len()).rev() {
            if number <= position + missed && self.holds(number) {
                assert!(newer >= self.bound, "{number} was within the bound");
            }
            newer += u64::from(self.holds(number));
        }
    }

    fn snapshot(&self) {
        let (snapshot, mut rest) = self.log.snapshot_and_follow();
        let mut position = 0;
        for item in snapshot.items() {
            match item {
                Ok(event) => {
                    position += 1;
                    assert!(event.seq().get() == position && self.holds(position));
                }
                Err(gap) => {
                    self.check_lag(position, gap.missed());
                    position += gap.missed();
                }
            }
        }
        assert_eq!(position, self.len());
        assert_eq!(snapshot.end(), self.log.end());
        assert!(rest.next_ready().is_none());
    }
}

proptest! {
    #[test]
    fn every_reader_sees_or_accounts_for_every_event(
        bound in prop_oneof![0..8_u64, 8..600_u64, Just(100_000)],
        steps in steps(),
    ) {
        let writer =
            EventLogWriter::new(LogBounds::default().max_events(bound).max_bytes(usize::MAX));
        let log = writer.log().clone();
        let mut model = Model { writer, log, published: Vec::new(), bound, readers: Vec::new() };
        for step in steps {
            model.step(&step);
        }
        for index in 0..model.readers.len() {
            while model.readers[index].position < model.len() {
                model.read(index);
            }
        }
    }
}
