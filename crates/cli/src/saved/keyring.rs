//! Keys in the key store of the operating system.

use super::Name;
use crate::failure::Failure;

/// The key of a tenant.
#[cfg(feature = "keyring")]
pub(crate) fn read(tenant: &Name) -> Result<String, Failure> {
    let tenant = tenant.clone();
    apart(move || entry(&tenant)?.get_password().map_err(|error| failed("read", &tenant, &error)))
}

/// Stores the key of a tenant.
#[cfg(feature = "keyring")]
pub(crate) fn store(tenant: &Name, key: &str) -> Result<(), Failure> {
    let (tenant, key) = (tenant.clone(), key.to_owned());
    apart(move || entry(&tenant)?.set_password(&key).map_err(|error| failed("stored", &tenant, &error)))
}

/// Some key stores block on a runtime of their own, which is not possible on a thread that runs ours.
#[cfg(feature = "keyring")]
fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    let stopped = |_| Failure::new("the keyring stopped unexpectedly", "name another place with --key-from");
    std::thread::spawn(work).join().map_err(stopped)?
}

#[cfg(feature = "keyring")]
fn entry(tenant: &Name) -> Result<keyring::Entry, Failure> {
    keyring::Entry::new("thought-industries", tenant.as_str()).map_err(|error| failed("read", tenant, &error))
}

#[cfg(feature = "keyring")]
fn failed(done: &str, tenant: &Name, error: &keyring::Error) -> Failure {
    let reason = format!("the key of `{tenant}` cannot be {done} in the keyring: {error}");
    Failure::new(reason, "`ti connect NAME --key-from keyring --store-key` stores it; --key-from names another place")
}

/// The key of a tenant.
#[cfg(not(feature = "keyring"))]
pub(crate) fn read(tenant: &Name) -> Result<String, Failure> {
    Err(unsupported(tenant))
}

/// Stores the key of a tenant.
#[cfg(not(feature = "keyring"))]
pub(crate) fn store(tenant: &Name, _key: &str) -> Result<(), Failure> {
    Err(unsupported(tenant))
}

#[cfg(not(feature = "keyring"))]
fn unsupported(tenant: &Name) -> Failure {
    Failure::new(
        format!("the key of `{tenant}` is in the keyring, and this `ti` was built without keyrings"),
        "install it with `cargo install thought-industries-cli --features keyring`, or use --key-from env:VARIABLE or \
         file:PATH",
    )
}
