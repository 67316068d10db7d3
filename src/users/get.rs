//! Reading one person.

use crate::execute::{run, strict};
use crate::model::User;
use crate::operations::{UserById, UserProfileById, user_by_id, user_profile_by_id};
use crate::{Answer, Client, Error, routes};

/// What names a person. Text is told apart by its form: one with `@` is an address, a UUID is an id, and anything
/// else may be an id or an `externalCustomerId`.
///
/// ```
/// use thought_industries::UserKey;
///
/// assert_eq!(UserKey::from("ada@example.com"), UserKey::Email("ada@example.com".into()));
/// assert_eq!(UserKey::from("HR-0007"), UserKey::IdOrExternalCustomerId("HR-0007".into()));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserKey {
    /// The tenant's own id.
    Id(String),
    /// The e-mail address. A person with a second record is found as the first the tenant names.
    Email(String),
    /// An id of the tenant or of another system, whichever is known.
    IdOrExternalCustomerId(String),
    /// The id in another system.
    ExternalCustomerId(String),
}

impl From<&str> for UserKey {
    fn from(text: &str) -> Self {
        let text = text.trim();
        if text.contains('@') {
            Self::Email(text.to_owned())
        } else if is_uuid(text) {
            Self::Id(text.to_owned())
        } else {
            Self::IdOrExternalCustomerId(text.to_owned())
        }
    }
}

impl From<String> for UserKey {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

/// Which kind of key it is; the key itself is personal.
impl std::fmt::Debug for UserKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Id(_) => "Id(…)",
            Self::Email(_) => "Email(…)",
            Self::IdOrExternalCustomerId(_) => "IdOrExternalCustomerId(…)",
            Self::ExternalCustomerId(_) => "ExternalCustomerId(…)",
        })
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(place, character)| match place {
            8 | 13 | 18 | 23 => character == '-',
            _ => character.is_ascii_hexdigit(),
        })
}

/// A read of one person with everything they hold: courses, bundles, licences with client, parent and children,
/// learning paths, waitlist and meetings. Ends in [`send`](Self::send) or [`send_partial`](Self::send_partial).
///
/// Where a tenant offers only flat REST bodies, the person is completed from the client's record and licence list,
/// and what stays unknown is told by [`Answer::gaps`].
#[derive(Debug, Clone)]
#[must_use]
pub struct GetUser {
    client: Client,
    who: UserKey,
    is_profile: bool,
}

impl GetUser {
    pub(crate) fn new(client: Client, who: UserKey) -> Self {
        Self { client, who, is_profile: false }
    }

    /// Reads what can be written of the person, and nothing of what they hold but ids: for a tenth of the points.
    pub fn profile(mut self) -> Self {
        self.is_profile = true;
        self
    }

    /// Reads the person. An address costs a look-up first; an
    /// `externalCustomerId` is searched for in the list of people where the tenant offers nothing better, which
    /// takes a request for every 100 people.
    ///
    /// # Errors
    /// If there is no such person ([`is_not_found`](Error::is_not_found)), or the tenant fails.
    pub async fn send(self) -> Result<Answer<User>, Error> {
        strict(routes::USERS_GET.name, self.send_partial().await?)
    }

    /// As [`send`](Self::send), and hands over data and errors where a GraphQL answer has both.
    ///
    /// # Errors
    /// As [`send`](Self::send), but for errors beside data.
    pub async fn send_partial(self) -> Result<Answer<User>, Error> {
        let Self { client, who, is_profile } = self;
        if let UserKey::IdOrExternalCustomerId(id) = &who {
            match one(&client, id, is_profile).await {
                // A surface may refuse what is no id of its own before it looks.
                Err(error) if error.is_not_found() || matches!(error.status(), Some(400 | 422)) => {}
                found => return found,
            }
        }
        let who = match who {
            UserKey::IdOrExternalCustomerId(id) => UserKey::ExternalCustomerId(id),
            who => who,
        };
        one(&client, &super::find::id_of(&client, &who).await?, is_profile).await
    }
}

pub(super) async fn by_id(client: &Client, id: &str) -> Result<Answer<User>, Error> {
    run::<UserById>(client, &routes::USERS_GET, user_by_id::Variables { id: id.to_owned() }, &[], None).await
}

pub(super) async fn profile_by_id(client: &Client, id: &str) -> Result<Answer<User>, Error> {
    let variables = user_profile_by_id::Variables { id: id.to_owned() };
    run::<UserProfileById>(client, &routes::USERS_GET_PROFILE, variables, &[], None).await
}

async fn one(client: &Client, id: &str, is_profile: bool) -> Result<Answer<User>, Error> {
    if is_profile { profile_by_id(client, id).await } else { by_id(client, id).await }
}
