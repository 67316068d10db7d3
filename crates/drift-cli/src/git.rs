//! Files in revisions of the repository. git is only ever asked to read.

use std::io::Read as _;
use std::process::{Command, Stdio};

use graphql_drift::Version;
use jiff::civil::Date;

use crate::context::Context;
use crate::failure::Failure;

const HELP: &str = "use git:REV:PATH, with the path from the repository root, or ./PATH from the current folder";

/// A revision in which a file was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revision {
    /// The first digits of its commit.
    pub(crate) commit: String,
    /// The day on which it was committed.
    pub(crate) date: Option<Date>,
    /// The path of the file there; `None` if the revision removes it.
    pub(crate) path: Option<String>,
}

/// Reads a file from a revision. git would parse a revision that starts with `-` as an option.
pub(crate) fn show(context: &Context, revision: &str, path: &str) -> Result<Vec<u8>, Failure> {
    let name = format!("git:{revision}:{path}");
    let cannot = |reason: String| Failure::new(format!("cannot read {name}: {reason}"), HELP);
    if revision.starts_with('-') || revision.is_empty() {
        return Err(cannot(format!("`{revision}` is not a revision")));
    }
    let most = u64::try_from(Version::LARGEST).map_or(u64::MAX, |largest| largest + 1);
    let object = format!("{revision}:{path}");
    let (bytes, is_done, words) = run(context, &["show", "--end-of-options", &object], most).map_err(cannot)?;
    // git fails if a large file is cut off; the size check of the caller gives the better error.
    if is_done || bytes.len() > Version::LARGEST { Ok(bytes) } else { Err(cannot(words)) }
}

/// The revisions in which a file was changed, the oldest first. Renames are followed.
pub(crate) fn revisions(context: &Context, path: &str) -> Result<Vec<Revision>, Failure> {
    let cannot = |reason: String| {
        Failure::new(
            format!("cannot read the history of {path}: {reason}"),
            "use git:PATH, with the path from the repository root, or ./PATH from the current folder; a shallow clone has \
             no history",
        )
    };
    // Literal, so that no character of the path is a pattern.
    let pathspec = match path.strip_prefix("./") {
        Some(path) => format!(":(literal){path}"),
        None => format!(":(top,literal){path}"),
    };
    let arguments = [
        "-c",
        "core.quotePath=false",
        "-c",
        "log.showSignature=false",
        "log",
        "--follow",
        "--name-status",
        "--no-color",
        "--format=%x00%h %cs",
        "--",
        &pathspec,
    ];
    let (bytes, is_done, words) = run(context, &arguments, u64::MAX).map_err(cannot)?;
    if !is_done {
        return Err(cannot(words));
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut revisions: Vec<Revision> = text.split('\0').filter_map(revision).collect();
    // The newest comes first, and git cannot both follow renames and reverse.
    revisions.reverse();
    Ok(revisions)
}

/// Reads an entry of the log: the commit and its date, then the status of the file and its path there.
fn revision(entry: &str) -> Option<Revision> {
    let mut lines = entry.lines().filter(|line| !line.is_empty());
    let (commit, date) = lines.next()?.split_once(' ')?;
    // A merge that changes nothing by itself has no status.
    let (status, path) = lines.next()?.split_once('\t')?;
    // A rename has the old path and the new one.
    let path = path.rsplit('\t').next().map(str::to_owned);
    let path = path.filter(|_| !status.starts_with('D'));
    Some(Revision { commit: commit.to_owned(), date: date.parse().ok(), path })
}

/// Runs git. Returns at most so many bytes of what it prints, whether it succeeded, and its error.
fn run(context: &Context, arguments: &[&str], most: u64) -> Result<(Vec<u8>, bool, String), String> {
    let not_run = |error: std::io::Error| format!("git did not run: {error}");
    let mut git = Command::new("git");
    git.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Another process may hold the lock, and reading needs none.
    git.env("GIT_OPTIONAL_LOCKS", "0");
    // A repository may name programs that git runs, and none of them needs a key.
    (context.prepare)(&mut git);
    let mut git = git.spawn().map_err(not_run)?;
    let mut bytes = Vec::new();
    if let Some(out) = git.stdout.take() {
        out.take(most).read_to_end(&mut bytes).map_err(not_run)?;
    }
    let done = git.wait_with_output().map_err(not_run)?;
    let words = String::from_utf8_lossy(&done.stderr);
    Ok((bytes, done.status.success(), words.trim().trim_start_matches("fatal: ").to_owned()))
}

#[cfg(test)]
mod tests {
    use super::revision;

    #[test]
    fn an_entry_of_the_log_says_where_the_file_was() {
        let path = |entry: &str| revision(entry).map(|it| it.path);
        assert_eq!(path("1a2b3c4 2026-01-02\n\nM\ta b.graphql\n"), Some(Some("a b.graphql".to_owned())));
        assert_eq!(
            path("1a2b3c4 2026-01-02\n\nR097\tbefore.graphql\tnew.graphql\n"),
            Some(Some("new.graphql".to_owned()))
        );
        assert_eq!(path("1a2b3c4 2026-01-02\n\nD\tbefore.graphql\n"), Some(None));
        assert_eq!(path(""), None);
        assert_eq!(path("1a2b3c4 2026-01-02\n\n"), None);
        let dated = revision("1a2b3c4 2026-01-02\n\nA\ta\n").expect("an entry");
        assert_eq!((dated.commit.as_str(), dated.date), ("1a2b3c4", "2026-01-02".parse().ok()));
    }
}
