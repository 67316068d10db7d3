//! `ti approve`: a signature over a plan, and the keys to sign with.

use std::path::Path;

use thought_industries::Date;
use thought_industries_provision::{ApprovalKey, Approvals, Plan};

use super::plan::raised;
use super::summary::summary;
use crate::arguments::ApproveArguments;
use crate::audit::user;
use crate::failure::Failure;

pub(crate) fn run(settings: &ApproveArguments) -> Result<(), Failure> {
    match (&settings.new_key, &settings.plan, &settings.key) {
        (Some(file), ..) => new_key(file, settings.name.as_deref()),
        (None, Some(plan), Some(key)) => approve(plan, key, settings.expect.as_deref()),
        _ => Err(Failure::new("no plan or no key is given", "use `ti approve PLAN --key FILE`")),
    }
}

fn new_key(file: &Path, name: Option<&str>) -> Result<(), Failure> {
    let key = ApprovalKey::generate(&name.map_or_else(user, str::to_owned))?;
    key.write_new(file)?;
    eprintln!("the secret key is in {}; add this line to [approvers] in the file of approvers:", file.display());
    println!("{}", key.line());
    Ok(())
}

fn approve(path: &Path, key: &Path, expect: Option<&str>) -> Result<(), Failure> {
    let plan = Plan::read(path)?;
    if let Some(digits) = expect {
        plan.check_digest(digits)?;
    }
    let key = ApprovalKey::read(key)?;
    let file = Approvals::beside(path);
    let mut approvals = Approvals::read(&file)?;
    approvals.add(key.approve(&plan, Date::now())?)?;
    println!("{}", summary(&plan.totals));
    for line in raised(&plan) {
        println!("{line}");
    }
    println!("digest {}", plan.digest);
    println!("approved by {} for {}: {}", key.name(), plan.tenant, file.display());
    Ok(())
}
