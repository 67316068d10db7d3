//! `ti groups`.

use super::targets;
use crate::arguments::{GroupsCommand, TenantArguments};
use crate::audit::Audit;
use crate::failure::Failure;
use crate::lock;
use crate::tenant::connect;

pub(crate) async fn run(arguments: &TenantArguments, command: GroupsCommand) -> Result<(), Failure> {
    let GroupsCommand::Add { group, who } = command;
    let keys = targets::read(&who)?;
    let audit = Audit::open(arguments.audit.as_deref())?;
    let tenant = connect(arguments).await?;
    let _lock = lock::for_write(&tenant)?;
    let mut absent = targets::Absent::default();
    for key in &keys {
        match tenant.client.groups().add_user(&group, key.as_str()).await {
            Err(error) if keys.len() > 1 && error.is_not_found() => {
                audit.record("groups.add-user", key, std::slice::from_ref(&group), "not found")?;
                absent.add(key, error)?;
            }
            done => {
                audit.recorded("groups.add-user", key, std::slice::from_ref(&group), done)?;
                absent.has_found();
                println!("added {key} to {group}");
            }
        }
    }
    absent.finish()
}
