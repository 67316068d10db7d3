//! The same schemas and operations, given to graphql-js and graphql-inspector: errors by line, broken operations, and
//! changes with their levels. Needs Node and the npm registry, and the number of pairs in
//! `GRAPHQL_DRIFT_PEERS`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use graphql_drift::validate::{Source, validate};
use graphql_drift::{Level, Levels, Operations, Schema, Status, Version, compare, sdl};
use serde_json::{Value, json};

use crate::drawn::{Draw, documents};
use crate::mutations::{ALL, base};

/// The number of pairs to compare, or why there is nothing to compare with.
fn install(folder: &Path) -> Result<usize, String> {
    let pairs = std::env::var("GRAPHQL_DRIFT_PEERS").map_err(|_| "GRAPHQL_DRIFT_PEERS is not set".to_owned())?;
    let pairs = pairs.parse().map_err(|_| format!("GRAPHQL_DRIFT_PEERS is `{pairs}`, which is no number"))?;
    let packages = ["graphql@16.15.0", "@graphql-inspector/core@8.0.0"];
    let install = ["install", "--silent", "--no-audit", "--no-fund", "--prefix", "."];
    let done = Command::new("npm").args(install).args(packages).current_dir(folder).output();
    match done {
        Ok(done) if done.status.success() => Ok(pairs),
        Ok(done) => Err(format!("npm: {}", String::from_utf8_lossy(&done.stderr))),
        Err(error) => Err(format!("npm: {error}")),
    }
}

fn pair(draw: &mut Draw, mutated: &[&Schema]) -> (Schema, Schema) {
    let any = |draw: &mut Draw| match draw.below(4) {
        0 => base(),
        _ => mutated[draw.below(mutated.len())].clone(),
    };
    (any(draw), any(draw))
}

#[test]
fn graphql_js_and_graphql_inspector_agree() {
    let folder = tempfile::tempdir().expect("a folder");
    let pairs = match install(folder.path()) {
        Ok(pairs) => pairs,
        Err(reason) => return eprintln!("skipped: {reason}"),
    };
    let mut draw = Draw::new(20_261_122);
    // graphql-js throws for a schema that names a type it does not define.
    let mutated: Vec<&Schema> = ALL.iter().map(|it| &it.schema).filter(|it| sdl::check(it).is_ok()).collect();
    let mut cases = Vec::new();
    let mut lines = String::new();
    for _ in 0..pairs {
        let (old, new) = pair(&mut draw, &mutated);
        let sources = documents(&old, &mut draw);
        let texts: Vec<Value> = sources.iter().map(|it| json!({ "path": it.path, "text": it.text })).collect();
        let (old, new) = (sdl::print(&old), sdl::print(&new));
        writeln!(lines, "{}", json!({ "old": old, "new": new, "documents": texts })).expect("a string");
        cases.push((old, new, sources));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/peers.mjs");
    std::fs::write(folder.path().join("cases.jsonl"), lines).expect("written");
    let node = Command::new("node").arg(script).arg("cases.jsonl").current_dir(folder.path()).output().expect("node");
    assert!(node.status.success(), "{}", String::from_utf8_lossy(&node.stderr));
    let answers = String::from_utf8(node.stdout).expect("UTF-8");
    let (mut skipped, mut errors, mut broken, mut changes) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for ((old, new, sources), answer) in cases.iter().zip(answers.lines()) {
        let answer: Value = serde_json::from_str(answer).expect("JSON");
        if answer.get("skipped").is_some() {
            skipped += 1;
            continue;
        }
        let said = |key: &str| -> Vec<String> { serde_json::from_value(answer[key].clone()).expect("a list") };
        let theirs: BTreeSet<String> =
            said("errors").iter().map(|it| it.split(' ').next().unwrap_or("").to_owned()).collect();
        let ours = lines_of(new, sources);
        errors += theirs.len();
        if theirs != ours {
            let texts: Vec<_> = sources.iter().map(|it| format!("--- {}\n{}", it.path, it.text)).collect();
            let differ: Vec<_> = theirs.symmetric_difference(&ours).collect();
            let (all, found) = (said("errors"), found(new, sources));
            wrong.push(format!("{differ:?}\ntheirs {all:#?}\nours {found:#?}\n{}\n{new}", texts.join("\n")));
        }
        let read = |text: &str| Version::read("schema", text.as_bytes()).expect("a schema");
        let (old, new) = (read(old), read(new));
        let report = compare(&old, &new, Levels::Own, Some(&Operations::parse(sources)));
        let ours: BTreeSet<_> = report
            .operations
            .iter()
            .filter(|operation| operation.status == Status::Broken)
            .map(|operation| operation.name.clone())
            .collect();
        for name in said("broken") {
            broken += 1;
            if !ours.contains(&name) {
                wrong.push(format!(
                    "`{name}` is broken\n{}\n{}",
                    graphql_drift::report::text(&report, false),
                    sources.iter().map(|it| it.text.clone()).collect::<String>()
                ));
            }
        }
        let theirs: BTreeSet<String> = said("changes").into_iter().collect();
        let inspected = compare(&old, &new, Levels::GraphqlInspector, None);
        let ours = inspected.changes.iter().map(|change| {
            let level = match change.level {
                Level::Breaking => "BREAKING",
                Level::Dangerous => "DANGEROUS",
                Level::Safe => "NON_BREAKING",
            };
            format!("{} {} {level}", change.kind, change.coordinate.as_deref().unwrap_or_default())
        });
        let ours: BTreeSet<String> = ours.collect();
        changes += theirs.len();
        if theirs != ours {
            wrong.push(format!("{:?}", theirs.symmetric_difference(&ours).collect::<Vec<_>>()));
        }
    }
    println!(
        "{pairs} pairs, {skipped} skipped: {errors} lines with errors, {broken} broken operations, {changes} changes"
    );
    wrong.sort_by_key(String::len);
    let shortest = wrong.first().map(String::as_str).unwrap_or_default();
    assert!(wrong.is_empty(), "{} wrong, such as\n{shortest}", wrong.len());
    assert!(errors > pairs && broken > pairs / 20 && skipped < pairs / 20, "the cases test too little");
}

fn found(schema: &str, sources: &[Source]) -> Vec<String> {
    let schema = Source { path: "schema.graphql".to_owned(), text: schema.to_owned() };
    let found = validate(&schema, sources);
    // graphql-js checks no operation whose root the schema lacks, and a nullable variable in a `@oneOf` input object only
    // where the object may be null. A server rejects both.
    let is_more = |message: &str| message.contains("has no root") || message.contains("must be non-null to be used");
    let of_operations = found.iter().filter(|it| it.path != schema.path && !is_more(&it.message));
    of_operations.map(ToString::to_string).collect()
}

fn lines_of(schema: &str, sources: &[Source]) -> BTreeSet<String> {
    let place = |it: String| it.split(':').take(2).collect::<Vec<_>>().join(":");
    found(schema, sources).into_iter().map(place).collect()
}
