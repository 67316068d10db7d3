//! Discovery: a tenant asked what it has, in a handful of requests.

use serde::Deserialize;
use serde_json::json;

use super::Capabilities;
use crate::execute::{graphql, rest};
use crate::runtime::{GeneratedOperation as _, Surface};
use crate::{Client, Error, operations, routes};

/// The root fields of a schema: the smallest introspection that tells operations apart.
const ROOTS: &str = "{ __schema { queryType { fields { name } } mutationType { fields { name } } } }";

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "__schema")]
    schema: Schema,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schema {
    query_type: Option<Root>,
    mutation_type: Option<Root>,
}

#[derive(Deserialize)]
struct Root {
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
}

impl Client {
    /// Asks the tenant what it has, corrects the routes of this client and its clones, and says what is known then.
    /// Takes one GraphQL request for each endpoint that may be there and one for each REST version.
    ///
    /// # Errors
    /// If the key is not taken, or the tenant cannot be reached.
    pub async fn discover(&self) -> Result<Capabilities, Error> {
        let fields = graphql::post(self, &json!({ "query": ROOTS }).to_string(), "discover").await;
        match fields.and_then(|body| root_fields(&body)) {
            Ok(fields) => self.compare(&fields),
            Err(error) if graphql::proves_absent(&error) => {}
            Err(error) => return Err(error),
        }
        for (surface, probe) in [(Surface::RestV2, &routes::TENANT_PING), (Surface::RestV1, &routes::USERS_BASIC)] {
            let arguments = json!({ "page": 1 });
            if let rest::Fetched::Absent(reason) = rest::fetch(self, probe, surface, &arguments).await? {
                self.learn(|known| {
                    for spec in routes::ALL.iter().filter(|spec| spec.rest(surface).is_some()) {
                        known.demote(spec.name, surface, reason.clone());
                    }
                });
            }
        }
        Ok(self.capabilities())
    }

    /// Demotes every operation whose root field the endpoint does not have.
    fn compare(&self, fields: &[String]) {
        let documents = [
            (operations::UserById::NAME, operations::UserById::ROOT_KEY),
            (operations::UsersList::NAME, operations::UsersList::ROOT_KEY),
            (operations::UsersBasic::NAME, operations::UsersBasic::ROOT_KEY),
            (operations::ClientsList::NAME, operations::ClientsList::ROOT_KEY),
            (operations::ClientById::NAME, operations::ClientById::ROOT_KEY),
            (operations::LicensesByClientId::NAME, operations::LicensesByClientId::ROOT_KEY),
        ];
        self.learn(|known| {
            for spec in routes::ALL {
                let document = documents.iter().find(|(name, _)| spec.document == Some(*name));
                if let Some((_, root)) = document.filter(|(_, root)| !fields.iter().any(|field| field == root)) {
                    known.demote(spec.name, Surface::GraphQl, format!("the schema has no root field `{root}`"));
                }
            }
        });
    }
}

fn root_fields(body: &graphql::Body) -> Result<Vec<String>, Error> {
    let answer: Answer = body.decode()?;
    let roots = [answer.schema.query_type, answer.schema.mutation_type];
    Ok(roots.into_iter().flatten().flat_map(|root| root.fields).map(|field| field.name).collect())
}
