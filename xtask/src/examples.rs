//! The consumer with a schema of its own, run against a sandbox that serves that schema.

use std::collections::BTreeMap;

use xshell::{Shell, cmd};

use crate::outcome::{Done, Failure};
use crate::project;

const SCHEMA: &str = "examples/own-schema/schema/academy.graphql";

pub(crate) fn run() -> Done {
    let shell = Shell::new().map_err(|error| Failure::could_not_run(&error))?;
    shell.change_dir(project::root());
    own_schema(&shell)
}

/// Starts `ti sandbox` with the schema, runs the example, and checks that it printed each kind of item.
fn own_schema(shell: &Shell) -> Done {
    let could_not = |error: xshell::Error| Failure::could_not_run(&error);
    // Seed 2 has an item of each kind that is looked for.
    let sandbox = "sandbox --background --seed 2 --schema";
    let sandbox = sandbox.split(' ').collect::<Vec<_>>();
    // Built with the features of the workspace, as its tests were, so that no dependency is built again.
    cmd!(shell, "cargo build --quiet --workspace --bin ti --bin own-schema").run().map_err(could_not)?;
    let own = std::env::current_exe().map_err(|error| Failure::could_not_run(&error))?;
    let program = |name: &str| own.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let (ti, example) = (program("ti"), program("own-schema"));
    let ti = cmd!(shell, "{ti} {sandbox...} {SCHEMA}");
    let lines = ti.read().map_err(could_not)?;
    let variables: BTreeMap<&str, &str> =
        lines.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('=')).collect();
    let mut example = cmd!(shell, "{example}");
    for (name, value) in &variables {
        example = example.env(name, value);
    }
    let printed = example.read();
    if let Some(pid) = variables.get("TI_SANDBOX_PID") {
        cmd!(shell, "kill {pid}").quiet().run().map_err(could_not)?;
    }
    let printed = printed.map_err(|error| Failure::Found(vec![error.to_string()]))?;
    let missing: Vec<String> = ["workshop ", "trainee ", "seats taken", "archived: "]
        .into_iter()
        .filter(|kind| !printed.contains(kind))
        .map(|kind| format!("examples/own-schema printed no `{kind}`:\n{printed}"))
        .collect();
    if missing.is_empty() {
        println!("examples/own-schema ran against a sandbox with its schema");
        Ok(())
    } else {
        Err(Failure::Found(missing))
    }
}
