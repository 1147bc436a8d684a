//! Sequence numbers: the numbers of events in their log.

use std::fmt;
use std::num::{NonZeroU64, ParseIntError};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The number of an event in its log: dense, from 1, in order of arrival.
///
/// Numbers are never shared and never skipped. Where a reader sees a jump, a
/// [`Gap`](crate::events::Gap) stands in between and counts the difference. `Display`, `FromStr`
/// and serde write it as an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(NonZeroU64);

impl Seq {
    /// The number of the first event of every log.
    pub const FIRST: Self = Self(NonZeroU64::MIN);

    /// The sequence number with this value; `None` for 0, which numbers no event.
    pub const fn new(value: u64) -> Option<Self> {
        match NonZeroU64::new(value) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }

    /// The number as an integer.
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// The number of the event that stands at `position`, counted from 0.
    pub(super) const fn at(position: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(position))
    }

    /// The position, counted from 0, at which this event stands.
    pub(super) const fn position(self) -> u64 {
        self.0.get() - 1
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// # Errors
///
/// When the text is no integer from 1 to 2⁶⁴ - 1.
impl FromStr for Seq {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

impl From<Seq> for u64 {
    fn from(seq: Seq) -> Self {
        seq.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_and_read_as_an_integer() {
        let third = Seq::new(3).unwrap();
        assert_eq!(Seq::new(0), None);
        assert_eq!(u64::from(third), 3);
        assert_eq!(third.to_string().parse(), Ok(third));
        assert!("0".parse::<Seq>().is_err());
        assert_eq!(serde_json::to_string(&third).unwrap(), "3");
        assert_eq!(serde_json::from_str::<Seq>("3").unwrap(), third);
        assert!(serde_json::from_str::<Seq>("0").is_err());
    }
}
