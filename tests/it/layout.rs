//! The invariants of ARCHITECTURE.md that a look at the tree can check.

mod modules;
mod words;

use std::path::{Path, PathBuf};

use modules::Modules;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files of the project that people write.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["benches", "crates", "examples", "src", "tests", "xtask"] {
        collect(root(), &root().join(folder), &mut found);
    }
    found.sort();
    assert!(found.len() > 60, "{} files", found.len());
    found
}

fn collect(base: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() && !path.ends_with("fixtures") && !path.ends_with("target") {
            collect(base, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name: PathBuf = path.strip_prefix(base).expect("below the base").to_path_buf();
            found.push((name.display().to_string(), std::fs::read_to_string(&path).expect("text")));
        }
    }
}

#[test]
fn every_module_says_what_it_is_and_stays_small() {
    for (path, text) in sources() {
        assert!(text.starts_with("//!"), "{path}: the first line says what the module is");
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        assert!(path.contains("tests/") || lines <= 450, "{path}: {lines} lines; split it");
    }
}

#[test]
fn no_modules_know_each_other_in_a_circle() {
    let crates = [
        "codegen",
        "drift",
        "drift-cli",
        "sandbox",
        "provision",
        "export",
        "identity",
        "store",
        "scim",
        "events",
        "simulator",
        "cli",
    ]
    .map(|name| format!("crates/{name}/src"));
    let folders = crates.iter().map(String::as_str).chain(["src", "xtask/src"]);
    let circles = folders.flat_map(|folder| {
        let circles = Modules::read(&root().join(folder)).circles();
        circles.into_iter().map(move |circle| format!("{folder}: {circle}"))
    });
    let circles: Vec<String> = circles.collect();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn every_call_is_a_request_with_an_example() {
    let mut requests = 0;
    for (path, text) in sources().iter().filter(|(path, _)| path.starts_with("src/")) {
        let mut item = String::new();
        for line in text.lines().map(str::trim) {
            let is_about_item = line.starts_with("///") || line.starts_with("#[");
            item = format!("{item}\n{line}");
            if is_about_item || (item.contains("\npub fn ") && !line.ends_with(['{', '}', ';'])) {
                continue;
            }
            // A plain function could not take options later.
            let is_ending = ["send(", "send_partial("].iter().any(|name| line.contains(name));
            assert!(!line.starts_with("pub async fn ") || is_ending, "{path}: {line}");
            if item.contains("-> Request<") || item.contains("#[must_use = \"a request") {
                requests += 1;
                assert!(item.contains("/// ```no_run"), "{path}: no example: {item}");
            }
            item.clear();
        }
    }
    assert!(requests > 30, "{requests} requests");
}

#[test]
fn one_module_of_the_library_knows_the_http_library() {
    for (path, text) in sources() {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        if path.starts_with("src/") && path != "src/transport/https.rs" {
            assert_eq!(code.filter(|line| line.contains("reqwest::")).count(), 0, "{path}");
        }
    }
}

#[test]
fn packages_know_only_what_they_may() {
    let dependencies = |package: &str| {
        let manifest = root().join(package).join("Cargo.toml");
        let text = std::fs::read_to_string(manifest).expect("a manifest");
        let section =
            text.split("[dependencies]").nth(1).expect("dependencies").split("\n[").next().unwrap_or_default();
        section.lines().filter_map(|line| line.split(['=', ' ', '.']).next()).map(str::to_owned).collect::<Vec<_>>()
    };
    let knows = |package: &str, other: &str| dependencies(package).iter().any(|name| name == other);
    for package in ["crates/sandbox", "xtask", "crates/drift", "crates/drift-cli", "crates/codegen", "crates/store"] {
        assert!(!knows(package, "thought-industries"), "{package} does not know the library");
    }
    for package in ["crates/drift", "crates/codegen"] {
        assert!(!knows(package, "reqwest") && !knows(package, "tokio"), "{package} opens no connection");
    }
    // The flags of the commands are those of every API.
    assert!(!knows("crates/drift", "clap"), "the detector knows no command line");
    assert!(!knows(".", "thought-industries-sandbox"), "the library does not ship the sandbox");
    for package in ["crates/provision", "crates/export", "crates/identity", "crates/scim", "crates/events"] {
        assert!(!knows(package, "clap"), "{package} knows no command line");
    }
    assert!(!knows("crates/export", "thought-industries-provision"), "exports know no engine");
    assert!(!knows("crates/provision", "thought-industries-scim"), "the engine does not know the gateway");
    for package in ["crates/scim", "crates/events"] {
        assert!(!knows(package, "thought-industries-sandbox"), "{package} does not ship the sandbox");
    }
    assert!(!knows("crates/events", "thought-industries-provision"), "events know no engine");
    for package in ["crates/provision", "crates/export", "crates/scim", "crates/events"] {
        assert!(!knows(package, "thought-industries-identity"), "{package} does not know the identity graph");
    }
    assert!(!knows("crates/identity", "thought-industries-scim"), "the identity graph does not know the gateway");
}

#[test]
fn only_commands_print() {
    let silent =
        ["provision", "export", "identity", "scim", "store", "events"].map(|name| format!("crates/{name}/src/"));
    let is_silent = |path: &str| silent.iter().any(|folder| path.starts_with(folder.as_str()));
    for (path, text) in sources().iter().filter(|(path, _)| is_silent(path)) {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code.take_while(|line| *line != "#[cfg(test)]") {
            assert!(
                !["print!", "println!", "eprint!", "eprintln!"].iter().any(|macro_| line.contains(macro_)),
                "{path}: {line}"
            );
        }
    }
}

#[test]
fn what_users_read_has_the_words_of_the_field() {
    let of_users = [
        "src/",
        "crates/cli/src/",
        "crates/drift/src/",
        "crates/drift-cli/src/",
        "crates/export/src/",
        "crates/identity/src/",
        "crates/provision/src/",
        "crates/scim/src/",
        "crates/store/src/",
        "crates/events/src/",
    ];
    let mut texts: Vec<_> =
        sources().into_iter().filter(|(path, _)| of_users.iter().any(|folder| path.starts_with(folder))).collect();
    let mut pages: Vec<PathBuf> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(PathBuf::from).to_vec();
    for folder in ["docs", "crates/drift/templates", "crates/cli/templates"] {
        let entries = std::fs::read_dir(root().join(folder)).expect(folder);
        pages.extend(entries.map(|entry| Path::new(folder).join(entry.expect("an entry").file_name())));
    }
    for page in pages.into_iter().filter(|page| page.extension().is_some_and(|end| end == "md" || end == "html")) {
        texts.push((page.display().to_string(), std::fs::read_to_string(root().join(page)).expect("text")));
    }
    let mut found = Vec::new();
    for (path, text) in &texts {
        let banned = words::banned(text).into_iter();
        found.extend(banned.map(|(line, word, instead)| format!("{path}:{line}: `{word}`: write {instead}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
