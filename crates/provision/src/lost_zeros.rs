//! Ids that have lost their leading zeros on the way to the roster: `1234`, where the tenant has `001234`.

use thought_industries::model::User;

use crate::desired::MatchBy;
use crate::error::{Error, ErrorKind};
use crate::roster::Roster;

/// The ids of the tenant that the roster seems to have without their leading zeros.
#[derive(Debug, Default)]
pub(crate) struct LostZeros {
    ids: Vec<String>,
}

/// How many ids an error names.
const MOST_NAMED: usize = 20;

/// An id of digits without its leading zeros, if it has any.
fn shortened(id: &str) -> Option<&str> {
    let short = id.trim_start_matches('0');
    let is_number = !short.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && short.len() < id.len()).then_some(short)
}

impl LostZeros {
    /// Takes in a user of the tenant.
    pub(crate) fn add(&mut self, roster: &Roster, user: &User) {
        let kind = MatchBy::ExternalCustomerId;
        let Some(id) = kind.of(user).map(str::trim) else { return };
        let is_lost = |short: &str| roster.count(kind, id) == 0 && roster.count(kind, short) > 0;
        if shortened(id).is_some_and(is_lost) {
            self.ids.push(id.to_owned());
        }
    }

    /// Refuses a roster whose ids have lost zeros: those of new users have lost them as well. An id that a user of the
    /// tenant has as it is in the roster is right.
    pub(crate) fn check(&self, is_taken: impl Fn(&str) -> bool) -> Result<(), Error> {
        let lost = self.ids.iter().filter_map(|id| Some((id, shortened(id)?))).filter(|(_, short)| !is_taken(short));
        let mut lost: Vec<String> =
            lost.map(|(id, short)| format!("`{short}` of the roster is `{id}` in the tenant")).collect();
        let (count, Some(first)) = (lost.len(), lost.first().cloned()) else { return Ok(()) };
        let message = match count {
            1 => format!("an id of the roster has lost its leading zeros: {first}"),
            _ => format!("{count} ids of the roster have lost their leading zeros, such as: {first}"),
        };
        let help = "nothing was planned; export the ids as text, or set their length, such as \
                    `[widths] externalCustomerId = 6`, in --config";
        lost.truncate(MOST_NAMED);
        let problems = if count > 1 { lost } else { Vec::new() };
        Err(Error::new(ErrorKind::Roster, message).with_problems(problems).with_help(help))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::DesiredUser;

    fn checked(rows: &[&str], users: &[&str]) -> Result<(), String> {
        let rows = rows.iter().map(|id| DesiredUser::new().with("externalCustomerId", *id));
        let roster = Roster::of(rows, MatchBy::ExternalCustomerId).expect("a roster");
        let mut lost = LostZeros::default();
        for id in users {
            let mut user = User::default();
            user.external_customer_id = Some((*id).to_owned());
            lost.add(&roster, &user);
        }
        lost.check(|id| users.contains(&id)).map_err(|error| format!("{error} {:?}", error.problems()))
    }

    #[test]
    fn ids_without_the_zeros_of_the_tenant_are_refused() {
        let error = checked(&["1234", "99"], &["001234", "5"]).expect_err("lost");
        assert_eq!(
            error,
            "an id of the roster has lost its leading zeros: `1234` of the roster is `001234` in the tenant []"
        );
        let error = checked(&["1234", "99"], &["001234", "0099"]).expect_err("lost");
        assert!(error.starts_with("2 ids of the roster have lost their leading zeros, such as: `1234` "), "{error}");
        // Both are there, each is what it seems to be; and zeros may be added.
        assert_eq!(checked(&["1234"], &["001234", "1234"]), Ok(()));
        assert_eq!(checked(&["1234", "001234"], &["001234"]), Ok(()));
        assert_eq!(checked(&["001234"], &["1234"]), Ok(()));
        assert_eq!(checked(&["0", "A1"], &["000", "0A1"]), Ok(()));
    }
}
