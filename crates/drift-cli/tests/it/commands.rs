//! The binary, in folders and repositories of its own.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// Exit code, standard output and standard error.
type Done = (Option<i32>, String, String);

fn drift(folder: &TempDir, arguments: &[&str]) -> Done {
    let output = Command::new(env!("CARGO_BIN_EXE_graphql-drift"))
        .current_dir(folder.path())
        .env_remove("GITHUB_STEP_SUMMARY")
        .args(arguments)
        .output()
        .expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn write(folder: &TempDir, name: &str, text: &str) {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    std::fs::write(path, text).expect("written");
}

fn git(folder: &Path, date: &str, arguments: &[&str]) {
    let done = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .env("GIT_AUTHOR_DATE", format!("{date}T12:00:00Z"))
        .env("GIT_COMMITTER_DATE", format!("{date}T12:00:00Z"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git runs");
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A repository in which `b` is deprecated, goes after 60 days, and the file is renamed in between.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let commit = |name: &str, text: &str, date: &str| {
        write(&folder, name, text);
        git(root, date, &["add", "--all"]);
        git(root, date, &["commit", "--quiet", "--message", "next"]);
    };
    git(root, "2026-01-01", &["init", "--quiet"]);
    let types = "enum Color { RED GREEN BLUE }\ntype Point { x: Int y: Int }\n";
    commit("api/old name.graphql", &format!("{types}type Query {{ a: Int b: Int c: Int }}\n"), "2026-01-01");
    commit(
        "api/old name.graphql",
        &format!("{types}type Query {{ a: Int b: Int @deprecated c: Int }}\n"),
        "2026-01-31",
    );
    git(root, "2026-02-01", &["mv", "api/old name.graphql", "api/schema.graphql"]);
    git(root, "2026-02-01", &["commit", "--quiet", "--message", "renamed"]);
    commit("api/schema.graphql", "<html>", "2026-02-02");
    commit("api/schema.graphql", &format!("{types}type Query {{ a: Int d: Int }}\n"), "2026-04-01");
    folder
}

#[test]
fn a_history_is_read_from_git_with_dates_and_renames() {
    let folder = repository();
    let (code, text, warnings) = drift(&folder, &["history", "git:api/schema.graphql"]);
    assert_eq!(code, Some(1), "{warnings}");
    for line in [
        "`Query.b`: deprecated 2026-01-31, removed 2026-04-01 after 60 days",
        "`Query.c`: removed 2026-04-01 without notice",
        "2 removed parts: 1 deprecated before, for 60 days, 1 without notice",
        "2026-01-01  git:",
        ":api/old name.graphql",
        "not readable: ",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(warnings.contains("skipped"), "{warnings}");
    // From a folder below, with the path from there.
    let inner = Command::new(env!("CARGO_BIN_EXE_graphql-drift"))
        .current_dir(folder.path().join("api"))
        .args(["history", "git:./schema.graphql"])
        .output()
        .expect("it runs");
    assert_eq!(String::from_utf8_lossy(&inner.stdout), text);
    for wrong in ["git:nowhere.graphql", "git:--all", "git:*"] {
        let (code, _, error) = drift(&folder, &["history", wrong]);
        assert!(code == Some(2) && error.contains("no revision of the repository has"), "{wrong}: {error}");
    }
    let none = tempfile::tempdir().expect("a folder");
    let (code, _, error) = drift(&none, &["history", "git:a.graphql"]);
    assert!(code == Some(2) && error.contains("not a git repository"), "{error}");
}

#[test]
fn a_changelog_is_written_for_all_versions_or_between_two() {
    let folder = repository();
    let (code, text, _) = drift(&folder, &["changelog", "git:api/schema.graphql"]);
    assert_eq!(code, Some(0));
    assert!(text.starts_with("# Changelog\n\n## [git:"), "{text}");
    assert!(text.contains(" - 2026-04-01\n\n### Added\n\n- `Query.d`: `Int` was added\n\n### Removed\n"), "{text}");
    assert!(text.contains("- 2026-01-31\n\n### Deprecated\n"), "{text}");
    let between = [
        "changelog",
        "git:HEAD~2:api/schema.graphql",
        "api/schema.graphql",
        "--title",
        "2.0.0",
        "--date",
        "2026-04-01",
    ];
    let (_, text, error) = drift(&folder, &between);
    assert!(text.starts_with("## [2.0.0] - 2026-04-01\n\n### Added\n"), "{text} {error}");
}

#[test]
fn removals_have_their_grace_from_the_history() {
    let folder = repository();
    // Only what was deprecated is removed in this one.
    write(
        &folder,
        "new.graphql",
        "enum Color { RED GREEN BLUE }\ntype Point { x: Int y: Int }\ntype Query { a: Int c: Int }",
    );
    let old = "git:HEAD~2:api/schema.graphql";
    assert_eq!(drift(&folder, &["diff", old, "new.graphql"]).0, Some(1));
    let from = ["--grace-from", "git:api/old name.graphql"];
    let with = |grace: &str| drift(&folder, &[&["diff", old, "new.graphql", "--grace", grace][..], &from].concat());
    let (code, text, error) = with("90d");
    assert!(code == Some(0) && text.contains("it was deprecated for "), "{text} {error}");
    assert_eq!(with("99999d").0, Some(1));
    let (code, _, error) = drift(&folder, &["diff", "new.graphql", "new.graphql", "--grace", "9d"]);
    assert!(code == Some(2) && error.contains("--grace-from git:PATH"), "{error}");
    assert!(with("90").2.contains("write it as `90d`"), "{}", with("90").2);
    write(&folder, "drift.toml", "grace = \"60d\"\n");
    let (_, text, _) = drift(&folder, &["history", "git:api/schema.graphql"]);
    assert!(text.contains("breaking in ") && !text.contains("breaking  `Query.b` was removed"), "{text}");
}

#[test]
fn rules_are_found_above_and_flags_count_more() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder, "old.graphql", "type Query { a: Int b: Int c: Int }");
    write(&folder, "new.graphql", "type Query { a: Int! }");
    write(&folder, "queries/a.graphql", "query A { a }");
    write(
        &folder,
        "drift.toml",
        "fail-on = \"any\"\noperations = [\"queries\"]\naccept = \"accepted.toml\"\n[[ignore]]\ncoordinate = \"Query.b\"\n[[treat]]\nkind = \"FIELD_REMOVED\"\nas = \"dangerous\"\n",
    );
    write(&folder, "accepted.toml", "");
    let (code, text, error) = drift(&folder, &["diff", "old.graphql", "new.graphql"]);
    assert!(code == Some(1) && text.contains("1 dangerous; 1 safe (1 hidden by rules)"), "{text} {error}");
    assert!(text.contains("1 operation: 0 broken"), "{text}");
    let (code, text, _) = drift(&folder, &["diff", "old.graphql", "new.graphql", "--no-config"]);
    assert!(code == Some(1) && text.contains("2 breaking changes; 1 safe\n"), "{text}");
    let flags =
        ["diff", "old.graphql", "new.graphql", "--fail-on", "breaking", "--treat", "coordinate=Query.c,as=safe"];
    let (code, text, _) = drift(&folder, &flags);
    assert!(code == Some(0) && text.contains("2 safe changes not listed; `--all` lists them"), "{text}");
    assert_eq!(drift(&folder, &["validate", "new.graphql"]).1, "1 document fits new.graphql\n");
    let (code, _, error) = drift(&folder, &["validate", "new.graphql", "--no-config"]);
    assert!(code == Some(2) && error.contains("--operations, or `operations ="), "{error}");
    write(&folder, "drift.toml", "only = \"breaking\"\n[[ignore]]\nkind = \"FIELD_REMOVD\"\n");
    let (code, _, error) = drift(&folder, &["diff", "old.graphql", "new.graphql"]);
    assert!(
        code == Some(2) && error.contains("drift.toml") && error.contains("did you mean `FIELD_REMOVED`?"),
        "{error}"
    );
    let (code, _, error) = drift(&folder, &["diff", "old.graphql", "new.graphql", "--no-config", "--write-accept"]);
    assert!(code == Some(2) && error.contains("name it with --accept"), "{error}");
}

#[test]
fn a_schema_is_printed_in_its_canonical_form() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder, "a.graphql", "type Query { b: Int, a: Int }");
    assert_eq!(drift(&folder, &["print", "a.graphql"]).1, "type Query {\n  a: Int\n  b: Int\n}\n");
    assert_eq!(drift(&folder, &["print", "a.graphql", "--out", "b.graphql"]).0, Some(0));
    assert_eq!(drift(&folder, &["diff", "a.graphql", "b.graphql", "--fail-on", "any"]).0, Some(0));
    assert_eq!(drift(&folder, &["print", "a.graphql", "--out", "no/where.graphql"]).0, Some(2));
    let (code, _, error) = drift(&folder, &["diff", "a.graphql", "b.graphql", "-o", "csv"]);
    assert!(code == Some(2) && error.contains("is not a format of reports; use text, json"), "{error}");
}

