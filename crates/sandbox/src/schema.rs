//! The schemas that a sandbox serves.

use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;

use crate::{Dialect, Error};

/// Types that both dialects share.
const SHARED: [&str; 7] = [
    include_str!("../tenant/scalars.graphql"),
    include_str!("../tenant/users.graphql"),
    include_str!("../tenant/licenses.graphql"),
    include_str!("../tenant/clients.graphql"),
    include_str!("../tenant/courses.graphql"),
    include_str!("../tenant/learning_paths.graphql"),
    include_str!("../tenant/pages.graphql"),
];

const DOCUMENTED_ROOTS: &str = include_str!("../tenant/roots/documented.graphql");
const OBSERVED_ROOTS: &str = include_str!("../tenant/roots/observed.graphql");

/// The schema of a dialect.
pub(crate) fn of_dialect(dialect: Dialect) -> Result<Arc<Valid<Schema>>, Error> {
    let roots = match dialect {
        Dialect::Documented => DOCUMENTED_ROOTS,
        Dialect::Observed => OBSERVED_ROOTS,
    };
    let mut sdl = SHARED.join("\n");
    sdl.push('\n');
    sdl.push_str(roots);
    parse(&sdl)
}

/// A schema supplied by the caller: SDL or introspection JSON.
pub(crate) fn foreign(text: &str) -> Result<Arc<Valid<Schema>>, Error> {
    parse(&graphql_drift::sdl::print(&graphql_drift::read(text)?))
}

fn parse(sdl: &str) -> Result<Arc<Valid<Schema>>, Error> {
    Schema::parse_and_validate(sdl, "schema.graphql").map(Arc::new).map_err(|invalid| Error::invalid(&invalid.errors))
}
