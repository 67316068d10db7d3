//! The schemas that a sandbox serves. Those of the dialects never change, and parsing them takes most of the time of a
//! start, so a process parses each once.

use std::sync::{Arc, LazyLock};

use apollo_compiler::collections::HashMap;
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};

use crate::error::problems;
use crate::{Dialect, Error};

/// Types that both dialects share.
const SHARED: [&str; 10] = [
    include_str!("../tenant/scalars.graphql"),
    include_str!("../tenant/users.graphql"),
    include_str!("../tenant/licenses.graphql"),
    include_str!("../tenant/clients.graphql"),
    include_str!("../tenant/courses.graphql"),
    include_str!("../tenant/learning_paths.graphql"),
    include_str!("../tenant/pages.graphql"),
    include_str!("../tenant/content.graphql"),
    include_str!("../tenant/commerce.graphql"),
    include_str!("../tenant/progress.graphql"),
];

const DOCUMENTED_ROOTS: &str = include_str!("../tenant/roots/documented.graphql");
const OBSERVED_ROOTS: &str = include_str!("../tenant/roots/observed.graphql");

/// A schema, and what is derived from it once.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) schema: Valid<Schema>,
    pub(crate) implementers: HashMap<Name, Implementers>,
}

/// What is parsed once in a process: the value, or its problems.
pub(crate) type Once<T> = LazyLock<Result<Arc<T>, String>>;

/// The documented schema.
pub(crate) static DOCUMENTED: Once<Parsed> = LazyLock::new(|| with_roots(DOCUMENTED_ROOTS));
static OBSERVED: Once<Parsed> = LazyLock::new(|| with_roots(OBSERVED_ROOTS));

/// The schema of a dialect.
pub(crate) fn of_dialect(dialect: Dialect) -> Result<Arc<Parsed>, Error> {
    shared(match dialect {
        Dialect::Documented => &DOCUMENTED,
        Dialect::Observed => &OBSERVED,
    })
}

/// The value that every sandbox of the process shares.
pub(crate) fn shared<T>(once: &Once<T>) -> Result<Arc<T>, Error> {
    (**once).clone().map_err(Error::Invalid)
}

/// A schema supplied by the caller: SDL or introspection JSON.
pub(crate) fn foreign(text: &str) -> Result<Arc<Parsed>, Error> {
    parse(&graphql_drift::sdl::print(&graphql_drift::read(text)?)).map_err(Error::Invalid)
}

fn with_roots(roots: &str) -> Result<Arc<Parsed>, String> {
    let mut sdl = SHARED.join("\n");
    sdl.push('\n');
    sdl.push_str(roots);
    parse(&sdl)
}

fn parse(sdl: &str) -> Result<Arc<Parsed>, String> {
    let schema = Schema::parse_and_validate(sdl, "schema.graphql").map_err(|invalid| problems(&invalid.errors))?;
    Ok(Arc::new(Parsed { implementers: schema.implementers_map(), schema }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemas_of_the_dialects_are_parsed_once_and_others_each_time() {
        for dialect in Dialect::ALL {
            let schema = || of_dialect(dialect).expect("a schema");
            assert!(Arc::ptr_eq(&schema(), &schema()), "{dialect}");
        }
        let schema = || foreign("type Query { a: Int }").expect("a schema");
        assert!(!Arc::ptr_eq(&schema(), &schema()));
    }

    #[test]
    fn problems_are_reported_at_each_start() {
        static UNKNOWN_TYPE: Once<Parsed> = LazyLock::new(|| with_roots("type Query { a: Unknown }"));
        let problem = || shared(&UNKNOWN_TYPE).expect_err("a type is unknown").to_string();
        assert!(problem().contains("Unknown"), "{}", problem());
        assert_eq!(problem(), problem());
    }
}
