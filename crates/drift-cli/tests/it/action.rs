//! The script of the GitHub Action, in a repository of its own and with an imitation of `gh`.

#![cfg(unix)]
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

fn git(folder: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git runs");
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A clone on a branch that removes a field, while the main branch went on, and a `gh` that records how it is called.
fn clone() -> TempDir {
    let root = tempfile::tempdir().expect("a folder");
    let (origin, own) = (root.path().join("origin"), root.path().join("clone"));
    fs::create_dir_all(&origin).expect("made");
    let write = |folder: &Path, name: &str, text: &str| fs::write(folder.join(name), text).expect("written");
    let commit = |folder: &Path| {
        git(folder, &["add", "--all"]);
        git(folder, &["commit", "--quiet", "--message", "next"]);
    };
    git(&origin, &["init", "--quiet"]);
    write(&origin, "my schema.graphql", "type Query {\n  a: Int\n  b: Int\n}\n");
    write(&origin, "q.graphql", "query Q {\n  b\n}\n");
    commit(&origin);
    git(root.path(), &["clone", "--quiet", "origin", "clone"]);
    // What the main branch did meanwhile is no change of the pull request.
    write(&origin, "my schema.graphql", "type Query {\n  b: Int\n}\n");
    commit(&origin);
    git(&own, &["checkout", "--quiet", "-b", "change"]);
    write(&own, "my schema.graphql", "type Query {\n  a: Int\n}\n");
    commit(&own);
    let gh = root.path().join("bin/gh");
    fs::create_dir_all(gh.parent().expect("a folder")).expect("made");
    let script = "#!/bin/sh\necho \"gh $*\" >> \"$GH_LOG\"\ncase \"$*\" in *--paginate*) printf '%s' \"$GH_FOUND\";; esac\nexit \"${GH_CODE:-0}\"\n";
    fs::write(&gh, script).expect("written");
    fs::set_permissions(&gh, fs::Permissions::from_mode(0o755)).expect("executable");
    root
}

/// The exit code, what is printed, the outputs, the calls of `gh`, and the report.
fn run(root: &TempDir, variables: &[(&str, &str)]) -> (Option<i32>, String, String, String, String) {
    let temp = root.path();
    let binary = Path::new(env!("CARGO_BIN_EXE_graphql-drift")).parent().expect("a folder");
    let path =
        format!("{}:{}:{}", temp.join("bin").display(), binary.display(), std::env::var("PATH").unwrap_or_default());
    for name in ["output", "calls", "summary", "graphql-drift.md", "graphql-drift.sarif"] {
        _ = fs::remove_file(temp.join(name));
    }
    let done = Command::new("bash")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("ci/action.sh"))
        .current_dir(temp.join("clone"))
        .env("PATH", path)
        .env("RUNNER_TEMP", temp)
        .env("GITHUB_OUTPUT", temp.join("output"))
        .env("GITHUB_STEP_SUMMARY", temp.join("summary"))
        .env("GITHUB_REPOSITORY", "acme/api")
        .env("GH_LOG", temp.join("calls"))
        .env("INPUT_SCHEMA", "my schema.graphql")
        .env("GITHUB_BASE_REF", "main")
        .envs(variables.iter().copied())
        .output()
        .expect("bash runs");
    let read = |name: &str| fs::read_to_string(temp.join(name)).unwrap_or_default();
    let text = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    (done.status.code(), text, read("output"), read("calls"), read("graphql-drift.md"))
}

#[test]
fn a_pull_request_is_compared_with_its_merge_base_and_has_one_comment() {
    let root = clone();
    let pull = [
        ("INPUT_OPERATIONS", "q.graphql\n"),
        ("INPUT_COMMENT", "true"),
        ("PULL_REQUEST", "7"),
        ("INPUT_SARIF", "true"),
    ];
    let (code, text, outputs, calls, report) = run(&root, &pull);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("::error file=q.graphql,line=2,title=FIELD_REMOVED Query.b::`Q` is broken"), "{text}");
    assert!(outputs.starts_with("code=1\nreport=/"), "{outputs}");
    // What the main branch removed is there in the merge base and in the pull request.
    assert!(report.starts_with("<!-- graphql-drift -->\n## ") && !report.contains("`Query.a`"), "{report}");
    assert!(calls.contains("--method POST repos/acme/api/issues/7/comments --field body=@"), "{calls}");
    assert!(root.path().join("graphql-drift.sarif").exists() && root.path().join("summary").exists());
    let (_, _, _, calls, _) = run(&root, &[&pull[..], &[("GH_FOUND", "17\n18\n")]].concat());
    assert!(calls.contains("--method PATCH repos/acme/api/issues/comments/17 "), "{calls}");
    // A fork may not comment, which fails nothing.
    let (code, text, outputs, ..) = run(&root, &[&pull[..], &[("GH_CODE", "1")]].concat());
    assert!(code == Some(0) && text.contains("pull-requests: write") && outputs.starts_with("code=1"), "{text}");
}

#[test]
fn the_base_may_be_named_or_the_commit_before_a_push() {
    let root = clone();
    let (code, text, outputs, calls, _) =
        run(&root, &[("INPUT_BASE", "HEAD"), ("INPUT_COMMENT", "true"), ("PULL_REQUEST", "7")]);
    assert_eq!((code, outputs.lines().next()), (Some(0), Some("code=0")), "{text}");
    assert!(!calls.contains("POST"), "no comment without changes: {calls}");
    let push = [("GITHUB_BASE_REF", ""), ("BEFORE_PUSH", "0000000000000000000000000000000000000000")];
    let (code, text, outputs, ..) = run(&root, &push);
    assert!(code == Some(0) && outputs.starts_with("code=1"), "{text}");
    let (_, _, outputs, ..) = run(&root, &[&push[..], &[("INPUT_FAIL_ON", "none")]].concat());
    assert!(outputs.starts_with("code=0"), "{outputs}");
    let (code, text, outputs, ..) = run(&root, &[("INPUT_SCHEMA", "new.graphql")]);
    assert!(code == Some(0) && text.contains("has no new.graphql") && outputs == "code=0\nreport=\n", "{text}");
    let (code, text, ..) = run(&root, &[("INPUT_OPERATIONS", "nowhere")]);
    assert!(code == Some(2) && text.contains("cannot read nowhere"), "{text}");
    let (code, text, ..) = run(&root, &[("INPUT_FAIL_ON", "$(touch hacked)")]);
    assert!(code == Some(2) && !root.path().join("clone/hacked").exists(), "{text}");
}
