//! The edge between two pages of the event feed: events of one millisecond must not fall between them.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::TenantEvent;
use crate::records::Records;

/// Cursors are seen with and without padding.
const CURSORS: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Lets the next page begin with the last millisecond of this one, if the cursor is the time of the last event. If all
/// events of the page happened at once, the next page would begin with them again, so the cursor stays.
pub(super) fn reread(page: &mut Records<TenantEvent>) {
    let time_of = |event: &TenantEvent| event.at.map(crate::Date::as_millisecond);
    let (Some(first), Some(last)) = (page.records.first().and_then(time_of), page.records.last().and_then(time_of))
    else {
        return;
    };
    let Some(cursor) = page.page_info.as_mut().and_then(|info| info.cursor.as_mut()) else { return };
    let is_time_of_last = decode(cursor) == Some(last);
    if let Some(later) = last.checked_add(1).filter(|_| is_time_of_last && first > last) {
        *cursor = CURSORS.encode(later.to_string());
    }
}

fn decode(cursor: &str) -> Option<i64> {
    std::str::from_utf8(&CURSORS.decode(cursor).ok()?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::events::EventKind;
    use crate::model::PageInfo;

    fn cursor_after(times: &[i64], cursor: &str) -> String {
        let event = |time: &i64| TenantEvent::of_feed(&EventKind::Login, json!({ "timestamp": time }));
        let info = PageInfo { cursor: Some(cursor.to_owned()), ..PageInfo::default() };
        let mut page = Records::new(times.iter().map(event), Some(info));
        reread(&mut page);
        page.page_info.and_then(|info| info.cursor).expect("a cursor")
    }

    #[test]
    fn only_the_time_of_the_last_event_is_moved() {
        let (early, late) = (1_767_139_200_000, 1_767_139_200_005);
        let of = |time: i64| CURSORS.encode(time.to_string());
        assert_eq!(cursor_after(&[late, early], &of(early)), of(early + 1));
        assert_eq!(cursor_after(&[late, early], &format!("{}==", of(early).trim_end_matches('='))), of(early + 1));
        assert_eq!(cursor_after(&[early, early], &of(early)), of(early), "all at once");
        assert_eq!(cursor_after(&[late, early], &of(early - 7)), of(early - 7), "another time");
        for foreign in ["", "Mg", "eyJwYWdlIjoyfQ", "…", "opaque-token"] {
            assert_eq!(cursor_after(&[late, early], foreign), foreign);
        }
    }
}
