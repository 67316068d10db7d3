//! A number at the top of a page.

/// A key figure.
pub(super) struct Tile {
    /// The class of its color.
    pub(super) class: &'static str,
    pub(super) count: usize,
    pub(super) label: &'static str,
}

impl Tile {
    /// The tiles of a page, from their class, number and label.
    pub(super) fn row<const N: usize>(tiles: [(&'static str, usize, &'static str); N]) -> Vec<Self> {
        tiles.map(|(class, count, label)| Self { class, count, label }).into()
    }
}
