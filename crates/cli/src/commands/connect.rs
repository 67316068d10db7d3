//! `ti connect`.

use super::doctor::{facts, is_json, print, unusable};
use crate::arguments::{ConnectArguments, TenantArguments};
use crate::diagnosis::Document;
use crate::failure::Failure;
use crate::output::Output;
use crate::saved::{Folder, KeySource, Name, Saved, store};
use crate::tenant::{Address, address_of_environment, address_of_flags, checked, chosen, connect_to, preferences};

/// Learns what a tenant is, prints it, and saves it if the tenant can be used.
pub(crate) async fn run(
    arguments: &TenantArguments,
    output: Option<Output>,
    settings: ConnectArguments,
) -> Result<(), Failure> {
    let is_json = is_json(output)?;
    if arguments.sandbox.is_some() {
        return Err(Failure::new(
            "an embedded sandbox ends with the command, so it is not saved",
            "start one with `ti sandbox --background`, and connect to its address",
        ));
    }
    if settings.store_key && settings.key_from != Some(KeySource::Keyring) {
        return Err(Failure::new("--store-key stores a key in the keyring only", "use it with --key-from keyring"));
    }
    let folder = Folder::of_user()?;
    if let Some(name) = only_default(arguments, &settings) {
        folder.get(name)?;
        folder.set_default(name)?;
        eprintln!("`{name}` is the default tenant now");
        return Ok(());
    }
    let Target { name, url, known } = Target::of(arguments, &settings, &folder)?;
    let source = settings.key_from.clone().map(KeySource::absolute);
    let source = source.or_else(|| known.as_ref().map(|known| known.key.clone())).unwrap_or_default();
    let key = if settings.store_key { KeySource::default().read(&name)? } else { source.read(&name)? };
    let wanted = match &known {
        Some(known) if !settings.replace => arguments.preferences.or(&preferences(known)?),
        _ => arguments.preferences.clone(),
    };
    let client = connect_to(&Address::Url(url.clone()), key.clone(), arguments, &wanted)?;
    let (document, failure) = Document::of(&client).await?;
    print(&document, is_json, || facts(&document))?;
    if failure.is_some() {
        return Err(unusable(
            &document,
            "nothing was saved; `ti doctor` shows each response. Check the address and the key, or try --key-in and \
             --graphql-path",
        ));
    }
    if settings.store_key {
        store(&name, &key)?;
    }
    let saved = Saved {
        url,
        key: source,
        dialect: wanted.dialect,
        graphql_path: wanted.graphql_path,
        key_in: wanted.key_in.iter().map(ToString::to_string).collect(),
        learner_role: wanted.learner_role,
        profile: document.profile,
    };
    let path = folder.save(&name, &saved)?;
    let is_default = settings.default || folder.default()?.is_none();
    if is_default {
        folder.set_default(&name)?;
    }
    let default = if is_default { "; it is the default tenant" } else { "" };
    eprintln!("saved as `{name}` in {}{default}", path.display());
    Ok(())
}

/// The saved tenant that is only made the default.
fn only_default<'s>(arguments: &TenantArguments, settings: &'s ConnectArguments) -> Option<&'s Name> {
    let is_only = settings.default
        && settings.key_from.is_none()
        && !settings.replace
        && address_of_flags(arguments).is_none()
        && arguments.preferences == crate::arguments::Preferences::default();
    let name = settings.name.as_ref().filter(|_| is_only)?;
    // A name that is not saved yet is connected to.
    Folder::of_user().ok()?.names().contains(name).then_some(name)
}

/// The tenant to connect to.
struct Target {
    name: Name,
    url: String,
    /// What is saved under its name.
    known: Option<Saved>,
}

impl Target {
    fn of(arguments: &TenantArguments, settings: &ConnectArguments, folder: &Folder) -> Result<Self, Failure> {
        let flags = address_of_flags(arguments);
        // A saved tenant that is named in another way than by the argument is connected to again.
        let again = if settings.name.is_none() && flags.is_none() { chosen(arguments)? } else { None };
        if let Some(name) = again {
            let known = folder.get(&name)?;
            return Ok(Self { name, url: known.url.clone(), known: Some(known) });
        }
        let address = flags.or_else(address_of_environment);
        let (name, known, url) = match (&settings.name, address) {
            (Some(name), None) => {
                let known = folder.get(name)?;
                let url = known.url.clone();
                (name.clone(), Some(known), url)
            }
            (name, address) => {
                let url = checked(&address.unwrap_or(Address::None))?;
                let name = name.clone().unwrap_or_else(|| Name::of_url(&url));
                let known = match folder.find(&name) {
                    Err(_) if settings.replace => None,
                    found => found?,
                };
                (name, known, url)
            }
        };
        let Some(other) = known.as_ref().filter(|known| known.url != url) else { return Ok(Self { name, url, known }) };
        if settings.replace {
            return Ok(Self { name, url, known: None });
        }
        let reason = format!("`{name}` is saved for {}, not for {url}", other.url);
        Err(Failure::new(reason, "nothing was changed; give another NAME, or use --replace"))
    }
}
