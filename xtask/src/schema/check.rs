//! `cargo xtask schema check`: whether lock, schemas, queries and matrix agree; with `--live`, also whether the
//! tenant's schema is unchanged.

use std::io::IsTerminal as _;

use clap::Args;
use graphql_drift::pin::Lock;
use graphql_drift::report::text;
use graphql_drift::validate::{self, validate};
use graphql_drift::{Capability, Levels, Operations, Version, compare};
use url::Url;

use super::pull::{self, Pulled, name_of};
use super::{LOCK, OBSERVED};
use crate::capabilities;
use crate::outcome::{Done, Failure};
use crate::project::{self, PINNED, TENANT};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Introspect the sandbox again and report what changed
    #[arg(long)]
    live: bool,
    /// Introspect this tenant again and report what changed; the key is read from `TI_API_KEY`
    #[arg(long)]
    url: Option<Url>,
}

pub(super) fn run(arguments: &Arguments) -> Done {
    let mut found = Vec::new();
    let lock = pull::lock()?;
    found.extend(lock_findings(&lock)?);
    found.extend(document_findings()?);
    found.extend(capabilities::findings()?);
    if arguments.live || arguments.url.is_some() {
        let pulled = pull::pull(arguments.url.as_ref())?;
        for pulled in &pulled {
            found.extend(moved(&lock, pulled, arguments.url.is_some())?);
        }
        found.extend(unseen(&lock, &pulled));
    }
    if found.is_empty() {
        println!("the pinned schemas, the queries and the matrix agree");
        Ok(())
    } else {
        Err(Failure::Found(found))
    }
}

fn lock_findings(lock: &Lock) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    let tenant = project::root().join(TENANT).exists().then_some(TENANT);
    for file in [PINNED, OBSERVED].into_iter().chain(tenant) {
        let sdl = project::read(file)?.text;
        match lock.pins.get(name_of(file)) {
            None => found.push(format!("{LOCK}: has no entry for {file}\n  help: run `cargo xtask schema pull`")),
            Some(pin) if !pin.matches(&sdl) => found.push(format!(
                "{file}: was modified: its hash differs from the one in {LOCK}\n  help: do not edit \
                 schemas by hand; run `cargo xtask schema pull`"
            )),
            Some(_) => {}
        }
    }
    Ok(found)
}

fn document_findings() -> Result<Vec<String>, Failure> {
    let schema = source(project::read(PINNED)?);
    Ok(validate(&schema, &documents()?).iter().map(ToString::to_string).collect())
}

/// The query documents, in the form that drift takes.
fn documents() -> Result<Vec<validate::Source>, Failure> {
    Ok(project::documents()?.into_iter().map(source).collect())
}

fn source(source: thought_industries_codegen::Source) -> validate::Source {
    validate::Source { path: source.path, text: source.text }
}

