#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| copilot_sessions_fuzz::scan::check(input));
