//! Generates the model, operations, routes and fields from `schema/` and `queries/`. Reads files only; see the crate
//! `thought-industries-codegen`.

use std::path::PathBuf;
use std::process::ExitCode;

use thought_industries_codegen::{Inputs, Problem, generate};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=schema");
    println!("cargo::rerun-if-changed=queries");
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            for problem in problems {
                eprintln!("{problem}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Vec<Problem>> {
    let (Some(root), Some(out)) = (folder("CARGO_MANIFEST_DIR"), folder("OUT_DIR")) else {
        return Err(vec![Problem::whole("build.rs", "runs only under cargo", "run `cargo build`")]);
    };
    let inputs = Inputs::read(&root)?;
    let generated = generate(&inputs)?;
    let write = |name: &str, text: &str| {
        std::fs::write(out.join(name), text)
            .map_err(|error| vec![Problem::whole(name, format!("cannot be written: {error}"), "")])
    };
    write("model.rs", &generated.model)?;
    write("operations.rs", &generated.operations)?;
    write("routes.rs", &generated.routes)?;
    write("fields.rs", &generated.fields)?;
    #[cfg(feature = "cynic")]
    register_schema(&inputs)?;
    Ok(())
}

/// Registers the pinned schema with cynic under the name that `src/lib.rs` uses.
#[cfg(feature = "cynic")]
fn register_schema(inputs: &Inputs) -> Result<(), Vec<Problem>> {
    cynic_codegen::register_schema("thought_industries")
        .from_sdl(&inputs.schema.text)
        .and_then(cynic_codegen::registration::SchemaRegistration::as_default)
        .map(|_| ())
        .map_err(|error| vec![Problem::whole(&inputs.schema.path, error.to_string(), "")])
}

fn folder(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}
