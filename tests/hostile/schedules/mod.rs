//! Random schedules of all of it: sessions come and go, events come before, during, after and again,
//! readers of all kinds come and go; in the end every account balances.

mod steps;
mod world;

use copilot_sessions::{ClientOptions, LogBounds};
use proptest::prelude::*;

use self::steps::steps;
use self::world::World;
use crate::peer::Wire;

fn bounds() -> impl Strategy<Value = LogBounds> {
    prop_oneof![
        Just(LogBounds::default()),
        (0..300_u64).prop_map(|events| LogBounds::default().max_events(events)),
        (0..50_000_usize).prop_map(|bytes| LogBounds::default().max_bytes(bytes)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_account_balances_in_every_schedule(
        steps in steps(),
        bounds in bounds(),
        stop: bool,
        remembered in prop_oneof![Just(131_072), 0..50_usize],
        wire in prop::sample::select(Wire::ALL),
    ) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let options = ClientOptions::new().log_bounds(bounds).dedup_capacity(remembered);
            let mut world = World::new(wire, options).await;
            for step in &steps {
                world.step(step).await;
            }
            world.check(stop).await;
        });
    }
}
