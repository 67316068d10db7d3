//! What reads as SDL is written as SDL that reads as the same, and does not differ from itself.

#![no_main]

use graphql_drift::{Levels, Version, compare, sdl};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Ok(version) = Version::read("a", text) else { return };
    let again = Version::read("b", sdl::print(&version.schema).as_bytes()).expect("its own SDL");
    assert_eq!(again.schema, version.schema);
    assert_eq!(compare(&version, &version, Levels::Own, None).summary.total, 0);
    compare(&version, &again, Levels::GraphqlInspector, None);
});
