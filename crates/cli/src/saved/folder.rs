//! The folder of saved tenants.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use etcetera::BaseStrategy as _;

use super::{KeySource, Name, Saved};
use crate::failure::Failure;

/// The folder of saved tenants.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

/// The first lines of a saved tenant.
const HEADING: &str = "# A tenant, as `ti connect` has found it. The key is not in this file: `key` is the place where it is.\n\
                       # `ti connect NAME` finds everything again; `dialect`, `graphql-path` and `key-in` are kept.\n\n";

impl Folder {
    /// The folder below the configuration of the user, or below `TI_CONFIG_DIR`.
    pub(crate) fn of_user() -> Result<Self, Failure> {
        let set = std::env::var_os("TI_CONFIG_DIR").filter(|folder| !folder.is_empty());
        let folder = match set {
            Some(folder) => PathBuf::from(folder),
            None => {
                let strategy = etcetera::choose_base_strategy().map_err(|error| {
                    let reason = format!("there is no folder for settings: {error}");
                    Failure::new(reason, "set TI_CONFIG_DIR to a folder, or name the tenant with --url and TI_API_KEY")
                })?;
                strategy.config_dir()
            }
        };
        Ok(Self(folder.join("thought-industries")))
    }

    /// The file of a saved tenant.
    pub(crate) fn path(&self, name: &Name) -> PathBuf {
        self.0.join("tenants").join(format!("{name}.toml"))
    }

    /// The names of the saved tenants, sorted.
    pub(crate) fn names(&self) -> Vec<Name> {
        let files = fs::read_dir(self.0.join("tenants")).into_iter().flatten().flatten();
        let names = files.filter_map(|file| file.file_name().to_str()?.strip_suffix(".toml")?.parse().ok());
        let mut names: Vec<Name> = names.collect();
        names.sort();
        names
    }

    /// The saved tenant of a name, if there is one.
    pub(crate) fn find(&self, name: &Name) -> Result<Option<Saved>, Failure> {
        let path = self.path(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(cannot("read", &path, &error)),
        };
        let saved = toml::from_str(&text).map_err(|error| {
            // The message alone: the lines that an error shows may hold what a user has written there by mistake.
            let line =
                error.span().map_or(1, |span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
            let reason = format!("{}: line {line}: {}", path.display(), error.message());
            Failure::new(reason, "correct the file, or connect to the tenant again with --replace")
        })?;
        Ok(Some(saved))
    }

    /// The saved tenant of a name. The error lists those that there are.
    pub(crate) fn get(&self, name: &Name) -> Result<Saved, Failure> {
        self.find(name)?.ok_or_else(|| {
            let names: Vec<String> = self.names().iter().map(ToString::to_string).collect();
            let saved = if names.is_empty() { "there is none".to_owned() } else { names.join(", ") };
            let reason = format!("no tenant is saved as `{name}`; saved tenants: {saved}");
            Failure::new(reason, "use one of these names, or save the tenant with `ti connect NAME --url URL`")
        })
    }

    /// Saves a tenant; an earlier one of this name is replaced as a whole.
    pub(crate) fn save(&self, name: &Name, saved: &Saved) -> Result<PathBuf, Failure> {
        let path = self.path(name);
        let text = toml::to_string(saved).map_err(|error| Failure::could_not_run(&error))?;
        write(&path, &format!("{HEADING}{text}"))?;
        Ok(path)
    }

    /// The default tenant, if there is one.
    pub(crate) fn default(&self) -> Result<Option<Name>, Failure> {
        let path = self.0.join("default");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(cannot("read", &path, &error)),
        };
        text.trim().parse().map(Some).map_err(|_| {
            let reason = format!("{} does not hold the name of a tenant", path.display());
            Failure::new(reason, "set the default tenant with `ti connect NAME --default`")
        })
    }

    /// Sets the default tenant.
    pub(crate) fn set_default(&self, name: &Name) -> Result<(), Failure> {
        write(&self.0.join("default"), &format!("{name}\n"))
    }
}

/// Keeps the keys of tenants out of the environment of another program: `TI_API_KEY`, and the variables that saved tenants
/// name.
pub(crate) fn remove_keys(command: &mut Command) -> &mut Command {
    let mut sources = vec![KeySource::default()];
    if let Ok(folder) = Folder::of_user() {
        // A file that cannot be read names no variable that `ti` could use.
        let saved = folder.names().into_iter().filter_map(|name| folder.find(&name).ok().flatten());
        sources.extend(saved.map(|saved| saved.key));
    }
    for source in sources {
        if let KeySource::Variable(name) = source {
            command.env_remove(name);
        }
    }
    command
}

/// Writes a file that only the user can read, as a whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    let written = || {
        make_folder(folder)?;
        // A temporary file is readable by its owner only, and stays so under its final name.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    written().map_err(|error: std::io::Error| cannot("write", path, &error))
}

fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    let reason = format!("cannot {what} {}: {error}", path.display());
    Failure::new(reason, "TI_CONFIG_DIR names another folder for saved tenants")
}

#[cfg(test)]
mod tests {
    use thought_industries::{Dialect, TenantProfile};

    use super::*;
    use crate::saved::KeySource;

    #[test]
    fn a_saved_tenant_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = Folder(folder.path().join("new"));
        let name: Name = "acme".parse().expect("a name");
        assert_eq!((folder.names(), folder.default().expect("none")), (Vec::new(), None));
        let saved = Saved {
            url: "https://acme.thoughtindustries.com/".to_owned(),
            key: KeySource::default(),
            dialect: Some(Dialect::Observed),
            graphql_path: Some("/helium".to_owned()),
            key_in: vec!["v2=bearer".to_owned()],
            learner_role: vec!["participant".to_owned()],
            profile: TenantProfile::of(Dialect::Observed),
        };
        let path = folder.save(&name, &saved).expect("saved");
        assert_eq!(folder.find(&name).expect("read"), Some(saved.clone()));
        folder.set_default(&name).expect("set");
        assert_eq!((folder.names(), folder.default().expect("one")), (vec![name.clone()], Some(name.clone())));
        fs::write(&path, "url = \"planted\"\nkye = 3\n").expect("written");
        let Err(Failure::CouldNotRun { reason, .. }) = folder.find(&name) else { panic!("not a tenant") };
        assert!(reason.contains("acme.toml: line 2: unknown field") && !reason.contains("planted"), "{reason}");
    }
}
