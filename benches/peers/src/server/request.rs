//! Reads framed requests from the bytes that arrive.

use std::borrow::Cow;
use std::io;

use serde::Deserialize;
use serde_json::value::RawValue;

/// The bytes that have arrived, and how many of them are read.
#[derive(Default)]
pub(crate) struct Requests {
    bytes: Vec<u8>,
    read: usize,
}

#[derive(Deserialize)]
pub(crate) struct Request<'a> {
    #[serde(borrow, default)]
    pub(crate) id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) method: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) params: Option<Params<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Params<'a> {
    #[serde(borrow, default)]
    pub(crate) session_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) prompt: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) model: Option<Cow<'a, str>>,
}

impl Requests {
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.read);
        self.read = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next request that has arrived completely.
    pub(crate) fn next(&mut self) -> Option<io::Result<Request<'_>>> {
        let rest = self.bytes.get(self.read..)?;
        let head = rest.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
        let Some(length) = length(rest.get(..head)?) else {
            return Some(Err(io::Error::other("a header without a length")));
        };
        let body = rest.get(head + 4..head + 4 + length)?;
        self.read += head + 4 + length;
        Some(serde_json::from_slice(body).map_err(io::Error::other))
    }
}

fn length(header: &[u8]) -> Option<usize> {
    let mut lines = std::str::from_utf8(header).ok()?.lines();
    let length = lines.find_map(|line| line.strip_prefix("Content-Length:"))?;
    length.trim().parse().ok()
}
