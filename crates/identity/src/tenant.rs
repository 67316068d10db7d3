//! Reads the users of a tenant: from an export, or from the tenant itself.

use std::collections::BTreeSet;
use std::path::Path;

use futures::TryStreamExt as _;
use serde_json::{Map, Value};
use thought_industries::Client;
use thought_industries::model::User;
use thought_industries_export::{Completeness, Exported};
use thought_industries_provision::UserPages;

use crate::account::{Account, License, Tenant, Wanted, role_of};
use crate::config::GraphConfig;
use crate::error::Error;

/// The fields that are compared, whatever the configuration.
const COMPARED: [&str; 9] = [
    "email",
    "firstName",
    "lastName",
    "roleKey",
    "clientId",
    "disabled",
    "lastActiveAt",
    "learnerUserId",
    "allocatedLicenses",
];

impl Tenant {
    /// Reads the users of an export of `ti export users --deep` or `ti export all`, in any of its formats.
    ///
    /// # Errors
    /// If it is no export, has no users, or has pseudonyms where users are found by.
    pub fn of_export(path: &Path, config: &GraphConfig) -> Result<Self, Error> {
        let exported = Exported::open(path)?;
        let report = &exported.manifest().report;
        let selection = &report.selection;
        let wanted = fields(config);
        if let Some(column) = selection.pseudonyms.iter().find(|column| wanted.contains(column.as_str())) {
            let help = "export the users without pseudonyms: a pseudonym is the key of no person";
            return Err(Error::of_file(path, format!("`{column}` has pseudonyms")).with_help(help));
        }
        let Some(output) = selection.outputs.iter().find(|output| output.stream == "users") else {
            let help = "export them with `ti export users --deep` or `ti export all`";
            return Err(Error::of_file(path, "the export has no users").with_help(help));
        };
        let has = |field: &str| output.columns.iter().any(|column| column.name == field);
        let gaps = report.gaps.iter().filter_map(|gap| gap.strip_prefix("users."));
        let absent = wanted.iter().filter(|field| !has(first_part(field))).copied();
        let unseen: BTreeSet<String> = gaps.chain(absent).map(str::to_owned).collect();
        let mut tenant = Self { url: report.tenant.clone(), read: Some(report.finished_at), unseen, ..Self::default() };
        if report.complete == Completeness::Unproven {
            tenant.doubts.push(format!("the export may be incomplete: {}", report.reasons.join(", ")));
        }
        if let Some(role) = &selection.role {
            tenant.doubts.push(format!("the export has only users with the role {role}"));
        }
        if report.rejects > 0 {
            tenant.doubts.push(format!("{} users could not be exported", report.rejects));
        }
        tenant.learners = if config.learner_roles.is_empty() {
            let mut roles: Vec<Box<str>> = Vec::new();
            each_user(&exported, path, |user| roles.extend(role_of(&user).map(Into::into)))?;
            Self::commonest_role(roles.iter().map(AsRef::as_ref))
        } else {
            config.learner_roles.clone()
        };
        let mut accounts = Vec::new();
        let of = |user: &User| Account::of(user, &of_config(config, &tenant.learners));
        each_user(&exported, path, |user| accounts.push(of(&user)))?;
        tenant.accounts = accounts;
        if selection.outputs.iter().any(|output| output.stream == "licenses") {
            exported.each("licenses", &mut |row| {
                let Some(id) = row.get("id").and_then(Value::as_str) else { return };
                let name = row.get("name").and_then(Value::as_str).map(str::to_owned);
                let limit = row.get("seatsLimit").and_then(Value::as_i64);
                tenant.licenses.insert(id.to_owned(), License { name, limit });
            })?;
        }
        Ok(tenant.noted())
    }

    /// Reads all users of a tenant with their profiles, 100 a request, and its licenses if any user holds one. `on_user` is
    /// called for each user.
    ///
    /// # Errors
    /// If the tenant fails: a part of the users is never taken for all.
    pub async fn read(client: &Client, config: &GraphConfig, on_user: impl Fn()) -> Result<Self, Error> {
        let learners = if config.learner_roles.is_empty() {
            client.users().learner_roles().await?
        } else {
            config.learner_roles.clone()
        };
        let wanted = of_config(config, &learners);
        let (mut accounts, mut unseen) = (Vec::new(), BTreeSet::new());
        let mut pages = UserPages::new(client);
        while let Some(page) = pages.next().await? {
            unseen.extend(page.gaps().iter().filter_map(|gap| gap.strip_prefix("users.")).map(str::to_owned));
            for user in page.users.iter().flatten().filter(|user| pages.is_new(user)) {
                accounts.push(Account::of(user, &wanted));
                on_user();
            }
        }
        let mut tenant = Self::new(client.url(), client.now(), accounts, learners.clone());
        tenant.unseen = unseen;
        if tenant.accounts.iter().any(|account| !account.seats.is_empty()) {
            tenant.read_licenses(client).await?;
        }
        Ok(tenant.noted())
    }

    async fn read_licenses(&mut self, client: &Client) -> Result<(), Error> {
        let ids: Vec<String> = client.clients().list().items().map_ok(|client| client.id).try_collect().await?;
        for license in client.licenses().of_clients(ids).await?.into_iter().flatten() {
            self.licenses.insert(license.id, License { name: license.name, limit: license.seats_limit });
        }
        Ok(())
    }

    /// With what is worth to know of what was not shown.
    fn noted(mut self) -> Self {
        if self.learners.is_empty() {
            self.notes.push(
                "no role is that of most users: name those of learners as `learner-roles` in graph.toml".to_owned(),
            );
        }
        if !self.unseen.is_empty() {
            let fields: Vec<&str> = self.unseen.iter().map(String::as_str).collect();
            self.notes.push(format!("not shown, and not compared: {}", fields.join(", ")));
        }
        self
    }
}

fn of_config<'c>(config: &'c GraphConfig, learners: &'c BTreeSet<String>) -> Wanted<'c> {
    Wanted { number: config.number_field(), fields: config.further_fields(), learners }
}

/// All fields that are compared.
fn fields(config: &GraphConfig) -> BTreeSet<&str> {
    COMPARED.into_iter().chain(config.number_field()).chain(config.further_fields()).collect()
}

/// The column of a field: custom fields are in one.
fn first_part(field: &str) -> &str {
    field.split('.').next().unwrap_or(field)
}

/// Hands over the users of an export.
fn each_user(exported: &Exported, path: &Path, mut on_user: impl FnMut(User)) -> Result<(), Error> {
    let mut wrong = None;
    exported.each("users", &mut |row: Map<String, Value>| match serde_json::from_value(Value::Object(row)) {
        Ok(user) => on_user(user),
        Err(error) => _ = wrong.get_or_insert(error),
    })?;
    match wrong {
        None => Ok(()),
        Some(error) => {
            let reason = format!("a row is not a user: {error}");
            Err(Error::of_file(path, reason).with_help("the file was changed: export it again"))
        }
    }
}
