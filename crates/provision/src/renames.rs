//! Users who are in no row, and rows that no user matches: which of them may be one user whose address or id changed.
//!
//! What is compared is kept as hashes, and the users in a temporary file: a million of them take 24 MB.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use thought_industries::model::User;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::desired::{DesiredUser, MatchBy};
use crate::error::Error;
use crate::found_by::FoundBy;
use crate::policy::Renames;
use crate::provenance::is_mark;
use crate::spool::Spool;

/// By what a user may be recognized whose address or id changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Traits {
    /// The first and the last name, without case, marks and accents.
    name: Option<String>,
    /// What is before the `@` of the address.
    local_part: Option<String>,
}

/// What a user and a row have in common, the strongest evidence first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evidence {
    NameAndLocalPart,
    Name,
    LocalPart,
}

impl Traits {
    pub(crate) fn of_row(row: &DesiredUser) -> Self {
        Self::of(row.text("firstName"), row.text("lastName"), row.text("email"))
    }

    pub(crate) fn of_user(user: &User) -> Self {
        Self::of(user.first_name.as_deref(), user.last_name.as_deref(), user.email.as_deref())
    }

    fn of(first: Option<&str>, last: Option<&str>, email: Option<&str>) -> Self {
        let (first, last) = (plain(first.unwrap_or_default()), plain(last.unwrap_or_default()));
        let local_part = email.and_then(|email| email.split_once('@')).map(|(name, _)| name.trim().to_lowercase());
        Self {
            // Half a name is shared by many users.
            name: (!first.is_empty() && !last.is_empty()).then(|| format!("{first} {last}")),
            local_part: local_part.filter(|name| !name.is_empty()),
        }
    }

    /// Whether both have names, and they differ.
    pub(crate) fn has_another_name(&self, other: &Self) -> bool {
        self.name.is_some() && other.name.is_some() && self.name != other.name
    }

    pub(crate) fn has_same_name(&self, other: &Self) -> bool {
        self.name.is_some() && self.name == other.name
    }

    /// Numbers that stand for the name and for the local part.
    pub(crate) fn hashes(&self, keys: &RandomState) -> impl Iterator<Item = u64> {
        let own = [Evidence::Name, Evidence::LocalPart].map(|evidence| self.hash(keys, evidence));
        own.into_iter().flatten()
    }

    fn hash(&self, keys: &RandomState, evidence: Evidence) -> Option<u64> {
        let (name, local_part) = (self.name.as_ref(), self.local_part.as_ref());
        match evidence {
            Evidence::NameAndLocalPart => Some(keys.hash_one((name?, local_part?))),
            Evidence::Name => Some(keys.hash_one(("name", name?))),
            Evidence::LocalPart => Some(keys.hash_one(("local part", local_part?))),
        }
    }
}

/// A name as it is compared: `Zoë O'Neil-Weiß` is `zoeoneilweiß`.
fn plain(name: &str) -> String {
    let letters = name.nfkd().filter(|c| !is_combining_mark(*c) && c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

impl Evidence {
    /// How a row found its user by this.
    pub(crate) fn found_by(self) -> FoundBy {
        match self {
            Self::NameAndLocalPart | Self::Name => FoundBy::Name,
            Self::LocalPart => FoundBy::LocalPart,
        }
    }

    /// What is the same, in words.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::NameAndLocalPart => "the same name, and the same text before the @ of the address",
            Self::Name => "the same name",
            Self::LocalPart => "the same text before the @ of the address",
        }
    }
}

/// The users who are in no row and have something in common with one.
#[derive(Debug, Default)]
pub(crate) struct MissingUsers {
    /// The users, each with the paths that the list does not give.
    users: Spool<(User, Vec<String>)>,
    hashes: Vec<Hashes>,
}

/// The hashes of each evidence; 0 for none.
pub(crate) type Hashes = [u64; 3];

const ALL: [Evidence; 3] = [Evidence::NameAndLocalPart, Evidence::Name, Evidence::LocalPart];

/// The hashes by which a row is compared with missing users.
pub(crate) fn hashes(traits: &Traits, keys: &RandomState) -> Hashes {
    ALL.map(|evidence| traits.hash(keys, evidence).unwrap_or_default())
}

/// What a row, or a missing user, may be one user with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twin {
    /// This user, or this row.
    One(u32, Evidence),
    /// One of several: so many users and rows have a trait in common.
    Several { users: usize, rows: usize },
}

impl std::fmt::Display for Twin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::One(_, evidence) => f.write_str(evidence.text()),
            Self::Several { users, rows } => write!(
                f,
                "may be a rename: {rows} new rows and {users} users who are in no row have the same name, or the same text \
                 before the @ of the address; rename the users by hand, or use `--renames create`"
            ),
        }
    }
}

