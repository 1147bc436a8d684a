//! The parent death signal: the kernel kills a child process when its parent dies.
//!
//! [`kill_with_parent`] changes a [`Command`] so that the kernel kills the child as soon as the
//! parent is gone, even after a `kill -9` of the parent. That needs code between `fork` and
//! `exec`, which is `unsafe`; therefore this function is a crate of its own.
//!
//! # Platforms
//!
//! - **Linux, Android**: `prctl(PR_SET_PDEATHSIG, SIGKILL)`. The signal is sent when the
//!   *thread* that spawned the child ends, so spawn from a thread that lives as long as the
//!   child should. It covers the child but not the child's own children. It is lost when the
//!   child executes a set-user-ID or set-group-ID program, or a program with file capabilities.
//! - **Other systems**: the function does nothing. On Windows, use a job object that kills its
//!   processes when it is closed. macOS has no equivalent: there the child must watch for the
//!   end of its stdin.

use std::process::Command;

/// Makes the kernel kill the child that `command` spawns when the spawning thread ends.
///
/// If the parent dies between `fork` and the request to the kernel, no signal is sent. The
/// child therefore checks afterwards that its parent is still alive, and otherwise exits
/// without executing the program.
///
/// Call it in the process that spawns the command. Does nothing except on Linux and Android.
///
/// # Errors
///
/// This function does not fail, but `command.spawn()` does if the kernel refuses the request,
/// for example because of a seccomp filter.
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
        // async-signal-safe operations are sound. It makes two system calls and builds errors
        // from integers: no allocation, no lock, and a copied integer as its only state.
        unsafe {
            command.pre_exec(move || request_death_signal(parent));
        }
    }

    /// Runs in the child. Fails if the parent is gone already.
    fn request_death_signal(parent: u32) -> io::Result<()> {
        // SAFETY: this option of prctl takes an integer and accesses no memory of this process.
        if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } == -1 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: getppid takes no argument, accesses no memory and cannot fail.
        let current = unsafe { libc::getppid() };
        // Zero means that the parent is outside this PID namespace, so there is nothing to
        // compare.
        if current == 0 || u32::try_from(current) == Ok(parent) {
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
