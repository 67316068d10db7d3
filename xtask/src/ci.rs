//! `cargo xtask soak`, and `cargo xtask ci`: the steps of CI, those that fail fastest first.

use xshell::{Shell, cmd};

use crate::outcome::{Done, Failure};
use crate::{project, snapshots};

pub(crate) fn run() -> Done {
    let shell = Shell::new().map_err(|error| Failure::could_not_run(&error))?;
    shell.change_dir(project::root());
    // A snapshot that no longer matches fails; none is written.
    shell.set_var("INSTA_UPDATE", "no");
    let references = project::root().join("target/snapshot-references");
    // Tests append to the file, so entries of an earlier run would hide orphans.
    _ = std::fs::remove_file(&references);
    snapshots::watch(&shell, &references);
    let deny = "-Dwarnings";
    // Everything but native-tls, which needs the headers of OpenSSL on Linux.
    let library = "cynic,reqwest,rustls-aws-lc,rustls-ring,test-util";
    let all = library.split(',').map(|feature| format!("thought-industries/{feature}")).collect::<Vec<_>>().join(",");
    let all = format!("{all},thought-industries-cli/keyring");
    // A program that is built alone has other features, and with them other dependencies. The tests of its package have
    // built it already.
    let own = std::env::current_exe().map_err(|error| Failure::could_not_run(&error))?;
    let ti = own.with_file_name(format!("ti{}", std::env::consts::EXE_SUFFIX));
    let simulate = own.with_file_name(format!("simulate{}", std::env::consts::EXE_SUFFIX));
    let steps = [
        cmd!(shell, "cargo fmt --all --check"),
        cmd!(shell, "{own} package"),
        cmd!(shell, "{own} dependencies"),
        cmd!(shell, "cargo clippy --workspace --all-targets --features {all} -- {deny}"),
        cmd!(shell, "cargo test --workspace"),
        // With the program that the tests have built. Skipped, with the reason, where Python or its packages are missing.
        cmd!(shell, "sh crates/scim/tests/conformance.sh {ti}"),
        // At least 2,000 worlds, and as many as three minutes hold.
        cmd!(shell, "{simulate} --runs 2000 --minutes 3"),
        // Each choice of TLS; the others have the default one.
        cmd!(shell, "cargo check --package thought-industries --no-default-features"),
        cmd!(shell, "cargo check --package thought-industries --no-default-features --features rustls-ring"),
        cmd!(shell, "{own} schema check --live"),
        cmd!(shell, "{own} capabilities --check"),
        cmd!(shell, "{own} fields --check"),
        cmd!(shell, "{own} examples"),
        cmd!(shell, "cargo doc --workspace --no-deps --features {all}").env("RUSTDOCFLAGS", deny),
    ];
    for step in steps.into_iter().chain(native_tls(&shell)).chain(workflows(&shell)) {
        step.run().map_err(|error| {
            // A step that could not run exits with 2, or could not be started.
            let text = error.to_string();
            let ran = text.contains("non-zero code") && !text.ends_with(": 2");
            if ran { Failure::Found(vec![text]) } else { Failure::CouldNotRun(text) }
        })?;
    }
    snapshots::check(&shell, &references)
}

/// The check of native-tls, where its headers are found or not needed.
fn native_tls(shell: &Shell) -> Option<xshell::Cmd<'_>> {
    let has_headers = cmd!(shell, "pkg-config --exists openssl").quiet().ignore_stderr().run().is_ok();
    if cfg!(target_os = "linux") && !has_headers {
        println!("native-tls is not checked: install pkg-config and the headers of OpenSSL (libssl-dev)");
        return None;
    }
    Some(cmd!(shell, "cargo check --package thought-industries --no-default-features --features native-tls"))
}

/// The check of workflows, where actionlint is found.
fn workflows(shell: &Shell) -> Option<xshell::Cmd<'_>> {
    if cmd!(shell, "actionlint -version").quiet().ignore_stdout().ignore_stderr().run().is_err() {
        println!("workflows are not checked: install actionlint");
        return None;
    }
    let files = shell.read_dir("examples/ci").unwrap_or_default();
    Some(cmd!(shell, "actionlint {files...}"))
}

/// Runs simulated worlds, optimized.
pub(crate) fn simulate(options: &[String]) -> Done {
    let shell = Shell::new().map_err(|error| Failure::could_not_run(&error))?;
    shell.change_dir(project::root());
    let worlds = cmd!(shell, "cargo run --quiet --release --package thought-industries-simulator -- {options...}");
    worlds.run().map_err(|error| Failure::Found(vec![error.to_string()]))
}

/// The long soak: 10,000 calls in each dialect, five real minutes of a limit, every flow against 20,000 tenants whose unknowns
/// are drawn, and a gateway that dies 100 times, in virtual time and as a process. CI runs a short version of each.
pub(crate) fn soak() -> Done {
    let shell = Shell::new().map_err(|error| Failure::could_not_run(&error))?;
    shell.change_dir(project::root());
    let calls = std::env::var("TI_SOAK_CALLS").unwrap_or_else(|_| "10000".to_owned());
    let soak = cmd!(shell, "cargo test --release --test it soak -- --include-ignored --nocapture");
    let strangers = std::env::var("TI_STRANGERS").unwrap_or_else(|_| "20000".to_owned());
    let drawn = cmd!(shell, "cargo test --release -p thought-industries-provision --test it strangers -- --nocapture");
    let kills = std::env::var("TI_SCIM_KILLS").unwrap_or_else(|_| "100".to_owned());
    let died = cmd!(shell, "cargo test --release -p thought-industries-scim --test it faults -- --nocapture");
    let killed = cmd!(shell, "cargo test --release -p thought-industries-cli --test it scim:: -- --nocapture");
    let gateway = [died, killed].map(|step| step.env("TI_SCIM_KILLS", &kills));
    let others = [soak.env("TI_SOAK_CALLS", calls), drawn.env("TI_STRANGERS", strangers)];
    for step in others.into_iter().chain(gateway) {
        step.run().map_err(|error| Failure::Found(vec![error.to_string()]))?;
    }
    Ok(())
}
