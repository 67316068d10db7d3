//! A plan: what is to be done to each user, and what was there when that was decided.

mod entry;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::{Deserialize, Serialize};
use thought_industries::Date;

use crate::desired::MatchKeys;
use crate::error::{Error, ErrorKind};
use crate::files::{Hasher, write_json};
use crate::guards::{Census, RaisedGuard};
use crate::policy::Policy;
use crate::seat_changes::SeatChange;
use crate::spool::Spool;

pub use entry::{Action, Change, Entry};
pub(crate) use entry::{STATUS, joined};

/// The version of the format of plan files (`docs/formats.md`).
pub(crate) const VERSION: u32 = 3;

/// A plan, as it is written to its file. Bound to a digest: a plan that was changed is refused.
///
/// ```no_run
/// use thought_industries_provision::Plan;
///
/// let plan = Plan::read("plan.json".as_ref())?;
/// println!("{} changes on {}", plan.totals.changes(), plan.tenant);
/// # Ok::<(), thought_industries_provision::Error>(())
/// ```
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Plan {
    /// The version of the format.
    pub version: u32,
    /// The address of the tenant.
    pub tenant: String,
    /// When it was made.
    pub made: Date,
    /// Who made it, as the caller names them; not verified.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub made_by: Option<String>,
    /// Until when it may be carried out; a rollback has no such time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<Date>,
    /// Under which settings, and from what.
    pub source: PlanSource,
    /// SHA-256 of what was read of the tenant.
    pub read_digest: String,
    /// How many entries there are of each action.
    pub totals: Totals,
    /// How many users of the roster are disabled and stay so, since their rows have no status.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub left_disabled: usize,
    /// Fields that the tenant does not show, each with how many rows have them: they are left alone.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub unseen: BTreeMap<String, usize>,
    /// How many users the plan changes in which way, as the guards counted them; none in a rollback.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub census: Option<Census>,
    /// The guards that would refuse the plan by default.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub raised: Vec<RaisedGuard>,
    /// The licenses whose seats it takes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub seats: Vec<SeatChange>,
    /// What is to be done, user by user.
    pub entries: Spool<Entry>,
    /// SHA-256 of everything above. A journal belongs to one plan by it.
    pub digest: String,
}

/// What a plan was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum PlanSource {
    /// A roster.
    #[non_exhaustive]
    Roster {
        /// The name of its file; empty if it was none.
        name: String,
        /// SHA-256 of the file.
        digest: String,
        /// The fields by which users were matched, in the order in which they were tried.
        matched_by: MatchKeys,
        /// The settings.
        policy: Policy,
    },
    /// The journal of a run, which the plan rolls back.
    #[non_exhaustive]
    Rollback {
        /// The digest of the plan of that run.
        plan: String,
        /// Whether users who were created are deleted.
        delete_created: bool,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// How many users there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Totals {
    /// To be created.
    pub create: usize,
    /// To be updated.
    pub update: usize,
    /// To be reactivated, and perhaps updated.
    pub reactivate: usize,
    /// To be deactivated, and perhaps updated.
    pub deactivate: usize,
    /// To be deleted.
    pub delete: usize,
    /// As they should be.
    pub unchanged: usize,
    /// Left alone, each with a reason.
    pub problems: usize,
    /// Not in the roster, and left alone.
    pub unmanaged: usize,
    /// Not created yet, since they start on a later day.
    #[serde(default)]
    pub waiting: usize,
}

impl Totals {
    /// How many users are to be changed.
    pub fn changes(&self) -> usize {
        self.create + self.update + self.reactivate + self.deactivate + self.delete
    }

    /// Counts an entry.
    pub(crate) fn count(&mut self, action: Action) {
        *match action {
            Action::Create => &mut self.create,
            Action::Update => &mut self.update,
            Action::Reactivate => &mut self.reactivate,
            Action::Deactivate => &mut self.deactivate,
            Action::Delete => &mut self.delete,
            Action::Problem => &mut self.problems,
        } += 1;
    }
}

impl Plan {
    /// Binds the plan to a digest.
    pub(crate) fn sealed(mut self) -> Result<Self, Error> {
        self.digest = self.compute_digest()?;
        Ok(self)
    }

    /// The digest of everything but the digest itself.
    fn compute_digest(&self) -> Result<String, Error> {
        let mut hasher = Hasher::default();
        let head = (self.version, &self.tenant, &self.made, &self.source, &self.read_digest);
        serde_json::to_writer(&mut hasher, &(head, self.totals, self.left_disabled, &self.unseen, &self.entries))?;
        serde_json::to_writer(&mut hasher, &(&self.census, &self.raised))?;
        serde_json::to_writer(&mut hasher, &(&self.made_by, self.expires, &self.seats))?;
        Ok(hasher.finish())
    }

    /// The policy that the plan was made under; a rollback has none.
    pub(crate) fn policy(&self) -> Option<&Policy> {
        match &self.source {
            PlanSource::Roster { policy, .. } => Some(policy),
            PlanSource::Rollback { .. } => None,
        }
    }

    /// Whether the plan rolls back a run.
    pub fn is_rollback(&self) -> bool {
        matches!(self.source, PlanSource::Rollback { .. })
    }

    /// Checks that this is the plan that was approved: its digest begins with these hexadecimal digits, 12 or more.
    ///
    /// # Errors
    /// If it is another plan, or there are too few digits.
    pub fn check_digest(&self, digits: &str) -> Result<(), Error> {
        let help = "nothing was written to the tenant; `ti show` prints the digest of a plan";
        let refusal = |reason: String| Err(Error::new(ErrorKind::Plan, reason).with_help(help));
        let is_digest = digits.len() >= Self::FEWEST_DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !is_digest {
            return refusal(format!("`{digits}` is not the start of a digest: {} digits or more", Self::FEWEST_DIGITS));
        }
        if !self.digest.starts_with(&digits.to_ascii_lowercase()) {
            return refusal(format!("this is another plan than the expected one: its digest is {}", self.digest));
        }
        Ok(())
    }

    /// How many digits of a digest no other plan has by chance.
    const FEWEST_DIGITS: usize = 12;

    /// Reads a plan from its file.
    ///
    /// # Errors
    /// If the file cannot be read, is not a plan of this version, or was changed after the plan was made.
    pub fn read(path: &Path) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let help = "nothing was written to the tenant; make the plan again with `ti plan`";
        let wrong = |reason: String| Error::of_file(ErrorKind::Plan, path, reason).with_help(help);
        let of_version = |version: u32| {
            let reason = format!("this is a plan of version {version}, and this program reads version {VERSION}");
            Error::of_file(ErrorKind::Version, path, reason).with_help(help)
        };
        let open = || File::open(path).map(BufReader::new).map_err(|error| wrong(format!("cannot be read: {error}")));
        let plan: Result<Self, _> = serde_json::from_reader(open()?);
        let plan = match plan {
            Ok(plan) => plan,
            // A plan of another version has other fields, so that it is named by its version.
            Err(error) => match serde_json::from_reader::<_, Head>(open()?) {
                Ok(Head { version }) if version != VERSION => return Err(of_version(version)),
                _ => return Err(wrong(format!("this is not a plan: {error}"))),
            },
        };
        if plan.version != VERSION {
            return Err(of_version(plan.version));
        }
        if plan.digest != plan.compute_digest()? {
            return Err(wrong("the plan was changed after it was made: its digest does not match".to_owned()));
        }
        Ok(plan)
    }

    /// Writes the plan to a file, as a whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        write_json(path, self)
    }
}
