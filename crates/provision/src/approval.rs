//! The approval of a plan: a signature over what is to be done, to which tenant, and until when.

mod keys;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use serde::{Deserialize, Serialize};
use thought_industries::Date;

use crate::error::{Error, ErrorKind};
use crate::files::{read_small, write_atomically};
use crate::plan::Plan;
pub use keys::{ApprovalKey, Approvers};
use keys::{hex, unhex};

/// The version of the format of approvals (`docs/formats.md`).
const VERSION: u32 = 1;

/// The largest file of approvals that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// What a signature is for: a signature over the same bytes for another purpose begins in another way.
const PURPOSE: &str = "thought-industries plan approval 1";

const HELP: &str = "nothing was written to the tenant; an approver reviews the plan with `ti show`, and signs it with \
                    `ti approve PLAN --key FILE`";

/// The approval of a plan by one approver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Approval {
    /// The version of the format.
    pub version: u32,
    /// The address of the tenant.
    pub tenant: String,
    /// The digest of the plan.
    pub plan: String,
    /// Until when the plan may be carried out.
    pub expires: Option<Date>,
    /// The name of the approver, as their key has it. Who it is follows from the key.
    pub by: String,
    /// When the approver signed.
    pub at: Date,
    /// The public key, in hexadecimal digits.
    pub public_key: String,
    /// The signature, in hexadecimal digits.
    pub signature: String,
}

/// What is signed: a JSON array, so that no two approvals have the same bytes.
fn statement(plan: &Plan, at: Date) -> Result<Vec<u8>, Error> {
    Ok(serde_json::to_vec(&(PURPOSE, &plan.tenant, &plan.digest, plan.expires, at))?)
}

impl ApprovalKey {
    /// Approves a plan at this time.
    ///
    /// # Errors
    /// If the plan has expired, or rolls back a run: that needs no approval, and no plan of it is carried out.
    pub fn approve(&self, plan: &Plan, at: Date) -> Result<Approval, Error> {
        if plan.is_rollback() {
            let error = Error::new(ErrorKind::Approval, "the plan rolls back a run, which is not approved by a key");
            return Err(error.with_help("`ti undo` with the journal of the run rolls it back"));
        }
        plan.check_expiry(at)?;
        let signature = self.signing().sign(&statement(plan, at)?);
        Ok(Approval {
            version: VERSION,
            tenant: plan.tenant.clone(),
            plan: plan.digest.clone(),
            expires: plan.expires,
            by: self.name().to_owned(),
            at,
            public_key: hex(self.signing().verifying_key().as_bytes()),
            signature: hex(&signature.to_bytes()),
        })
    }
}

/// The approvals of a file, which is beside that of the plan: one JSON object on each line.
///
/// ```
/// use thought_industries_provision::Approvals;
///
/// let beside = Approvals::beside("plans/monday.json".as_ref());
/// assert_eq!(beside, std::path::Path::new("plans/monday.json.approval"));
/// assert!(Approvals::read("no/such/file".as_ref())?.is_empty());
/// # Ok::<(), thought_industries_provision::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Approvals {
    path: PathBuf,
    lines: Vec<Approval>,
}

impl Approvals {
    /// The file of the approvals of a plan: `plan.json.approval` for `plan.json`.
    pub fn beside(plan: &Path) -> PathBuf {
        let mut name = plan.as_os_str().to_owned();
        name.push(".approval");
        name.into()
    }

    /// Reads the approvals of a file; one that does not exist has none.
    ///
    /// # Errors
    /// If the file cannot be read, or has a line that is no approval of this version.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let wrong = |reason: String| Error::of_file(ErrorKind::Approval, path, reason).with_help(HELP);
        let bytes = match read_small(path, LARGEST) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(|error| wrong(format!("the approvals cannot be read: {error}")))?,
        };
        let lines = bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.trim_ascii().is_empty());
        let lines = lines.map(|(number, line)| {
            let approval = serde_json::from_slice::<Approval>(line);
            let approval = approval.map_err(|error| wrong(format!("line {}: no approval: {error}", number + 1)))?;
            match approval.version {
                VERSION => Ok(approval),
                other => Err(wrong(format!("line {}: an approval of version {other}", number + 1))),
            }
        });
        Ok(Self { lines: lines.collect::<Result<_, _>>()?, path: path.to_owned() })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Adds an approval, and writes the file as a whole or not at all. Those of other plans, and an earlier one of the
    /// same key, are left out.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn add(&mut self, approval: Approval) -> Result<(), Error> {
        self.lines.retain(|other| other.plan == approval.plan && other.public_key != approval.public_key);
        self.lines.push(approval);
        let lines = self.lines.iter().map(|line| Ok(serde_json::to_string(line)? + "\n"));
        write_atomically(&self.path, lines.collect::<Result<String, Error>>()?.as_bytes())
    }
}

impl Approvers {
    /// Checks that a plan is approved by as many approvers as are needed, and may still be carried out at this time.
    /// Returns who approved it. Signatures of other plans and of unknown keys do not count.
    ///
    /// # Errors
    /// If there are too few approvals, a signature of an approver is not right, or the plan has expired.
    pub fn check(&self, plan: &Plan, approvals: &Approvals, now: Date) -> Result<Vec<String>, Error> {
        plan.check_expiry(now)?;
        let path = &approvals.path;
        let refusal = |reason: String| Error::of_file(ErrorKind::Approval, path, reason).with_help(HELP);
        if approvals.is_empty() {
            return Err(refusal("the plan is not approved: the file has no approval, or does not exist".to_owned()));
        }
        let own: Vec<&Approval> = approvals.lines.iter().filter(|approval| approval.plan == plan.digest).collect();
        if own.is_empty() {
            return Err(refusal(format!(
                "the approval is of another plan, or the plan was changed since: the digest of this one is {}",
                plan.digest
            )));
        }
        let mut names = BTreeSet::new();
        for approval in &own {
            let Some((name, key)) = self.find(&approval.public_key) else { continue };
            if !is_signed(plan, approval, key)? {
                return Err(refusal(format!("the signature of {name} is not one of this plan")));
            }
            names.insert(name.to_owned());
        }
        if names.len() >= self.required() {
            return Ok(names.into_iter().collect());
        }
        let unknown: BTreeSet<&str> = own
            .iter()
            .filter(|approval| self.find(&approval.public_key).is_none())
            .map(|approval| approval.public_key.as_str())
            .collect();
        let unknown: Vec<&str> = unknown.into_iter().collect();
        let unknown = if unknown.is_empty() {
            String::new()
        } else {
            format!("; the keys of no approver: {}", unknown.join(", "))
        };
        Err(refusal(format!("{} of {} needed approvals{unknown}", names.len(), self.required())))
    }
}

/// Whether a signature is that of this key over this plan. What the approval says of itself is not used, but for the time.
fn is_signed(plan: &Plan, approval: &Approval, key: &VerifyingKey) -> Result<bool, Error> {
    let Some(bytes) = unhex::<64>(&approval.signature) else { return Ok(false) };
    let statement = statement(plan, approval.at)?;
    Ok(key.verify_strict(&statement, &Signature::from_bytes(&bytes)).is_ok())
}

#[cfg(test)]
mod tests;
