//! A sandbox in this process, a folder for files, and `ti` as it is run there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use futures::TryStreamExt as _;
use tempfile::TempDir;
use thought_industries::Client;
use thought_industries::model::User;
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};
use tokio::runtime::Runtime;

/// `ti` with a folder for its settings and its state.
pub(crate) fn ti_in(folder: &Path) -> Command {
    isolated(env!("CARGO_BIN_EXE_ti"), folder)
}

/// A program with a folder for the settings and the state of `ti`. Nothing that is set on this machine reaches it.
pub(crate) fn isolated(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    for variable in ["TI_URL", "TI_SUBDOMAIN", "TI_API_KEY", "TI_TENANT", "HTTP_PROXY", "http_proxy"] {
        command.env_remove(variable);
    }
    command.env("TI_CONFIG_DIR", folder).env("TI_STATE_DIR", folder.join("state")).env("XDG_RUNTIME_DIR", folder);
    command.env("USER", "tester");
    command
}

/// The exit code, standard output, and standard error.
pub(crate) fn parts(output: &Output) -> (i32, String, String) {
    (output.status.code().expect("an exit code"), text(&output.stdout), text(&output.stderr))
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// Sandboxes in this process fetch files, for which this package chooses no cryptography by its features.
pub(crate) fn runtime() -> Runtime {
    _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// A sandbox in this process, and a folder for files.
pub(crate) struct Place {
    pub(crate) runtime: Runtime,
    pub(crate) tenant: RunningSandbox,
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new(dialect: Dialect, users: u64) -> Self {
        Self::of(Sandbox::new(dialect).users(users))
    }

    pub(crate) fn of(sandbox: Sandbox) -> Self {
        let runtime = runtime();
        let tenant = runtime.block_on(sandbox.start()).expect("a sandbox starts");
        Self { runtime, tenant, folder: tempfile::tempdir().expect("a folder") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file")
    }

    /// Writes a file that others can read, whatever the settings of this machine.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("written");
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("set");
        path
    }

    /// `ti` in the folder, at the tenant, without pacing.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = ti_in(self.folder.path());
        command.env("TI_URL", self.tenant.url()).env("TI_API_KEY", self.tenant.api_key());
        command.current_dir(self.folder.path()).args(arguments).args(["--pace", "off"]);
        command
    }

    /// The exit code, standard output, and standard error.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        parts(&self.command(arguments).output().expect("ti runs"))
    }

    /// The exit code, and everything that was printed.
    pub(crate) fn ti(&self, arguments: &[&str]) -> (i32, String) {
        let (code, out, err) = self.run(arguments);
        (code, out + &err)
    }

    pub(crate) fn client(&self) -> Client {
        client_of(&self.tenant)
    }

    /// All users, as their list has them.
    pub(crate) fn listed(&self) -> Vec<User> {
        self.runtime.block_on(self.client().users().list().items().try_collect()).expect("users")
    }
}

/// A client that waits for no limit.
pub(crate) fn client_of(tenant: &RunningSandbox) -> Client {
    let builder = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key());
    builder.without_limits().build().expect("right settings")
}
