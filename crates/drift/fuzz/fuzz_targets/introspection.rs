//! Whatever an endpoint answers ends in a schema or in an error.

#![no_main]

use graphql_drift::{Levels, Version, compare, introspection, sdl};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &[u8]| {
    _ = introspection::detect(json);
    let Ok(schema) = introspection::load(json) else { return };
    _ = sdl::check(&schema);
    if let Ok(version) = Version::read("a", json) {
        assert_eq!(compare(&version, &version, Levels::Own, None).summary.total, 0);
    }
});
