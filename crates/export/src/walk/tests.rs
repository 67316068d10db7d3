//! Tests of what a list proves.

use super::*;

/// Reads a list in one round: the pages, each with its total, and then the pages again.
fn walked(pages: &[(&[&str], Option<i64>)], again: &[(&[&str], Option<i64>)]) -> Walk {
    let mut walk = Walk::default();
    let mut seen = BTreeSet::new();
    let positions: Vec<PagePosition> = (1..).take(pages.len()).map(PagePosition::of_page).collect();
    for (place, (ids, total)) in pages.iter().enumerate() {
        let repeated = ids.iter().filter(|id| !seen.insert(**id)).count();
        walk.read(&shown(ids, &positions[place], positions.get(place + 1), *total), repeated);
    }
    walk.ended(None);
    let samples = walk.samples();
    assert!(again.is_empty() || samples.len() == again.len(), "{} samples", samples.len());
    for (sample, (ids, total)) in samples.iter().zip(again) {
        let unknown = ids.iter().filter(|id| !seen.contains(**id)).count();
        walk.compared(sample, &shown(ids, &sample.position, None, *total), unknown);
    }
    walk.end_round();
    walk
}

fn shown<'p>(
    ids: &[&'p str],
    position: &'p PagePosition,
    next: Option<&'p PagePosition>,
    total: Option<i64>,
) -> Shown<'p> {
    Shown { ids: ids.to_vec(), position, next, total, surface: Surface::RestV2 }
}

fn verdict(walk: &Walk) -> (Completeness, String) {
    let (complete, reasons) = walk.verdict();
    (complete, reasons.join("; "))
}

const AB: (&[&str], Option<i64>) = (&["a", "b"], Some(4));
const CD: (&[&str], Option<i64>) = (&["c", "d"], Some(4));

#[test]
fn a_list_that_stays_as_it_is_is_proven_to_be_complete() {
    let walk = walked(&[AB, CD], &[AB, CD]);
    assert_eq!((walk.phase, walk.entries), (Phase::Done, 4));
    assert_eq!(verdict(&walk), (Completeness::Proven, String::new()));
    let empty = walked(&[(&[], Some(0))], &[]);
    assert_eq!(verdict(&empty), (Completeness::Proven, String::new()));
}

#[test]
fn a_list_without_a_total_or_with_fewer_entries_is_unproven() {
    let walk = walked(&[(&["a"], None)], &[]);
    assert_eq!(verdict(&walk), (Completeness::Unproven, "the tenant reports no total".to_owned()));
    let walk = walked(&[(&["a"], Some(3))], &[]);
    assert_eq!(verdict(&walk), (Completeness::Unproven, "1 entries were read of 3".to_owned()));
    let mut walk = walked(&[AB, CD], &[AB, CD]);
    walk.doubts.insert("page 3 repeats page 2".to_owned());
    assert_eq!(verdict(&walk), (Completeness::Unproven, "page 3 repeats page 2".to_owned()));
}

#[test]
fn a_user_who_left_while_another_joined_leads_to_another_round() {
    // `a` left and `f` joined between the pages: the total stays, and `c` was on neither page.
    let walk = walked(&[AB, (&["d", "f"], Some(4))], &[(&["b", "c"], Some(4)), (&["d", "f"], Some(4))]);
    assert_eq!(walk.phase, Phase::Reading, "the list is read again");
    assert!(!walk.is_begun() && walk.samples().is_empty());
    let (complete, reasons) = verdict(&walk);
    assert_eq!(complete, Completeness::Unproven, "{reasons}");
}

#[test]
fn entries_that_join_are_a_change_and_no_omission() {
    // At the end.
    let walk = walked(&[AB, CD], &[(&["a", "b"], Some(5)), (&["c", "d", "e"], Some(5))]);
    let expected = "the total was 4 at first and 5 at last".to_owned();
    assert_eq!((walk.phase, verdict(&walk)), (Phase::Done, (Completeness::ChangedWhileRead, expected)));
    // Before the first.
    let walk = walked(&[AB, (&["b", "c"], Some(5))], &[(&["z", "a"], Some(5)), (&["b", "c"], Some(5))]);
    assert_eq!(walk.duplicates, 1);
    assert_ne!(verdict(&walk).0, Completeness::Proven);
}

#[test]
fn rounds_end() {
    let mut walk = walked(&[AB, CD], &[AB, (&["d", "x"], Some(4))]);
    for _ in 0..ROUNDS {
        if walk.phase == Phase::Reading {
            let position = PagePosition::of_page(1);
            walk.read(&shown(&["a", "b"], &position, None, Some(4)), 2);
            let second = PagePosition::of_page(2);
            walk.read(&shown(&["c", "d"], &second, None, Some(4)), 2);
            walk.ended(None);
            for sample in walk.samples() {
                walk.compared(&sample, &shown(&["y", "x"], &sample.position, None, Some(4)), 2);
            }
            walk.end_round();
        }
    }
    assert_eq!(walk.phase, Phase::Done);
    assert_eq!(verdict(&walk).0, Completeness::Unproven);
    assert_eq!(walk.duplicates, 0, "entries of a later round are known, and no duplicates");
}

#[test]
fn an_interrupted_list_is_joined_where_it_continues() {
    let mut walk = Walk::default();
    let positions: Vec<PagePosition> = (1..=40).map(PagePosition::of_page).collect();
    for pair in positions.windows(2) {
        walk.read(&shown(&["a"], &pair[0], Some(&pair[1]), None), 0);
    }
    let page = |walk: &Walk, back: usize| walk.overlap(back).map(PagePosition::page);
    assert_eq!((page(&walk, 0), page(&walk, 31), page(&walk, 32)), (Some(39), Some(8), None));
    // The library goes back where entries have left.
    walk.read(&shown(&["a"], &positions[39], Some(&positions[36]), None), 0);
    assert_eq!((page(&walk, 0), page(&walk, 1)), (Some(37), Some(36)));
    let text = serde_json::to_string(&walk).expect("JSON");
    assert_eq!(serde_json::from_str::<Walk>(&text).expect("a walk"), walk);
}
