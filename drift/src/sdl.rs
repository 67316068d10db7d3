//! SDL: read, and written in one canonical form.

mod check;
mod literal;
mod load;
mod print;

pub use check::check;
pub use literal::canonical_literal;
pub use load::load;
pub use print::print;
