//! What a directory is answered when the store fails.

use thought_industries_store::StoreError;

use crate::error::ScimError;

/// The directory learns that the gateway failed, and the log why.
impl From<StoreError> for ScimError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::internal()
    }
}