/// The changes between the pinned schema and the tenant's current one, in both directions.
fn moved(lock: &Lock, pulled: &Pulled, is_tenant: bool) -> Result<Vec<String>, Failure> {
    let file = pulled.file;
    let Some(pin) = lock.pins.get(name_of(file)) else {
        let help = "run `cargo xtask schema pull --url …` to pin this tenant";
        return Ok(if is_tenant {
            vec![format!("{LOCK}: has no entry for {file}\n  help: {help}")]
        } else {
            Vec::new()
        });
    };
    if pin.source != pulled.pin.source && is_tenant {
        return Ok(vec![format!(
            "{file}: was pulled from {}, not from {}\n  help: run `cargo xtask schema pull --url …` to pin this tenant",
            pin.source, pulled.pin.source
        )]);
    }
    if pin.source != pulled.pin.source {
        // The sandbox cannot be compared with a schema from a tenant.
        println!("{file} was pulled from {}; compare it with `cargo xtask schema check --url …`", pin.source);
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    if (&pin.endpoint, pin.specification) != (&pulled.pin.endpoint, pulled.pin.specification) {
        found.push(format!(
            "{LOCK}: {file} came from {} with the introspection of {}, and now comes from {} with that of {}",
            pin.endpoint, pin.specification, pulled.pin.endpoint, pulled.pin.specification
        ));
    }
    let pinned = project::read(file)?.text;
    if pinned != pulled.sdl {
        found.push(report(file, &pinned, &pulled.sdl)?);
    }
    if !found.is_empty() {
        found.push("  help: run `cargo xtask schema pull`, then `cargo xtask capabilities`".to_owned());
    }
    Ok(found)
}

/// What changed since a schema was pinned, which queries break, and which operations may now use another route.
fn report(file: &str, pinned: &str, live: &str) -> Result<String, Failure> {
    let cannot = |error: graphql_drift::LoadError| Failure::could_not_run(&error);
    let old = Version::read(file, pinned.as_bytes()).map_err(cannot)?;
    let new = Version::read("the current schema of the endpoint", live.as_bytes()).map_err(cannot)?;
    // The queries are written for the schema that code is generated from.
    let queries = if matches!(file, PINNED | TENANT) { Some(Operations::parse(&documents()?)) } else { None };
    let mut report = compare(&old, &new, Levels::Own, queries.as_ref());
    let fields = capabilities::root_fields(file, live)?;
    let capabilities =
        fields.iter().map(|(operation, is_mutation, field)| Capability { operation, is_mutation: *is_mutation, field });
    report.note_capabilities(&old.schema, &new.schema, capabilities);
    Ok(text(&report, std::io::stderr().is_terminal()))
}

/// Pinned schemas that the source of this pull no longer provides.
fn unseen(lock: &Lock, pulled: &[Pulled]) -> Vec<String> {
    let gone = lock.pins.iter().filter(|(file, pin)| {
        let from_there = pulled.iter().any(|pulled| pulled.pin.source == pin.source);
        from_there && !pulled.iter().any(|pulled| name_of(pulled.file) == file.as_str())
    });
    gone.map(|(file, pin)| format!("{LOCK}: {file} came from {}{}, which no longer has it", pin.source, pin.endpoint))
        .collect()
}

#[cfg(test)]
mod tests {
    use graphql_drift::introspection::Specification;
    use graphql_drift::pin::Pin;

    use super::*;

    fn pin(source: &str, endpoint: &str) -> Pin {
        Pin::new(source, endpoint, Specification::October2021, "type Query { a: Int }")
    }

    fn pulled(file: &'static str, source: &str) -> Pulled {
        Pulled { file, sdl: String::new(), pin: pin(source, "/helium") }
    }

    #[test]
    fn an_endpoint_that_is_gone_is_told() {
        let pins =
            [("schema.graphql", pin("acme", "/incoming/api/graphql")), ("observed.graphql", pin("sandbox", "/helium"))];
        let lock = Lock { pins: pins.into_iter().map(|(file, pin)| (file.to_owned(), pin)).collect() };
        assert_eq!(unseen(&lock, &[pulled(PINNED, "acme")]), [""; 0]);
        assert_eq!(
            unseen(&lock, &[pulled(OBSERVED, "acme")]),
            ["schema/schema.lock: schema.graphql came from acme/incoming/api/graphql, which no longer has it"]
        );
    }

    #[test]
    fn another_tenant_than_the_pinned_one_is_told() {
        let lock = Lock { pins: [("schema.graphql".to_owned(), pin("acme", "/incoming/api/graphql"))].into() };
        let told = moved(&lock, &pulled(PINNED, "umbrella"), true).expect("nothing is read");
        assert!(told.first().is_some_and(|line| line.contains("was pulled from acme, not from umbrella")), "{told:?}");
        assert_eq!(moved(&lock, &pulled(PINNED, "sandbox"), false).expect("nothing is read"), [""; 0]);
    }
}
