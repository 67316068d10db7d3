//! The two descriptions of webhooks, which disagree.

use std::str::FromStr;
use std::time::Duration;

use serde_json::{Value, json};

use crate::tenant::Happened;

/// How a tenant delivers events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryForm {
    /// As the developer pages say: an envelope with few fields, signed; five repetitions after 1, 5 and 30 minutes, 2 and 24
    /// hours; any 2xx is delivered, within 30 seconds.
    Docs,
    /// As the support page says: the event as the feed has it, not signed; ten repetitions, 20 seconds to an hour apart; a status
    /// from 200 to 308 is delivered, within 15 seconds.
    Support,
}

/// The pauses before repetitions, in seconds.
const DOCS: [i64; 5] = [60, 300, 1_800, 7_200, 86_400];
const SUPPORT: u32 = 10;

impl DeliveryForm {
    pub(super) fn timeout(self) -> Duration {
        match self {
            Self::Docs => Duration::from_secs(30),
            Self::Support => Duration::from_secs(15),
        }
    }

    pub(super) fn is_signed(self) -> bool {
        self == Self::Docs
    }

    pub(super) fn is_delivered(self, status: u16) -> bool {
        match self {
            Self::Docs => (200..300).contains(&status),
            Self::Support => (200..=308).contains(&status),
        }
    }

    /// The pause after a failed attempt, counted from 0, in milliseconds; `None` if the event is given up.
    pub(super) fn pause_after(self, attempt: u32) -> Option<i64> {
        let seconds = match self {
            Self::Docs => DOCS.get(attempt as usize).copied(),
            Self::Support => (attempt < SUPPORT).then(|| (20 << attempt.min(9)).min(3_600)),
        };
        seconds.map(|seconds| seconds * 1_000)
    }

    /// The body for an event; `None` if this form has no such event.
    pub(super) fn body(self, happened: &Happened) -> Option<Value> {
        let Happened { kind, event, .. } = happened;
        if self == Self::Support {
            let mut flat = event.clone();
            if let Some(fields) = flat.as_object_mut() {
                fields.insert("event".to_owned(), json!(kind));
            }
            return Some(flat);
        }
        let name = match *kind {
            "courseCompletion" => "course.completed",
            "courseEnrollment" => "enrollment.created",
            "coursePurchase" => "order.completed",
            _ => return None,
        };
        let detail = event.get("userDetail");
        let of_user = |field: &str| detail.and_then(|detail| detail.get(field)).cloned().unwrap_or_default();
        let data = json!({
            "userId": of_user("id"), "email": of_user("email"), "courseId": event.get("notifiableId"),
            "courseTitle": event.get("courseTitle"),
        });
        Some(json!({ "event": name, "timestamp": event.get("timestamp"), "data": data }))
    }
}

impl FromStr for DeliveryForm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "docs" => Ok(Self::Docs),
            "support" => Ok(Self::Support),
            _ => Err(format!("`{text}` is not a form of deliveries: use `docs` or `support`")),
        }
    }
}

#[test]
fn repetitions_are_those_of_the_descriptions() {
    let pauses = |form: DeliveryForm| (0..20).map_while(|attempt| form.pause_after(attempt)).collect::<Vec<_>>();
    assert_eq!(pauses(DeliveryForm::Docs), [60_000, 300_000, 1_800_000, 7_200_000, 86_400_000]);
    let support = pauses(DeliveryForm::Support);
    assert_eq!((support.len(), support.first(), support.last()), (10, Some(&20_000), Some(&3_600_000)));
    assert_eq!(support.iter().sum::<i64>() / 60_000, 205, "about three and a half hours");
    let delivered = |form: DeliveryForm| [200, 204, 301, 308, 309, 404, 503].map(|status| form.is_delivered(status));
    assert_eq!(delivered(DeliveryForm::Docs), [true, true, false, false, false, false, false]);
    assert_eq!(delivered(DeliveryForm::Support), [true, true, true, true, false, false, false]);
}
