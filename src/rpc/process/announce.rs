//! The port announcement of a TCP server: finds the port number in its stdout.

/// Searches lines of output, which arrive in pieces, for a phrase followed by a port number.
#[derive(Debug)]
pub(super) struct Announcement {
    /// In lower case; it matches in any case.
    phrase: &'static str,
    /// The start of the current line.
    line: Vec<u8>,
}

impl Announcement {
    pub(super) fn new(phrase: &'static str) -> Self {
        Self { phrase, line: Vec::new() }
    }

    /// Takes more output. Returns the port as soon as a complete line contains one.
    ///
    /// Only the first 4 KiB of a line are searched.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Option<u16> {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (head, rest) = bytes.split_at(end);
            self.append(head);
            let port = port_after(self.phrase, &self.line);
            self.line.clear();
            if port.is_some() {
                return port;
            }
            // `rest` starts with the line end.
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.append(bytes);
        None
    }

    fn append(&mut self, bytes: &[u8]) {
        let room = MAX_LINE - self.line.len();
        self.line.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }
}

/// The port number after `phrase`, which matches in any letter case.
fn port_after(phrase: &str, line: &[u8]) -> Option<u16> {
    let line = String::from_utf8_lossy(line).to_ascii_lowercase();
    line.match_indices(phrase).find_map(|(start, phrase)| {
        let rest = line.get(start + phrase.len()..)?;
        let digits = rest.find(|character: char| !character.is_ascii_digit());
        rest.get(..digits.unwrap_or(rest.len()))?.parse().ok()
    })
}

const MAX_LINE: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    const PHRASE: &str = "listening on port ";

    fn port_of(pieces: &[&str]) -> Option<u16> {
        let mut announcement = Announcement::new(PHRASE);
        pieces.iter().find_map(|piece| announcement.feed(piece.as_bytes()))
    }

    #[test]
    fn the_port_is_found_in_any_case_and_across_pieces() {
        assert_eq!(port_of(&["Server listening on port 43523\n"]), Some(43523));
        assert_eq!(port_of(&["hello\nnow LISTENING on Po", "rt 43", "5.\r\nmore"]), Some(435));
    }

    #[test]
    fn an_unfinished_line_or_an_invalid_number_is_no_port() {
        assert_eq!(port_of(&["listening on port 43"]), None);
        assert_eq!(port_of(&["listening on port 99999\n"]), None);
        assert_eq!(port_of(&["listening on port x\nport 5\n"]), None);
    }

    #[test]
    fn a_long_line_takes_bounded_memory() {
        let mut announcement = Announcement::new(PHRASE);
        for _ in 0..100 {
            assert_eq!(announcement.feed(&[b'x'; 1000]), None);
        }
        assert_eq!(announcement.line.len(), MAX_LINE);
        assert_eq!(announcement.feed(b"\nlistening on port 7\n"), Some(7));
    }
}