/// Who may be one user.
#[derive(Debug, Default)]
pub(crate) struct Twins {
    /// By the position of the row.
    pub(crate) of_rows: HashMap<u32, Twin>,
    /// By the position of the missing user.
    pub(crate) of_users: HashMap<u32, Twin>,
}

impl MissingUsers {
    pub(crate) fn push(
        &mut self,
        user: &User,
        gaps: &[String],
        traits: &Traits,
        keys: &RandomState,
    ) -> Result<(), Error> {
        self.hashes.push(hashes(traits, keys));
        Ok(self.users.push(&(user.clone(), gaps.to_vec()))?)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The user at a position, with the paths that the list does not give.
    pub(crate) fn get(&self, position: u32) -> Result<Option<(User, Vec<String>)>, Error> {
        Ok(self.users.get(position as usize)?)
    }

    /// All users, each with its position.
    pub(crate) fn positions(&self) -> impl Iterator<Item = u32> + use<> {
        0..u32::try_from(self.hashes.len()).unwrap_or(u32::MAX)
    }

    /// Which of these rows and the users may be one user. A pair is alone in what it has in common, after stronger evidence
    /// has paired others; those that are left and have anything in common are one of several. If `is_partial`, a user who is in no
    /// row need not be missing, and only the name and the local part together count.
    pub(crate) fn twins(&self, rows: &[(u32, Hashes)], is_partial: bool) -> Twins {
        let stages = if is_partial { ALL.get(..1).unwrap_or_default() } else { ALL.as_slice() };
        let mut twins = Twins::default();
        for (stage, evidence) in stages.iter().enumerate() {
            for (users, rows) in self.groups(stage, rows, &twins) {
                if let ([user], [row]) = (users.as_slice(), rows.as_slice()) {
                    twins.of_rows.insert(*row, Twin::One(*user, *evidence));
                    twins.of_users.insert(*user, Twin::One(*row, *evidence));
                }
            }
        }
        let left: Vec<_> = (0..stages.len()).flat_map(|stage| self.groups(stage, rows, &twins)).collect();
        for (users, rows) in left {
            let several = Twin::Several { users: users.len(), rows: rows.len() };
            for row in rows {
                twins.of_rows.entry(row).or_insert(several);
            }
            for user in users {
                twins.of_users.entry(user).or_insert(several);
            }
        }
        twins
    }

    /// The users and the rows that have the same evidence, without those that are paired already.
    fn groups(&self, stage: usize, rows: &[(u32, Hashes)], twins: &Twins) -> Vec<(Vec<u32>, Vec<u32>)> {
        let of = |hashes: &Hashes| hashes.get(stage).copied().filter(|hash| *hash != 0);
        let mut by_hash: HashMap<u64, (Vec<u32>, Vec<u32>)> = HashMap::new();
        // Users come first: there are fewer of them than new rows, except where all addresses changed.
        for (user, hashes) in self.positions().zip(&self.hashes) {
            if let Some(hash) = of(hashes).filter(|_| !twins.of_users.contains_key(&user)) {
                by_hash.entry(hash).or_default().0.push(user);
            }
        }
        for (row, hashes) in rows.iter().filter(|(row, _)| !twins.of_rows.contains_key(row)) {
            if let Some((_, rows)) = of(hashes).and_then(|hash| by_hash.get_mut(&hash)) {
                rows.push(*row);
            }
        }
        let mut groups: Vec<_> = by_hash.into_values().filter(|(_, rows)| !rows.is_empty()).collect();
        // The same plan again has the same texts.
        groups.sort_unstable();
        groups
    }
}

/// Why a user who was found by address is left alone: the row has another id, and an address may be given to another user.
pub(crate) fn other_id(user: &User, row: &DesiredUser, by: MatchBy, renames: Renames) -> Option<String> {
    let own = MatchBy::ExternalCustomerId.of(user).filter(|own| !is_mark(own))?;
    let given = row.text(MatchBy::ExternalCustomerId.field()).filter(|given| !given.trim().is_empty())?;
    let has_same_name = || Traits::of_row(row).has_same_name(&Traits::of_user(user));
    let kind = MatchBy::ExternalCustomerId;
    let is_other = by == MatchBy::Email && kind.normalize(given) != kind.normalize(own);
    if !is_other || (renames == Renames::Update && has_same_name()) {
        return None;
    }
    let next = match renames {
        Renames::Ask if has_same_name() => "`--renames update` gives the user the id of the row",
        _ => "correct the id or the address",
    };
    Some(format!(
        "the row has the address of this user, but the id `{given}` instead of `{own}`: the address may have been given to \
         another user; {next}"
    ))
}

/// Why a row that looks like a missing user is left alone.
pub(crate) fn looks_renamed(user: &User, row: &DesiredUser, evidence: Evidence, has_another_name: bool) -> String {
    let old = user.email.as_deref().unwrap_or(&user.id);
    let new = row.text("email").or_else(|| row.text("externalCustomerId")).unwrap_or_default();
    let (same, update) = if has_another_name {
        ("the same text before the @ of the address, but another name", "")
    } else {
        (evidence.text(), "`--renames update` changes this user, ")
    };
    format!(
        "looks like a rename: {new} is new, and {old} is in no row and has {same}; {update}`--renames create` creates another \
         one"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traits(first: &str, last: &str, email: &str) -> Traits {
        Traits::of(Some(first), Some(last), Some(email))
    }

    /// The twins of rows among missing users, each as name and address.
    fn twins(users: &[(&str, &str)], rows: &[(&str, &str)], is_partial: bool) -> Vec<(u32, Twin)> {
        let of = |(name, email): &(&str, &str)| {
            let (first, last) = name.split_once(' ').unwrap_or_default();
            traits(first, last, email)
        };
        let keys = RandomState::new();
        let mut missing = MissingUsers::default();
        for user in users {
            missing.push(&User::default(), &[], &of(user), &keys).expect("kept");
        }
        let rows: Vec<(u32, Hashes)> = (10..).zip(rows.iter().map(|row| hashes(&of(row), &keys))).collect();
        let twins = missing.twins(&rows, is_partial);
        let mut found: Vec<(u32, Twin)> = twins.of_rows.into_iter().collect();
        found.sort_by_key(|(row, _)| *row);
        found
    }

    #[test]
    fn names_are_compared_without_case_marks_and_accents() {
        assert_eq!(traits("Zoë", "O'Neil", "x@a.example"), traits("ZOE", "O\u{2019}NEIL", "X@b.example"));
        assert!(traits("Ada", "Byron", "").has_another_name(&traits("Ada", "King", "")));
        assert!(!traits("Ada", "", "").has_another_name(&traits("Ada", "King", "")));
        assert_eq!(traits("Ада", "Б", "").name.as_deref(), Some("ада б"));
    }

    #[test]
    fn a_pair_is_alone_in_what_it_has_in_common() {
        let (ada, new) = (("Ada Byron", "ada@old.example"), ("Ada Byron", "a.byron@new.example"));
        assert_eq!(twins(&[ada], &[new], false), [(10, Twin::One(0, Evidence::Name))]);
        assert_eq!(twins(&[ada], &[("", "ada@new.example")], false), [(10, Twin::One(0, Evidence::LocalPart))]);
        assert_eq!(twins(&[ada], &[("Bob Byron", "bob@old.example")], false), []);
        // Two users of one name are distinguished by their addresses.
        let users = [("Ada Byron", "ada1@old.example"), ("Ada Byron", "ada2@old.example")];
        let rows = [("Ada Byron", "ada2@new.example"), ("Ada Byron", "ada1@new.example")];
        let both = Evidence::NameAndLocalPart;
        assert_eq!(twins(&users, &rows, false), [(10, Twin::One(1, both)), (11, Twin::One(0, both))]);
        // A name goes before an address that another user got.
        let users = [("John Smith", "jsmith@a.example")];
        let rows = [("Jane Smith", "jsmith@b.example"), ("John Smith", "john.smith@b.example")];
        assert_eq!(twins(&users, &rows, false), [(11, Twin::One(0, Evidence::Name))]);
    }

    #[test]
    fn several_are_not_paired_and_not_forgotten() {
        let users = [("Ada Byron", "ada1@old.example"), ("Ada Byron", "ada2@old.example")];
        let several = Twin::Several { users: 2, rows: 1 };
        assert_eq!(twins(&users, &[("Ada Byron", "x@new.example")], false), [(10, several)]);
    }

    #[test]
    fn in_a_roster_of_some_users_only_name_and_address_together_count() {
        let ada = [("Ada Byron", "ada@old.example")];
        assert_eq!(twins(&ada, &[("Ada Byron", "x@new.example")], true), []);
        assert_eq!(twins(&ada, &[("", "ada@new.example")], true), []);
        let found = twins(&ada, &[("Ada Byron", "ada@new.example")], true);
        assert_eq!(found, [(10, Twin::One(0, Evidence::NameAndLocalPart))]);
    }
}