#[test]
fn operations_are_mended_as_a_diff_that_git_applies_or_in_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let date = "2026-01-01";
    git(folder.path(), date, &["init", "--quiet"]);
    write(
        &folder,
        "old.graphql",
        "type Query { user(id: ID): User } type User { name: String @deprecated(reason: \"use `fullName`\") mail: String id: ID }",
    );
    write(
        &folder,
        "new.graphql",
        "type Query { user(id: ID!): User } type User { fullName: String id: ID other(x: Int!): Int }",
    );
    write(&folder, "queries/a.graphql", "query A($id: ID) {\n  user(id: $id) {\n    name\n    mail\n    id\n  }\n}\n");
    write(&folder, "queries/b.graphql", "query B {\n  user(id: 1) {\n    other\n  }\n}\n");
    let fix = ["fix", "new.graphql", "--old", "old.graphql", "--operations", "queries"];
    let (code, diff, notes) = drift(&folder, &fix);
    assert_eq!(code, Some(1));
    assert!(diff.starts_with("--- a/queries/a.graphql\n+++ b/queries/a.graphql\n"), "{diff}");
    assert!(
        notes.contains("warning: B cannot be mended: queries/b.graphql:3:5: ") && notes.contains("it needs a value"),
        "{notes}"
    );
    assert!(notes.contains("1 document mended; 1 cannot be mended; --write writes them"), "{notes}");
    write(&folder, "a.diff", &diff);
    git(folder.path(), date, &["apply", "a.diff"]);
    let mended = "query A($id: ID!) {\n  user(id: $id) {\n    name: fullName\n    id\n  }\n}\n";
    let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("read");
    assert_eq!(text("queries/a.graphql"), mended);
    write(&folder, "queries/a.graphql", "query A($id: ID) {\n  user(id: $id) {\n    name\n    mail\n    id\n  }\n}\n");
    assert_eq!(drift(&folder, &[&fix[..], &["--write"]].concat()).0, Some(1), "b is not mended");
    assert_eq!(text("queries/a.graphql"), mended);
    let one = ["fix", "new.graphql", "--operations", "queries/a.graphql"];
    let (code, diff, notes) = drift(&folder, &one);
    assert_eq!((code, diff.as_str(), notes.as_str()), (Some(0), "", "all operations fit\n"));
    // A document whose bytes are not its text is not written.
    write(&folder, "queries/a.graphql", "\u{feff}query A { user(id: 1) { name } }\n");
    let (code, _, error) = drift(&folder, &[&one[..], &["--old", "old.graphql", "--write"]].concat());
    assert!(code == Some(2) && error.contains("its bytes are not those that were read"), "{error}");
    assert!(text("queries/a.graphql").contains("{ name }"));
    let (code, _, error) = drift(&folder, &[&fix[..], &["-o", "sarif"]].concat());
    assert!(code == Some(2) && error.contains("text, json, markdown or github"), "{error}");
}
