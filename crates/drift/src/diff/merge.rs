//! Two sorted lists side by side.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::iter::Peekable;

/// An entry of one list, or of both.
pub(super) enum Pair<T> {
    Old(T),
    New(T),
    Both(T, T),
}

/// Pairs the entries of two sorted lists by name.
pub(super) fn pairs<'s, T>(old: &'s [T], new: &'s [T], name: impl Fn(&T) -> &str) -> impl Iterator<Item = Pair<&'s T>> {
    merge(old.iter(), new.iter(), move |a, b| name(a).cmp(name(b)))
}

/// Pairs the entries of two sorted lists of names.
pub(super) fn names<'s>(old: &'s [String], new: &'s [String]) -> impl Iterator<Item = Pair<&'s str>> {
    merge(old.iter().map(String::as_str), new.iter().map(String::as_str), Ord::cmp)
}

/// Pairs the values of two maps by key.
pub(super) fn maps<'s, T>(
    old: &'s BTreeMap<String, T>,
    new: &'s BTreeMap<String, T>,
) -> impl Iterator<Item = Pair<&'s T>> {
    merge(old.iter(), new.iter(), |(a, _), (b, _)| a.cmp(b)).map(|pair| match pair {
        Pair::Old((_, value)) => Pair::Old(value),
        Pair::New((_, value)) => Pair::New(value),
        Pair::Both((_, before), (_, after)) => Pair::Both(before, after),
    })
}

fn merge<T>(
    old: impl Iterator<Item = T>,
    new: impl Iterator<Item = T>,
    compare: impl Fn(&T, &T) -> Ordering,
) -> impl Iterator<Item = Pair<T>> {
    let (mut old, mut new) = (old.peekable(), new.peekable());
    std::iter::from_fn(move || next(&mut old, &mut new, &compare))
}

fn next<T>(
    old: &mut Peekable<impl Iterator<Item = T>>,
    new: &mut Peekable<impl Iterator<Item = T>>,
    compare: &impl Fn(&T, &T) -> Ordering,
) -> Option<Pair<T>> {
    let order = match (old.peek(), new.peek()) {
        (Some(before), Some(after)) => compare(before, after),
        (Some(_), None) => Ordering::Less,
        (None, _) => Ordering::Greater,
    };
    match order {
        Ordering::Less => old.next().map(Pair::Old),
        Ordering::Greater => new.next().map(Pair::New),
        Ordering::Equal => old.next().zip(new.next()).map(|(before, after)| Pair::Both(before, after)),
    }
}
