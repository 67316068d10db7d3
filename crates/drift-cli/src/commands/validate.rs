//! `validate`.

use graphql_drift::validate::{Source, validate};
use graphql_drift::{Format, Validation, decode, sdl};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::print;
use crate::place::Place;
use crate::settings::Settings;
use crate::source::{not_a_schema, parse, read, required_documents, version};

pub(super) fn run(format: Format, schema: &Place, settings: &Settings, context: &Context) -> Result<(), Failure> {
    let documents = required_documents(settings)?;
    let text = match schema {
        // Its text is not that of a file, so that none of its lines can be wrong.
        Place::Endpoint(_) => sdl::print(&version(schema, settings, context)?.schema),
        _ => {
            let bytes = read(schema, context)?;
            // What cannot be read at all is no finding, and the warnings are printed here.
            parse(schema, &bytes, settings).map_err(|error| not_a_schema(schema, &error))?;
            decode(&bytes).map_err(|error| Failure::could_not_run(&error))?.into_owned()
        }
    };
    let source = Source { path: schema.name(), text };
    let findings = validate(&source, &documents);
    let validation = Validation { schema: source.path, documents: documents.len(), findings };
    print(&format.validation(&validation).map_err(|error| Failure::could_not_run(&error))?)?;
    if validation.findings.is_empty() { Ok(()) } else { Err(Failure::Found) }
}
