//! Builds the frames of the scripted runtime by copying them and patching their ids.

use std::io::Write;

/// The size of a delta with its header, in bytes.
const DELTA: usize = 425;
const TIME: &str = "2026-01-01T00:00:00.000Z";
const PARENT: &str = "3f0d2a64-6f0e-4c7e-9a53-1c7b1d3c9a11";
const ID_BYTES: usize = 36;

/// The frame of a streaming delta of one session, in which only the id changes.
pub(crate) struct Delta {
    frame: Vec<u8>,
    id_at: usize,
}

impl Delta {
    pub(crate) fn new(session: &str) -> Self {
        let mut frame = Vec::new();
        let mut text = String::new();
        // Once to learn the length, once with a text that fills the frame.
        for _ in 0..2 {
            frame.clear();
            let data = format!(r#"{{"messageId":"{PARENT}","deltaContent":"{text}"}}"#);
            event(&mut frame, session, "assistant.message_delta", &data, true, &id(0));
            text = "word by word, "
                .chars()
                .cycle()
                .take(DELTA.saturating_sub(frame.len()))
                .collect();
        }
        let wanted = id(0).into_bytes();
        let id_at =
            frame.windows(ID_BYTES).position(|bytes| bytes == wanted).unwrap_or_default();
        Self { frame, id_at }
    }

    /// Appends the delta with this number; its id ends in the number.
    pub(crate) fn write(&self, number: u64, out: &mut Vec<u8>) {
        let start = out.len() + self.id_at;
        out.extend_from_slice(&self.frame);
        if let Some(place) = out.get_mut(start..start + ID_BYTES) {
            write_id(number, place);
        }
    }
}

/// Appends an event of a session.
pub(crate) fn event(
    out: &mut Vec<u8>,
    session: &str,
    kind: &str,
    data: &str,
    ephemeral: bool,
    id: &str,
) {
    let event = bare_event(kind, data, ephemeral, id);
    frame(
        out,
        &format!(
            r#"{{"jsonrpc":"2.0","method":"session.event","params":{{"sessionId":"{session}","event":{event}}}}}"#
        ),
    );
}

/// An event without its frame.
pub(crate) fn bare_event(kind: &str, data: &str, ephemeral: bool, id: &str) -> String {
    let ephemeral = if ephemeral { r#""ephemeral":true,"# } else { "" };
    format!(
        r#"{{"type":"{kind}","data":{data},{ephemeral}"id":"{id}","timestamp":"{TIME}","parentId":"{PARENT}"}}"#
    )
}

/// Appends a frame with this body.
pub(crate) fn frame(out: &mut Vec<u8>, body: &str) {
    // Writing to a vector cannot fail.
    let _ = write!(out, "Content-Length: {}\r\n\r\n{body}", body.len());
}

/// A UUID that ends in the number. Its first half is as random as that of a real one.
pub(crate) fn id(number: u64) -> String {
    let mut bytes = *b"00000000-0000-4000-8000-000000000000";
    write_id(number, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn write_id(number: u64, place: &mut [u8]) {
    let mut spread = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    spread = (spread ^ (spread >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    spread ^= spread >> 27;
    hex(spread >> 32, place, 0, 8);
    hex(spread >> 16, place, 9, 4);
    hex(spread, place, 15, 3);
    hex(spread >> 12, place, 20, 3);
    hex(number, place, 24, 12);
}

/// Writes the last `digits` hexadecimal digits.
fn hex(mut value: u64, place: &mut [u8], at: usize, digits: usize) {
    let Some(place) = place.get_mut(at..at + digits) else { return };
    for byte in place.iter_mut().rev() {
        let digit = (value & 15) as u8;
        *byte = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
        value >>= 4;
    }
}
