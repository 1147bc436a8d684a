//! What happens to a session while it is being started: it becomes active, or the runtime ends it.

use std::sync::atomic::Ordering;

use crate::events::CloseReason;
use crate::session::core::SessionCore;

impl SessionCore {
    /// Begins a start, and forgets what ended earlier ones.
    pub(in crate::session) fn begin_start(&self) {
        let mut intake = self.intake();
        intake.interruption = None;
        intake.starts += 1;
        drop(intake);
        self.endings.forget_unload();
    }

    /// How many starts there have been.
    pub(in crate::session) fn start_number(&self) -> u64 {
        self.intake().starts
    }

    /// Records that the start has succeeded, unless the runtime has ended the session meanwhile.
    pub(in crate::session) fn activate(&self) -> Result<(), CloseReason> {
        let mut intake = self.intake();
        if let Some(reason) = intake.interruption.take() {
            return Err(*reason);
        }
        self.active.store(true, Ordering::Release);
        Ok(())
    }

    /// The runtime has ended the session. Closes the log, unless the session is being started: then
    /// that start fails, and the log stays open for the next one. Returns whether anything ended.
    ///
    /// `start`: the start that the runtime spoke of, if another may have begun since.
    pub(in crate::session) fn end_by_runtime(
        &self,
        start: Option<u64>,
        reason: CloseReason,
    ) -> bool {
        let mut intake = self.intake();
        if start.is_some_and(|start| intake.starts != start) {
            return false;
        }
        if self.is_active() {
            return self.close_locked(intake, reason);
        }
        let is_first = intake.interruption.is_none();
        intake.interruption.get_or_insert_with(|| Box::new(reason));
        drop(intake);
        self.ended.wake_all();
        is_first
    }

    /// Waits until the runtime has ended the session during its start.
    pub(in crate::session) async fn interrupted(&self) -> CloseReason {
        self.ended.until(|| self.intake().interruption.as_deref().cloned()).await
    }
}
