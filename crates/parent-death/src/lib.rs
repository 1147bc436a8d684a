//! Makes a child process die with its parent.
//!
//! [`kill_with_parent`] changes a [`Command`] so that the kernel kills the child as soon as
//! the parent is gone, however it went: even `kill -9` leaves no orphan. That needs code
//! between `fork` and `exec`, hence `unsafe`, hence this crate of one function.
//!
//! # What holds where
//!
//! - **Linux, Android**: `prctl(PR_SET_PDEATHSIG, SIGKILL)`. The kernel watches the *thread*
//!   that spawned the child: spawn from a thread that lives as long as the child should. It
//!   covers the child, not the child's own children, and is lost when the child executes a
//!   set-user-ID or set-group-ID program or one with file capabilities.
//! - **Elsewhere**: nothing happens. On Windows a job object that is killed on close does
//!   the same; macOS has no counterpart, there a child must watch its stdin for the end.

use std::process::Command;

/// Lets the child that `command` spawns be killed when the spawning thread ends.
///
/// A parent that dies between `fork` and the request to the kernel would go unnoticed, so
/// the child looks for its parent afterwards; if that is gone, it ends without executing
/// the program.
///
/// # Errors
///
/// `command.spawn()` fails where the kernel refuses the request (a seccomp filter may).
pub fn kill_with_parent(command: &mut Command) {
    platform::kill_with_parent(command);
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod platform {
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    pub(crate) fn kill_with_parent(command: &mut Command) {
        let parent = std::process::id();
        // SAFETY: the closure runs in the child between fork and exec, where only
        // async-signal-safe work is sound. It makes two system calls and builds errors
        // from plain integers: no allocation, no lock, nothing of the parent but a copied
        // integer.
        unsafe {
            command.pre_exec(move || die_with(parent));
        }
    }

    fn die_with(parent: u32) -> io::Result<()> {
        // SAFETY: this option of prctl takes one integer and touches no memory of ours.
        if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } == -1 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: getppid takes nothing, touches nothing and cannot fail.
        let now = unsafe { libc::getppid() };
        // Zero stands for a parent outside this PID namespace: nothing to compare with.
        if now == 0 || u32::try_from(now) == Ok(parent) {
            Ok(())
        } else {
            Err(io::Error::from_raw_os_error(libc::ESRCH))
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod platform {
    use std::process::Command;

    pub(crate) fn kill_with_parent(_: &mut Command) {}
}
