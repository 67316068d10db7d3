//! Lists the learners of a tenant, and the licenses of one of them. Runs on an embedded sandbox; for your own tenant,
//! use `Client::from_env()`.
//!
//! ```sh
//! cargo run --example roster
//! ```

use futures::TryStreamExt as _;
use thought_industries::Client;
use thought_industries_sandbox::{Dialect, Sandbox};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tenant = Sandbox::new(Dialect::Documented).users(40).start().await?;
    let client = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key()).build()?;

    let mut users = client.users().list().items();
    let mut last = None;
    while let Some(person) = users.try_next().await? {
        println!("{}  {}", person.id, person.email.as_deref().unwrap_or("no address"));
        last = Some(person.id);
    }

    if let Some(id) = last {
        let person = client.users().get(id).send().await?;
        println!("\nover {}:", person.surface());
        for held in person.allocated_licenses.iter().flatten() {
            let license = held.license.as_deref();
            let name = license.and_then(|license| license.name.as_deref()).unwrap_or("unnamed");
            let parent = license.and_then(|license| license.parent_license.as_deref()?.name.as_deref());
            println!("  {name}, below {}", parent.unwrap_or("none"));
        }
    }
    Ok(())
}
