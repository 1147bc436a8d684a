//! Real child processes: launched, listened to, and never left behind.
#![cfg(target_os = "linux")]

mod process {
    mod death;
    mod launch;
    mod orphans;
    mod own_stdio;
    mod support;
}
