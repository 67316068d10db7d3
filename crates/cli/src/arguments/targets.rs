//! The users that a command is about.

use std::path::PathBuf;

use clap::Args;

/// One user, or those of a file.
#[derive(Debug, Args)]
pub(crate) struct Targets {
    /// An id, an e-mail address or an externalCustomerId
    #[arg(required_unless_present = "file")]
    pub(crate) key: Option<String>,
    /// The users of a roster instead of one, without those who are disabled: a file as `ti plan` takes it, such as CSV with the
    /// column email. Users who are not found are reported, and the others follow; exit code 1 then
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    pub(crate) file: Option<PathBuf>,
    /// How the file is read: the file of `ti plan --config`
    #[arg(long, value_name = "FILE", requires = "file")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct EnrollArguments {
    #[command(flatten)]
    pub(crate) who: Targets,
    /// The id of a course; may be repeated
    #[arg(long, value_name = "ID", required = true)]
    pub(crate) course: Vec<String>,
}
