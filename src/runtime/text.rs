//! Texts of a page in one allocation, for lists of many.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// A text of a [`UserRow`](crate::UserRow): all texts of a page are in one allocation, so that a page of many rows takes
/// few. Dereferences to `str`.
///
/// A page's texts are freed together, with the last row of the page. To keep few rows of many pages, take
/// [`String::from`] of what is needed.
///
/// ```
/// use thought_industries::PageText;
///
/// let email = PageText::from("ada@example.com");
/// assert_eq!(email, "ada@example.com");
/// assert!(email.ends_with("@example.com"));
/// let kept: String = email.into();
/// # assert_eq!(kept.len(), 15);
/// ```
#[derive(Clone, Default)]
pub struct PageText {
    page: Arc<Page>,
    start: u32,
    length: u32,
}

/// The texts of a page, one after the other; empty until the page is decoded.
type Page = OnceLock<Box<str>>;

/// The texts of the page that is being decoded.
#[derive(Default)]
struct Open {
    page: Arc<Page>,
    texts: String,
}

impl Open {
    /// Adds a text; `None` if the page has no place for it.
    fn add(&mut self, text: &str) -> Option<PageText> {
        let start = u32::try_from(self.texts.len()).ok()?;
        let length = u32::try_from(text.len()).ok().filter(|length| start.checked_add(*length).is_some())?;
        self.texts.push_str(text);
        Some(PageText { page: Arc::clone(&self.page), start, length })
    }
}

/// What a thread decodes.
#[derive(Default)]
enum Decoding {
    #[default]
    Nothing,
    /// A page without texts so far.
    Empty,
    Page(Open),
}

impl Decoding {
    /// The page, which begins with its first text.
    fn page(&mut self) -> Option<&mut Open> {
        if let Self::Empty = self {
            *self = Self::Page(Open::default());
        }
        match self {
            Self::Page(open) => Some(open),
            Self::Empty | Self::Nothing => None,
        }
    }
}

thread_local! {
    static DECODING: RefCell<Decoding> = const { RefCell::new(Decoding::Nothing) };
}

/// Decodes a page: its texts share an allocation.
pub(crate) fn in_page<T>(decode: impl FnOnce() -> T) -> T {
    // Closed also if decoding panics, because the next page of the thread would be added to this one.
    let page = Closing(DECODING.replace(Decoding::Empty));
    let decoded = decode();
    drop(page);
    decoded
}

/// Closes the page of this thread, and reopens the one before it.
struct Closing(Decoding);

impl Drop for Closing {
    fn drop(&mut self) {
        if let Decoding::Page(Open { page, texts }) = DECODING.replace(std::mem::take(&mut self.0)) {
            // It is set once: here.
            _ = page.set(texts.into_boxed_str());
        }
    }
}

impl PageText {
    /// The text.
    pub fn as_str(&self) -> &str {
        let range = self.start as usize..(self.start + self.length) as usize;
        self.page.get().and_then(|texts| texts.get(range)).unwrap_or_default()
    }

    /// The text in the page that is being decoded, or in an allocation of its own.
    fn place(text: &str) -> Self {
        let placed = DECODING.with_borrow_mut(|decoding| decoding.page()?.add(text));
        placed.unwrap_or_else(|| Self::from(text))
    }
}

impl Deref for PageText {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for PageText {
    fn as_ref(&self) -> &str {
        self
    }
}

impl From<String> for PageText {
    /// A text with an allocation of its own. What exceeds 4 GiB is left out.
    fn from(text: String) -> Self {
        let length = u32::try_from(text.len()).unwrap_or_default();
        Self { page: Arc::new(Page::from(text.into_boxed_str())), start: 0, length }
    }
}

impl From<&str> for PageText {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<PageText> for String {
    fn from(text: PageText) -> Self {
        text.as_str().to_owned()
    }
}

impl fmt::Debug for PageText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for PageText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl PartialEq for PageText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for PageText {}

impl PartialEq<str> for PageText {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for PageText {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialOrd for PageText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PageText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for PageText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Serialize for PageText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for PageText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = PageText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<PageText, E> {
        Ok(PageText::place(text))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn decode(json: &str) -> Vec<Option<PageText>> {
        serde_json::from_str(json).expect("texts")
    }

    #[test]
    fn the_texts_of_a_page_are_in_one_allocation() {
        let json = r#"["a\nb", null, "", "ö", "a\nb"]"#;
        let page = in_page(|| decode(json));
        let texts: Vec<Option<&str>> = page.iter().map(Option::as_deref).collect();
        assert_eq!(texts, [Some("a\nb"), None, Some(""), Some("ö"), Some("a\nb")]);
        let pages: HashSet<*const Page> = page.iter().flatten().map(|text| Arc::as_ptr(&text.page)).collect();
        assert_eq!(pages.len(), 1);
        let alone = decode(json);
        assert_eq!(alone, page, "outside of a page, each text has its own");
        assert_eq!(serde_json::to_string(&page).expect("JSON"), r#"["a\nb",null,"","ö","a\nb"]"#);
    }

    #[test]
    fn pages_within_pages_and_failures_leave_the_outer_one_as_it_is() {
        let (outer, inner) = in_page(|| {
            let mut outer = decode(r#"["first"]"#);
            let inner = in_page(|| decode(r#"["inner"]"#));
            let failed = in_page(|| serde_json::from_str::<Vec<PageText>>(r#"["lost", 5]"#));
            assert!(failed.is_err());
            let panicked = std::panic::catch_unwind(|| in_page(|| panic!("{:?}", decode(r#"["panic"]"#))));
            assert!(panicked.is_err());
            outer.extend(decode(r#"["second"]"#));
            (outer, inner)
        });
        let texts: Vec<&str> = outer.iter().chain(&inner).flatten().map(PageText::as_str).collect();
        assert_eq!(texts, ["first", "second", "inner"]);
    }

    #[test]
    fn texts_outlive_their_page_and_its_thread() {
        let read = || in_page(|| decode(r#"["a", "b"]"#)).pop();
        let kept = std::thread::spawn(read).join().expect("no panic");
        assert_eq!(kept.flatten().expect("b"), "b");
        assert_eq!(PageText::default(), "");
        assert_eq!(size_of::<Option<PageText>>(), 16);
    }

    proptest! {
        /// A text behaves as the same `String`, wherever it is.
        #[test]
        fn texts_are_those_that_were_sent(texts: Vec<Option<String>>) {
            let json = serde_json::to_string(&texts).expect("JSON");
            let page = in_page(|| decode(&json));
            let again: Vec<Option<String>> = page.iter().cloned().map(|text| text.map(String::from)).collect();
            prop_assert_eq!(&again, &texts);
            let (mut sorted, mut expected) = (page, texts);
            sorted.sort();
            expected.sort();
            let sorted: Vec<Option<String>> = sorted.into_iter().map(|text| text.map(String::from)).collect();
            prop_assert_eq!(sorted, expected);
        }
    }
}
