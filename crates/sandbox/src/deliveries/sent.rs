//! What is sent for an event: how often, when, and what is wrong with it.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use crate::faults::{FaultRate, drawn, faults};
use crate::population::Chance;

faults! {
    /// What goes wrong with a delivery.
    DeliveryFault:
    /// The event is delivered twice.
    Duplicate "duplicate"
    /// The event is delivered up to a minute later, after some that happened later.
    Reorder "reorder"
    /// The event is delivered up to an hour later.
    Delay "delay"
    /// The event is never delivered. The feed has it.
    Drop "drop"
    /// An attempt has the signature of another secret.
    WrongSignature "wrong-signature"
    /// An attempt has half of the body, and the signature of all of it.
    TruncatedBody "truncated-body"
    /// The body has escapes for characters that other bodies have as they are.
    UnicodeEscapes "unicode-escapes"
    /// A proxy in front of the receiver answers an attempt with a redirect, 308.
    Redirect "redirect"
}

/// A request that is made for an event.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) event: usize,
    pub(super) body: String,
    /// How often it was tried.
    pub(super) attempt: u32,
}

/// What an attempt is.
pub(super) enum Attempted {
    /// This status comes back, and nothing reaches the receiver.
    Answered(u16),
    Sent {
        body: String,
        signature: Option<String>,
    },
}

/// The requests for an event, each with its delay in milliseconds.
pub(super) fn planned(
    event: usize,
    body: &Value,
    faults: &[FaultRate<DeliveryFault>],
    chance: Chance,
) -> Vec<(Request, i64)> {
    let fault = drawn(faults, chance.named("event"));
    let below = |bound: u64| i64::try_from(chance.named("pause").below(bound)).unwrap_or_default();
    let text = body.to_string();
    let body = if fault == Some(DeliveryFault::UnicodeEscapes) { escaped(&text) } else { text };
    let request = Request { event, body, attempt: 0 };
    match fault {
        Some(DeliveryFault::Drop) => Vec::new(),
        Some(DeliveryFault::Duplicate) => vec![(request.clone(), 0), (request, below(60_000))],
        Some(DeliveryFault::Reorder) => vec![(request, below(60_000))],
        Some(DeliveryFault::Delay) => vec![(request, below(3_600_000))],
        _ => vec![(request, 0)],
    }
}

/// What is sent at an attempt.
pub(super) fn attempted(
    request: &Request,
    faults: &[FaultRate<DeliveryFault>],
    chance: Chance,
    secret: Option<&str>,
) -> Attempted {
    let (mut body, mut signature) = (request.body.clone(), secret.map(|secret| sign(secret, &request.body)));
    match drawn(faults, chance) {
        Some(DeliveryFault::Redirect) => return Attempted::Answered(308),
        Some(DeliveryFault::WrongSignature) => signature = secret.map(|_| sign("another secret", &body)),
        Some(DeliveryFault::TruncatedBody) => {
            let half = (0..=body.len() / 2).rev().find(|end| body.is_char_boundary(*end));
            body.truncate(half.unwrap_or_default());
        }
        _ => {}
    }
    Attempted::Sent { body, signature }
}

/// HMAC-SHA256 in hexadecimal digits, as the developer pages describe it.
fn sign(secret: &str, body: &str) -> String {
    let Ok(mut code) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    code.update(body.as_bytes());
    code.finalize().into_bytes().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// JSON in ASCII: other characters as escapes.
fn escaped(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    ascii
}

#[test]
fn signatures_and_escapes_are_those_of_other_programs() {
    // By `openssl dgst -sha256 -hmac` and Python's `hmac`.
    let signature = "6d63cd0dd0ac1aa4a227012b313fe01ffb2dd421389f9a7263af5315066433b1";
    assert_eq!(sign("whsec_rotate-me-0001", r#"{"event":"course.completed","data":{}}"#), signature);
    assert_eq!(escaped("{\"name\":\"Zoë 🦀\"}"), r#"{"name":"Zo\u00eb \ud83e\udd80"}"#);
}
