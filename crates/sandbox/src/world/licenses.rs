//! The current licenses, and how many of their seats are taken.

use serde_json::Value;

use super::state::License;
use super::{World, Writing};
use crate::population::LICENSES_PER_CLIENT;

impl World<'_> {
    /// How many licenses are computed; created licenses come after them.
    fn computed_licenses(&self) -> u32 {
        self.population.clients() * LICENSES_PER_CLIENT
    }

    pub(crate) fn license_is_created(&self, license: u32) -> bool {
        license >= self.computed_licenses()
    }

    fn written_license<T>(&self, license: u32, read: impl FnOnce(&License) -> Option<T>) -> Option<T> {
        self.state(|state| state.licenses.get(&license).and_then(read))
    }

    pub(crate) fn license_exists(&self, license: u32) -> bool {
        self.state(|state| {
            let most = self.computed_licenses() + state.created_licenses;
            license < most && !state.licenses.get(&license).is_some_and(|license| license.is_deleted)
        })
    }

    /// The value that was written to a plain field of a license.
    pub(crate) fn license_said(&self, license: u32, name: &str) -> Option<Value> {
        self.written_license(license, |license| license.values.get(name).cloned())
    }

    pub(crate) fn client_of_license(&self, license: u32) -> u32 {
        self.written_license(license, |license| license.client).unwrap_or(license / LICENSES_PER_CLIENT)
    }

    /// The licenses of a client, its main license first.
    pub(crate) fn licenses_of_client(&self, client: u32) -> Vec<u32> {
        let first = client * LICENSES_PER_CLIENT;
        let created = self.state(|state| {
            let created = state.licenses.iter().filter(|(_, license)| license.client == Some(client));
            created.map(|(index, _)| *index).collect::<Vec<_>>()
        });
        let all = (first..first + LICENSES_PER_CLIENT).chain(created);
        all.filter(|license| self.license_exists(*license)).collect()
    }

    pub(crate) fn license_name(&self, license: u32) -> String {
        match self.license_said(license, "name") {
            Some(name) => name.as_str().unwrap_or_default().to_owned(),
            None => self.population.license_name(license),
        }
    }

    pub(crate) fn license_sku(&self, license: u32) -> Option<String> {
        match self.license_said(license, "sku") {
            Some(sku) => sku.as_str().map(str::to_owned),
            None => (!self.license_is_created(license)).then(|| {
                let (client, place) = (license / LICENSES_PER_CLIENT, license % LICENSES_PER_CLIENT);
                format!("CLIENT-{client:03}-L{place:02}")
            }),
        }
    }

    pub(crate) fn license_parent(&self, license: u32) -> Option<u32> {
        let computed =
            || (!self.license_is_created(license)).then(|| self.population.license_parent(license)).flatten();
        let parent = self.written_license(license, |license| license.parent).or_else(computed);
        parent.filter(|parent| self.license_exists(*parent))
    }

    pub(crate) fn license_children(&self, license: u32) -> Vec<u32> {
        let of_client = self.licenses_of_client(self.client_of_license(license)).into_iter();
        of_client.filter(|child| self.license_parent(*child) == Some(license)).collect()
    }

    /// The ancestors of a license, the main license first.
    pub(crate) fn license_ancestors(&self, license: u32) -> Vec<u32> {
        // A license that was moved below itself would cause an endless loop.
        let above = std::iter::successors(self.license_parent(license), |above| self.license_parent(*above));
        let mut ancestors: Vec<u32> = above.take(64).collect();
        ancestors.reverse();
        ancestors
    }

    pub(crate) fn content_of_license(&self, license: u32, type_name: &str) -> Vec<u32> {
        let written = self.written_license(license, |license| match type_name {
            "Course" => license.courses.clone(),
            "Tag" => license.tags.clone(),
            _ => license.learning_paths.clone(),
        });
        written.unwrap_or_else(|| {
            if self.license_is_created(license) {
                Vec::new()
            } else {
                self.population.content_of_license(license, type_name)
            }
        })
    }

    /// The tags that were written to a license; a created license has no others.
    pub(crate) fn tags_of_license(&self, license: u32) -> Option<Vec<u32>> {
        let written = self.written_license(license, |license| license.tags.clone());
        written.or_else(|| self.license_is_created(license).then(Vec::new))
    }

    /// The seat limit of a license: `None` and `Some(0)` both mean unlimited.
    pub(crate) fn seats_limit_of_license(&self, license: u32) -> Option<u32> {
        match self.license_said(license, "seatsLimit") {
            Some(limit) => limit.as_u64().and_then(|limit| u32::try_from(limit).ok()),
            None if self.license_is_created(license) => None,
            None => self.population.seats_limit_of_license(license),
        }
    }

    /// How many learners hold a license.
    pub(crate) fn seats_used_by_license(&self, license: u32) -> u32 {
        let computed =
            if self.license_is_created(license) { 0 } else { self.population.seats_used_by_license(license) };
        let more = self.state(|state| state.seats.get(&license).copied()).unwrap_or_default();
        u32::try_from((i64::from(computed) + more).max(0)).unwrap_or_default()
    }

    /// How many seats of a client are taken: one for each license that a learner holds.
    pub(crate) fn seats_used_by_client(&self, client: u32) -> u32 {
        self.licenses_of_client(client).into_iter().map(|license| self.seats_used_by_license(license)).sum()
    }

    /// The seat limit of a client, which does not depend on its current users.
    pub(crate) fn seats_limit_of_client(&self, client: u32) -> u32 {
        self.population.seats_used_by_client(client) + 5
    }

    /// The seats that a user takes.
    pub(super) fn seats_of_user(&self, index: u32) -> Vec<u32> {
        if !self.exists(index) {
            return Vec::new();
        }
        self.licenses_of_user(index)
            .into_iter()
            .filter(|(_, is_manager)| !is_manager)
            .map(|(license, _)| license)
            .collect()
    }
}

impl Writing<'_> {
    /// Creates a license and returns its index.
    pub(crate) fn create_license(&self) -> u32 {
        let computed = self.world.computed_licenses();
        self.state(|state| {
            state.created_licenses += 1;
            computed + state.created_licenses - 1
        })
    }

    pub(crate) fn change_license<T>(&self, license: u32, change: impl FnOnce(&mut License) -> T) -> T {
        self.state(|state| change(state.licenses.entry(license).or_default()))
    }
}
