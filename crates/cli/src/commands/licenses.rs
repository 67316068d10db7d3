//! `ti licenses`.

use std::collections::BTreeMap;
use std::io::Write as _;

use futures::TryStreamExt as _;
use serde::Serialize;
use thought_industries::model::{APILicenseList, License};
use thought_industries::{Date, Response};

use super::gaps;
use crate::arguments::{LicensesCommand, TenantArguments};
use crate::failure::Failure;
use crate::format::{cell, day, seats};
use crate::output::{Format, List, Row};
use crate::tenant::connect;
use crate::tree::Tree;

pub(crate) async fn run(tenant: &TenantArguments, format: Format, command: LicensesCommand) -> Result<(), Failure> {
    let tenant = connect(tenant).await?;
    let (of, is_tree) = match command {
        LicensesCommand::List(of) => (of, false),
        LicensesCommand::Tree(of) => (of, true),
    };
    // A tree needs every license before its first line.
    let pages: Vec<Response<APILicenseList>> =
        tenant.client.licenses().of_client(of.client).pages().try_collect().await?;
    if let Some(first) = pages.first() {
        gaps::report(format, first);
    }
    let licenses: Vec<License> =
        pages.into_iter().flat_map(|page| page.into_inner().licenses.unwrap_or_default()).collect();
    if is_tree && format == Format::Table {
        for root in forest(&licenses) {
            write!(std::io::stdout().lock(), "{}", root.print())?;
        }
        return Ok(());
    }
    let mut list = List::new::<LicenseRow>(format)?;
    for license in &licenses {
        list.push(&LicenseRow::of(license))?;
    }
    list.finish()
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct LicenseRow {
    id: String,
    name: Option<String>,
    sku: Option<String>,
    parent_license_id: Option<String>,
    is_default: Option<bool>,
    seats_limit: Option<i64>,
    expiration_date: Option<Date>,
}

impl LicenseRow {
    fn of(license: &License) -> Self {
        Self {
            id: license.id.clone(),
            name: license.name.clone(),
            sku: license.sku.clone(),
            parent_license_id: license.parent_license_id.clone(),
            is_default: license.is_default,
            seats_limit: license.seats_limit,
            expiration_date: license.expiration_date,
        }
    }
}

impl Row for LicenseRow {
    const HEADINGS: &'static [&'static str] = &["NAME", "SKU", "SEATS", "EXPIRES", "ID", "PARENT"];

    fn cells(&self) -> Vec<String> {
        vec![
            cell(self.name.as_ref()),
            cell(self.sku.as_ref()),
            seats(self.seats_limit),
            cell(self.expiration_date.map(day)),
            self.id.clone(),
            cell(self.parent_license_id.as_ref()),
        ]
    }
}

/// The licenses as trees: one for each license whose parent is not among them. Licenses in a cycle of parents
/// have no root, and each is shown by itself.
fn forest(licenses: &[License]) -> Vec<Tree> {
    let mut children: BTreeMap<Option<&str>, Vec<&License>> = BTreeMap::new();
    let known = |id: &str| licenses.iter().any(|license| license.id == id);
    for license in licenses {
        let parent = license.parent_license_id.as_deref().filter(|parent| known(parent));
        children.entry(parent).or_default().push(license);
    }
    let mut shown = 0;
    let mut roots: Vec<Tree> = Vec::new();
    for root in children.get(&None).into_iter().flatten() {
        roots.push(branch(root, &children, &mut shown));
    }
    if shown < licenses.len() {
        roots.extend(
            licenses.iter().filter(|license| is_in_circle(license, licenses)).map(|license| Tree::new(line(license))),
        );
    }
    roots
}

fn branch<'l>(license: &'l License, children: &BTreeMap<Option<&str>, Vec<&'l License>>, shown: &mut usize) -> Tree {
    *shown += 1;
    let below = children.get(&Some(license.id.as_str())).into_iter().flatten();
    let below: Vec<Tree> = below.map(|child| branch(child, children, shown)).collect();
    Tree::new(line(license)).with(below)
}

fn is_in_circle(license: &License, licenses: &[License]) -> bool {
    let parent = |license: &License| {
        let parent = license.parent_license_id.as_deref()?;
        licenses.iter().find(|other| other.id == parent)
    };
    let mut above = Some(license);
    // A chain that is longer than the list has repeated itself.
    for _ in 0..=licenses.len() {
        above = match above {
            Some(license) => parent(license),
            None => return false,
        };
    }
    true
}

fn line(license: &License) -> String {
    let name = license.name.as_deref().unwrap_or(&license.id);
    format!("{name}  {}  seats: {}", license.sku.as_deref().unwrap_or_default(), seats(license.seats_limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn license(id: &str, parent: Option<&str>) -> License {
        let mut license = License::default();
        id.clone_into(&mut license.id);
        license.parent_license_id = parent.map(str::to_owned);
        license
    }

    #[test]
    fn every_license_is_shown_once() {
        let licenses = [
            license("main", None),
            license("a", Some("main")),
            license("b", Some("a")),
            license("lost", Some("gone")),
            license("x", Some("y")),
            license("y", Some("x")),
        ];
        let printed: String = forest(&licenses).iter().map(Tree::print).collect();
        for id in ["main", "a", "b", "lost", "x", "y"] {
            let lines = printed.lines().filter(|line| line.contains(&format!("{id}  "))).count();
            assert_eq!(lines, 1, "{id} in\n{printed}");
        }
    }
}
