//! Reads SDL, and prints it in a canonical form.

mod check;
mod chunks;
mod literal;
mod load;
mod parse;
mod print;

pub use check::check;
pub(crate) use check::with_one_of;
pub use literal::canonical_literal;
pub(crate) use literal::{parse_literal, print as print_literal};
pub use load::load;
pub(crate) use load::read_type_ref;
pub use print::print;
