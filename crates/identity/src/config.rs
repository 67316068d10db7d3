//! `graph.toml`: how the sources are read, what links, and what is a finding.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thought_industries_provision::{Condition, read_small};

use crate::account::NUMBER;
use crate::address;
use crate::error::Error;
use crate::finding::FindingKind;
use crate::rule::Domains;

/// The most bytes of the file.
const LARGEST: u64 = 1 << 20;

/// How identities are linked, and what is a finding. Every setting has a default.
///
/// ```
/// use thought_industries_identity::GraphConfig;
///
/// let config = GraphConfig::parse(
///     r#"
///     grace-days = 3
///     hidden = 'Department = "Sales"'
///
///     [hr]
///     config = "workday.toml"
///
///     [domains]
///     "old.example" = "new.example"
///
///     [drift]
///     lastName = "idp"
///     "#,
/// )?;
/// assert_eq!((config.grace_days, config.idle_days), (3, 90));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct GraphConfig {
    /// How the list of HR is read.
    pub hr: SourceConfig,
    /// How the export of the directory is read.
    pub idp: SourceConfig,
    /// After how many hours the users of the tenant are stale; 72 by default.
    pub tenant_hours: u32,
    /// The field of the tenant that has the number of the employee, `externalCustomerId` by default; `none` for none.
    pub number: String,
    /// Domains that were renamed, each with the one that it is now.
    pub domains: Domains,
    /// After how many days a user is a leaver who is still active; 0 by default.
    pub grace_days: u32,
    /// After how many days without activity a seat is idle; 90 by default.
    pub idle_days: u32,
    /// By how many percent a source may shrink from one run to the next; 20 by default.
    pub shrink_percent: u32,
    /// Who is expected to be a user of the tenant: a condition on the columns of HR, or of the directory where HR is not read.
    pub hidden: Option<Condition>,
    /// The role keys of learners; by default those of the tenant's profile, or the role of most users.
    pub learner_roles: BTreeSet<String>,
    /// Which users of the tenant have to have a person.
    pub scope: Scope,
    /// Which side wins, by field of the tenant.
    pub drift: BTreeMap<String, Side>,
    /// What a plan may have.
    pub plan: FixConfig,
}

/// How the file of a source is read, and when it is stale.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SourceConfig {
    /// The configuration of its columns, as `ti roster learn` writes it; without one, columns are recognized.
    pub config: Option<PathBuf>,
    /// Whether it has all identities; by default it does, unless it has exactly as many as a page of a directory has.
    pub complete: Option<bool>,
    /// After how many hours it is stale; 72 by default.
    pub max_hours: u32,
    /// The columns with the id that the source itself gave.
    pub key: Vec<String>,
    /// The columns with further addresses. Those that users enter themselves prove nothing, and do not belong here.
    pub aliases: Vec<String>,
}

/// Which users of the tenant have to have a person. Many tenants have customers and partners as well.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Scope {
    /// The domains of their addresses; by default those that at least two persons and one percent of them have.
    pub domains: BTreeSet<String>,
    /// Their clients; all by default.
    pub clients: BTreeSet<String>,
    /// Their role keys; all by default.
    pub roles: BTreeSet<String>,
}

/// The side whose value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Side {
    /// HR.
    Hr,
    /// The directory.
    Idp,
    /// The tenant: the other side is to be corrected.
    Tenant,
    /// None: the field is not compared.
    Ignore,
}

/// What a plan may have.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct FixConfig {
    /// The kinds of findings that are fixed; leavers by default.
    pub fixes: BTreeSet<FindingKind>,
    /// Whether leavers are fixed who are only absent from all sources; false by default.
    pub absent: bool,
    /// The role keys of users who may be changed; those of learners by default.
    pub roles: Vec<String>,
}

impl Default for GraphConfig {
    fn default() -> Self {
        Self {
            hr: SourceConfig::default(),
            idp: SourceConfig::default(),
            tenant_hours: 72,
            number: NUMBER.to_owned(),
            domains: Domains::new(),
            grace_days: 0,
            idle_days: 90,
            shrink_percent: 20,
            hidden: None,
            learner_roles: BTreeSet::new(),
            scope: Scope::default(),
            drift: BTreeMap::new(),
            plan: FixConfig::default(),
        }
    }
}

