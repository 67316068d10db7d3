//! A consumer's own query, derived with cynic against the client's schema and sent through the client.
//!
//! cynic's derive macros also read the schema: here from this repository, elsewhere from the file written by `ti schema
//! pull --out schema.graphql`.

use cynic::QueryBuilder as _;
use thought_industries::{Client, schema};
use thought_industries_sandbox::{Dialect, Sandbox};

/// Users by role, with the name of their client.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(schema_path = "../../schema/schema.graphql", graphql_type = "Query", variables = "Variables")]
struct PeopleOfRole {
    #[arguments(role: $role)]
    #[cynic(rename = "APIUsers")]
    list: Option<UsersList>,
}

#[derive(cynic::QueryVariables)]
struct Variables {
    role: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(schema_path = "../../schema/schema.graphql")]
struct UsersList {
    users: Option<Vec<User>>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(schema_path = "../../schema/schema.graphql")]
struct User {
    email: Option<String>,
    client: Option<Organisation>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(schema_path = "../../schema/schema.graphql", graphql_type = "Client")]
struct Organisation {
    name: Option<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tenant = Sandbox::new(Dialect::Documented).start().await?;
    let client = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key()).build()?;
    let operation = PeopleOfRole::build(Variables { role: Some("client-admin".to_owned()) });
    let answer = client.execute_cynic(&operation).send().await?;
    for user in answer.list.iter().flat_map(|list| &list.users).flatten() {
        let organisation = user.client.as_ref().and_then(|client| client.name.as_deref());
        println!("{}  {}", user.email.as_deref().unwrap_or("no address"), organisation.unwrap_or("no client"));
    }
    Ok(())
}
