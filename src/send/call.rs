//! The metadata of a request, and its outcome.

use serde_json::Value;

use crate::Error;
use crate::execution::Execution;
use crate::runtime::{OperationKind, OperationSpec, Replay, Surface};
use crate::transport::HttpResponse;

/// The metadata of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) surface: Surface,
    pub(crate) kind: OperationKind,
    pub(crate) replay: Replay,
    /// The cost of the query; 0 over REST.
    pub(crate) points: u32,
    /// Whether the endpoint has never responded as what it should be.
    pub(crate) is_first_contact: bool,
}

impl Call {
    /// The call of an operation with these arguments.
    pub(crate) fn of(spec: &OperationSpec, surface: Surface, arguments: &Value) -> Self {
        // It creates a second record, so repeating it always has a further effect.
        let is_once = makes_second_record(arguments);
        let replay = if is_once { Replay::Never } else { spec.replay };
        Self { operation: spec.name, surface, kind: spec.kind, replay, points: 0, is_first_contact: false }
    }

    /// The call, sent to an endpoint that has never responded as what it should be.
    pub(crate) fn first_contact(&self) -> Self {
        Self { is_first_contact: true, ..*self }
    }

    pub(crate) fn is_mutation(&self) -> bool {
        self.kind == OperationKind::Mutation
    }
}

/// Whether arguments ask for a second record of a user.
pub(crate) fn makes_second_record(arguments: &Value) -> bool {
    arguments.get("dualRole").and_then(Value::as_bool).unwrap_or(false)
}

/// A response, and what is known about whether the call was carried out.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) response: HttpResponse,
    /// For the attempts before the one that got the response.
    pub(crate) earlier: Execution,
    /// For all attempts, until the body of the response proves otherwise.
    pub(crate) execution: Execution,
}

impl Exchange {
    /// A response to a call whose earlier attempts may have run.
    pub(super) fn new(call: &Call, response: HttpResponse, earlier: Execution) -> Self {
        if !call.is_mutation() {
            return Self { response, earlier: Execution::DidNotRun, execution: Execution::DidNotRun };
        }
        // A refusal proves that this attempt did nothing. Anything else proves nothing until its body is understood.
        // 302 and 303 are also how some servers respond to a write that they have carried out.
        let refuses = (300..500).contains(&response.status) && !matches!(response.status, 302 | 303 | 408);
        let own = if refuses { Execution::DidNotRun } else { Execution::Unknown };
        Self { response, earlier, execution: earlier.and(own) }
    }

    /// An error about a response that proves nothing.
    pub(crate) fn unconfirmed(&self, error: Error) -> Error {
        error.with_response(&self.response).with_execution(self.execution)
    }

    /// An error about a response that proves that the call was not carried out.
    pub(crate) fn refused(&self, error: Error) -> Error {
        error.with_response(&self.response).with_execution(self.earlier)
    }

    /// The exchange without most of the body: enough for an error to describe it.
    pub(crate) fn beginning(&self) -> Self {
        Self { response: self.response.beginning(), ..*self }
    }
}
