//! Whether a schema can be written as SDL, since an endpoint may return an invalid one.

use apollo_compiler::Schema as Parsed;

use super::{load, print};
use crate::{LoadError, Schema};

/// Checks that the schema, written as SDL, reads back as itself and is valid.
///
/// # Errors
/// If a name is invalid, something is defined twice, or the schema breaks a rule of the specification.
pub fn check(schema: &Schema) -> Result<(), LoadError> {
    let sdl = print(schema);
    if load(&sdl)? != *schema {
        return Err(LoadError::Invalid("it contains an invalid name".to_owned()));
    }
    match Parsed::parse_and_validate(with_one_of(&sdl), "schema.graphql") {
        Ok(_) => Ok(()),
        Err(invalid) => {
            let first = invalid.errors.iter().next();
            Err(LoadError::Invalid(first.map_or_else(String::new, |diagnostic| diagnostic.error.to_string())))
        }
    }
}

/// The same SDL for apollo-compiler, which does not know the directive `@oneOf` yet: adds its definition at the end.
pub(crate) fn with_one_of(sdl: &str) -> String {
    let missing = sdl.contains("@oneOf") && !sdl.contains("directive @oneOf");
    if missing { format!("{sdl}\ndirective @oneOf on INPUT_OBJECT\n") } else { sdl.to_owned() }
}