impl Default for SourceConfig {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        // What users enter themselves, such as the second address of Okta, is not among these.
        Self {
            config: None,
            complete: None,
            max_hours: 72,
            key: names(&["id", "objectId"]),
            aliases: names(&[
                "proxyAddresses",
                "otherMails",
                "aliases",
                "emailAliases",
                "userPrincipalName",
                "login",
                "mail",
            ]),
        }
    }
}

impl Default for FixConfig {
    fn default() -> Self {
        Self { fixes: [FindingKind::Leaver].into(), absent: false, roles: Vec::new() }
    }
}

impl GraphConfig {
    /// Reads the file. Files that it names are relative to its folder.
    ///
    /// # Errors
    /// If the file cannot be read or is malformed, with the line.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let cannot = |reason: String| {
            let help = "correct the file; docs/reconcile.md says what it can have";
            Error::new(format!("{}: {reason}", path.display())).with_help(help)
        };
        let bytes = read_small(path, LARGEST).map_err(|error| cannot(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| cannot("it is not UTF-8".to_owned()))?;
        let mut config = Self::parse(&text).map_err(cannot)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for source in [&mut config.hr, &mut config.idp] {
            source.config = source.config.take().map(|file| folder.join(file));
        }
        Ok(config)
    }

    /// Parses the text of the file.
    ///
    /// # Errors
    /// If it is malformed, with the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut config: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            format!("line {}: {}", before.matches('\n').count() + 1, error.message())
        })?;
        let folded = |domain: &String| address::domain(domain).ok_or_else(|| format!("`{domain}` is not a domain"));
        let mut domains = Domains::new();
        for (old, new) in &config.domains {
            domains.insert(folded(old)?, folded(new)?);
        }
        if let Some((old, new)) = domains.iter().find(|(_, new)| domains.contains_key(*new)) {
            return Err(format!("[domains] renames `{old}` to `{new}`, which is renamed itself: name the last one"));
        }
        config.scope.domains = config.scope.domains.iter().map(folded).collect::<Result<_, _>>()?;
        config.domains = domains;
        let fixable = [FindingKind::Leaver, FindingKind::Drift];
        if let Some(kind) = config.plan.fixes.iter().find(|kind| !fixable.contains(kind)) {
            return Err(format!("[plan] fixes `{}`, and only `leaver` and `drift` have a fix", kind.name()));
        }
        Ok(config)
    }

    /// The field with the number of the employee.
    pub(crate) fn number_field(&self) -> Option<&str> {
        Some(self.number.as_str()).filter(|field| !matches!(*field, "" | "none"))
    }

    /// The fields that are compared, besides the names and the address.
    pub(crate) fn further_fields(&self) -> Vec<&str> {
        let names = self.drift.iter().filter(|(_, side)| **side != Side::Ignore).map(|(field, _)| field.as_str());
        names.filter(|field| !matches!(*field, "firstName" | "lastName" | "email")).collect()
    }

    /// The sides whose value of a field counts, the first that has one.
    pub(crate) fn sides(&self, field: &str) -> Vec<Side> {
        match (self.drift.get(field), field) {
            (Some(Side::Ignore), _) => Vec::new(),
            (Some(side), _) => vec![*side],
            (None, "email") => vec![Side::Idp, Side::Hr],
            (None, _) => vec![Side::Hr, Side::Idp],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_file_is_named_by_its_line() {
        for (text, reason) in [
            ("grace = 3", "line 1: unknown field `grace`"),
            ("\n[drift]\nemail = \"payroll\"", "line 3: unknown variant `payroll`"),
            ("[domains]\n\"old\" = \"new.example\"", "`old` is not a domain"),
            (
                "[domains]\n\"a.example\" = \"b.example\"\n\"b.example\" = \"c.example\"",
                "[domains] renames `a.example`",
            ),
            ("[plan]\nfixes = [\"orphan\"]", "[plan] fixes `orphan`"),
            ("hidden = 'Department is'", "line 1: at character 14"),
        ] {
            let error = GraphConfig::parse(text).expect_err(text);
            assert!(error.starts_with(reason), "{error}");
        }
    }

    #[test]
    fn domains_are_folded_as_addresses_are() {
        let config = GraphConfig::parse("[domains]\n\"B\u{dc}CHER.example\" = \"Books.Example\"").expect("right");
        assert_eq!(config.domains.get("xn--bcher-kva.example").map(String::as_str), Some("books.example"));
    }
}
