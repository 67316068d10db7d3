//! What a guard has against a plan, in words.

use super::{Counted, GuardKind, share};

/// What a guard has against a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Objection {
    pub(crate) kind: GuardKind,
    pub(super) counted: Counted,
    pub(super) population: usize,
    /// The limit that is exceeded.
    pub(super) reason: String,
}

impl Objection {
    /// What the guard saw, an example, and the limit.
    pub(crate) fn seen(&self) -> String {
        let Self { kind, counted: Counted { users, example }, population, reason } = self;
        let what = match kind {
            GuardKind::Create => "create users".to_owned(),
            GuardKind::Deactivate => "deactivate users".to_owned(),
            GuardKind::DeactivateWeek => "deactivate users, with the runs of the last 7 days".to_owned(),
            GuardKind::Reactivate => "reactivate users".to_owned(),
            GuardKind::Delete => "delete users".to_owned(),
            GuardKind::Clear => "clear values of users".to_owned(),
            GuardKind::SwappedNames => "swap first and last names of users".to_owned(),
            GuardKind::Mojibake => "write wrongly decoded text to users".to_owned(),
            GuardKind::Field(field) if field == "email" => "change login addresses of users".to_owned(),
            GuardKind::Field(field) => format!("replace `{field}` of users"),
        };
        let share = share(*users, *population);
        format!(
            "the plan would {what}: {users} of {population} active users ({share:.1} %), such as {example}; {reason}"
        )
    }

    /// The same, with the option that raises the guard.
    pub(crate) fn message(&self) -> String {
        let Self { kind, counted, .. } = self;
        format!("{}; if that is right: --allow {kind}={}", self.seen(), counted.users)
    }
}
