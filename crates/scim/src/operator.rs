//! The token of the operator, who may look at everything that the gateway does.

use crate::error::ScimError;
use crate::hex::hex;
use crate::store::{Store, read, write};
use crate::token::{self, NewToken};

/// The name of the note with the hash of the token.
const NOTE: &str = "operator-token";

/// Makes the token of the operator, which is shown once. An earlier one is no longer accepted.
///
/// ```
/// use thought_industries_scim::{SqliteStore, is_operator_token, make_operator_token};
///
/// let folder = tempfile::tempdir()?;
/// let store = SqliteStore::open(&folder.path().join("scim.db"))?;
/// let token = make_operator_token(&store)?;
/// assert!(is_operator_token(&store, token.reveal())?);
/// assert!(!is_operator_token(&store, "tiscim_guess")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the system gives no random numbers, or the store fails.
pub fn make_operator_token(store: &dyn Store) -> Result<NewToken, ScimError> {
    let token = NewToken::random().map_err(|error| {
        tracing::error!(%error, "no token was made");
        ScimError::internal()
    })?;
    write(store, |tables| Ok(tables.set_note(NOTE, &hex(&token.hash()))?))?;
    Ok(token)
}

/// Whether a text is the token of the operator. Compares in constant time; without a token, no text is.
///
/// # Errors
/// If the store fails.
pub fn is_operator_token(store: &dyn Store, given: &str) -> Result<bool, ScimError> {
    let known = read(store, |tables| Ok(tables.note(NOTE)?))?;
    Ok(known.is_some_and(|digits| token::has_hash(given, &digits)))
}
