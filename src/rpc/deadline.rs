//! Points in time that limits lead to, whatever their length.

use std::time::Duration;

use tokio::time::Instant;

/// For limits that the clock can't hold: far enough away for "never".
const NEVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The point in time that is `limit` away.
pub(super) fn after(limit: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(limit).unwrap_or_else(|| now + NEVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_is_too_long() {
        assert!(after(Duration::MAX) > after(Duration::from_secs(3600)));
        assert!(after(Duration::ZERO) <= Instant::now());
    }
}
