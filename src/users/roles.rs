//! Which roles are those of learners. Role keys are data of the tenant, so they are learned or given.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::User;
use crate::tenant::Tenant;
use crate::{Error, ListUsers};

/// The role keys of learners: the given or known ones, or the one that most users of the first page have.
pub(super) async fn learner_roles(tenant: &Tenant) -> Result<BTreeSet<String>, Error> {
    let known = tenant.known().profile().learner_roles.clone();
    if !known.is_empty() {
        return Ok(known);
    }
    let page = ListUsers::new(tenant.clone()).send().await?;
    let roles: BTreeSet<String> = majority(page.users.iter().flatten()).into_iter().collect();
    tenant.learn(|profile| profile.learner_roles.clone_from(&roles));
    Ok(roles)
}

/// The role key that more than half of these users have.
pub(crate) fn majority<'u>(users: impl Iterator<Item = &'u User>) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = 0;
    for user in users {
        // Users without a role count as well: the others may be the few who administer them.
        all += 1;
        if let Some(key) = user.role_key.as_deref() {
            *counts.entry(key).or_default() += 1;
        }
    }
    let (key, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    (count * 2 > all).then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_users_of_a_tenant_are_learners() {
        let users = |keys: &[Option<&str>]| -> Option<String> {
            let users: Vec<User> =
                keys.iter().map(|key| User { role_key: key.map(str::to_owned), ..User::default() }).collect();
            majority(users.iter())
        };
        assert_eq!(users(&[Some("a"), Some("a"), Some("a"), Some("b"), None]).as_deref(), Some("a"));
        assert_eq!(users(&[Some("a"), Some("b")]), None, "neither has more than half");
        assert_eq!(users(&[Some("admin"), None, None]), None, "most users show no role");
        assert_eq!(users(&[None, None]), None);
        assert_eq!(users(&[]), None);
    }
}
